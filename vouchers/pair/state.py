"""What is known of a pair now."""

from vouchers.days import add_days
from vouchers.pair import events as pair
from vouchers.values import Value

KEPT = 100


class Pair(Value):
    """The newest orders of the two, the oldest first."""

    orders: tuple[pair.Ordered, ...] = ()

    def within(self, programme: str, category: str, on: str, days: int) -> tuple[pair.Ordered, ...]:
        """The orders of a category less than so many days before a day, that day included."""
        first = add_days(on, 1 - days)
        return tuple(
            each
            for each in self.orders
            if each.programme == programme and each.category == category and first <= each.on <= on
        )

    def years(self, category: str) -> frozenset[str]:
        """The calendar years in which the two had an order of a category."""
        return frozenset(each.on[:4] for each in self.orders if each.category == category)


def evolve(state: Pair, event: pair.Event) -> Pair:
    """Apply one event; the oldest orders are forgotten."""
    return Pair((*state.orders, event)[-KEPT:])
