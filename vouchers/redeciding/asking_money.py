"""What was asked for when money was settled, demanded back, owed, appropriated, cleared and given in support."""

from typing import Any

from vouchers.application import clearing, debts, programmes, recovering, settling, supporting
from vouchers.budget import decisions as budgets
from vouchers.budget import events as budget
from vouchers.clearing import decisions as clearings
from vouchers.clearing import events as clearing_events
from vouchers.conduct import events as conduct
from vouchers.debt import events as debt
from vouchers.kinds import BUDGET, ORDER, SETTLEMENT
from vouchers.money import WHOLE_BP
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.programme import decisions as programme_decisions
from vouchers.programme import events as programme
from vouchers.redeciding.past import Past
from vouchers.redeciding.turns import Ask, Turn, Work, pool_of
from vouchers.settlement import events as settlement
from vouchers.support import decisions as supports
from vouchers.support import events as support


def _proposed(turn: Turn, _past: Past) -> Work | None:
    event = turn.one(settlement.Proposed)
    if event is None:
        return None
    number = turn.keys(settlement.Proposed)[0]
    command = settling.ProposeSettlement(number, event.programme, tuple(turn.keys(order.Settling)))
    return lambda unit: settling.propose_settlement(unit, command)


def _approved(turn: Turn, _past: Past) -> Work | None:
    numbers = [*turn.keys(settlement.Approved), *turn.keys(settlement.Endorsed)]
    if not numbers:
        return None
    command = settling.ApproveSettlement(numbers[0])
    return lambda unit: settling.approve_settlement(unit, command)


def _withdrawn(turn: Turn, _past: Past) -> Work:
    event: settlement.Withdrawn = turn.first.data
    command = settling.WithdrawSettlement(turn.key, event.reason)
    return lambda unit: settling.withdraw_settlement(unit, command)


def _order_of(turn: Turn, past: Past) -> str:
    """The order whose redemption a line of a settlement pays."""
    line = past.slot(SETTLEMENT.stream(turn.key)).state.lines.get(turn.first.data.redemption_id)
    return line.added.order_id if line else ""


def _confirmed(turn: Turn, past: Past) -> Work:
    event: settlement.Confirmed | settlement.PartlyPaid = turn.first.data
    command = settling.ConfirmPayment(
        turn.key,
        _order_of(turn, past),
        event.bank_reference,
        event.paid_on,
        event.instruction_id,
        event.redemption_id,
        event.amount if isinstance(event, settlement.PartlyPaid) else None,
    )
    return lambda unit: settling.confirm_payment(unit, command)


def _failed(turn: Turn, past: Past) -> Work:
    event: settlement.Failed = turn.first.data
    about = turn.key, _order_of(turn, past), event.reason, event.instruction_id, event.redemption_id
    return lambda unit: settling.fail_payment(unit, settling.FailPayment(*about))


def _came_back(turn: Turn, past: Past) -> Work:
    event: settlement.Returned = turn.first.data
    command = settling.ReturnPayment(
        turn.key, _order_of(turn, past), event.reason, event.returned_on, event.instruction_id, event.redemption_id
    )
    return lambda unit: settling.return_payment(unit, command)


def _instructed(turn: Turn, past: Past) -> Work:
    event: settlement.Instructed = turn.first.data
    command = settling.ReinstructPayment(turn.key, _order_of(turn, past), event.redemption_id)
    return lambda unit: settling.reinstruct_payment(unit, command)


def _clawed_back(turn: Turn, past: Past) -> Work | None:
    """A demand of an amount, or of what the policy takes back on a breach, which calls for measures too."""
    event: order.ClawbackOrdered = turn.first.data
    state = past.slot(ORDER.stream(turn.key)).state
    registered = state.registered
    if registered is None:
        return None
    payee = registered.provider_id if registered.payee == "provider" else registered.enterprise_id
    owing = {
        key: sum(entry.data.amount for entry in turn.entries if _is_demand_of(entry, key))
        for key in turn.keys(debt.Demanded)
    }
    whole = set(owing) == {payee}
    if turn.one(conduct.MeasuresDue) or len(turn.all(order.ClawbackOrdered)) > 1:
        fault_bp = None if whole else _fault_bp(event.amount, owing.get(registered.enterprise_id, 0))
        breach = recovering.ClawBackBreach(turn.key, event.reason, fault_bp)
        return lambda unit: recovering.claw_back_breach(unit, breach)
    part = None if whole else owing.get(registered.enterprise_id, 0)
    command = orders.ClawBack(turn.key, event.amount, event.reason, event.redemption_id, part)
    return lambda unit: recovering.claw_back(unit, command)


