"""What may be counted against a cap next."""

from vouchers.cap import events as cap
from vouchers.cap.state import Usage
from vouchers.refusals import Refused


class CapExceeded(Refused):
    """One of the policy's caps would be exceeded."""

    remedy = "Ask for less, or order in a later period."


def count(
    state: Usage,
    *,
    order_id: str,
    amount: int,
    on: str,
    limit: int | None = None,
    count_limit: int | None = None,
    orders: int = 1,
) -> list[cap.Event]:
    """Count an order; a limit exactly reached passes, one minor unit more is refused."""
    total, count = state.total + amount, state.count + orders
    if limit is not None and total > limit:
        raise CapExceeded(pointer="/asked", remaining=limit - state.total, limit=limit)
    if count_limit is not None and orders and count > count_limit:
        raise CapExceeded(pointer="/asked", remaining=0, limit=count_limit)
    return [cap.Counted(order_id, on, amount, total, count)]


def uncount(state: Usage, *, order_id: str, amount: int, on: str, whole: bool) -> list[cap.Event]:
    """Give an amount back; the order itself stops counting when the whole of it goes."""
    if amount == 0 and not whole:
        return []
    orders = 1 if whole else 0
    return [cap.Uncounted(order_id, on, amount, orders, state.total - amount, state.count - orders)]
