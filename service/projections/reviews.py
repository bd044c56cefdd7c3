"""The review queue: redemptions that a person must check before payment, and what reviewers said."""

from dataclasses import dataclass

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Number, Ops, Row, Seq, Sum, View, Word, key_of, text_of
from vouchers import wire
from vouchers.order import events as order
from vouchers.review import events as review
from vouchers.wire import Outline

MAX_REVIEWS = 1_000


class Review(Row):
    """One redemption's check: `drawn` is 1 where a person must look; `outcome` is "", approved, rejected or closed.

    Amount in minor units of `currency`, evidence as JSON text, `since_on` the day of the request.
    """

    __tablename__ = "reviews"
    __table_args__ = (Index("reviews_by_outcome", "outcome", "programme", "seq"),)
    redemption_id: Mapped[Key]
    seq: Mapped[Number]
    programme: Mapped[Word]
    order_id: Mapped[Word]
    enterprise_id: Mapped[Word]
    provider_id: Mapped[Word]
    requested_by: Mapped[Word]
    amount: Mapped[Number]
    currency: Mapped[Word]
    tier: Mapped[Word]
    sample_bp: Mapped[Number]
    draw_bp: Mapped[Number]
    evidence: Mapped[Word]
    drawn: Mapped[Number]
    approvals_needed: Mapped[Number]
    since_on: Mapped[Word]
    outcome: Mapped[Word]
    closed_on: Mapped[Word]
    approvals: Mapped[Sum]


class Opinion(Row):
    """What one reviewer said of a redemption: approved or rejected, with a note."""

    __tablename__ = "review_opinions"
    __table_args__ = (Index("review_opinions_by_redemption", "redemption_id", "seq"),)
    seq: Mapped[Seq]
    redemption_id: Mapped[Word]
    eff: Mapped[Word]
    reviewer: Mapped[Word]
    opinion: Mapped[Word]
    note: Mapped[Word]


class Signal(Row):
    """One signal about a redemption: its name, a sentence, and the day it was raised."""

    __tablename__ = "review_signals"
    __table_args__ = (Index("review_signals_by_redemption", "redemption_id", "seq"),)
    seq: Mapped[Seq]
    redemption_id: Mapped[Word]
    order_id: Mapped[Word]
    signal: Mapped[Word]
    text: Mapped[Word]
    raised_on: Mapped[Word]


def _spared(ops: Ops, entry: Outline[review.Spared]) -> None:
    event = entry.data
    ops[Review].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "order_id": event.order_id,
        "tier": event.tier,
        "sample_bp": event.sample_bp,
        "draw_bp": event.draw_bp,
        "since_on": entry.eff,
    }


def _assigned(ops: Ops, entry: Outline[review.Assigned]) -> None:
    event = entry.data
    ops[Review].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "programme": event.programme,
        "order_id": event.order_id,
        "enterprise_id": event.enterprise_id,
        "provider_id": event.provider_id,
        "requested_by": event.requested_by,
        "amount": event.amount,
        "currency": event.currency,
        "tier": event.tier,
        "sample_bp": event.sample_bp,
        "draw_bp": event.draw_bp,
        "evidence": text_of(event.evidence),
        "approvals_needed": event.approvals_needed,
        "drawn": 1,
        "since_on": entry.eff,
    }


def _approved(ops: Ops, entry: Outline[review.Approved]) -> None:
    event = entry.data
    ops[Review].sums[key_of(entry)][0] += 1
    ops[Opinion].rows.append((entry.seq, key_of(entry), entry.eff, event.reviewer, "approved", event.note))


def _rejected(ops: Ops, entry: Outline[review.Rejected]) -> None:
    event = entry.data
    ops[Review].fields[key_of(entry)] |= {"outcome": "rejected", "closed_on": entry.eff}
    ops[Opinion].rows.append((entry.seq, key_of(entry), entry.eff, event.reviewer, "rejected", event.reason))


