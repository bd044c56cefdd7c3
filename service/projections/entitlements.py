"""Entitlement decisions, grants and denials alike, with every reason, and what was found about them later."""

from typing import Any

from sqlalchemy import Index, and_, exists, func, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Number, Ops, Row, Seq, View, Word, key_of, text_of
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.wire import Outline

MAX_DECISIONS = 1_000


class Entitlement(Row):
    """The decision that stands for an enterprise, programme and period: granted, denied, pending or passed.

    `face` is the sum granted in minor units of `currency`; vouchers and reasons are JSON text; `seq` is the decision's
    number in the log.
    """

    __tablename__ = "entitlements"
    __table_args__ = (
        Index("entitlements_by_enterprise", "enterprise_id"),
        Index("entitlements_by_outcome", "programme", "period", "outcome", "seq"),
    )
    programme: Mapped[Key]
    period: Mapped[Key]
    enterprise_id: Mapped[Key]
    outcome: Mapped[Word]
    decided_on: Mapped[Word]
    policy_version: Mapped[Word]
    policy_digest: Mapped[Word]
    facts_as_of_on: Mapped[Word]
    currency: Mapped[Word]
    face: Mapped[Number]
    vouchers: Mapped[Word]
    reasons: Mapped[Word]
    seq: Mapped[Number]


class DenialReason(Row):
    """One reason of the denial with this `seq`; a later decision replaces the denial, not this row."""

    __tablename__ = "denial_reasons"
    seq: Mapped[Seq]
    number: Mapped[Seq]
    code: Mapped[Word]
    clause: Mapped[Word]


class Finding(Row):
    """Something an officer has to look into; `text` says it in a sentence, `detail` is JSON text.

    The kinds: doubt (later facts would have led elsewhere), reassessment (facts no longer fit), failure (a step could
    not be taken), over-cap (a group passed a ceiling; its period is the ceiling). Open while `closed_on` is empty.
    """

    __tablename__ = "findings"
    __table_args__ = (Index("findings_by_seq", "closed_on", "seq"),)
    programme: Mapped[Key]
    period: Mapped[Key]
    enterprise_id: Mapped[Key]
    kind: Mapped[Key]
    found_on: Mapped[Word]
    closed_on: Mapped[Word]
    text: Mapped[Word]
    detail: Mapped[Word]
    closing: Mapped[Word]
    seq: Mapped[Number]


def _granted(ops: Ops, entry: Outline[entitlement.Granted]) -> None:
    event = entry.data
    ops[Entitlement].fields[event.programme, event.period, event.enterprise_id] |= {
        "outcome": "granted",
        "decided_on": entry.eff,
        "policy_version": event.policy_version,
        "policy_digest": event.policy_digest,
        "facts_as_of_on": event.facts_as_of_on,
        "currency": event.currency,
        "face": sum([allotment.face for allotment in event.vouchers]),
        "vouchers": text_of(event.vouchers),
        "reasons": "[]",
        "seq": entry.seq,
    }


def _denied(ops: Ops, entry: Outline[entitlement.Denied]) -> None:
    event = entry.data
    ops[Entitlement].fields[event.programme, event.period, event.enterprise_id] |= {
        "outcome": "denied",
        "decided_on": entry.eff,
        "policy_version": event.policy_version,
        "policy_digest": event.policy_digest,
        "facts_as_of_on": event.facts_as_of_on,
        "currency": "",
        "face": 0,
        "vouchers": "[]",
        "reasons": text_of(event.reasons),
        "seq": entry.seq,
    }
    ops[DenialReason].rows += [
        (entry.seq, number, reason.code, reason.clause) for number, reason in enumerate(event.reasons)
    ]


def _pending(ops: Ops, entry: Outline[entitlement.Pending]) -> None:
    _undecided(ops, entry, "pending", reasons=text_of(entry.data.reasons))


def _passed(ops: Ops, entry: Outline[entitlement.Passed]) -> None:
    # The face was granted once, to the predecessor; it is not counted a second time.
    event = entry.data
    _undecided(ops, entry, "passed", vouchers=text_of(event.vouchers), currency=event.currency)


def _undecided(
    ops: Ops, entry: Outline[entitlement.Pending] | Outline[entitlement.Passed], outcome: str, **columns: str
) -> None:
    event = entry.data
    ops[Entitlement].fields[event.programme, event.period, event.enterprise_id] |= {
        "outcome": outcome,
        "decided_on": entry.eff,
        "policy_version": event.policy_version,
        "policy_digest": event.policy_digest,
        "facts_as_of_on": "",
        "currency": "",
        "face": 0,
        "vouchers": "[]",
        "reasons": "[]",
        "seq": entry.seq,
        **columns,
    }


def _doubted(ops: Ops, entry: Outline[entitlement.Doubted]) -> None:
    event = entry.data
    codes = ", ".join(reason.code for reason in event.reasons)
    text = f"On what is known today it would have been {event.would}{codes and f' ({codes})'}."
    key = (event.programme, event.period, event.enterprise_id, "doubt")
    _find(ops, entry, key, text, text_of(event.reasons))


