"""The provider directory: who may serve which category on which days, and who is suspended."""

from dataclasses import dataclass

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Ops, Row, View, Word, key_of, text_of
from vouchers.facts import Facts
from vouchers.provider import events as provider
from vouchers.wire import Outline

MAX_PROVIDERS = 1_000


class Provider(Row):
    """One provider; `facts` is JSON text; the last suspension runs from suspended_on
    to the day before reinstated_on, or without end while that is empty.
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


class Accreditation(Row):
    """The days on which a provider may serve a category, both included."""

    __tablename__ = "accreditations"
    __table_args__ = (Index("accreditations_by_category", "category", "until_on"),)
    provider_id: Mapped[Key]
    category: Mapped[Key]
    from_on: Mapped[Key]
    until_on: Mapped[Key]
    accredited_on: Mapped[Word]


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


def _accredited(ops: Ops, entry: Outline[provider.Accredited]) -> None:
    event = entry.data
    key = (key_of(entry), event.category, event.from_on, event.until_on)
    ops[Accreditation].fields[key]["accredited_on"] = entry.eff


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


VIEW = View(
    "providers",
    2,
    (Provider, Accreditation),
    {
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
    found = list(session.scalars(query.order_by(Provider.provider_id).limit(min(limit, MAX_PROVIDERS))))
    return _with_accreditations(session, found)


def provider_entry(session: Session, provider_id: str) -> DirectoryEntry | None:
    """One provider, or nothing."""
    row = session.get(Provider, provider_id)
    return _with_accreditations(session, [row])[0] if row else None


def _accredited_for(category: str, on: str) -> Select[str]:
    query = select(Accreditation.provider_id)
    if category:
        query = query.where(Accreditation.category == category)
    if on:
        query = query.where(Accreditation.from_on <= on, Accreditation.until_on >= on)
    return query


def _with_accreditations(session: Session, rows: list[Provider]) -> list[DirectoryEntry]:
    days: dict[str, list[tuple[str, str, str]]] = {row.provider_id: [] for row in rows}
    query = select(Accreditation).where(Accreditation.provider_id.in_(list(days)))
    for found in session.scalars(query.order_by(Accreditation.category, Accreditation.from_on)):
        days[found.provider_id].append((found.category, found.from_on, found.until_on))
    return [DirectoryEntry(row, tuple(days[row.provider_id])) for row in rows]
