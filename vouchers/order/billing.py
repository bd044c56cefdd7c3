"""What may be delivered and billed on an order next: parts of the service, invoices, and what red letters take back."""

from vouchers.money import check_amount
from vouchers.order import events as order
from vouchers.order.decisions import (
    AcceptDelivery,
    DeliveryDayInvalid,
    FileInvoice,
    InvoiceDayInvalid,
    NetAboveGross,
    check_open,
    known,
)
from vouchers.order.state import Bill, Order
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.values import replace


class DeliveryTooLate(Refused):
    """The policy pays for what was delivered within the voucher's time only."""


class InvoiceTooLate(Refused):
    """The invoice is dated after the last day on which its voucher can be redeemed."""

    remedy = "Cancel the order; its cost cannot be claimed from this voucher any more."


class InvoiceNotOfOrder(NotFound):
    """The order has no invoice of this number."""

    remedy = "Look at the order for its invoices."


class InvoiceClaimed(Conflict):
    """The invoice was claimed for and stands as it is."""

    remedy = "Reverse the redemption first, or report the red-letter invoice."


class InvoiceHasRedLetter(Conflict):
    """A red-letter invoice took back from this invoice, so it stays as it was issued."""

    remedy = "File the invoice that was issued in its place as one more invoice of the order."


def accept_delivery(state: Order, command: AcceptDelivery, on: str, last_on: str = "") -> list[order.Event]:
    """Accept the service, or a further part of it, once it has started; the same acceptance changes nothing.

    `last_on` is the last day of a delivery, where the policy sets one.
    """
    registered = check_open(state)
    delivered = order.DeliveryAccepted(command.delivered_on, command.report_digest)
    part = order.PartDelivered(command.delivered_on, command.report_digest) if state.delivery else None
    if state.delivery == delivered or part in state.parts:
        return []
    if not registered.starts_on <= command.delivered_on <= on:
        raise DeliveryDayInvalid(
            pointer="/delivered_on",
            remedy=f"Give a day from {registered.starts_on} to {on}.",
        )
    if last_on and command.delivered_on > last_on:
        raise DeliveryTooLate(
            f"The service was delivered on {command.delivered_on}; the policy pays for deliveries up to {last_on}.",
            pointer="/delivered_on",
            remedy="Cancel the order, or what is left of it.",
        )
    return [part or delivered]


def file_invoice(state: Order, command: FileInvoice, on: str, redeem_by_on: str) -> list[order.Event]:
    """File an invoice of what was delivered; the same again changes nothing.

    Before a claim the same number again corrects it, and `replaces` names an invoice that gives way to it; any other
    number is one more invoice of the order.
    """
    check_open(state, ("delivered", "invoiced"), ready=state.delivery is not None)
    bill = Bill(command.invoice, command.issued_on, command.gross, command.net)
    before = state.bills.get(command.invoice)
    if before is not None and replace(before, red_gross=0, red_net=0) == bill:
        return []
    _check(state, command, on, redeem_by_on)
    leaving = command.replaces or (command.invoice if before else "")
    if leaving:
        _check_unclaimed(state, leaving)
    if not state.bills or set(state.bills) == {leaving}:
        return [order.InvoiceFiled(bill.invoice, bill.issued_on, bill.gross, bill.net)]
    removed = [order.InvoiceRemoved(leaving, "corrected" if before else "replaced")] if leaving else []
    return [*removed, order.InvoiceAdded(bill.invoice, bill.issued_on, bill.gross, bill.net)]


def reverse_invoice(state: Order, invoice: str, red_invoice: str, gross: int, net: int) -> list[order.Event]:
    """Record what a red-letter invoice took back of an invoice of the order, at whatever step the order is."""
    known(state)
    if invoice not in state.bills:
        raise InvoiceNotOfOrder(pointer="/invoice")
    return [order.InvoiceReversed(invoice, red_invoice, gross, net)] if gross or net else []


def _check(state: Order, command: FileInvoice, on: str, redeem_by_on: str) -> None:
    """Refuse amounts and days that an invoice of this order cannot have."""
    contract_on = known(state).contract_on
    check_amount(command.gross, "/gross")
    check_amount(command.net, "/net")
    if command.net > command.gross:
        raise NetAboveGross(pointer="/net")
    if not contract_on <= command.issued_on <= on:
        raise InvoiceDayInvalid(pointer="/issued_on", remedy=f"Give a day from {contract_on} to {on}.")
    if redeem_by_on and command.issued_on > redeem_by_on:
        raise InvoiceTooLate(
            f"The invoice is of {command.issued_on}; the voucher could be redeemed until {redeem_by_on}.",
            pointer="/issued_on",
            redeem_by_on=redeem_by_on,
        )


def _check_unclaimed(state: Order, invoice: str) -> None:
    """Refuse to take an invoice off an order that does not have it, or that was claimed for."""
    if invoice not in state.bills:
        raise InvoiceNotOfOrder(pointer="/replaces")
    if invoice not in {bill.invoice for bill in state.unclaimed}:
        raise InvoiceClaimed(pointer="/invoice", invoice=invoice)
    if state.bills[invoice].red_gross:
        raise InvoiceHasRedLetter(pointer="/invoice", invoice=invoice)
