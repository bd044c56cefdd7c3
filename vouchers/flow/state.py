"""In which clearing a payment is."""

from typing import assert_never

from vouchers.flow import events as flow
from vouchers.values import Value


class Flow(Value):
    """The clearing that holds the payment, or none."""

    cleared: flow.Cleared | None = None


def evolve(_state: Flow, event: flow.Event) -> Flow:
    """Apply one event: the latest stands."""
    match event:
        case flow.Cleared():
            return Flow(event)
        case flow.Uncleared():
            return Flow()
    assert_never(event)
