"""What one level of government bears now, order by order."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.level import events as level
from vouchers.values import Value, field


class Held(Value):
    """One order's whole subsidy in minor units, and the level's weight in it."""

    amount: int
    weight: int
    whole: int

    @property
    def part(self) -> int:
        """What the level bears of it, to the minor unit below."""
        return self.amount * self.weight // self.whole


class Purse(Value):
    """Every order that counts, and what the level bears of all of them."""

    orders: Mapping[str, Held] = field(default_factory=lambda: MappingProxyType({}))
    total: int = 0
    count: int = 0

    def held(self, order_id: str) -> Held:
        """One order, or nothing of it."""
        return self.orders.get(order_id, Held(0, 0, 1))


def evolve(state: Purse, event: level.Event) -> Purse:
    """Apply one event; the totals it carries are the state's."""
    held = state.held(event.order_id)
    match event:
        case level.Counted():
            now = Held(held.amount + event.amount, event.weight, event.whole)
        case level.Uncounted():
            now = Held(held.amount - event.amount, held.weight, held.whole)
        case _:
            assert_never(event)
    orders = {**state.orders, event.order_id: now}
    if not now.amount:
        del orders[event.order_id]
    return Purse(MappingProxyType(orders), event.total, event.count)
