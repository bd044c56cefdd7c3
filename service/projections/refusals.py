"""Refusals: every money command that the rules did not allow, with its reasons."""

from sqlalchemy import Index, func, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Number, Ops, Row, Seq, View, Word, text_of
from vouchers.refusal import events as refusal
from vouchers.wire import Outline

MAX_REFUSALS = 1_000


class Refusal(Row):
    """One refused command: the amount asked for in minor units, every reason as JSON text."""

    __tablename__ = "refusals"
    __table_args__ = (
        Index("refusals_by_enterprise", "enterprise_id", "seq"),
        Index("refusals_by_programme", "programme", "eff"),
    )
    seq: Mapped[Seq]
    eff: Mapped[Word]
    rec: Mapped[Word]
    actor: Mapped[Word]
    enterprise_id: Mapped[Word]
    command: Mapped[Word]
    code: Mapped[Word]
    programme: Mapped[Word]
    category: Mapped[Word]
    order_id: Mapped[Word]
    amount: Mapped[Number]
    reasons: Mapped[Word]


def _recorded(ops: Ops, entry: Outline[refusal.Recorded]) -> None:
    event = entry.data
    stamp = (entry.seq, entry.eff, entry.rec, entry.actor)
    what = (event.enterprise_id, event.command, event.code, event.programme, event.category, event.order_id)
    reasons = text_of(event.reasons)
    ops[Refusal].rows.append((*stamp, *what, event.amount, reasons))


VIEW = View("refusals", 1, (Refusal,), {refusal.Recorded: _recorded})


def refusals(
    session: Session, *, enterprise_id: str = "", programme: str = "", after: int = -1, limit: int = 100
) -> list[Refusal]:
    """Refusals in log order with seq above `after`, at most `limit` (1,000)."""
    query = select(Refusal).where(Refusal.seq > after)
    if enterprise_id:
        query = query.where(Refusal.enterprise_id == enterprise_id)
    if programme:
        query = query.where(Refusal.programme == programme)
    return list(session.scalars(query.order_by(Refusal.seq).limit(min(limit, MAX_REFUSALS))))


def refusals_by_code(session: Session, programme: str = "") -> dict[str, int]:
    """How often each code was the answer."""
    query = select(Refusal.code, func.count()).group_by(Refusal.code).order_by(Refusal.code)
    if programme:
        query = query.where(Refusal.programme == programme)
    return {row[0]: row[1] for row in session.execute(query)}
