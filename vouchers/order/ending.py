"""How an order ends: cancelled or lapsed as a whole, or what is left of it after the redemptions that stand."""

from vouchers.order import events as order
from vouchers.order.decisions import check_open, is_open, known
from vouchers.order.state import Order


def cancel(state: Order, reason: str) -> list[order.Event]:
    """Cancel before anything is claimed, or end what is left after it; cancelling again changes nothing."""
    known(state)
    if state.status == "cancelled":
        return []
    check_open(state)
    return _end_rest(state, reason) if state.claims else [order.Cancelled(reason)]


def lapse(state: Order, redeem_by_on: str, on: str) -> list[order.Event]:
    """Let lapse what an order still holds of a voucher that can no longer be redeemed; stays quiet otherwise."""
    known(state)
    if not is_open(state) or on <= redeem_by_on:
        return []
    return _end_rest(state, "lapsed") if state.claims else [order.Lapsed(redeem_by_on)]


def _end_rest(state: Order, reason: str) -> list[order.Event]:
    """The end of what is held beside the redemptions that stand; the order is then where the last of them is.

    Invoices that none of them covers leave it, for they are free to be filed elsewhere from now on.
    """
    leaving = [order.InvoiceRemoved(bill.invoice, reason) for bill in state.unclaimed]
    return [order.RestReleased(state.held, reason, list(state.claims.values())[-1].status), *leaving]
