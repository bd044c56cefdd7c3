"""Settlements: batches of approved redemptions, paid once each, and what the bank says of every payment."""

from typing import Any

from vouchers.application.accounting import account_of
from vouchers.application.booking import pay_out, unpay
from vouchers.application.netting import approvals_of, keep_back
from vouchers.application.payability import may_be_settled
from vouchers.application.programmes import policy_of
from vouchers.application.reversing import recover_overpaid
from vouchers.application.signalling import may_leave
from vouchers.kinds import ORDER, PROGRAMME, PROVIDER, REVIEW, SETTLEMENT
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order import paying
from vouchers.programme import decisions as programmes
from vouchers.provider import decisions as providers
from vouchers.refusals import Refused
from vouchers.settlement import decisions as settlements
from vouchers.settlement import events as settlement
from vouchers.settlement.state import Line
from vouchers.values import Value

Answer = dict[str, Any]


class OrderOfAnotherProgramme(Refused):
    """A settlement pays the orders of one programme."""

    remedy = "Propose a settlement of its own for each programme."


class AccountMissing(Refused):
    """Nobody is paid without an account on record."""

    remedy = "Record the payee's account with two people (vouchers account propose, then approve)."


class ProposeSettlement(Value):
    """Put approved redemptions of these orders into a batch."""

    settlement_id: str
    programme: str
    orders: tuple[str, ...]


class ConfirmPayment(Value):
    """The bank paid an order's redemption; with the number of the instruction where the bank's message names it."""

    settlement_id: str
    order_id: str
    bank_reference: str
    paid_on: str
    instruction_id: str = ""
    redemption_id: str = ""
    amount: int | None = None  # where the bank names it; less than it was told is a payment in part


class FailPayment(Value):
    """The bank could not pay an order's redemption; with the number of the instruction where the bank names it."""

    settlement_id: str
    order_id: str
    reason: str
    instruction_id: str = ""
    redemption_id: str = ""


class ReturnPayment(Value):
    """The latest payment of an order's redemption came back from the payee's bank."""

    settlement_id: str
    order_id: str
    reason: str
    returned_on: str
    instruction_id: str = ""
    redemption_id: str = ""


class ApproveSettlement(Value):
    """Approve a batch as a second person."""

    settlement_id: str


class WithdrawSettlement(Value):
    """Withdraw a batch that is not approved, with the reason."""

    settlement_id: str
    reason: str


class ReinstructPayment(Value):
    """Tell the bank again to pay an order's redemption."""

    settlement_id: str
    order_id: str
    redemption_id: str = ""


def propose_settlement(unit: Unit, command: ProposeSettlement) -> Answer:
    """Take approved redemptions up in one batch; none of them can be in another."""
    announced = programmes.announced(unit.load(PROGRAMME, command.programme))
    if len(command.orders) > settlements.MAX_LINES:
        raise settlements.SettlementTooLarge(pointer="/orders", limit=settlements.MAX_LINES)
    lines = [line for order_id in dict.fromkeys(command.orders) for line in _take_up(unit, command, order_id)]
    state = unit.load(SETTLEMENT, command.settlement_id)
    events = settlements.propose(
        state,
        lines,
        programme=command.programme,
        currency=announced.currency,
        proposed_by=unit.actor,
    )
    unit.append(SETTLEMENT, command.settlement_id, events)
    return _answer(unit, command.settlement_id)


def preview_settlement(unit: Unit, command: ProposeSettlement) -> Answer:
    """Which of these orders a batch may take up today, and what speaks against the others; nothing is appended."""
    payable: list[str] = []
    left_out: list[Answer] = []
    for order_id in dict.fromkeys(command.orders):
        try:
            _may_take_up(unit, command, order_id)
            payable.append(order_id)
        except Refused as refused:
            told = {"code": refused.code, "text": refused.detail, "remedy": refused.remedy}
            left_out.append({"order_id": order_id, **told})
    return {"payable": payable, "left_out": left_out}


def withdraw_settlement(unit: Unit, command: WithdrawSettlement) -> Answer:
    """Withdraw a batch before its approval; its redemptions are approved as before and wait for another."""
    state = unit.load(SETTLEMENT, command.settlement_id)
    events = settlements.withdraw(state, withdrawn_by=unit.actor, reason=command.reason)
    if events:
        unit.append(SETTLEMENT, command.settlement_id, events)
        for line in state.lines.values():
            order_id = line.added.order_id
            left = paying.leave_settlement(unit.load(ORDER, order_id), line.added.redemption_id)
            unit.append(ORDER, order_id, left)
    return _answer(unit, command.settlement_id)


