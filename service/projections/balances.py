"""Balances: what each voucher is worth, place by place, and what became of the rest."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Index, bindparam, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Handler, Key, Number, Ops, Row, Sum, View, Word, key_of, table_of, text_of
from vouchers import wire
from vouchers.voucher import events as voucher
from vouchers.wire import Outline


class Voucher(Row):
    """One voucher: its terms, and its face over eight places in minor units of `currency`."""

    __tablename__ = "vouchers"
    __table_args__ = (Index("vouchers_by_enterprise", "enterprise_id"),)
    voucher_id: Mapped[Key]
    programme: Mapped[Word]
    period: Mapped[Word]
    enterprise_id: Mapped[Word]
    kind: Mapped[Word]
    currency: Mapped[Word]
    face: Mapped[Number]
    categories: Mapped[Word]
    issued_on: Mapped[Word]
    use_by_on: Mapped[Word]
    redeem_by_on: Mapped[Word]
    extensions: Mapped[Sum]
    available: Mapped[Sum]
    reserved: Mapped[Sum]
    claimed: Mapped[Sum]
    paid: Mapped[Sum]
    expired: Mapped[Sum]
    returned: Mapped[Sum]
    revoked: Mapped[Sum]
    clawed_back: Mapped[Sum]


_EXTENSIONS, _AVAILABLE = 0, 1
_SUM_OF = {place: number for number, place in enumerate(voucher.PLACES, _AVAILABLE)}


def _issued(ops: Ops, entry: Outline[voucher.Issued]) -> None:
    key, event, changes = key_of(entry), entry.data, ops[Voucher]
    changes.fields[key] |= {
        "programme": event.programme,
        "period": event.period,
        "enterprise_id": event.enterprise_id,
        "kind": event.kind,
        "currency": event.currency,
        "face": event.face,
        "categories": text_of(event.categories),
        "issued_on": event.issued_on,
        "use_by_on": event.use_by_on,
        "redeem_by_on": event.redeem_by_on,
    }
    changes.sums[key][_AVAILABLE] += event.face


def _mover(from_place: str, to_place: str) -> Handler:
    """The handler that moves an amount between two places."""
    source, target = _SUM_OF[from_place], _SUM_OF[to_place]

    def moved(ops: Ops, entry: Outline[voucher.Movement]) -> None:
        sums = ops[Voucher].sums[key_of(entry)]
        sums[source] -= entry.data.amount
        sums[target] += entry.data.amount

    return moved


def _extended(ops: Ops, entry: Outline[voucher.Extended]) -> None:
    key, changes = key_of(entry), ops[Voucher]
    changes.fields[key] |= {"use_by_on": entry.data.use_by_on, "redeem_by_on": entry.data.redeem_by_on}
    changes.sums[key][_EXTENSIONS] += 1


VIEW = View(
    "balances",
    1,
    (Voucher,),
    {
        voucher.Issued: _issued,
        voucher.Extended: _extended,
        **{event: _mover(*places) for event, places in voucher.MOVES.items()},
    },
)

_WHY = {
    "reserved": "set aside for open orders",
    "claimed": "claimed by providers, not yet paid",
    "paid": "paid for finished orders",
    "expired": "expired unused after {use_by_on}",
    "returned": "given back by the enterprise",
    "revoked": "taken back by the programme",
    "clawed_back": "paid once and demanded back",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Where a part of the face is that cannot be spent: minor units, and a sentence."""

    place: str
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A voucher on a day: what can be spent, and why the rest cannot; amounts are minor units of `currency`.

    `spendable` is nothing after the use-by day, even while the expiry is not recorded yet; `expired` counts that too.
    """

    voucher_id: str
    programme: str
    period: str
    enterprise_id: str
    kind: str
    currency: str
    categories: tuple[str, ...]
    issued_on: str
    use_by_on: str
    redeem_by_on: str
    face: int
    spendable: int
    places: dict[str, int]
    reasons: tuple[Reason, ...]


# Rows as they are stored: to make objects of them would take three times as long.
_ONE = select(table_of(Voucher)).where(Voucher.voucher_id == bindparam("voucher_id"))


def balances(session: Session, enterprise_id: str, on: str, *, programme: str = "") -> list[Balance]:
    """The vouchers of an enterprise as they are on a day, newest period first."""
    query = select(table_of(Voucher)).where(Voucher.enterprise_id == enterprise_id)
    if programme:
        query = query.where(Voucher.programme == programme)
    found = session.execute(query.order_by(Voucher.issued_on.desc(), Voucher.voucher_id))
    return [balance_of(row._asdict(), on) for row in found]


def balance(connection: Connection, voucher_id: str, on: str) -> Balance | None:
    """One voucher on a day, or nothing for a number that was never issued."""
    row = connection.execute(_ONE, {"voucher_id": voucher_id}).one_or_none()
    return balance_of(row._asdict(), on) if row and row.issued_on else None


def balance_of(row: dict[str, Any], on: str) -> Balance:
    """The values of a row, read on a day: after its last day what is available has expired, and what orders hold."""
    places: dict[str, int] = {place: row.pop(place) for place in voucher.PLACES}
    if on > row["use_by_on"]:
        places["expired"] += places["available"]
        places["available"] = 0
    if on > row["redeem_by_on"]:
        places["expired"] += places["reserved"]
        places["reserved"] = 0
    reasons = tuple(
        Reason(place, places[place], why.format(use_by_on=row["use_by_on"]))
        for place, why in _WHY.items()
        if places[place]
    )
    del row["extensions"]
    row["categories"] = tuple(wire.parse(row["categories"]))
    return Balance(**row, spendable=places["available"], places=places, reasons=reasons)
