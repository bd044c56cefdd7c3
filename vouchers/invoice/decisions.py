"""What may happen to an invoice next."""

from vouchers.invoice import events as invoice
from vouchers.invoice.state import Invoice
from vouchers.refusals import Conflict


class InvoiceAlreadyUsed(Conflict):
    """This invoice was already filed for another order."""


class InvoiceFiledDifferently(Conflict):
    """This invoice was already filed for this order with other figures."""

    remedy = "Compare with the invoice; the figures filed first stand."


def file(state: Invoice, filed: invoice.Filed) -> list[invoice.Event]:
    """Use an invoice once anywhere; the same filing again changes nothing."""
    if state.filed is None:
        return [filed]
    if state.filed.order_id != filed.order_id:
        raise InvoiceAlreadyUsed(
            pointer="/invoice",
            remedy="Check the number; an invoice can pay for one order only.",
        )
    if state.filed != filed:
        raise InvoiceFiledDifferently(pointer="/invoice")
    return []


def withdraw(state: Invoice, order_id: str, reason: str) -> list[invoice.Event]:
    """Free an invoice from its order; where it is not filed for it, nothing happens."""
    if state.filed is None or state.filed.order_id != order_id:
        return []
    return [invoice.Withdrawn(order_id, reason)]
