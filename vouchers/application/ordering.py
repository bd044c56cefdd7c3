"""Orders: registration against every rule at once, then delivery, invoice, cancellation and lapse."""

from dataclasses import dataclass
from typing import Any

from vouchers.application.booking import book, give_back, refuse_with_all_reasons
from vouchers.application.cases import Case, gather, registered_of
from vouchers.invoice import decisions as invoices
from vouchers.invoice import events as invoice
from vouchers.kinds import INVOICE, ORDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LapseOrder:
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
    """What registering this order would answer; nothing is appended."""
    orders.check_command(command, unit.on)
    case = gather(unit, command)
    refuse_with_all_reasons(unit, case)
    return _answer(command, case)


def accept_delivery(unit: Unit, command: orders.AcceptDelivery) -> Answer:
    """The enterprise accepts the service."""
    state = unit.load(ORDER, command.order_id)
    after = unit.append(ORDER, command.order_id, orders.accept_delivery(state, command, unit.on))
    return {"order_id": command.order_id, "status": after.status}


def file_invoice(unit: Unit, command: orders.FileInvoice) -> Answer:
    """File an invoice that is used nowhere else; a replaced one is set free."""
    state = unit.load(ORDER, command.order_id)
    events = orders.file_invoice(state, command, unit.on)
    registered = orders.known(state)
    if events and state.invoice is not None:
        same = state.invoice.invoice == command.invoice
        _withdraw(unit, state, command.order_id, "corrected" if same else "replaced")
    filed = invoice.Filed(
        command.order_id,
        registered.enterprise_id,
        registered.provider_id,
        command.issued_on,
        command.gross,
        command.net,
        registered.currency,
    )
    unit.append(INVOICE, command.invoice, invoices.file(unit.load(INVOICE, command.invoice), filed))
    after = unit.append(ORDER, command.order_id, events)
    return {"order_id": command.order_id, "status": after.status, "invoice": command.invoice}


def cancel_order(unit: Unit, command: orders.CancelOrder) -> Answer:
    """Cancel before anything is claimed; value, caps and budget are given back."""
    state = unit.load(ORDER, command.order_id)
    return _end(unit, command.order_id, state, orders.cancel(state, command.reason), command.reason)


def lapse_order(unit: Unit, command: LapseOrder) -> Answer:
    """Let an order lapse whose voucher can no longer be redeemed; stays quiet otherwise."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    redeem_by_on = unit.load(VOUCHER, registered.voucher_id).redeem_by_on
    events = orders.lapse(state, redeem_by_on, unit.on)
    return _end(unit, command.order_id, state, events, "lapsed")


def _end(unit: Unit, order_id: str, state: Order, events: list[order.Event], reason: str) -> Answer:
    if events:
        after = unit.append(ORDER, order_id, events)
        give_back(unit, order_id, state, state.held, reason, whole=True)
        _withdraw(unit, state, order_id, reason)
        return {"order_id": order_id, "status": after.status, "released": state.held}
    return {"order_id": order_id, "status": state.status, "released": 0}


def _withdraw(unit: Unit, state: Order, order_id: str, reason: str) -> None:
    if state.invoice is not None:
        filed = unit.load(INVOICE, state.invoice.invoice)
        unit.append(INVOICE, state.invoice.invoice, invoices.withdraw(filed, order_id, reason))


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
