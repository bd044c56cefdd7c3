"""What supervision did: acts against parties with their appeals, held money, second checks and findings."""

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Number, Ops, Row, View, Word, key_of
from vouchers.conduct import events as conduct
from vouchers.review import events as review
from vouchers.wire import Outline

MAX_ROWS = 1_000


class Act(Row):
    """One act against a party: `what` is tier or sanction, `level` the tier or the step of the ladder.

    A sanction runs from `from_on` to `until_on`, or to the day before `ended_on`; `appeal` is "", open, upheld or
    dismissed.
    """

    __tablename__ = "conduct_acts"
    __table_args__ = (Index("conduct_acts_by_seq", "seq"),)
    subject: Mapped[Key]
    act: Mapped[Key]
    seq: Mapped[Number]
    what: Mapped[Word]
    level: Mapped[Word]
    level_before: Mapped[Word]
    cause: Mapped[Word]
    from_on: Mapped[Word]
    until_on: Mapped[Word]
    ended_on: Mapped[Word]
    effect: Mapped[Word]
    reason: Mapped[Word]
    clause: Mapped[Word]
    decided_by: Mapped[Word]
    appeal: Mapped[Word]


class Check(Row):
    """What is looked at beside the decision on a redemption: why its money is held, second check, tie found later."""

    __tablename__ = "redemption_checks"
    __table_args__ = (Index("redemption_checks_by_hold", "hold", "recheck"),)
    redemption_id: Mapped[Key]
    order_id: Mapped[Word]
    programme: Mapped[Word]
    hold: Mapped[Word]
    recheck: Mapped[Word]
    recheck_from_on: Mapped[Word]
    finding: Mapped[Word]


def _tier_moved(ops: Ops, entry: Outline[conduct.TierMoved]) -> None:
    event = entry.data
    ops[Act].fields[key_of(entry), str(event.act)] |= {
        "seq": entry.seq,
        "what": "tier",
        "level": event.tier,
        "level_before": event.tier_before,
        "cause": event.cause,
        "from_on": event.on,
        "reason": event.reason,
        "clause": event.clause,
        "decided_by": event.by,
    }


def _sanctioned(ops: Ops, entry: Outline[conduct.Sanctioned]) -> None:
    event = entry.data
    ops[Act].fields[key_of(entry), str(event.act)] |= {
        "seq": entry.seq,
        "what": "sanction",
        "level": event.level,
        "from_on": event.from_on,
        "until_on": event.until_on,
        "effect": event.effect,
        "reason": event.reason,
        "clause": event.clause,
        "decided_by": event.by,
    }


def _lifted(ops: Ops, entry: Outline[conduct.SanctionLifted]) -> None:
    ops[Act].fields[key_of(entry), str(entry.data.act)]["ended_on"] = entry.data.from_on


def _appealed(ops: Ops, entry: Outline[conduct.Appealed]) -> None:
    ops[Act].fields[key_of(entry), str(entry.data.act)]["appeal"] = "open"


def _decided(ops: Ops, entry: Outline[conduct.AppealDecided]) -> None:
    ops[Act].fields[key_of(entry), str(entry.data.act)]["appeal"] = entry.data.outcome


def _held(ops: Ops, entry: Outline[review.Held]) -> None:
    ops[Check].fields[key_of(entry)] |= {"order_id": entry.data.order_id, "hold": entry.data.cause}


def _hold_lifted(ops: Ops, entry: Outline[review.HoldLifted]) -> None:
    ops[Check].fields[key_of(entry)] |= {"order_id": entry.data.order_id, "hold": ""}


def _ties(ops: Ops, entry: Outline[review.TiesRechecked]) -> None:
    if entry.data.finding:
        ops[Check].fields[key_of(entry)] |= {"order_id": entry.data.order_id, "finding": entry.data.finding}


def _drawn_again(ops: Ops, entry: Outline[review.RecheckDrawn]) -> None:
    event = entry.data
    ops[Check].fields[key_of(entry)] |= {
        "order_id": event.order_id,
        "programme": event.programme,
        "recheck": "drawn",
        "recheck_from_on": event.from_on,
    }


def _rechecked(ops: Ops, entry: Outline[review.Rechecked]) -> None:
    ops[Check].fields[key_of(entry)] |= {"order_id": entry.data.order_id, "recheck": entry.data.outcome}


VIEW = View(
    "supervision",
    1,
    (Act, Check),
    {
        conduct.TierMoved: _tier_moved,
        conduct.Sanctioned: _sanctioned,
        conduct.SanctionLifted: _lifted,
        conduct.Appealed: _appealed,
        conduct.AppealDecided: _decided,
        review.Held: _held,
        review.HoldLifted: _hold_lifted,
        review.TiesRechecked: _ties,
        review.RecheckDrawn: _drawn_again,
        review.Rechecked: _rechecked,
    },
)


def acts(
    session: Session, *, subject: str = "", open_only: bool = False, after: int = -1, limit: int = 100
) -> list[Act]:
    """Acts with seq above `after`, at most `limit` (1,000); those of one party, or those with an open appeal."""
    query = select(Act).where(Act.seq > after)
    if subject:
        query = query.where(Act.subject == subject)
    if open_only:
        query = query.where(Act.appeal == "open")
    return list(session.scalars(query.order_by(Act.seq, Act.subject).limit(min(limit, MAX_ROWS))))


def held(session: Session, *, after: str = "", limit: int = 100) -> list[Check]:
    """Redemptions whose money is held, by number above `after`, at most `limit` (1,000)."""
    query = select(Check).where(Check.hold != "", Check.redemption_id > after).order_by(Check.redemption_id)
    return list(session.scalars(query.limit(min(limit, MAX_ROWS))))


def to_recheck(session: Session, *, after: str = "", limit: int = 100) -> list[Check]:
    """Paid redemptions that wait for their second check, by number above `after`, at most `limit` (1,000)."""
    query = select(Check).where(Check.recheck == "drawn", Check.redemption_id > after).order_by(Check.redemption_id)
    return list(session.scalars(query.limit(min(limit, MAX_ROWS))))
