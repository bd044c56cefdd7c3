"""How often an enterprise was refused."""

from dataclasses import dataclass

from vouchers.refusal import events as refusal


@dataclass(frozen=True, slots=True)
class Refusals:
    """The number of refusals on record and the last of them."""

    count: int = 0
    last: refusal.Recorded | None = None


def evolve(state: Refusals, event: refusal.Event) -> Refusals:
    """Apply one event."""
    return Refusals(state.count + 1, event)
