"""Rounds: orders that wait for a pool's money, served in their order or allotted their share on one day."""

from collections.abc import Mapping
from typing import Any, Final

from vouchers import wire
from vouchers.application.booking import refuse_with_all_reasons
from vouchers.application.cases import Case, gather
from vouchers.application.ordering import preview_order, register_order
from vouchers.application.programmes import budget_key, in_force
from vouchers.application.waiting import ABOUT_MONEY
from vouchers.budget.decisions import BudgetExhausted
from vouchers.kinds import BUDGET, ORDER, ROUND
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.refusals import Conflict, Ineligible, Refused
from vouchers.round import decisions as rounds
from vouchers.round import events as round_events
from vouchers.values import Value, replace

Answer = dict[str, Any]

AT_ONCE: Final = 100
_NOTHING_LEFT: Final = BudgetExhausted(
    "Of the round's money nothing was left for it.", remedy="Ask again in the next round."
)


class NobodyWaits(Refused):
    """The policy has no queue and no rounds for money that runs out."""

    remedy = "Register the order; where money runs out, follow what the policy says."


class MoneyIsThere(Conflict):
    """There is money for this order, and nobody waits before it."""

    remedy = "Register the order."


class ServeQueue(Value):
    """Register the orders whose turn it is, as far as the pool's money goes."""

    programme: str
    period: str
    pool: str


class CloseRound(Value):
    """End a round after its last day, and register every request with its share."""

    programme: str
    period: str
    pool: str


class LeaveRound(Value):
    """Take a waiting order back."""

    programme: str
    period: str
    pool: str
    order_id: str
    reason: str


def open_round(unit: Unit, command: rounds.OpenRound) -> Answer:
    """Collect requests up to and on a day, where the policy gives money out in rounds."""
    _, policy = in_force(unit, command.programme, unit.on)
    how = policy.money.exhaustion
    if how == "queue":
        detail = "Orders wait in a queue under this policy; it has no rounds."
        remedy = "Serve the queue; its orders are registered in the order of their places."
        raise NobodyWaits(detail, pointer="/programme", remedy=remedy, exhaustion=how)
    if how != "pro_rata":
        raise NobodyWaits(pointer="/programme", exhaustion=how)
    key = budget_key(command.programme, command.period, command.pool)
    events = rounds.open_round(unit.load(ROUND, key), command, by=unit.actor, on=unit.on)
    state = unit.append(ROUND, key, events)
    return {"round": key, "number": state.number, "closes_on": state.closes_on}


def join_round(unit: Unit, command: orders.RegisterOrder) -> Answer:
    """Let an order wait for money that the rules allow in all else; nothing is reserved for it yet."""
    orders.check_command(command, unit.on)
    if unit.load(ORDER, command.order_id).registered is not None:
        raise orders.OrderExists(pointer="/order_id", remedy="Use a new order number.")
    case = gather(unit, command)
    state, how = unit.load(ROUND, case.budget), case.policy.money.exhaustion
    if how not in ("queue", "pro_rata"):
        raise NobodyWaits(pointer="/category", exhaustion=how)
    if how == "pro_rata":
        rounds.collecting(state, unit.on)
    if _only_money_lacks(unit, case) is False and how == "queue":
        raise MoneyIsThere(pointer="/category")
    events = rounds.join(
        state,
        order_id=command.order_id,
        enterprise_id=command.enterprise_id,
        amount=case.assessment.subsidy,
        request=wire.checked(command).decode(),
    )
    joined = unit.append(ROUND, case.budget, events).waiting[command.order_id]
    return {"order_id": command.order_id, "round": case.budget, "place": joined.place, "amount": joined.amount}


def leave_round(unit: Unit, command: LeaveRound) -> Answer:
    """Take a waiting order back; everybody behind it moves up."""
    key = budget_key(command.programme, command.period, command.pool)
    state = unit.load(ROUND, key)
    after = unit.append(ROUND, key, rounds.leave(state, order_id=command.order_id, reason=command.reason))
    return {"order_id": command.order_id, "round": key, "waiting": len(after.waiting)}


