"""What a rolling window holds now, day by day."""

from dataclasses import dataclass
from typing import assert_never

from vouchers.window import events as window


@dataclass(frozen=True, slots=True)
class Day:
    """What was counted on one day: minor units and number of orders."""

    on: str
    amount: int
    orders: int


@dataclass(frozen=True, slots=True)
class Window:
    """Every day that still counted when the window last changed, oldest first."""

    days: tuple[Day, ...] = ()

    @property
    def total(self) -> int:
        """The minor units of all days."""
        return sum(day.amount for day in self.days)

    @property
    def count(self) -> int:
        """The orders of all days."""
        return sum(day.orders for day in self.days)

    def since(self, first_on: str) -> "Window":
        """The window without the days before a day."""
        return Window(tuple([day for day in self.days if day.on >= first_on]))

    def changed(self, on: str, amount: int, orders: int) -> "Window":
        """The window with an amount and a number of orders more, or less, on one day; none goes below nothing."""
        others = [day for day in self.days if day.on != on]
        here = [day for day in self.days if day.on == on] or [Day(on, 0, 0)]
        changed = Day(on, max(0, here[0].amount + amount), max(0, here[0].orders + orders))
        kept = [*others, changed] if changed.amount or changed.orders else others
        return Window(tuple(sorted(kept, key=lambda day: day.on)))


def evolve(state: Window, event: window.Event) -> Window:
    """Apply one event; what was counted on a day that has rolled out cannot be given back any more."""
    kept = state.since(event.since)
    match event:
        case window.Counted(on=on, amount=amount):
            return kept.changed(on, amount, 1)
        case window.Uncounted(on=on, amount=amount, orders=orders):
            return kept.changed(on, -amount, -orders) if on >= event.since else kept
    assert_never(event)
