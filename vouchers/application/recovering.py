"""Money back: what was paid is demanded again, of whoever answers for it, on the terms of the policy."""

from collections.abc import Mapping

from vouchers.application.booking import take_back
from vouchers.application.claims import Answer, answer_of
from vouchers.application.programmes import policy_of
from vouchers.application.supervising import measures_due
from vouchers.days import add_days
from vouchers.debt import decisions as debts
from vouchers.debt import events as debt
from vouchers.kinds import DEBT, ORDER, SETTLEMENT
from vouchers.ledger import Unit
from vouchers.money import check_amount, share_floor
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order import paying
from vouchers.order.state import Claim, Order
from vouchers.refusals import Refused
from vouchers.values import Value


class ShareAboveWhole(Refused):
    """The enterprise cannot owe more than is demanded."""


class NothingToDemand(Refused):
    """The policy takes nothing more back of what this order was paid."""

    remedy = "Look at the order for what was demanded already."


class ClawBackBreach(Value):
    """Demand what the policy takes back on a breach, of all that an order was paid.

    `enterprise_bp` is the enterprise's part of the fault; without it whoever was paid owes all.
    """

    order_id: str
    reason: str
    enterprise_bp: int | None = None


def claw_back(unit: Unit, command: orders.ClawBack) -> Answer:
    """Demand paid money back; who was paid owes it, or enterprise and provider as the officer states."""
    state = unit.load(ORDER, command.order_id)
    events = paying.claw_back(state, command)
    part = command.enterprise_amount
    if part is not None and check_amount(part, "/enterprise_amount") > command.amount:
        raise ShareAboveWhole(pointer="/enterprise_amount", remedy=f"Give at most {command.amount}.")
    unit.append(ORDER, command.order_id, events)
    opened = [each for ordered in events for each in _demand(unit, command.order_id, state, ordered, part)]
    about = answer_of(unit, command.order_id, events[0].redemption_id)
    return {**about, "clawed_back": command.amount, "debts": opened}


def claw_back_breach(unit: Unit, command: ClawBackBreach) -> Answer:
    """Demand back the policy's part of everything that an order was paid, less what was demanded before."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    policy = policy_of(unit, registered)
    share_bp = policy.settlement.clawback_bp
    amounts = {claim.redemption_id: _breach(claim, share_bp) for claim in state.claims.values()}
    if not any(amounts.values()):
        raise NothingToDemand(pointer="/order_id", clawed_back=state.clawed_back)
    opened: list[Answer] = []
    for redemption_id, amount in amounts.items():
        if amount:
            demand = orders.ClawBack(command.order_id, amount, command.reason, redemption_id)
            events = paying.claw_back(state, demand)
            unit.append(ORDER, command.order_id, events)
            part = None if command.enterprise_bp is None else share_floor(amount, command.enterprise_bp)
            opened += [each for ordered in events for each in _demand(unit, command.order_id, state, ordered, part)]
    for each in opened:
        measures_due(unit, each["party_id"], policy, command.order_id, command.reason)
    return {**answer_of(unit, command.order_id), "clawed_back": sum(amounts.values()), "debts": opened}


def _breach(claim: Claim, share_bp: int) -> int:
    """What is still to be demanded of one redemption when so much of it is taken back."""
    return max(0, share_floor(claim.paid, share_bp) - claim.clawed_back)


def _demand(
    unit: Unit, order_id: str, state: Order, ordered: order.ClawbackOrdered, enterprise_part: int | None
) -> list[Answer]:
    """Move the value in the voucher, and open a debt for everybody who owes a part of it."""
    registered = orders.known(state)
    claim = state.claims[ordered.redemption_id]
    take_back(unit, order_id, state, claim, ordered.amount, ordered.reason)
    recovery = policy_of(unit, registered).recovery
    bears_from_on = add_days(_paid_on(unit, claim), 1) if recovery.interest_from == "payment" else ""
    opened: list[Answer] = []
    for party_id, amount in _parties(registered, ordered.amount, enterprise_part).items():
        events = debts.demand(
            unit.load(DEBT, party_id),
            programme=registered.programme,
            currency=registered.currency,
            order_id=order_id,
            redemption_id=ordered.redemption_id,
            amount=amount,
            reason=ordered.reason,
            on=unit.on,
            terms=debts.Terms(recovery.grace_days, recovery.interest_bp, recovery.base_days),
            bears_from_on=bears_from_on,
        )
        unit.append(DEBT, party_id, events)
        opened += [
            {"party_id": party_id, "debt_id": each.debt_id, "amount": each.amount, "due_on": each.due_on}
            for each in events
            if isinstance(each, debt.Demanded)
        ]
    return opened


def _parties(registered: order.Registered, amount: int, enterprise_part: int | None) -> Mapping[str, int]:
    """Who owes how much of it; the parts add up to the whole."""
    if enterprise_part is None:
        payee_id = registered.provider_id if registered.payee == "provider" else registered.enterprise_id
        return {payee_id: amount}
    return {registered.enterprise_id: enterprise_part, registered.provider_id: amount - enterprise_part}


def _paid_on(unit: Unit, claim: Claim) -> str:
    """The day on which the bank paid a redemption."""
    return unit.load(SETTLEMENT, claim.settlement_id).lines[claim.redemption_id].paid_on
