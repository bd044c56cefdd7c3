"""How a settlement stands now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias, assert_never

from vouchers.settlement import events as settlement
from vouchers.values import Value, replace


class Line(Value):
    """One payment: `status` is proposed, withdrawn, instructed, partly_paid, paid, failed or returned.

    `account_ref` is the instruction's; `netted` was kept back, `received` came from the bank, `last` of it latest;
    `reason` is what the bank said where it failed or came back, until it is told to pay again.
    """

    added: settlement.LineAdded
    status: str = "proposed"
    attempt: int = 0
    instruction_id: str = ""
    account_ref: str = ""
    netted: int = 0
    received: int = 0
    last: int = 0
    bank_reference: str = ""
    paid_on: str = ""
    reason: str = ""

    @property
    def due(self) -> int:
        """What the bank has still to pay."""
        return self.added.amount - self.netted - self.received


_OfALine: TypeAlias = (
    settlement.Confirmed | settlement.PartlyPaid | settlement.Failed | settlement.Returned | settlement.Netted
)
_NONE: Mapping[str, Line] = MappingProxyType({})


class Settlement(Value):
    """The proposal, who withdrew, endorsed or approved it, and each line by redemption."""

    proposed: settlement.Proposed | None = None
    approved_by: str = ""
    withdrawn_by: str = ""
    endorsed_by: tuple[str, ...] = ()
    lines: Mapping[str, Line] = _NONE


def evolve(state: Settlement, event: settlement.Event) -> Settlement:
    """Apply one event; the past is never refused."""
    match event:
        case settlement.Proposed():
            return Settlement(event)
        case settlement.LineAdded(redemption_id=redemption_id):
            return _with(state, redemption_id, Line(event))
        case settlement.Withdrawn(withdrawn_by=withdrawn_by):
            lines = {key: replace(line, status="withdrawn") for key, line in state.lines.items()}
            return replace(state, withdrawn_by=withdrawn_by, lines=lines)
        case settlement.Approved(approved_by):
            return replace(state, approved_by=approved_by)
        case settlement.Instructed(redemption_id, instruction_id, attempt, account_ref):
            instructed = replace(
                state.lines[redemption_id],
                status="instructed",
                attempt=attempt,
                instruction_id=instruction_id,
                account_ref=account_ref,
                reason="",
            )
            return _with(state, redemption_id, instructed)
        case settlement.Endorsed(endorsed_by=endorsed_by):
            return replace(state, endorsed_by=(*state.endorsed_by, endorsed_by))
        case _:
            return _with(state, event.redemption_id, _after(state.lines[event.redemption_id], event))


def _after(line: Line, event: _OfALine) -> Line:
    match event:
        case settlement.Confirmed(bank_reference=bank_reference, paid_on=paid_on):
            return replace(_received(line, line.due, bank_reference, paid_on), status="paid")
        case settlement.PartlyPaid(amount=amount, bank_reference=bank_reference, paid_on=paid_on):
            return replace(_received(line, amount, bank_reference, paid_on), status="partly_paid")
        case settlement.Failed(reason=reason):
            return replace(line, status="failed", reason=reason)
        case settlement.Returned(amount=amount, reason=reason):
            return replace(line, status="returned", received=line.received - amount, last=0, reason=reason)
        case settlement.Netted(amount=amount, netted_on=netted_on):
            netted = replace(line, netted=line.netted + amount)
            return netted if netted.due else replace(netted, status="paid", paid_on=netted_on)
    assert_never(event)


def _received(line: Line, amount: int, bank_reference: str, paid_on: str) -> Line:
    received = line.received + amount
    return replace(line, received=received, last=amount, bank_reference=bank_reference, paid_on=paid_on)


def _with(state: Settlement, redemption_id: str, line: Line) -> Settlement:
    return replace(state, lines={**state.lines, redemption_id: line})
