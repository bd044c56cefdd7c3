"""How a review stands now."""

from typing import assert_never

from vouchers.review import events as review
from vouchers.values import Value, replace


class Review(Value):
    """The assignment, who has approved so far, and the outcome: "", spared, approved, rejected or closed.

    `hold` is why the money waits, empty where it does not; `recheck` is "", spared, drawn, in-order or faulty.
    """

    assigned: review.Assigned | None = None
    approvals: tuple[str, ...] = ()
    outcome: str = ""
    signals: tuple[review.Signalled, ...] = ()
    hold: str = ""
    ties_until_on: str = ""
    finding: str = ""
    recheck: str = ""

    def is_signalled(self, signal: str) -> bool:
        """Whether this signal was raised already."""
        return any(each.signal == signal for each in self.signals)


def evolve(state: Review, event: review.Event) -> Review:
    """Apply one event; a redemption requested again after a rejection starts a new round."""
    match event:
        case review.Spared():
            return Review(None, (), "spared")
        case review.Assigned():
            return Review(event)
        case review.Approved(reviewer=reviewer):
            approvals = (*state.approvals, reviewer)
            needed = state.assigned.approvals_needed if state.assigned else 1
            outcome = "approved" if len(approvals) >= needed else ""
            return replace(state, approvals=approvals, outcome=outcome)
        case review.Rejected():
            return replace(state, outcome="rejected")
        case review.Closed():
            return replace(state, outcome="closed")
        case _:
            return _evolve_beside(state, event)


def _evolve_beside(
    state: Review,
    event: review.Required
    | review.Signalled
    | review.Overridden
    | review.Held
    | review.HoldLifted
    | review.TiesRechecked
    | review.RecheckDrawn
    | review.RecheckSpared
    | review.Rechecked,
) -> Review:
    """What stands beside the decision: signals, holds, and what was looked at after payment."""
    match event:
        case review.Required() | review.Overridden():
            return state
        case review.Signalled():
            return replace(state, signals=(*state.signals, event))
        case review.Held(cause=cause):
            return replace(state, hold=cause)
        case review.HoldLifted():
            return replace(state, hold="")
        case review.TiesRechecked(until_on=until_on, finding=finding):
            return replace(state, ties_until_on=until_on, finding=finding or state.finding)
        case review.RecheckDrawn():
            return replace(state, recheck="drawn")
        case review.RecheckSpared():
            return replace(state, recheck="spared")
        case review.Rechecked(outcome=outcome):
            return replace(state, recheck=outcome)
    assert_never(event)
