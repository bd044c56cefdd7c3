"""Orders: registration against every rule at once, cancellation and lapse."""

from typing import Any

from vouchers.application.booking import book, give_back, refuse_with_all_reasons
from vouchers.application.cases import Case, gather, registered_of
from vouchers.application.foretelling import consequences
from vouchers.application.invoicing import redeem_by_of, withdraw_invoices
from vouchers.kinds import ORDER
from vouchers.ledger import Unit
from vouchers.order import coupons, ending
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.values import Value

Answer = dict[str, Any]


class LapseOrder(Value):
    """Let an order lapse whose redeem-by day has passed."""

    order_id: str


def register_order(unit: Unit, command: orders.RegisterOrder) -> Answer:
    """Check every rule, compute the subsidy, and reserve it in the voucher, the budget and all caps at once."""
    orders.check_command(command, unit.on)
    if unit.load(ORDER, command.order_id).registered is not None:
        raise orders.OrderExists(pointer="/order_id", remedy="Use a new order number.")
    case = gather(unit, command)
    reserved = refuse_with_all_reasons(unit, case)
    registered = registered_of(unit, case)
    unit.append(ORDER, command.order_id, orders.register(unit.load(ORDER, command.order_id), registered))
    book(unit, case, reserved)
    return _answer(command, case)


def preview_order(unit: Unit, command: orders.RegisterOrder) -> Answer:
    """What registering this order would answer, and what would follow from it; nothing is appended."""
    orders.check_command(command, unit.on)
    case = gather(unit, command)
    refuse_with_all_reasons(unit, case)
    return {**_answer(command, case), "consequences": consequences(unit, case)}


def cancel_order(unit: Unit, command: orders.CancelOrder) -> Answer:
    """Cancel before anything is claimed, or end what is left; value, caps and budget are given back."""
    coupons.check_free(unit.load(ORDER, command.order_id))
    return end_order(unit, command.order_id, command.reason)


def end_order(unit: Unit, order_id: str, reason: str) -> Answer:
    """End an order, or what is left of it, whatever is set aside in it for coupons."""
    state = unit.load(ORDER, order_id)
    return _end(unit, order_id, state, ending.cancel(state, reason), reason)


def lapse_order(unit: Unit, command: LapseOrder) -> Answer:
    """Let lapse what an order holds once its redeem-by day has passed; stays quiet otherwise."""
    state = unit.load(ORDER, command.order_id)
    orders.known(state)
    events = ending.lapse(state, redeem_by_of(unit, state), unit.on)
    return _end(unit, command.order_id, state, events, "lapsed")


def _end(unit: Unit, order_id: str, state: Order, events: list[order.Event], reason: str) -> Answer:
    if events:
        after = unit.append(ORDER, order_id, events)
        give_back(unit, order_id, state, state.held, reason, whole=not state.claims)
        withdraw_invoices(unit, order_id, state, reason)
        return {"order_id": order_id, "status": after.status, "released": state.held}
    return {"order_id": order_id, "status": state.status, "released": 0}


def _answer(command: orders.RegisterOrder, case: Case) -> Answer:
    assessment = case.assessment
    return {
        "order_id": command.order_id,
        "voucher_id": command.voucher_id,
        "programme": case.terms.programme,
        "policy_version": case.adopted.version,
        "currency": case.terms.currency,
        "base": assessment.base,
        "subsidy": assessment.subsidy,
        "own_share": assessment.own_share,
        "evidence": list(assessment.evidence),
        "explanation": [{"rule": step.rule, "clause": step.clause, "text": step.text} for step in assessment.trace],
    }
