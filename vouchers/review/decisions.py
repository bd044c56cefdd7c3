"""What may happen in a review next."""

from vouchers.refusals import Conflict, NotAllowed, NotFound
from vouchers.review import events as review
from vouchers.review.state import Review


class ReviewUnknown(NotFound):
    """There is no review of this redemption."""

    remedy = "Look at the order; it must have been claimed first."


class ReviewClosed(Conflict):
    """This review is over: it was decided, or its claim was taken back."""

    remedy = "Look at the order; a new claim is reviewed anew."


class ReviewerNotIndependent(NotAllowed):
    """A reviewer may not check what they asked for, and not twice."""


def draw(digest: bytes) -> int:
    """The draw in basis points, 0..9999, from a digest over the secret seed and the redemption's number."""
    return int.from_bytes(digest[:8], "big") % 10_000


def assign(assignment: review.Assigned) -> list[review.Event]:
    """Spare the redemption or assign it, as the sample and the tier say."""
    if assignment.draw_bp < assignment.sample_bp:
        return [assignment]
    return [review.Spared(assignment.order_id, assignment.tier, assignment.sample_bp, assignment.draw_bp)]


def approve(state: Review, *, reviewer: str, note: str) -> list[review.Event]:
    """Approve as one of the people needed."""
    assigned = _open(state, reviewer)
    return [review.Approved(assigned.order_id, reviewer, note)]


def reject(state: Review, *, reviewer: str, reason: str) -> list[review.Event]:
    """Reject with a reason."""
    assigned = _open(state, reviewer)
    return [review.Rejected(assigned.order_id, reviewer, reason)]


def close(state: Review, *, order_id: str, reason: str) -> list[review.Event]:
    """End a review whose claim was taken back; one that was decided, or never needed, stays as it is."""
    if state.assigned is None or state.outcome:
        return []
    return [review.Closed(order_id, reason)]


def _open(state: Review, reviewer: str) -> review.Assigned:
    if state.assigned is None:
        raise ReviewUnknown(pointer="/redemption_id")
    if state.outcome:
        raise ReviewClosed(pointer="/redemption_id", outcome=state.outcome)
    if reviewer == state.assigned.requested_by or reviewer in state.approvals:
        raise ReviewerNotIndependent(pointer="/reviewer", remedy="Let another reviewer decide.")
    return state.assigned
