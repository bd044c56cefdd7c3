"""What may happen in a review next."""

from collections.abc import Sequence
from typing import Final

from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.review import events as review
from vouchers.review.state import Review
from vouchers.texts import same_person

OUTCOMES: Final = ("in-order", "faulty")


class ReviewUnknown(NotFound):
    """There is no review of this redemption."""

    remedy = "Look at the order; it must have been claimed first."


class ReviewClosed(Conflict):
    """This review is over: it was decided, or its claim was taken back."""

    remedy = "Look at the order; a new claim is reviewed anew."


class ReviewerNotIndependent(NotAllowed):
    """A reviewer may not check what they asked for, and not twice."""


class OverrideNeedsReason(Refused):
    """A redemption with signals is approved with a reason only."""

    remedy = "Say in the note why the signals do not stand in the way."


class PaymentHeld(Refused):
    """The money of this redemption waits until an officer lifts the hold."""


class NothingHeld(Conflict):
    """Nothing holds the money of this redemption."""

    remedy = "Look at the order; it can be settled."


class RecheckNotDrawn(Conflict):
    """This redemption waits for no second check: the sample did not draw it, or it was done."""


class OutcomeNotKnown(Refused):
    """A second check ends in-order or faulty."""

    remedy = "Say in-order or faulty."


def draw(digest: bytes) -> int:
    """The draw in basis points, 0..9999, from a digest over the secret seed and the redemption's number."""
    return int.from_bytes(digest[:8], "big") % 10_000


def assign(
    assignment: review.Assigned,
    required: Sequence[review.Required] = (),
    signals: Sequence[review.Signalled] = (),
    hold: str = "",
) -> list[review.Event]:
    """Spare the redemption or assign it, as the sample and the tier say, or something else that asks for a person."""
    beside: list[review.Event] = [*required, *signals]
    if hold:
        beside.append(review.Held(assignment.order_id, hold))
    if required or signals or assignment.draw_bp < assignment.sample_bp:
        return [assignment, *beside]
    return [review.Spared(assignment.order_id, assignment.tier, assignment.sample_bp, assignment.draw_bp), *beside]


def approve(state: Review, *, reviewer: str, note: str) -> list[review.Event]:
    """Approve as one of the people needed; in spite of signals only with a reason, which is an override."""
    assigned = _open(state, reviewer)
    approved = review.Approved(assigned.order_id, reviewer, note)
    if not state.signals:
        return [approved]
    if not note.strip():
        raise OverrideNeedsReason(pointer="/note")
    names = tuple([each.signal for each in state.signals])
    return [review.Overridden(assigned.order_id, reviewer, names, note), approved]


def reject(state: Review, *, reviewer: str, reason: str) -> list[review.Event]:
    """Reject with a reason."""
    assigned = _open(state, reviewer)
    return [review.Rejected(assigned.order_id, reviewer, reason)]


def close(state: Review, *, order_id: str, reason: str) -> list[review.Event]:
    """End a review whose claim was taken back; one that was decided, or never needed, stays as it is."""
    if state.assigned is None or state.outcome:
        return []
    return [review.Closed(order_id, reason)]


def signal(state: Review, raised: review.Signalled, *, unpaid: bool) -> list[review.Event]:
    """Raise a signal once; where the claim is approved already, its money waits for an officer."""
    if not state.outcome and state.assigned is None:
        raise ReviewUnknown(pointer="/redemption_id")
    if state.is_signalled(raised.signal):
        return []
    holds = unpaid and not state.hold and state.outcome in {"spared", "approved"}
    held: list[review.Event] = [review.Held(raised.order_id, f"signal {raised.signal}")] if holds else []
    return [raised, *held]


def lift_hold(state: Review, *, order_id: str, officer: str, reason: str) -> list[review.Event]:
    """Let the money go; not by who asked for it."""
    if not state.hold:
        raise NothingHeld(pointer="/redemption_id")
    if state.assigned is not None and same_person(officer, state.assigned.requested_by):
        raise ReviewerNotIndependent(pointer="/officer", remedy="Let another officer decide.")
    return [review.HoldLifted(order_id, officer, reason)]


def may_be_paid(state: Review) -> None:
    """Refuse while a hold keeps the money."""
    if state.hold:
        remedy = "Have an officer look at it and lift the hold, or leave the order out."
        raise PaymentHeld(f"The money of this redemption is held: {state.hold}.", pointer="/orders", remedy=remedy)


def recheck_ties(state: Review, *, order_id: str, until_on: str, finding: str) -> list[review.Event]:
    """Record what a look at the ties after payment found; the same look again changes nothing."""
    if state.ties_until_on == until_on and state.finding == finding:
        return []
    return [review.TiesRechecked(order_id, until_on, finding)]


def draw_again(
    state: Review, *, order_id: str, programme: str, from_on: str, sample_bp: int, draw_bp: int
) -> list[review.Event]:
    """Let the half-year's sample decide about a paid redemption, once."""
    if state.recheck:
        return []
    kind = review.RecheckDrawn if draw_bp < sample_bp else review.RecheckSpared
    return [kind(order_id, programme, from_on, sample_bp, draw_bp)]


def recheck(state: Review, *, order_id: str, reviewer: str, outcome: str, note: str) -> list[review.Event]:
    """Close a second check; whoever approved the claim does not check it again."""
    if state.recheck != "drawn":
        raise RecheckNotDrawn(pointer="/order_id", remedy="Look at the list of second checks.")
    if outcome not in OUTCOMES:
        raise OutcomeNotKnown(pointer="/outcome")
    if _had_a_part(state, reviewer):
        raise ReviewerNotIndependent(pointer="/reviewer", remedy="Let another reviewer check it.")
    return [review.Rechecked(order_id, reviewer, outcome, note)]


def _open(state: Review, reviewer: str) -> review.Assigned:
    if state.assigned is None:
        raise ReviewUnknown(pointer="/redemption_id")
    if state.outcome:
        raise ReviewClosed(pointer="/redemption_id", outcome=state.outcome)
    if _had_a_part(state, reviewer):
        raise ReviewerNotIndependent(pointer="/reviewer", remedy="Let another reviewer decide.")
    return state.assigned


def _had_a_part(state: Review, reviewer: str) -> bool:
    """Whether somebody asked for the claim, or approved it already."""
    asked = [state.assigned.requested_by] if state.assigned else []
    return any(same_person(reviewer, each) for each in (*asked, *state.approvals))
