"""Spending: where a programme's money is, by period and category; what belongs to no category stands under ""."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session

from service.projections.orders import Order
from service.projections.programmes import Programme, budgets
from service.projections.refusals import Refusal
from service.projections.tables import Handler, Key, Ops, Row, Sum, View, sum_columns, table_of
from vouchers.order import events as order
from vouchers.voucher import events as voucher
from vouchers.wire import Outline


class Spending(Row):
    """Sums in minor units: reserved, claimed and paid are what is there now, the others all that ever came."""

    __tablename__ = "spending"
    programme: Mapped[Key]
    period: Mapped[Key]
    category: Mapped[Key]
    vouchers: Mapped[Sum]
    entitled: Mapped[Sum]
    orders: Mapped[Sum]
    reserved: Mapped[Sum]
    released: Mapped[Sum]
    claimed: Mapped[Sum]
    paid: Mapped[Sum]
    clawed_back: Mapped[Sum]
    expired: Mapped[Sum]
    returned: Mapped[Sum]
    revoked: Mapped[Sum]


_SUM_OF = {name: number for number, name in enumerate(sum_columns(table_of(Spending)))}
_VOUCHERS, _ENTITLED, _ORDERS = _SUM_OF["vouchers"], _SUM_OF["entitled"], _SUM_OF["orders"]


def _issued(ops: Ops, entry: Outline[voucher.Issued]) -> None:
    sums = ops[Spending].sums[entry.data.programme, entry.data.period, ""]
    sums[_VOUCHERS] += 1
    sums[_ENTITLED] += entry.data.face


def _registered(ops: Ops, entry: Outline[order.Registered]) -> None:
    event = entry.data
    ops[Spending].sums[event.programme, event.period, event.category][_ORDERS] += 1


def _mover(event: type, from_place: str, to_place: str) -> Handler:
    """The handler that takes an amount from one place of the programme's money and puts it in another."""
    has_category = hasattr(event, "category")
    source = _SUM_OF.get(from_place)
    target = _SUM_OF.get("released" if event is voucher.Released else to_place)

    def moved(ops: Ops, entry: Outline[Any]) -> None:
        data = entry.data
        sums = ops[Spending].sums[data.programme, data.period, data.category if has_category else ""]
        if source is not None:
            sums[source] -= data.amount
        if target is not None:
            sums[target] += data.amount

    return moved


VIEW = View(
    "spending",
    2,
    (Spending,),
    {
        voucher.Issued: _issued,
        order.Registered: _registered,
        **{event: _mover(event, *places) for event, places in voucher.MOVES.items()},
    },
)


@dataclass(frozen=True, slots=True)
class SpendingLine:
    """One category of a period in minor units; `category` is "" for what belongs to none, "total" for the sum.

    `lapsed` is the part of `released` that came from orders nobody redeemed in time; expired stands apart.
    """

    category: str
    vouchers: int
    entitled: int
    orders: int
    reserved: int
    released: int
    claimed: int
    paid: int
    clawed_back: int
    expired: int
    returned: int
    revoked: int
    lapsed: int
    refused: int


@dataclass(frozen=True, slots=True)
class PoolLine:
    """One pool of a budget in minor units."""

    pool: str
    appropriated: int
    committed: int
    free: int


@dataclass(frozen=True, slots=True)
class ProgrammeSpending:
    """A programme's period: its budget by pool, its money by category, and the totals."""

    programme: str
    period: str
    currency: str
    pools: tuple[PoolLine, ...]
    categories: tuple[SpendingLine, ...]
    total: SpendingLine
    appropriated: int


def spending(session: Session, programme: str, period: str) -> ProgrammeSpending:
    """Where the money of a programme's period is."""
    known = session.get(Programme, programme)
    lapsed = _lapsed(session, programme, period)
    refused = _refused(session, programme, period)
    query = select(Spending).where(Spending.programme == programme, Spending.period == period)
    stored = {row.category: row for row in session.scalars(query)}
    lines = [
        _line(category, stored.get(category), lapsed.get(category, 0), refused.get(category, 0))
        for category in sorted({*stored, *refused})
    ]
    names = [field.name for field in fields(SpendingLine)][1:]
    total = SpendingLine("total", **{name: sum(getattr(line, name) for line in lines) for name in names})
    pools = tuple(
        PoolLine(row.pool, row.appropriated, row.committed, row.appropriated - row.committed)
        for row in budgets(session, programme, period)
    )
    currency = known.currency if known else ""
    appropriated = sum(pool.appropriated for pool in pools)
    return ProgrammeSpending(programme, period, currency, pools, tuple(lines), total, appropriated)


def periods(session: Session, programme: str) -> list[str]:
    """The periods in which a programme has issued or spent anything, or has a budget."""
    query = select(Spending.period).where(Spending.programme == programme).distinct()
    return sorted({*session.scalars(query), *(row.period for row in budgets(session, programme))})


def days_of(period: str) -> tuple[str, str]:
    """The first and last day that a period's name tells: "2026" or "2025-02-03..2025-12-05"."""
    first, _, last = period.partition("..")
    return (first, last) if last else (f"{period}-01-01", f"{period}-12-31")


def _line(category: str, row: Spending | None, lapsed: int, refused: int) -> SpendingLine:
    sums = {name: getattr(row, name) if row else 0 for name in _SUM_OF}
    return SpendingLine(category, **sums, lapsed=lapsed, refused=refused)


def _lapsed(session: Session, programme: str, period: str) -> dict[str, int]:
    query = (
        select(Order.category, func.sum(Order.lapsed))
        .where(Order.programme == programme, Order.period == period)
        .group_by(Order.category)
    )
    return {category: int(amount) for category, amount in session.execute(query)}


def _refused(session: Session, programme: str, period: str) -> dict[str, int]:
    first, last = days_of(period)
    query = (
        select(Refusal.category, func.count())
        .where(Refusal.programme == programme, Refusal.eff >= first, Refusal.eff <= last)
        .group_by(Refusal.category)
    )
    return {row[0]: row[1] for row in session.execute(query)}
