"""How much of a budget is free now."""

from dataclasses import dataclass
from typing import assert_never

from vouchers.budget import events as budget


@dataclass(frozen=True, slots=True)
class Budget:
    """The running totals of one pool in minor units."""

    appropriated: int = 0
    committed: int = 0

    @property
    def free(self) -> int:
        """What may still be committed."""
        return self.appropriated - self.committed


def evolve(_state: Budget, event: budget.Event) -> Budget:
    """Apply one event; the totals it carries are the state, so the last event alone tells it."""
    match event:
        case (
            budget.Committed(appropriated=appropriated, committed=committed)
            | budget.Freed(appropriated=appropriated, committed=committed)
            | budget.Appropriated(appropriated=appropriated, committed=committed)
            | budget.Cut(appropriated=appropriated, committed=committed)
        ):
            return Budget(appropriated, committed)
    assert_never(event)
