"""The provider directory: who may serve which category on which days and where, who is suspended, and who applies."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Handler, Key, Number, Ops, Row, Sum, View, Word, key_of, text_of
from vouchers.admission import events as admission
from vouchers.days import add_days
from vouchers.facts import Facts
from vouchers.provider import events as provider
from vouchers.rating import events as rating
from vouchers.wire import Outline

MAX_PROVIDERS = 1_000


class Provider(Row):
    """One provider; `facts` is JSON text; the last suspension runs from suspended_on
    to the day before reinstated_on, or without end while that is empty; a removal from removed_on on.

    Its rating is the mean of `stars` over `ratings`.
    """

    __tablename__ = "providers"
    provider_id: Mapped[Key]
    name: Mapped[Word]
    region: Mapped[Word]
    kind: Mapped[Word]
    facts: Mapped[Word]
    account_ref: Mapped[Word]
    suspended_on: Mapped[Word]
    reinstated_on: Mapped[Word]
    effect: Mapped[Word]
    reason: Mapped[Word]
    removed_on: Mapped[Word]
    removal: Mapped[Word]
    barred_until_on: Mapped[Word]
    stars: Mapped[Sum]
    ratings: Mapped[Sum]


class Accreditation(Row):
    """The days on which a provider may serve a category, both included."""

    __tablename__ = "accreditations"
    __table_args__ = (Index("accreditations_by_category", "category", "until_on"),)
    provider_id: Mapped[Key]
    category: Mapped[Key]
    from_on: Mapped[Key]
    until_on: Mapped[Key]
    accredited_on: Mapped[Word]
    seq: Mapped[Number]


class Withdrawal(Row):
    """The first day without an accreditation for a category; it ends those that stood before log entry `seq`."""

    __tablename__ = "accreditation_withdrawals"
    provider_id: Mapped[Key]
    category: Mapped[Key]
    from_on: Mapped[Key]
    seq: Mapped[Number]


class Site(Row):
    """A further place of a provider."""

    __tablename__ = "provider_sites"
    provider_id: Mapped[Key]
    site_id: Mapped[Key]
    name: Mapped[Word]
    region: Mapped[Word]
    account_ref: Mapped[Word]
    closed_on: Mapped[Word]


class Application(Row):
    """A provider's latest application; `objections` is how many were made during its notice."""

    __tablename__ = "provider_applications"
    provider_id: Mapped[Key]
    programme: Mapped[Word]
    name: Mapped[Word]
    status: Mapped[Word]
    status_on: Mapped[Word]
    applied_on: Mapped[Word]
    notice_first_on: Mapped[Word]
    notice_last_on: Mapped[Word]
    objections: Mapped[Number]


def _admitted(ops: Ops, entry: Outline[provider.Admitted]) -> None:
    event = entry.data
    ops[Provider].fields[key_of(entry)] |= {
        "name": event.name,
        "region": _word(event.facts, "region"),
        "kind": _word(event.facts, "kind"),
        "facts": text_of(event.facts),
    }


def _word(facts: Facts, name: str) -> str:
    value = facts.get(name, "")
    return value if isinstance(value, str) else ""


def _accredited(ops: Ops, entry: Outline[provider.Accredited] | Outline[provider.Renewed]) -> None:
    event = entry.data
    key = (key_of(entry), event.category, event.from_on, event.until_on)
    ops[Accreditation].fields[key] |= {"accredited_on": entry.eff, "seq": entry.seq}


def _withdrawn(ops: Ops, entry: Outline[provider.AccreditationWithdrawn]) -> None:
    event = entry.data
    ops[Withdrawal].fields[key_of(entry), event.category, event.from_on]["seq"] = entry.seq


def _account_set(ops: Ops, entry: Outline[provider.AccountSet]) -> None:
    ops[Provider].fields[key_of(entry)]["account_ref"] = entry.data.account_ref