def _reassessed(ops: Ops, entry: Outline[entitlement.Reassessed]) -> None:
    event = entry.data
    key = (event.programme, event.period, event.enterprise_id, "reassessment")
    if not event.grounds:
        ops[Finding].fields[key] |= {"text": f"The facts as of {event.facts_as_of_on} fit again."}
        return
    causes = ", ".join(ground.cause for ground in event.grounds)
    text = f"Found: {causes}." + (" Claims are held until this is cleared." if event.held else "")
    _find(ops, entry, key, text, text_of({"effects": event.effects, "reasons": event.reasons}))


def _failed(ops: Ops, entry: Outline[entitlement.Failed]) -> None:
    event = entry.data
    key = (event.programme, event.period, event.enterprise_id, "failure")
    _find(ops, entry, key, f"Could not {event.step}: {event.detail}", text_of({"code": event.code}))


def _over_cap(ops: Ops, entry: Outline[enterprise.OverCapFound]) -> None:
    event = entry.data
    key = (event.programme, event.cap, event.enterprise_id, "over-cap")
    text = f"The group uses {event.used} of {event.limit} minor units."
    _find(ops, entry, key, text, text_of({"orders": event.orders, "clause": event.clause}))


def _find(ops: Ops, entry: Outline[Any], key: tuple[str, str, str, str], text: str, detail: str) -> None:
    ops[Finding].fields[key] |= {
        "found_on": entry.eff,
        "closed_on": "",
        "text": text,
        "detail": detail,
        "closing": "",
        "seq": entry.seq,
    }


def _cleared(ops: Ops, entry: Outline[entitlement.Cleared]) -> None:
    event = entry.data
    for kind in event.findings:
        key = (event.programme, event.period, event.enterprise_id, kind)
        ops[Finding].fields[key] |= {"closed_on": entry.eff, "closing": event.reason}


def _over_cap_closed(ops: Ops, entry: Outline[enterprise.OverCapClosed]) -> None:
    programme = entry.data.programme
    key = (programme, entry.data.cap, key_of(entry), "over-cap")
    ops[Finding].fields[key] |= {"closed_on": entry.eff, "closing": entry.data.reason}


VIEW = View(
    "entitlements",
    2,
    (Entitlement, DenialReason, Finding),
    {
        entitlement.Granted: _granted,
        entitlement.Denied: _denied,
        entitlement.Pending: _pending,
        entitlement.Passed: _passed,
        entitlement.Doubted: _doubted,
        entitlement.Reassessed: _reassessed,
        entitlement.Failed: _failed,
        entitlement.Cleared: _cleared,
        enterprise.OverCapFound: _over_cap,
        enterprise.OverCapClosed: _over_cap_closed,
    },
)


def findings(
    session: Session, *, enterprise_id: str = "", programme: str = "", after: int = -1, limit: int = 100
) -> list[Finding]:
    """What is open, in log order with seq above `after`, at most `limit` (1,000).

    A failure is over once a decision was made after it.
    """
    same = [Finding.__table__.c[name] == Entitlement.__table__.c[name] for name in _SUBJECT]
    decided = and_(*same, Entitlement.seq > Finding.seq, Finding.kind == "failure")
    query = select(Finding).where(Finding.seq > after, Finding.closed_on == "", ~exists().where(decided))
    wanted = {"enterprise_id": enterprise_id, "programme": programme}
    for column, value in wanted.items():
        if value:
            query = query.where(Finding.__table__.c[column] == value)
    return list(session.scalars(query.order_by(Finding.seq).limit(min(limit, MAX_DECISIONS))))


_SUBJECT = ("programme", "period", "enterprise_id")


def entitlements(
    session: Session,
    *,
    enterprise_id: str = "",
    programme: str = "",
    period: str = "",
    outcome: str = "",
    after: int = -1,
    limit: int = 100,
) -> list[Entitlement]:
    """Decisions that stand, in log order with seq above `after`, at most `limit` (1,000)."""
    query = select(Entitlement).where(Entitlement.seq > after)
    wanted = {"enterprise_id": enterprise_id, "programme": programme, "period": period, "outcome": outcome}
    for column, value in wanted.items():
        if value:
            query = query.where(Entitlement.__table__.c[column] == value)
    return list(session.scalars(query.order_by(Entitlement.seq).limit(min(limit, MAX_DECISIONS))))


def entitlement_row(session: Session, programme: str, period: str, enterprise_id: str) -> Entitlement | None:
    """The decision that stands, or nothing."""
    return session.get(Entitlement, (programme, period, enterprise_id))


def outcomes(session: Session, programme: str, period: str) -> dict[str, int]:
    """How many enterprises were granted and denied."""
    query = (
        select(Entitlement.outcome, func.count())
        .where(Entitlement.programme == programme, Entitlement.period == period)
        .group_by(Entitlement.outcome)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def denials_by_reason(session: Session, programme: str, period: str) -> dict[str, int]:
    """How many denials that stand name each reason."""
    query = (
        select(DenialReason.code, func.count())
        .join(Entitlement, Entitlement.seq == DenialReason.seq)
        .where(Entitlement.programme == programme, Entitlement.period == period, Entitlement.outcome == "denied")
        .group_by(DenialReason.code)
        .order_by(DenialReason.code)
    )
    return {row[0]: row[1] for row in session.execute(query)}