def _fault_bp(amount: int, part: int) -> int:
    """The least part of the fault, in basis points, of which the enterprise owes this much."""
    return -(-part * WHOLE_BP // amount)


def _is_demand_of(entry: Any, party: str) -> bool:
    return isinstance(entry.data, debt.Demanded) and entry.agg == f"debt/{party}"


def _received(turn: Turn, _past: Past) -> Work:
    event: debt.Received = turn.first.data
    command = debts.ReceiveRepayment(turn.key, event.debt_id, event.amount, event.received_on, event.reference)
    return lambda unit: debts.receive_repayment(unit, command)


def _instalments(turn: Turn, _past: Past) -> Work:
    event: debt.InstalmentsAgreed = turn.first.data
    command = debts.AgreeInstalments(turn.key, event.debt_id, event.instalments, event.reason)
    return lambda unit: debts.agree_instalments(unit, command)


def _missed(turn: Turn, _past: Past) -> Work:
    event: debt.InstalmentMissed = turn.first.data
    return lambda unit: debts.check_instalments(unit, debts.CheckInstalments(turn.key, event.debt_id))


def _write_off(turn: Turn, _past: Past) -> Work:
    event: debt.WriteOffProposed = turn.first.data
    command = debts.ProposeWriteOff(turn.key, event.debt_id, event.reason, event.clause)
    return lambda unit: debts.propose_write_off(unit, command)


def _written_off(turn: Turn, _past: Past) -> Work:
    event: debt.WrittenOff = turn.first.data
    return lambda unit: debts.approve_write_off(unit, debts.ApproveWriteOff(turn.key, event.debt_id))


def _appropriated(turn: Turn, _past: Past) -> Work:
    event: budget.Appropriated = turn.first.data
    command = budgets.Appropriate(event.programme, event.period, event.pool, event.amount, event.reference)
    return lambda unit: programmes.appropriate(unit, command)


def _cut(turn: Turn, _past: Past) -> Work:
    event: budget.Cut = turn.first.data
    command = budgets.CutBudget(event.programme, event.period, event.pool, event.amount, event.reference)
    return lambda unit: programmes.cut_budget(unit, command)


def _transferred(turn: Turn, _past: Past) -> Work:
    event: budget.TransferredOut = turn.first.data
    command = budgets.TransferBudget(
        event.programme, event.period, event.pool, event.to_pool, event.amount, event.reference, event.proposed_by
    )
    return lambda unit: programmes.transfer_budget(unit, command)


def _blocked(turn: Turn, past: Past) -> Work:
    """A pool is closed by an order that it cannot pay; the least such order is asked for."""
    event: budget.Blocked = turn.first.data
    amount = max(0, past.slot(BUDGET.stream(turn.key)).state.free) + 1
    command = budgets.BlockPool(*pool_of(turn.key), amount, event.reason)
    return lambda unit: programmes.block_pool(unit, command)


def _reopened(turn: Turn, _past: Past) -> Work:
    event: budget.Reopened = turn.first.data
    command = budgets.ReopenPool(*pool_of(turn.key), event.reason)
    return lambda unit: programmes.reopen_pool(unit, command)


def _flows(turn: Turn, _past: Past) -> Work:
    code, _, month = turn.keys(type(turn.first.data))[0].rpartition("/")
    numbers = dict.fromkeys(
        entry.data.order_id
        for entry in turn.entries
        if isinstance(entry.data, clearing_events.FlowAdded | clearing_events.FlowTakenOut)
    )
    command = clearings.TakeFlows(code, month, tuple(numbers))
    return lambda unit: clearing.take_flows(unit, command)


def _clearing_closed(turn: Turn, _past: Past) -> Work:
    event: clearing_events.Proposed = turn.first.data
    return lambda unit: clearing.close_clearing(unit, clearings.CloseClearing(event.programme, event.month))


def _clearing_approved(turn: Turn, _past: Past) -> Work:
    code, _, month = turn.key.rpartition("/")
    return lambda unit: clearing.approve_clearing(unit, clearings.ApproveClearing(code, month))


def _supported(turn: Turn, _past: Past) -> Work:
    event: support.SupportDecided = turn.first.data
    command = supports.DecideSupport(event.programme, event.provider_id, event.period)
    return lambda unit: supporting.decide_support(unit, command)


def _support_paid(turn: Turn, _past: Past) -> Work:
    event: support.SupportPaid = turn.first.data
    command = supports.PaySupport(event.programme, event.provider_id, event.period, event.paid_on, event.bank_reference)
    return lambda unit: supporting.pay_support(unit, command)


def _adopted(turn: Turn, _past: Past) -> Work:
    event: programme.PolicyAdopted = turn.first.data
    filed = turn.one(programme.PolicyFiled)
    command = programme_decisions.AdoptPolicy(
        event.programme,
        event.version,
        event.effective_on,
        event.ends_on,
        event.digest,
        event.document,
        event.proposed_by,
        event.approved_by,
        filed.reference if filed else "",
        filed.filed_on if filed else "",
    )
    return lambda unit: programmes.adopt_policy(unit, command)


ASKED: dict[type, Ask] = {
    order.Settling: _proposed,
    settlement.Approved: _approved,
    settlement.Endorsed: _approved,
    debt.Netted: _approved,
    settlement.Withdrawn: _withdrawn,
    settlement.Confirmed: _confirmed,
    settlement.PartlyPaid: _confirmed,
    settlement.Failed: _failed,
    settlement.Returned: _came_back,
    settlement.Instructed: _instructed,
    order.ClawbackOrdered: _clawed_back,
    debt.Received: _received,
    debt.InstalmentsAgreed: _instalments,
    debt.InstalmentMissed: _missed,
    debt.WriteOffProposed: _write_off,
    debt.WrittenOff: _written_off,
    budget.Appropriated: _appropriated,
    budget.Cut: _cut,
    budget.TransferredOut: _transferred,
    budget.Blocked: _blocked,
    budget.Reopened: _reopened,
    clearing_events.FlowAdded: _flows,
    clearing_events.FlowTakenOut: _flows,
    clearing_events.Proposed: _clearing_closed,
    clearing_events.Approved: _clearing_approved,
    support.SupportDecided: _supported,
    support.SupportPaid: _support_paid,
    programme.PolicyAdopted: _adopted,
}
