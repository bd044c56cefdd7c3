"""Entitlement decisions, grants and denials alike, with every reason."""

from sqlalchemy import Index, func, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Number, Ops, Row, Seq, View, Word, text_of
from vouchers.entitlement import events as entitlement
from vouchers.wire import Outline

MAX_DECISIONS = 1_000


class Entitlement(Row):
    """The decision that stands for an enterprise, programme and period: granted or denied.

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


VIEW = View(
    "entitlements",
    1,
    (Entitlement, DenialReason),
    {entitlement.Granted: _granted, entitlement.Denied: _denied},
)


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
