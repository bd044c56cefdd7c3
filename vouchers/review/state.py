"""How a review stands now."""

from dataclasses import dataclass, replace
from typing import assert_never

from vouchers.review import events as review


@dataclass(frozen=True, slots=True)
class Review:
    """The assignment, who has approved so far, and the outcome: "", spared, approved, rejected or closed."""

    assigned: review.Assigned | None = None
    approvals: tuple[str, ...] = ()
    outcome: str = ""


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
    assert_never(event)
