"""How much of a budget is free now."""

from typing import assert_never

from vouchers.budget import events as budget
from vouchers.values import Value


class Budget(Value):
    """The running totals of one pool in minor units; where it is blocked, since when and why."""

    appropriated: int = 0
    committed: int = 0
    blocked_since: str = ""
    blocked_reason: str = ""

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
            | budget.TransferredOut(appropriated=appropriated, committed=committed)
            | budget.TransferredIn(appropriated=appropriated, committed=committed)
            | budget.Reopened(appropriated=appropriated, committed=committed)
        ):
            return Budget(appropriated, committed)
        case budget.Blocked(since_on, reason, appropriated, committed):
            return Budget(appropriated, committed, since_on, reason)
    assert_never(event)
