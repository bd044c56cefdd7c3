"""Debts: what was demanded back, and what came of it."""

from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Handler, Key, Number, Ops, Row, Sum, View, Word, key_of
from vouchers.debt import events as debt
from vouchers.wire import Outline

MAX_DEBTS = 1_000


class Debt(Row):
    """One demand in minor units of `currency`: the amount, and what was received, kept back and written off of it.

    Received and netted include interest; written_off is principal.
    """

    __tablename__ = "debts"
    __table_args__ = (Index("debts_by_programme", "programme", "seq"), Index("debts_by_order", "order_id"))
    party: Mapped[Key]
    debt_id: Mapped[Key]
    seq: Mapped[Number]
    programme: Mapped[Word]
    order_id: Mapped[Word]
    currency: Mapped[Word]
    amount: Mapped[Number]
    demanded_on: Mapped[Word]
    due_on: Mapped[Word]
    reason: Mapped[Word]
    received: Mapped[Sum]
    netted: Mapped[Sum]
    principal: Mapped[Sum]
    written_off: Mapped[Sum]


_RECEIVED, _NETTED, _PRINCIPAL, _WRITTEN_OFF = range(4)


def _demanded(ops: Ops, entry: Outline[debt.Demanded]) -> None:
    event = entry.data
    ops[Debt].fields[key_of(entry), event.debt_id] |= {
        "seq": entry.seq,
        "programme": event.programme,
        "order_id": event.order_id,
        "currency": event.currency,
        "amount": event.amount,
        "demanded_on": event.demanded_on,
        "due_on": event.due_on,
        "reason": event.reason,
    }


def _paid(place: int) -> Handler:
    def paid(ops: Ops, entry: Outline[Any]) -> None:
        sums = ops[Debt].sums[key_of(entry), entry.data.debt_id]
        sums[place] += entry.data.amount
        sums[_PRINCIPAL] += entry.data.to_principal

    return paid


def _written_off(ops: Ops, entry: Outline[debt.WrittenOff]) -> None:
    ops[Debt].sums[key_of(entry), entry.data.debt_id][_WRITTEN_OFF] += entry.data.principal


VIEW = View(
    "debts",
    1,
    (Debt,),
    {
        debt.Demanded: _demanded,
        debt.Received: _paid(_RECEIVED),
        debt.Netted: _paid(_NETTED),
        debt.WrittenOff: _written_off,
    },
)


def debts(
    session: Session,
    *,
    party: str = "",
    programme: str = "",
    open_only: bool = False,
    after: int = -1,
    limit: int = 100,
) -> list[Debt]:
    """Debts in log order with seq above `after`, at most `limit` (1,000): those that are open, or all."""
    query = select(Debt).where(Debt.seq > after)
    if party:
        query = query.where(Debt.party == party)
    if programme:
        query = query.where(Debt.programme == programme)
    if open_only:
        query = query.where(Debt.amount > Debt.principal + Debt.written_off)
    return list(session.scalars(query.order_by(Debt.seq).limit(min(limit, MAX_DEBTS))))


def debtors(session: Session, *, programme: str = "") -> list[str]:
    """Everybody who was ever asked for money back, by code."""
    query = select(Debt.party).distinct().order_by(Debt.party)
    if programme:
        query = query.where(Debt.programme == programme)
    return list(session.scalars(query))
