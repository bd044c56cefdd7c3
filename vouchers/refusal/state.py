"""How often an enterprise was refused."""

from vouchers.refusal import events as refusal
from vouchers.values import Value


class Refusals(Value):
    """The number of refusals on record and the last of them."""

    count: int = 0
    last: refusal.Recorded | None = None


def evolve(state: Refusals, event: refusal.Event) -> Refusals:
    """Apply one event."""
    return Refusals(state.count + 1, event)
