"""Deliveries and invoices of an order: parts of both, lines of one invoice for several orders, and red letters."""

from dataclasses import replace
from typing import Any

from vouchers.application.converting import invoice_in_own_money
from vouchers.application.programmes import policy_of
from vouchers.application.stacking import order_beside
from vouchers.invoice import decisions as invoices
from vouchers.invoice import events as invoice
from vouchers.kinds import INVOICE, ORDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import billing
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order

Answer = dict[str, Any]


def accept_delivery(unit: Unit, command: orders.AcceptDelivery) -> Answer:
    """The enterprise accepts the service, or a further part of it."""
    state = unit.load(ORDER, command.order_id)
    events = billing.accept_delivery(state, command, unit.on, _last_delivery_on(unit, state))
    after = unit.append(ORDER, command.order_id, events)
    return {"order_id": command.order_id, "status": after.status}


def file_invoice(unit: Unit, command: orders.FileInvoice) -> Answer:
    """File an invoice, or a line of one, that is used nowhere else; a replaced one is set free."""
    state = unit.load(ORDER, command.order_id)
    command, converted = _in_own_money(unit, state, command)
    events = billing.file_invoice(state, command, unit.on, redeem_by_of(unit, state))
    if events:
        events += [converted] if converted else []
        for leaving in {command.invoice, command.replaces} & state.bills.keys():
            set_free(unit, leaving, command.order_id, "corrected" if leaving == command.invoice else "replaced")
        unit.append(INVOICE, command.invoice, _filing(unit, state, command))
    after = unit.append(ORDER, command.order_id, events)
    return {"order_id": command.order_id, "status": after.status, "invoice": command.invoice}


def withdraw_invoices(unit: Unit, order_id: str, state: Order, reason: str) -> None:
    """Set every invoice free that no redemption of the order covers."""
    for bill in state.unclaimed:
        set_free(unit, bill.invoice, order_id, reason)


def set_free(unit: Unit, number: str, order_id: str, reason: str) -> None:
    """Take an invoice off an order, so that it may be filed elsewhere."""
    unit.append(INVOICE, number, invoices.withdraw(unit.load(INVOICE, number), order_id, reason))


def redeem_by_of(unit: Unit, state: Order) -> str:
    """The first of the last days on which the order's vouchers can be redeemed."""
    return min([unit.load(VOUCHER, voucher_id).redeem_by_on for voucher_id in state.voucher_ids], default="")


def _in_own_money(
    unit: Unit, state: Order, command: orders.FileInvoice
) -> tuple[orders.FileInvoice, order.ConvertedFrom | None]:
    """The invoice in the order's currency; its totals are converted at the rate of the line."""
    registered = orders.known(state)
    if not command.currency and command.rate is None:
        return command, None
    policy = policy_of(unit, registered)
    own, converted = invoice_in_own_money(policy, state, command)
    if converted is None:
        return own, None
    totals = [
        each and policy.foreign.convert(each, converted.foreign_currency, registered.currency, converted.rate)
        for each in (command.total_gross, command.total_net)
    ]
    return replace(own, total_gross=totals[0], total_net=totals[1]), converted


def _filing(unit: Unit, state: Order, command: orders.FileInvoice) -> list[invoice.Event]:
    """The use of the invoice by the order: as a whole, or by line where its totals are given."""
    registered = orders.known(state)
    current = unit.load(INVOICE, command.invoice)
    parties = command.order_id, registered.enterprise_id, registered.provider_id, command.issued_on
    beside = order_beside(unit, state, command.order_id, current)
    if beside:
        filed = invoice.Filed(*parties, command.gross, command.net, registered.currency)
        return invoices.file_beside(current, filed, beside)
    if command.total_gross is None and command.total_net is None:
        return invoices.file(current, invoice.Filed(*parties, command.gross, command.net, registered.currency))
    gross = command.gross if command.total_gross is None else command.total_gross
    net = command.net if command.total_net is None else command.total_net
    part = invoice.PartFiled(*parties, gross, net, registered.currency, command.gross, command.net)
    return invoices.file_part(current, part)


def _last_delivery_on(unit: Unit, state: Order) -> str:
    """The last day of a delivery, where the order's own policy sets one."""
    registered = orders.known(state)
    rule = policy_of(unit, registered).deadlines.deliver_by
    if rule == "redeem_by":
        return redeem_by_of(unit, state)
    if rule == "use_by":
        return min([unit.load(VOUCHER, voucher_id).use_by_on for voucher_id in state.voucher_ids])
    return ""
