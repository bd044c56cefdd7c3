"""What is known of a correction now."""

from typing import assert_never

from vouchers.correction import events as correction
from vouchers.values import Value, replace


class Correction(Value):
    """The proposal, its findings by number, who agreed, and what became of each finding."""

    proposed: correction.Proposed | None = None
    findings: tuple[correction.FindingAdded, ...] = ()
    approved_by: tuple[str, ...] = ()
    rejected: correction.Rejected | None = None
    done: frozenset[int] = frozenset()
    failed: tuple[correction.NotCarriedOut, ...] = ()

    @property
    def status(self) -> str:
        """Nothing, proposed, endorsed (by one of two), carried-out or rejected."""
        if self.proposed is None:
            return ""
        if self.rejected is not None:
            return "rejected"
        if self.done or self.failed:
            return "carried-out"
        return "endorsed" if self.approved_by else "proposed"


def evolve(state: Correction, event: correction.Event) -> Correction:
    """Apply one event."""
    match event:
        case correction.Proposed():
            return Correction(event)
        case correction.FindingAdded():
            return replace(state, findings=(*state.findings, event))
        case correction.Approved(approved_by=approved_by):
            return replace(state, approved_by=(*state.approved_by, approved_by))
        case correction.Rejected():
            return replace(state, rejected=event)
        case correction.CarriedOut(number=number):
            return replace(state, done=state.done | {number})
        case correction.NotCarriedOut():
            return replace(state, failed=(*state.failed, event))
    assert_never(event)