def _suspended(ops: Ops, entry: Outline[provider.Suspended]) -> None:
    event = entry.data
    ops[Provider].fields[key_of(entry)] |= {
        "suspended_on": event.from_on,
        "reinstated_on": "",
        "effect": event.effect,
        "reason": event.reason,
    }


def _reinstated(ops: Ops, entry: Outline[provider.Reinstated]) -> None:
    ops[Provider].fields[key_of(entry)] |= {"reinstated_on": entry.data.from_on, "reason": entry.data.reason}


def _removed(ops: Ops, entry: Outline[provider.Removed]) -> None:
    event = entry.data
    ops[Provider].fields[key_of(entry)] |= {
        "removed_on": event.from_on,
        "removal": event.effect,
        "barred_until_on": event.barred_until_on,
        "reason": event.reason,
    }


def _readmitted(ops: Ops, entry: Outline[provider.Readmitted]) -> None:
    ops[Provider].fields[key_of(entry)] |= {"removed_on": "", "removal": "", "barred_until_on": "", "reason": ""}


def _site_added(ops: Ops, entry: Outline[provider.SiteAdded]) -> None:
    event = entry.data
    key = (key_of(entry), event.site_id)
    ops[Site].fields[key] |= {"name": event.name, "region": event.region, "closed_on": ""}


def _site_account_set(ops: Ops, entry: Outline[provider.SiteAccountSet]) -> None:
    ops[Site].fields[key_of(entry), entry.data.site_id]["account_ref"] = entry.data.account_ref


def _site_closed(ops: Ops, entry: Outline[provider.SiteClosed]) -> None:
    ops[Site].fields[key_of(entry), entry.data.site_id]["closed_on"] = entry.data.from_on


def _rated(ops: Ops, entry: Outline[rating.Given]) -> None:
    sums = ops[Provider].sums[entry.data.provider_id]
    sums[0] += entry.data.stars
    sums[1] += 1


def _applied(ops: Ops, entry: Outline[admission.SelfEvaluated]) -> None:
    ops[Application].fields[key_of(entry)] |= {
        "programme": entry.data.programme,
        "name": entry.data.name,
        "status": "evaluated",
        "status_on": entry.eff,
        "applied_on": entry.eff,
        "notice_first_on": "",
        "notice_last_on": "",
        "objections": 0,
    }


def _came_to(status: str) -> Handler:
    """The handler that brings an application to a status."""

    def step(ops: Ops, entry: Outline[Any]) -> None:
        ops[Application].fields[key_of(entry)] |= {"status": status, "status_on": entry.eff}

    return step


def _noticed(ops: Ops, entry: Outline[admission.NoticeOpened]) -> None:
    days = {"notice_first_on": entry.data.first_on, "notice_last_on": entry.data.last_on}
    ops[Application].fields[key_of(entry)] |= {"status": "noticed", "status_on": entry.eff, **days}


def _objected(ops: Ops, entry: Outline[admission.Objected]) -> None:
    ops[Application].fields[key_of(entry)]["objections"] = entry.data.number


