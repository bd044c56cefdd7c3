"""Recalling what was done at the counter, with coupons, and with lines of a bank that had been heard before."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from service.audit.whatif.past import Past
from service.audit.whatif.recalling import Recall, command_of, fill
from service.audit.whatif.recalling_orders import brought
from service.audit.whatif.turns import Turn, key_of
from service.audit.whatif.worlds import Call
from vouchers import application as app
from vouchers.application.providing import VoidOrders
from vouchers.application.reconciling import BookLine
from vouchers.application.vouchering import CarryOver
from vouchers.bankline import events as bankline
from vouchers.booklet import events as booklet
from vouchers.booklet.decisions import UseCoupon
from vouchers.conduct import events as conduct
from vouchers.kinds import BANKLINE, BOOKLET, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.voucher import events as voucher


def _at_the_counter(turn: Turn, _past: Past) -> Iterator[Call]:
    """Delivery, invoice and claim in one step, with a code."""
    told = _in_one_step(turn)
    if told is not None:
        told |= {"order_id": turn.key, "more_to_come": turn.one(order.RestKept) is not None}
        yield Call(app.redeem_at_counter, fill(app.redeem_at_counter, turn.first.data, told))


def _coupons(turn: Turn, _past: Past) -> Iterator[Call]:
    """A booklet as it was issued, or one coupon of it as it was handed in."""
    issued, used = turn.all(booklet.Issued), turn.all(booklet.CouponUsed)
    if issued:
        asked = tuple(place.order_id for place in issued[0].data.places)
        told = {"booklet_id": key_of(issued[0]), "orders": asked}
        yield Call(app.issue_booklet, fill(app.issue_booklet, issued[0].data, told))
    told = _in_one_step(turn) or {}
    if used and told:
        told["booklet_id"] = key_of(used[0])
        yield Call(app.use_coupon, fill(app.use_coupon, used[0].data, told))


def _used_twice(turn: Turn, _past: Past) -> Iterator[Call]:
    """A coupon that was handed in again: of its papers, those that gave the second use away tell enough."""
    event = turn.first.data

    def use_coupon(unit: Unit, booklet_id: str) -> object:
        first = unit.load(BOOKLET, booklet_id).used.get(event.number)
        signed = event.second_digest, event.second_digest
        if first is not None and event.party == "provider":
            signed = first.presentation_digest, event.second_digest
        on = turn.first.eff
        papers = UseCoupon(booklet_id, event.number, event.provider_id, *signed, on, "", "", on, 0, 0, {})
        return app.use_coupon(unit, papers, seed=b"")  # A second use claims nothing, and so draws nothing.

    yield Call(use_coupon, turn.key)


def _in_one_step(turn: Turn) -> dict[str, Any] | None:
    """What was delivered, billed and brought in one step; nothing where a part of it stood before."""
    delivery = turn.one(order.DeliveryAccepted) or turn.one(order.PartDelivered)
    bill = turn.one(order.InvoiceFiled) or turn.one(order.InvoiceAdded)
    claim = turn.one(order.RedemptionRequested)
    if delivery is None or bill is None or claim is None:
        return None
    return {
        "delivered_on": delivery.delivered_on,
        "report_digest": delivery.report_digest,
        "invoice": bill.invoice,
        "issued_on": bill.issued_on,
        "gross": bill.gross,
        "net": bill.net,
        "evidence": brought(claim.evidence),
    }


def _ended(use_case: Callable[..., Any]) -> Recall:
    """An order that ended: by itself, or with its provider's removal."""

    def recall(turn: Turn, _past: Past) -> Iterator[Call]:
        def void_orders(unit: Unit, order_id: str) -> object:
            registered = orders.known(unit.load(ORDER, order_id))
            return app.void_orders(unit, VoidOrders(registered.provider_id, (order_id,)))

        command = fill(use_case, turn.first.data, {"order_id": turn.key})
        if command is not None:
            yield Call(use_case, command)
        yield Call(void_orders, turn.key)

    return recall


def _expired(turn: Turn, _past: Past) -> Iterator[Call]:
    """What lapsed, and what of it went on into the next period."""
    if turn.one(voucher.CarriedOver) is not None:
        yield Call(app.carry_over_voucher, CarryOver(turn.key))
    yield Call(app.expire_voucher, command_of(app.expire_voucher)(turn.key))


def _lifted(turn: Turn, _past: Past) -> Iterator[Call]:
    """Sanctions that ended: by an officer, or with an appeal that was upheld."""
    for decided in turn.all(conduct.AppealDecided):
        told = {"subject": key_of(decided), "upheld": decided.data.outcome == "upheld"}
        yield Call(app.decide_appeal, fill(app.decide_appeal, decided.data, told))
    for lifted in turn.all(conduct.SanctionLifted):
        yield Call(app.lift_sanction, fill(app.lift_sanction, lifted.data, {"subject": key_of(lifted)}))


def bank(turn: Turn, _past: Past) -> Iterator[Call]:
    """A line that was heard before: agreed upon by a second person, or told once more."""
    for resolved in turn.all(bankline.Resolved):
        account, line_id = key_of(resolved).split("/", 1)
        yield Call(app.approve_resolution, command_of(app.approve_resolution)(account, line_id))
    matched = turn.one(bankline.Matched)
    for key in turn.keys("bankline"):
        stated = turn.one(bankline.Stated)
        yield Call(_again(stated, matched), key)


def _again(stated: bankline.Stated | None, matched: bankline.Matched | None) -> Callable[[Unit, str], object]:
    """A line told once more, with what it now seems to be."""

    def book_line(unit: Unit, key: str) -> object:
        heard = unit.load(BANKLINE, key).heard
        told: dict[str, Any] = {"line_id": key.partition("/")[2]}
        if stated is not None:
            told |= {"source": "statement", "statement_id": stated.statement_id, "booked_on": stated.booked_on}
        if matched is not None:
            told |= {name: getattr(matched, name) for name in bankline.Matched.__dataclass_fields__}
        command = fill(app.book_line, heard, told)
        return app.book_line(unit, command) if isinstance(command, BookLine) else None

    return book_line


COUNTER: Final[Mapping[str, Recall]] = {
    "counter.CodeAccepted": _at_the_counter,
    "order.CouponsIssued": _coupons,
    "order.CouponsFreed": _coupons,
    "booklet.Issued": _coupons,
    "booklet.DoubleUseFound": _used_twice,
    "order.Cancelled": _ended(app.cancel_order),
    "voucher.Expired": _expired,
    "conduct.SanctionLifted": _lifted,
}
