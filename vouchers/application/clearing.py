"""Clearing between regions: the enterprise's region pays for what the provider's region performed, month by month.

Each confirmed payment is in one clearing only; one that comes late falls in the next month's. What is clawed back goes
to the region that paid, so it moves nothing between regions; what the bank sends back is taken out again.
"""

from typing import Any

from vouchers.application.programmes import policy_of
from vouchers.clearing import decisions as clearings
from vouchers.clearing import events as clearing
from vouchers.flow import decisions as flows
from vouchers.flow import events as flow
from vouchers.kinds import CLEARING, FLOW, ORDER, PROGRAMME
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.policy import payer_of, performer_of
from vouchers.programme import decisions as programmes
from vouchers.refusals import Refused

Answer = dict[str, Any]


class NoRegionPays(Refused):
    """The order is paid by its programme as a whole, or belongs to another programme: no region owes another for it."""

    remedy = "Take in orders of the programme whose regions pay."


def take_flows(unit: Unit, command: clearings.TakeFlows) -> Answer:
    """Take the confirmed payments of some orders into a month's clearing; what is in one already is left out."""
    clearings.check_month(command.month, "/month")
    if len(command.orders) > clearings.MOST_FLOWS:
        raise clearings.TooManyFlows(pointer="/orders", limit=clearings.MOST_FLOWS)
    key = _key(command.programme, command.month)
    found: list[clearing.Event] = []
    for order_id in dict.fromkeys(command.orders):
        found += _flows_of(unit, command, order_id)
    unit.append(CLEARING, key, clearings.take(unit.load(CLEARING, key), command.month, found, unit.on))
    for each in found:
        if isinstance(each, clearing.FlowAdded):
            cleared = flow.Cleared(key, each.order_id, each.region_from, each.region_to, each.amount)
            unit.append(FLOW, each.redemption_id, flows.clear(unit.load(FLOW, each.redemption_id), cleared))
        elif isinstance(each, clearing.FlowTakenOut):
            unit.append(FLOW, each.redemption_id, flows.unclear(unit.load(FLOW, each.redemption_id), key))
    return {**_answer(unit, key), "taken": len(found)}


def close_clearing(unit: Unit, command: clearings.CloseClearing) -> Answer:
    """State who owes whom for a month that is over."""
    clearings.check_month(command.month, "/month")
    key = _key(command.programme, command.month)
    currency = programmes.announced(unit.load(PROGRAMME, command.programme)).currency
    events = clearings.propose(unit.load(CLEARING, key), command, currency=currency, proposed_by=unit.actor)
    unit.append(CLEARING, key, events)
    return _answer(unit, key)


def approve_clearing(unit: Unit, command: clearings.ApproveClearing) -> Answer:
    """Approve a month's positions as a second person."""
    key = _key(command.programme, command.month)
    unit.append(CLEARING, key, clearings.approve(unit.load(CLEARING, key), unit.actor))
    return _answer(unit, key)


def withdraw_clearing(unit: Unit, command: clearings.WithdrawClearing) -> Answer:
    """Withdraw a month's positions before their approval; its flows stay in it, and more may be taken in."""
    key = _key(command.programme, command.month)
    events = clearings.withdraw(unit.load(CLEARING, key), withdrawn_by=unit.actor, reason=command.reason)
    unit.append(CLEARING, key, events)
    return _answer(unit, key)


def _flows_of(unit: Unit, command: clearings.TakeFlows, order_id: str) -> list[clearing.Event]:
    """What an order's payments up to the end of the month, and those sent back, add to a clearing."""
    state = unit.load(ORDER, order_id)
    registered = orders.known(state)
    payer = payer_of(registered.pool)
    if registered.programme != command.programme or not payer:
        raise NoRegionPays(pointer="/orders", order_id=order_id)
    policy = policy_of(unit, registered)
    performer = performer_of(policy, registered.provider_facts)
    found: list[clearing.Event] = []
    for claim in state.claims.values():
        cleared = unit.load(FLOW, claim.redemption_id).cleared
        if cleared is None and claim.paid and claim.paid_on[: len(command.month)] <= command.month:
            amount, paid_on = claim.paid, claim.paid_on
            found.append(clearing.FlowAdded(claim.redemption_id, order_id, payer, performer, amount, paid_on))
        elif cleared is not None and not claim.paid:
            regions = cleared.region_from, cleared.region_to
            found.append(
                clearing.FlowTakenOut(claim.redemption_id, order_id, *regions, cleared.amount, cleared.clearing)
            )
    return found


def _key(programme: str, month: str) -> str:
    return f"{programme}/{month}"


def _answer(unit: Unit, key: str) -> Answer:
    state = unit.load(CLEARING, key)
    return {
        "clearing": key,
        "status": state.status,
        "flows": state.flows,
        "gross": sum(state.gross.values()),
        "positions": [
            {"region_from": each.region_from, "region_to": each.region_to, "amount": each.amount}
            for each in state.positions
        ],
        "nets": {each.region: each.amount for each in state.nets},
    }