VIEW = View(
    "providers",
    3,
    (Provider, Accreditation, Withdrawal, Site, Application),
    {
        provider.Renewed: _accredited,
        provider.AccreditationWithdrawn: _withdrawn,
        provider.Removed: _removed,
        provider.Readmitted: _readmitted,
        provider.SiteAdded: _site_added,
        provider.SiteAccountSet: _site_account_set,
        provider.SiteClosed: _site_closed,
        rating.Given: _rated,
        admission.SelfEvaluated: _applied,
        admission.Verified: _came_to("verified"),
        admission.VerificationFailed: _came_to("failed"),
        admission.NoticeOpened: _noticed,
        admission.Objected: _objected,
        admission.ObjectionUpheld: _came_to("stopped"),
        admission.JoinedAfterNotice: _came_to("joined"),
        admission.Withdrawn: _came_to("withdrawn"),
        provider.Admitted: _admitted,
        provider.Accredited: _accredited,
        provider.AccountSet: _account_set,
        provider.Suspended: _suspended,
        provider.Reinstated: _reinstated,
    },
)


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A provider with its accreditations: (category, first day, last day)."""

    provider: Provider
    accreditations: tuple[tuple[str, str, str], ...]


def providers(
    session: Session, *, category: str = "", on: str = "", region: str = "", after: str = "", limit: int = 100
) -> list[DirectoryEntry]:
    """Providers by code above `after`, at most `limit` (1,000); with a category and a day only who may take orders.

    `region` is the beginning of a division code.
    """
    query = select(Provider).where(Provider.provider_id > after)
    if region:
        query = query.where(Provider.region.startswith(region, autoescape=True))
    if category or on:
        query = query.where(Provider.provider_id.in_(_accredited_for(category, on)))
    if on:
        has_ended = (Provider.reinstated_on != "") & (Provider.reinstated_on <= on)
        query = query.where((Provider.suspended_on == "") | (Provider.suspended_on > on) | has_ended)
        query = query.where((Provider.removed_on == "") | (Provider.removed_on > on))
    found = list(session.scalars(query.order_by(Provider.provider_id).limit(min(limit, MAX_PROVIDERS))))
    return _with_accreditations(session, found)


def provider_entry(session: Session, provider_id: str) -> DirectoryEntry | None:
    """One provider, or nothing."""
    row = session.get(Provider, provider_id)
    return _with_accreditations(session, [row])[0] if row else None


def sites_of(session: Session, provider_id: str) -> list[Site]:
    """The places of a provider, by code."""
    return list(session.scalars(select(Site).where(Site.provider_id == provider_id).order_by(Site.site_id)))


def applications(
    session: Session, *, status: str = "", on: str = "", after: str = "", limit: int = 100
) -> list[Application]:
    """Applications by the provider's code above `after`; with a day only those whose notice runs then."""
    query = select(Application).where(Application.provider_id > after)
    if status:
        query = query.where(Application.status == status)
    if on:
        runs = (Application.notice_first_on <= on) & (Application.notice_last_on >= on)
        query = query.where(Application.status == "noticed", runs)
    return list(session.scalars(query.order_by(Application.provider_id).limit(min(limit, MAX_PROVIDERS))))


def _accredited_for(category: str, on: str) -> Select[str]:
    query = select(Accreditation.provider_id)
    if category:
        query = query.where(Accreditation.category == category)
    if on:
        query = query.where(Accreditation.from_on <= on, Accreditation.until_on >= on)
        ended = _ending(Accreditation.provider_id, Accreditation.category).where(Withdrawal.from_on <= on)
        query = query.where(~ended.exists())
    return query


def _ending(provider_id: Any, category: Any) -> Select[Any]:
    """The withdrawals that end an accreditation: of its provider and category, and later in the log."""
    return select(Withdrawal.from_on).where(
        Withdrawal.provider_id == provider_id,
        Withdrawal.category == category,
        Withdrawal.seq > Accreditation.seq,
    )


def _with_accreditations(session: Session, rows: list[Provider]) -> list[DirectoryEntry]:
    days: dict[str, list[tuple[str, str, str]]] = {row.provider_id: [] for row in rows}
    query = select(Accreditation).where(Accreditation.provider_id.in_(list(days)))
    withdrawn = list(session.scalars(select(Withdrawal).where(Withdrawal.provider_id.in_(list(days)))))
    for found in session.scalars(query.order_by(Accreditation.category, Accreditation.from_on)):
        until = min([found.until_on, *(add_days(each.from_on, -1) for each in withdrawn if _ends(each, found))])
        if found.from_on <= until:
            days[found.provider_id].append((found.category, found.from_on, until))
    return [DirectoryEntry(row, tuple(days[row.provider_id])) for row in rows]


def _ends(withdrawal: Withdrawal, accreditation: Accreditation) -> bool:
    key = (withdrawal.provider_id, withdrawal.category)
    return key == (accreditation.provider_id, accreditation.category) and withdrawal.seq > accreditation.seq
