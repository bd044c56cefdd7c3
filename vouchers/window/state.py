"""What a rolling window holds now, order by order."""

from typing import assert_never

from vouchers.values import Value, replace
from vouchers.window import events as window


class Part(Value):
    """What was counted for an order on one day: minor units, and whether the order itself counts here."""

    on: str
    order_id: str
    amount: int
    orders: int


class Window(Value):
    """Every part that still counted when the window last changed, oldest first."""

    parts: tuple[Part, ...] = ()

    @property
    def total(self) -> int:
        """The minor units of all parts."""
        return sum(part.amount for part in self.parts)

    @property
    def count(self) -> int:
        """The number of orders that count."""
        return sum(part.orders for part in self.parts)

    def since(self, first_on: str) -> "Window":
        """The window without the days before a day."""
        return Window(tuple([part for part in self.parts if part.on >= first_on]))

    def more(self, order_id: str, on: str, amount: int, orders: int) -> "Window":
        """The window with an order counted on a day, or with more of one that is counted already."""
        return Window((*self.parts, Part(on, order_id, amount, orders)))

    def less(self, order_id: str, amount: int, *, whole: bool) -> "Window":
        """The window with less of an order, the latest of it first; it no longer counts as one where the whole goes."""
        kept: list[Part] = []
        for part in reversed(self.parts):
            left = part
            if part.order_id == order_id:
                taken = min(part.amount, amount)
                amount -= taken
                left = replace(part, amount=part.amount - taken, orders=0 if whole else part.orders)
            if left.amount or left.orders:
                kept.append(left)
        return Window(tuple(reversed(kept)))


def evolve(state: Window, event: window.Event) -> Window:
    """Apply one event; what was counted on a day that has rolled out cannot be given back any more."""
    kept = state.since(event.since)
    match event:
        case window.Counted(order_id=order_id, on=on, amount=amount):
            # An order that grows counts for more money and is still one order.
            return kept.more(order_id, on, amount, event.count - kept.count)
        case window.Uncounted(order_id=order_id, amount=amount, orders=orders):
            return kept.less(order_id, amount, whole=orders > 0)
    assert_never(event)
