"""The statement: everything that happened to every voucher, in the order of the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, case, func, select
from sqlalchemy.orm import Mapped, Session

from service.projections.balances import Voucher
from service.projections.tables import Handler, Number, Ops, Row, Seq, View, Word, key_of
from vouchers.voucher import events as voucher
from vouchers.wire import Outline

MAX_LINES = 1_000
LOT_PLACES = ("reserved", "claimed", "paid", "clawed_back")


class Line(Row):
    """One movement: an amount of a voucher goes from one place to another; the issue comes from no place.

    What moves no value has no places: an extension, a pledge with its amount, what was carried over with its amount.
    """

    __tablename__ = "statement"
    __table_args__ = (Index("statement_by_voucher", "voucher_id", "seq"),)
    seq: Mapped[Seq]
    voucher_id: Mapped[Word]
    eff: Mapped[Word]
    rec: Mapped[Word]
    actor: Mapped[Word]
    event: Mapped[Word]
    order_id: Mapped[Word]
    category: Mapped[Word]
    amount: Mapped[Number]
    from_place: Mapped[Word]
    to_place: Mapped[Word]
    reason: Mapped[Word]


def _line(event: type, from_place: str, to_place: str) -> Handler:
    """The handler that adds a line for this type of event."""
    name = event.__name__
    has_order, has_reason = hasattr(event, "order_id"), hasattr(event, "reason")

    def add(ops: Ops, entry: Outline[Any]) -> None:
        data = entry.data
        order_id, category = (data.order_id, data.category) if has_order else ("", "")
        reason = data.reason if has_reason else ""
        stamp = (entry.seq, key_of(entry), entry.eff, entry.rec, entry.actor, name)
        ops[Line].rows.append((*stamp, order_id, category, data.amount, from_place, to_place, reason))

    return add


def _issued(ops: Ops, entry: Outline[voucher.Issued]) -> None:
    stamp = (entry.seq, key_of(entry), entry.eff, entry.rec, entry.actor, "Issued")
    ops[Line].rows.append((*stamp, "", "", entry.data.face, "", "available", ""))


def _without_places(event: type, words: str) -> Handler:
    """The handler that adds a line for what moves no value; the words name the fields that tell it."""
    name = event.__name__

    def add(ops: Ops, entry: Outline[Any]) -> None:
        order_id, amount = getattr(entry.data, "order_id", ""), getattr(entry.data, "amount", 0)
        stamp = (entry.seq, key_of(entry), entry.eff, entry.rec, entry.actor, name)
        ops[Line].rows.append((*stamp, order_id, "", amount, "", "", words.format(e=entry.data)))

    return add


_NO_MOVES = {
    voucher.Extended: "{e.reason}",
    voucher.Pledged: "to {e.enterprise_id} until {e.until_on}",
    voucher.PledgeWithdrawn: "{e.reason}",
    voucher.CarriedOver: "to {e.voucher_id} of {e.period}",
    voucher.CarriedFrom: "from {e.voucher_id} of {e.period}",
}


VIEW = View(
    "statement",
    2,
    (Line,),
    {
        voucher.Issued: _issued,
        **{event: _without_places(event, words) for event, words in _NO_MOVES.items()},
        **{event: _line(event, *places) for event, places in voucher.MOVES.items()},
    },
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of the statement with the eight places after it, in minor units; `adds_up`: whether they make the face."""

    seq: int
    voucher_id: str
    eff: str
    rec: str
    actor: str
    event: str
    order_id: str
    category: str
    amount: int
    from_place: str
    to_place: str
    reason: str
    places: dict[str, int]
    adds_up: bool

    @property
    def available(self) -> int:
        """What could still be reserved after this movement."""
        return self.places["available"]


@dataclass(frozen=True, slots=True)
class Lot:
    """What one voucher holds and has paid for an order, in minor units."""

    voucher_id: str
    enterprise_id: str
    programme: str
    period: str
    reserved: int
    claimed: int
    paid: int
    clawed_back: int


def lots_of(session: Session, order_id: str, voucher_ids: Iterable[str]) -> list[Lot]:
    """What of each voucher stands where for an order, the largest part first."""
    sums = [func.sum(_change(place)).label(place) for place in LOT_PLACES]
    who = (Voucher.voucher_id, Voucher.enterprise_id, Voucher.programme, Voucher.period)
    query = select(*who, *sums).join(Voucher, Voucher.voucher_id == Line.voucher_id)
    found = session.execute(query.where(Line.voucher_id.in_(voucher_ids), Line.order_id == order_id).group_by(*who))
    lots = [Lot(*row[: len(who)], *map(int, row[len(who) :])) for row in found]
    return sorted(lots, key=lambda lot: (-(lot.reserved + lot.claimed + lot.paid + lot.clawed_back), lot.voucher_id))


def statement(
    session: Session, voucher_id: str, *, from_on: str = "", to_on: str = "", after: int = -1, limit: int = 100
) -> list[StatementLine]:
    """Movements that take effect from..to, with seq above `after`, in log order, at most `limit` (1,000)."""
    places = [_after(place).label(f"after_{place}") for place in voucher.PLACES]
    face = func.sum(case((Line.event == "Issued", Line.amount), else_=0)).over(order_by=Line.seq).label("face")
    running = select(*Line.__table__.columns, *places, face).where(Line.voucher_id == voucher_id).subquery()
    query = select(running).where(running.c.seq > after, running.c.eff >= from_on)
    if to_on:
        query = query.where(running.c.eff <= to_on)
    found = session.execute(query.order_by(running.c.seq).limit(min(limit, MAX_LINES)))
    return [_read(row) for row in found.mappings()]


def _after(place: str) -> Any:
    """A voucher's sum in one place after each movement."""
    return func.sum(_change(place)).over(order_by=Line.seq)


def _change(place: str) -> Any:
    """What a movement adds to a place, or takes from it."""
    return case((Line.to_place == place, Line.amount), (Line.from_place == place, -Line.amount), else_=0)


def _read(row: Any) -> StatementLine:
    fields = {column.name: row[column.name] for column in Line.__table__.columns}
    # PostgreSQL sums whole numbers as decimals.
    places = {place: int(row[f"after_{place}"]) for place in voucher.PLACES}
    adds_up = sum(places.values()) == int(row["face"]) and min(places.values()) >= 0
    return StatementLine(**fields, places=places, adds_up=adds_up)
