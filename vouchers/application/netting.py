"""Set-off: what is kept back from a batch because a payee owes it, and how many people must approve the batch."""

from collections.abc import Iterator

from vouchers.application.programmes import policy_of
from vouchers.debt import decisions as debts
from vouchers.debt import events as debt
from vouchers.kinds import DEBT, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.policy import Policy
from vouchers.policy.recovery import approvals_needed
from vouchers.settlement import events as settlement
from vouchers.settlement.state import Line, Settlement


def approvals_of(unit: Unit, state: Settlement) -> int:
    """How many people must approve a batch: the most that the policies of its orders ask for its total."""
    if state.proposed is None:
        return 1
    total = state.proposed.total
    policies = {id(policy): policy for line in state.lines.values() for policy in [_policy_of_line(unit, line)]}
    return max([1, *(approvals_needed(policy.settlement.approvals, total) for policy in policies.values())])


def keep_back(unit: Unit, settlement_id: str, state: Settlement) -> list[settlement.Netted]:
    """Set off against each line what its payee owes the programme; the debts are reduced in the same step."""
    return [netted for line in state.lines.values() for netted in _of_line(unit, settlement_id, state, line)]


def _policy_of_line(unit: Unit, line: Line) -> Policy:
    """The policy that a line's order was registered under."""
    return policy_of(unit, orders.known(unit.load(ORDER, line.added.order_id)))


def _of_line(unit: Unit, settlement_id: str, state: Settlement, line: Line) -> Iterator[settlement.Netted]:
    assert state.proposed is not None, "a batch with lines was proposed"
    payee_id, redemption_id = line.added.payee_id, line.added.redemption_id
    owed = unit.load(DEBT, payee_id)
    if not owed.debts or not _policy_of_line(unit, line).recovery.netting:
        return
    events = debts.net(
        owed,
        programme=state.proposed.programme,
        currency=state.proposed.currency,
        available=line.added.amount,
        settlement_id=settlement_id,
        redemption_id=redemption_id,
        on=unit.on,
    )
    unit.append(DEBT, payee_id, events)
    for event in events:
        if isinstance(event, debt.Netted):
            yield settlement.Netted(redemption_id, payee_id, event.debt_id, event.amount, event.netted_on)
