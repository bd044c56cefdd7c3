"""How a settlement stands now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, assert_never

from vouchers.settlement import events as settlement


class Line(NamedTuple):
    """One payment: `status` is proposed, withdrawn, instructed, paid or failed; `account_ref` the instruction's."""

    added: settlement.LineAdded
    status: str = "proposed"
    attempt: int = 0
    instruction_id: str = ""
    account_ref: str = ""


_NONE: Mapping[str, Line] = MappingProxyType({})


class Settlement(NamedTuple):
    """The proposal, who withdrew or approved it, and each line by redemption."""

    proposed: settlement.Proposed | None = None
    approved_by: str = ""
    withdrawn_by: str = ""
    lines: Mapping[str, Line] = _NONE


def evolve(state: Settlement, event: settlement.Event) -> Settlement:
    """Apply one event; the past is never refused."""
    match event:
        case settlement.Proposed():
            return Settlement(event)
        case settlement.LineAdded(redemption_id=redemption_id):
            return _with(state, redemption_id, Line(event))
        case settlement.Withdrawn(withdrawn_by=withdrawn_by):
            lines = {key: line._replace(status="withdrawn") for key, line in state.lines.items()}
            return state._replace(withdrawn_by=withdrawn_by, lines=lines)
        case settlement.Approved(approved_by):
            return state._replace(approved_by=approved_by)
        case settlement.Instructed(redemption_id, instruction_id, attempt, account_ref):
            line = state.lines[redemption_id]
            instructed = Line(line.added, "instructed", attempt, instruction_id, account_ref)
            return _with(state, redemption_id, instructed)
        case settlement.Confirmed(redemption_id=redemption_id):
            return _with(state, redemption_id, state.lines[redemption_id]._replace(status="paid"))
        case settlement.Failed(redemption_id=redemption_id):
            return _with(state, redemption_id, state.lines[redemption_id]._replace(status="failed"))
    assert_never(event)


def _with(state: Settlement, redemption_id: str, line: Line) -> Settlement:
    return state._replace(lines={**state.lines, redemption_id: line})