def approve_settlement(unit: Unit, command: ApproveSettlement) -> Answer:
    """Approve as another person; with the last approval that its total needs, the bank is instructed for every line.

    It is told the payee's account of today, and what the payee owes is kept back. A batch with a line of a provider
    that was frozen since the proposal is refused: withdraw it and leave that out.
    """
    state = unit.load(SETTLEMENT, command.settlement_id)
    accounts = {key: may_be_paid_to(unit, line) for key, line in state.lines.items() if line.status == "proposed"}
    needed = approvals_of(unit, state)
    # First without set-off: who may not approve must not learn of it, nor may anything be kept back for them.
    endorsed = settlements.approve(state, approved_by=unit.actor, accounts=accounts, needed=needed)
    if not endorsed or not settlements.is_last_approval(state, needed):
        unit.append(SETTLEMENT, command.settlement_id, endorsed)
        return _answer(unit, command.settlement_id)
    netted = keep_back(unit, command.settlement_id, state)
    events = endorsed
    if netted:
        events = settlements.approve(state, approved_by=unit.actor, accounts=accounts, needed=needed, netted=netted)
    after = unit.append(SETTLEMENT, command.settlement_id, events)
    for line in after.lines.values():
        if line.status == "paid":  # All of it was kept back.
            _pay(unit, line, unit.on)
    return _answer(unit, command.settlement_id)


def confirm_payment(unit: Unit, command: ConfirmPayment) -> Answer:
    """Record that the bank paid; with the last of it the order and the voucher move to paid in the same step."""
    claim = orders.claim_in(unit.load(ORDER, command.order_id), command.settlement_id, command.redemption_id)
    events = settlements.confirm(
        unit.load(SETTLEMENT, command.settlement_id),
        redemption_id=claim.redemption_id,
        bank_reference=command.bank_reference,
        paid_on=command.paid_on,
        on=unit.on,
        instruction_id=command.instruction_id,
        amount=command.amount,
    )
    line = unit.append(SETTLEMENT, command.settlement_id, events).lines[claim.redemption_id]
    if events and line.status == "paid":
        _pay(unit, line, command.paid_on)
    return _answer(unit, command.settlement_id)


def fail_payment(unit: Unit, command: FailPayment) -> Answer:
    """Record that the bank could not pay; the claim stays and may be instructed again."""
    claim = orders.claim_in(unit.load(ORDER, command.order_id), command.settlement_id, command.redemption_id)
    events = settlements.fail(
        unit.load(SETTLEMENT, command.settlement_id),
        redemption_id=claim.redemption_id,
        reason=command.reason,
        instruction_id=command.instruction_id,
    )
    unit.append(SETTLEMENT, command.settlement_id, events)
    return _answer(unit, command.settlement_id)


def return_payment(unit: Unit, command: ReturnPayment) -> Answer:
    """Record that a payment came back; order and voucher hold it as claimed again, and it may be instructed anew."""
    before = unit.load(ORDER, command.order_id)
    claim = orders.claim_in(before, command.settlement_id, command.redemption_id)
    events = settlements.take_back(
        unit.load(SETTLEMENT, command.settlement_id),
        redemption_id=claim.redemption_id,
        instruction_id=command.instruction_id,
        reason=command.reason,
        returned_on=command.returned_on,
        on=unit.on,
    )
    if events:
        unit.append(SETTLEMENT, command.settlement_id, events)
        if claim.status == "paid":  # A payment in part had not moved anything yet.
            unit.append(ORDER, command.order_id, paying.return_payment(before, claim.redemption_id, command.reason))
            unpay(unit, command.order_id, before, claim, command.reason)
    line = unit.load(SETTLEMENT, command.settlement_id).lines[claim.redemption_id]
    return {
        "settlement_id": command.settlement_id,
        "order_id": command.order_id,
        "redemption_id": claim.redemption_id,
        "status": line.status,
        "due": line.due,
    }