def _redemption_approved(ops: Ops, entry: Outline[order.RedemptionApproved]) -> None:
    # It comes in the same unit as the last approval needed, or as the draw that spared the redemption.
    ops[Review].fields[entry.data.redemption_id] |= {"outcome": "approved", "closed_on": entry.eff}


def _signalled(ops: Ops, entry: Outline[review.Signalled]) -> None:
    event = entry.data
    ops[Signal].rows.append((entry.seq, key_of(entry), event.order_id, event.signal, event.text, entry.eff))


def _closed(ops: Ops, entry: Outline[review.Closed]) -> None:
    ops[Review].fields[key_of(entry)] |= {"outcome": "closed", "closed_on": entry.eff}


VIEW = View(
    "reviews",
    3,
    (Review, Opinion, Signal),
    {
        review.Spared: _spared,
        review.Assigned: _assigned,
        review.Approved: _approved,
        review.Rejected: _rejected,
        review.Closed: _closed,
        review.Signalled: _signalled,
        order.RedemptionApproved: _redemption_approved,
    },
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A redemption that waits for reviewers, with those who have approved it already; minor units of `currency`."""

    redemption_id: str
    seq: int
    programme: str
    order_id: str
    enterprise_id: str
    provider_id: str
    requested_by: str
    amount: int
    currency: str
    tier: str
    evidence: tuple[str, ...]
    approvals_needed: int
    approved_by: tuple[str, ...]
    since_on: str
    signals: tuple[str, ...] = ()


def review_queue(session: Session, *, programme: str = "", after: int = -1, limit: int = 100) -> list[Waiting]:
    """What waits for a reviewer, the longest wait first, with seq above `after`, at most `limit` (1,000)."""
    query = select(Review).where(Review.outcome == "", Review.drawn == 1, Review.seq > after)
    if programme:
        query = query.where(Review.programme == programme)
    rows = list(session.scalars(query.order_by(Review.seq).limit(min(limit, MAX_REVIEWS))))
    approved: dict[str, list[str]] = {row.redemption_id: [] for row in rows}
    said = select(Opinion.redemption_id, Opinion.reviewer).where(Opinion.redemption_id.in_(list(approved)))
    for redemption_id, reviewer in session.execute(said.order_by(Opinion.seq)):
        approved[redemption_id].append(reviewer)
    raised: dict[str, list[str]] = {row.redemption_id: [] for row in rows}
    seen = select(Signal.redemption_id, Signal.signal).where(Signal.redemption_id.in_(list(raised)))
    for redemption_id, name in session.execute(seen.order_by(Signal.seq)):
        raised[redemption_id].append(name)
    return [_waiting(row, tuple(approved[row.redemption_id]), tuple(raised[row.redemption_id])) for row in rows]


def review_row(session: Session, redemption_id: str) -> Review | None:
    """One redemption's check, or nothing."""
    return session.get(Review, redemption_id)


def opinions(session: Session, redemption_id: str) -> list[Opinion]:
    """What reviewers said of a redemption, in order."""
    return list(session.scalars(select(Opinion).where(Opinion.redemption_id == redemption_id).order_by(Opinion.seq)))


def signals(session: Session, *, after: int = -1, limit: int = 100) -> list[Signal]:
    """Every signal with seq above `after`, in the order they were raised, at most `limit` (1,000)."""
    query = select(Signal).where(Signal.seq > after).order_by(Signal.seq)
    return list(session.scalars(query.limit(min(limit, MAX_REVIEWS))))


def _waiting(row: Review, approved_by: tuple[str, ...], raised: tuple[str, ...]) -> Waiting:
    stored = row.as_dict()
    for name in ("sample_bp", "draw_bp", "drawn", "outcome", "closed_on", "approvals"):
        del stored[name]
    stored["evidence"] = tuple(wire.parse(row.evidence))
    return Waiting(**stored, approved_by=approved_by, signals=raised)
