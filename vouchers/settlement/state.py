"""How a settlement stands now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from vouchers.settlement import events as settlement


@dataclass(frozen=True, slots=True)
class Line:
    """One payment: its status is proposed, instructed, paid or failed."""

    added: settlement.LineAdded
    status: str = "proposed"
    attempt: int = 0
    instruction_id: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The proposal, who approved it, and each line by redemption."""

    proposed: settlement.Proposed | None = None
    approved_by: str = ""
    lines: Mapping[str, Line] = field(default_factory=dict)


def evolve(state: Settlement, event: settlement.Event) -> Settlement:
    """Apply one event; the past is never refused."""
    match event:
        case settlement.Proposed():
            return Settlement(event)
        case settlement.LineAdded(redemption_id=redemption_id):
            return _with(state, redemption_id, Line(event))
        case settlement.Approved(approved_by):
            return replace(state, approved_by=approved_by)
        case settlement.Instructed(redemption_id, instruction_id, attempt):
            line = state.lines[redemption_id]
            instructed = Line(line.added, "instructed", attempt, instruction_id)
            return _with(state, redemption_id, instructed)
        case settlement.Confirmed(redemption_id=redemption_id):
            return _with(state, redemption_id, replace(state.lines[redemption_id], status="paid"))
        case settlement.Failed(redemption_id=redemption_id):
            return _with(state, redemption_id, replace(state.lines[redemption_id], status="failed"))
    assert_never(event)


def _with(state: Settlement, redemption_id: str, line: Line) -> Settlement:
    return replace(state, lines={**state.lines, redemption_id: line})