def serve_queue(unit: Unit, command: ServeQueue) -> Answer:
    """Register one after the other, each under the rules of this day, until the money is not enough for who is next."""
    key = budget_key(command.programme, command.period, command.pool)
    served: list[str] = []
    reasons: dict[str, str] = {}
    while len(served) + len(reasons) < AT_ONCE:
        state = unit.load(ROUND, key)
        if not state.first:
            break
        joined = state.waiting[state.first]
        refused = _refusal_of(unit, joined, _request_of(joined))
        if refused is not None and _is_about_money(refused):
            break
        if _settle(unit, key, joined.order_id, _request_of(joined), refused):
            served.append(joined.order_id)
        elif refused is not None:
            reasons[joined.order_id] = refused.detail
    waiting = len(unit.load(ROUND, key).waiting)
    return {"round": key, "served": served, "dropped": [*reasons], "reasons": reasons, "waiting": waiting}


def close_round(unit: Unit, command: CloseRound) -> Answer:
    """Share the pool's money among all requests that the rules of this day allow, and register each with its share.

    What somebody cannot use any more stays in the pool for the next round.
    """
    key = budget_key(command.programme, command.period, command.pool)
    rounds.closing(unit.load(ROUND, key), unit.on)
    requests = {order_id: _request_of(joined) for order_id, joined in unit.load(ROUND, key).waiting.items()}
    reasons: dict[str, str] = {}
    asked = _amounts_of(unit, key, requests, reasons)
    money = max(0, unit.load(BUDGET, key).free)
    state = unit.append(ROUND, key, rounds.allot(unit.load(ROUND, key), asked, money))
    shares = dict(state.allotted)
    served = []
    for order_id, share in shares.items():
        request = replace(requests[order_id], asked=share)
        refused = _refusal_of(unit, state.waiting[order_id], request) if share else _NOTHING_LEFT
        if _settle(unit, key, order_id, request, refused):
            served.append(order_id)
        elif refused is not None:
            reasons[order_id] = refused.detail
    after = unit.append(ROUND, key, rounds.close(unit.load(ROUND, key), asked, money))
    return {
        "round": key,
        "number": after.number,
        "asked": sum(asked.values()),
        "money": money,
        "allotted": shares,
        "served": served,
        "dropped": [order_id for order_id in requests if order_id not in served],
        "reasons": reasons,
    }


def _amounts_of(
    unit: Unit, key: str, requests: Mapping[str, orders.RegisterOrder], reasons: dict[str, str]
) -> dict[str, int]:
    """What each request may be given under the rules of this day; those that may not be given anything are dropped."""
    asked: dict[str, int] = {}
    for order_id, request in requests.items():
        try:
            orders.check_command(request, unit.on)
            case = gather(unit, request)
            _only_money_lacks(unit, case)
            asked[order_id] = case.assessment.subsidy
        except Refused as refused:
            unit.append(ROUND, key, [_dropped(order_id, refused)])
            reasons[order_id] = refused.detail
    return asked


def _settle(unit: Unit, key: str, order_id: str, request: orders.RegisterOrder, refused: Refused | None) -> bool:
    """Let a request become an order, or drop it with what speaks against it; tells which."""
    registered = unit.load(ORDER, order_id).registered
    if registered is None and refused is not None:
        unit.append(ROUND, key, [_dropped(order_id, refused)])
        return False
    amount = registered.subsidy if registered else register_order(unit, request)["subsidy"]
    unit.append(ROUND, key, [round_events.Served(order_id, amount)])
    return True


def _refusal_of(unit: Unit, joined: round_events.Joined, request: orders.RegisterOrder) -> Refused | None:
    """What speaks against registering a request today; an order that was registered meanwhile meets nothing."""
    if unit.load(ORDER, joined.order_id).registered is not None:
        return None
    try:
        preview_order(unit, request)
    except Refused as refused:
        return refused
    return None


def _only_money_lacks(unit: Unit, case: Case) -> bool:
    """Whether nothing but money speaks against an order; False where nothing does, a refusal where more does."""
    try:
        refuse_with_all_reasons(unit, case)
    except Ineligible as refused:
        others = tuple(cause for cause in refused.causes if cause.code not in ABOUT_MONEY)
        if others:
            raise Ineligible(others) from refused
        return True
    except Refused as refused:
        if refused.code not in ABOUT_MONEY:
            raise
        return True
    return False


def _is_about_money(refused: Refused) -> bool:
    codes = {cause.code for cause in refused.causes} if isinstance(refused, Ineligible) else {refused.code}
    return codes <= ABOUT_MONEY


def _dropped(order_id: str, refused: Refused) -> round_events.Dropped:
    code = refused.causes[0].code if isinstance(refused, Ineligible) else refused.code
    return round_events.Dropped(order_id, code, refused.detail)


def _request_of(joined: round_events.Joined) -> orders.RegisterOrder:
    return wire.restored(orders.RegisterOrder, joined.request)
