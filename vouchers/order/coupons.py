"""What an order sets aside for coupons that may come in: none of it is claimed, changed or given back meanwhile."""

from vouchers.order import events as order
from vouchers.order.decisions import check_open
from vouchers.order.state import Order
from vouchers.refusals import Conflict, Refused


class SetAsideForCoupons(Conflict):
    """This part of the order is set aside for coupons that may still come in."""

    remedy = "Close the booklet after its last day, or claim less and say that more is to come."


class NotEnoughForCoupons(Refused):
    """The order does not hold this much beside what is set aside already."""

    remedy = "Issue fewer or smaller coupons, or draw them on another order."


class NothingSetAside(Conflict):
    """The order has nothing set aside for this coupon any more."""

    remedy = "Look at the order: it was ended after the coupons were issued."


def set_aside(state: Order, booklet_id: str, amount: int) -> list[order.Event]:
    """Set so much of what the order holds aside for a booklet."""
    check_open(state)
    if amount > state.held - state.aside:
        raise NotEnoughForCoupons(pointer="/orders", free=state.held - state.aside, amount=amount)
    return [order.CouponsIssued(booklet_id, amount)]


def take_coupon(state: Order, booklet_id: str, number: int, amount: int) -> list[order.Event]:
    """Let what was set aside for one coupon be claimed."""
    if amount > state.aside:
        raise NothingSetAside(pointer="/booklet_id")
    return [order.CouponsFreed(booklet_id, amount, f"coupon {number} came in")]


def drop_coupon(state: Order, booklet_id: str, number: int, amount: int) -> list[order.Event]:
    """Set aside no longer what a coupon held that was used at another order of its booklet."""
    return end_coupons(state, booklet_id, amount, f"coupon {number} was used elsewhere")


def end_coupons(state: Order, booklet_id: str, amount: int, reason: str) -> list[order.Event]:
    """Set nothing aside any more for a booklet; quiet where the order was ended before."""
    free = min(amount, state.aside)
    return [order.CouponsFreed(booklet_id, free, reason)] if free else []


def check_free(state: Order, amount: int | None = None, *, more_to_come: bool = False) -> None:
    """Refuse what would leave less than is set aside: a claim of an amount, or without one whatever ends the order."""
    left = state.held - amount if amount is not None and more_to_come else 0
    if left < state.aside:
        raise SetAsideForCoupons(pointer="/order_id", set_aside=state.aside)
