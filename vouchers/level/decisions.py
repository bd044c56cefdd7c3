"""What may be counted for one level of government next."""

from vouchers.level import events as level
from vouchers.level.state import Held, Purse
from vouchers.refusals import Refused


class LevelExceeded(Refused):
    """What one level of government bears would be exceeded."""

    remedy = "Ask for less, or order in a later period."


def count(
    state: Purse,
    *,
    order_id: str,
    amount: int,
    weight: int,
    whole: int,
    on: str,
    limit: int | None = None,
    count_limit: int | None = None,
    orders: int = 1,
) -> list[level.Event]:
    """Count the level's part of an order; a limit exactly reached passes, one minor unit more is refused."""
    held = state.held(order_id)
    part = Held(held.amount + amount, weight, whole).part - held.part
    total, count = state.total + part, state.count + orders
    if limit is not None and total > limit:
        raise LevelExceeded(pointer="/asked", remaining=limit - state.total, limit=limit)
    if count_limit is not None and orders and count > count_limit:
        raise LevelExceeded(pointer="/asked", remaining=0, limit=count_limit)
    return [level.Counted(order_id, on, amount, weight, whole, part, total, count)]


def uncount(state: Purse, *, order_id: str, amount: int, on: str, whole: bool) -> list[level.Event]:
    """Give an amount of an order back, and with it the level's part; the parts given back are those counted."""
    held = state.held(order_id)
    freed = min(amount, held.amount)
    if not freed and not whole:
        return []
    part = held.part - Held(held.amount - freed, held.weight, held.whole).part
    orders = 1 if whole else 0
    return [level.Uncounted(order_id, on, freed, orders, part, state.total - part, state.count - orders)]
