"""What is known of an auditor's sample now."""

from typing import assert_never

from vouchers.draw import events as draw
from vouchers.values import Value, replace


class Draw(Value):
    """What was committed, and what was revealed once it is."""

    committed: draw.Committed | None = None
    revealed: draw.Revealed | None = None


def evolve(state: Draw, event: draw.Event) -> Draw:
    """Apply one event."""
    match event:
        case draw.Committed():
            return Draw(event)
        case draw.Revealed():
            return replace(state, revealed=event)
    assert_never(event)