def reinstruct_payment(unit: Unit, command: ReinstructPayment) -> Answer:
    """Tell the bank again to pay what failed, came back or was paid in part, to the payee's account of today."""
    claim = orders.claim_in(unit.load(ORDER, command.order_id), command.settlement_id, command.redemption_id)
    batch = unit.load(SETTLEMENT, command.settlement_id)
    line = batch.lines.get(claim.redemption_id)
    account_ref = may_be_paid_to(unit, line) if line and line.status in settlements.OWED_AGAIN else ""
    events = settlements.reinstruct(batch, redemption_id=claim.redemption_id, account_ref=account_ref)
    unit.append(SETTLEMENT, command.settlement_id, events)
    return _answer(unit, command.settlement_id)


def _may_take_up(unit: Unit, command: ProposeSettlement, order_id: str) -> tuple[list[order.Settling], str]:
    """The claims of an order that the batch takes up and the account they are paid to, or why no money may leave."""
    state = unit.load(ORDER, order_id)
    registered = orders.known(state)
    if registered.programme != command.programme:
        raise OrderOfAnotherProgramme(pointer="/orders", order_id=order_id)
    # Money that was approved before a suspension froze the provider's orders must not leave after it.
    providers.may_be_paid(unit.load(PROVIDER, registered.provider_id), unit.on)
    policy = policy_of(unit, registered)
    may_be_settled(unit, policy, registered)
    taken = _not_held(unit, paying.settle(state, command.settlement_id))
    may_leave(unit, policy, state, tuple([each.redemption_id for each in taken]))
    return taken, _paid_at(unit, registered)


def _not_held(unit: Unit, taken: list[order.Settling]) -> list[order.Settling]:
    """The claims of an order without those that are held, where there are others: one does not wait for another."""
    free = [each for each in taken if not unit.load(REVIEW, each.redemption_id).hold] if len(taken) > 1 else taken
    return free or taken


def _take_up(unit: Unit, command: ProposeSettlement, order_id: str) -> list[settlement.LineAdded]:
    state = unit.load(ORDER, order_id)
    registered = orders.known(state)
    taken, account_ref = _may_take_up(unit, command, order_id)
    unit.append(ORDER, order_id, taken)
    payee_id = _payee(registered)
    claims = [state.claims[settling.redemption_id] for settling in taken]
    return [
        settlement.LineAdded(claim.redemption_id, order_id, registered.voucher_id, payee_id, account_ref, claim.amount)
        for claim in claims
    ]


def _pay(unit: Unit, line: Line, paid_on: str) -> None:
    """Let the order and its vouchers move to paid."""
    order_id, redemption_id = line.added.order_id, line.added.redemption_id
    before = unit.load(ORDER, order_id)
    unit.append(ORDER, order_id, paying.pay(before, paid_on, redemption_id))
    pay_out(unit, order_id, before, before.claims[redemption_id])
    recover_overpaid(unit, order_id)


def may_be_paid_to(unit: Unit, line: Line) -> str:
    """Where a line is paid today; refuses while a suspension or a finding holds its money."""
    state = unit.load(ORDER, line.added.order_id)
    registered = orders.known(state)
    paying.check_due(state, line.added.redemption_id)
    providers.may_be_paid(unit.load(PROVIDER, registered.provider_id), unit.on)
    policy = policy_of(unit, registered)
    may_be_settled(unit, policy, registered)
    may_leave(unit, policy, state, (line.added.redemption_id,))
    return _paid_at(unit, registered)


def _payee(registered: order.Registered) -> str:
    """Who is paid: the provider that redeems, or the enterprise that is reimbursed."""
    return registered.provider_id if registered.payee == "provider" else registered.enterprise_id


def _paid_at(unit: Unit, registered: order.Registered) -> str:
    """The account of the payee, at the provider's site where the order names one; refused where none is on record."""
    site_id = registered.attributes.get("site_id", "")
    account_ref = account_of(unit, _payee(registered), site_id, payee=registered.payee)
    if not account_ref:
        raise AccountMissing(f"No account of {_payee(registered)} is on record.", pointer="/orders")
    return account_ref


def _answer(unit: Unit, settlement_id: str) -> Answer:
    state = unit.load(SETTLEMENT, settlement_id)
    proposed = settlements.known(state)
    statuses = [line.status for line in state.lines.values()]
    return {
        "settlement_id": settlement_id,
        "programme": proposed.programme,
        "currency": proposed.currency,
        "count": proposed.count,
        "total": proposed.total,
        "approved": bool(state.approved_by),
        "withdrawn": bool(state.withdrawn_by),
        "paid": statuses.count("paid"),
        "failed": sum(statuses.count(status) for status in settlements.OWED_AGAIN),
    }
