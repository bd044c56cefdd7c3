"""How much of a cap is used now."""

from typing import assert_never

from vouchers.cap import events as cap
from vouchers.values import Value


class Usage(Value):
    """The running totals of one cap: minor units and number of orders."""

    total: int = 0
    count: int = 0


def evolve(_state: Usage, event: cap.Event) -> Usage:
    """Apply one event; the totals it carries are the state, so the last event alone tells it."""
    match event:
        case cap.Counted(total=total, count=count) | cap.Uncounted(total=total, count=count):
            return Usage(total, count)
    assert_never(event)
