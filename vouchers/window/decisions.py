"""What may be counted in a rolling window next."""

from vouchers.refusals import Refused
from vouchers.window import events as window
from vouchers.window.state import Window


class RollingCapExceeded(Refused):
    """A limit over the last months would be exceeded."""

    remedy = "Ask for less, or wait until an earlier order has rolled out of the window."


def count(
    state: Window,
    *,
    order_id: str,
    amount: int,
    on: str,
    since: str,
    limit: int | None = None,
    count_limit: int | None = None,
    orders: int = 1,
) -> list[window.Event]:
    """Count an order among those of the window; a limit exactly reached passes, one minor unit more is refused."""
    now = state.since(since)
    total, count = now.total + amount, now.count + orders
    if limit is not None and total > limit:
        raise RollingCapExceeded(pointer="/asked", remaining=limit - now.total, limit=limit)
    if count_limit is not None and orders and count > count_limit:
        raise RollingCapExceeded(pointer="/asked", remaining=0, limit=count_limit)
    return [window.Counted(order_id, on, amount, since, total, count)]


def uncount(state: Window, *, order_id: str, amount: int, on: str, since: str, whole: bool) -> list[window.Event]:
    """Give an amount of an order back; nothing where all of it has rolled out."""
    now = state.since(since)
    after = now.less(order_id, amount, whole=whole)
    if after == now:
        return []
    orders = now.count - after.count
    return [window.Uncounted(order_id, on, now.total - after.total, orders, since, after.total, after.count)]
