"""What may happen to an invoice next."""

from collections.abc import Iterable

from vouchers.invoice import events as invoice
from vouchers.invoice.state import Beside, Invoice, Part
from vouchers.money import exponent_of, format_amount
from vouchers.refusals import Conflict, NotFound, Refused


class InvoiceAlreadyUsed(Conflict):
    """This invoice was already filed for another order."""

    remedy = "Check the number; an invoice can pay for one order only, unless it is filed by line with its totals."


class InvoiceFiledDifferently(Conflict):
    """This invoice was already filed for this order with other figures."""

    remedy = "Compare with the invoice; the figures filed first stand."


class InvoiceTotalsDiffer(Conflict):
    """Another line of this invoice was filed with another day, another party or other totals."""

    remedy = "Compare with the invoice; it has one buyer, one seller, one day, and the same totals for each line."


class InvoiceExceeded(Refused):
    """The lines of this invoice would come to more than the invoice itself."""


class InvoiceIsRedLetter(Conflict):
    """This is the red letter of another invoice, and pays for nothing."""

    remedy = "File the invoice that was issued for the service."


class InvoiceUnknown(NotFound):
    """No order has filed an invoice of this number."""

    remedy = "Check the number of the invoice."


class RedLetterUsed(Conflict):
    """The red-letter invoice was already recorded with other figures, or is an invoice that pays for an order."""

    remedy = "Compare the number, the day and the amounts with the red-letter invoice."


class RedLetterTooLarge(Refused):
    """More would be taken back than is left of the invoice."""


class RedLetterAmbiguous(Conflict):
    """The invoice pays for several orders, and it is not said which of them loses what."""


def file(state: Invoice, filed: invoice.Filed) -> list[invoice.Event]:
    """Use an invoice as a whole, once anywhere; the same filing again changes nothing."""
    if state.filed is not None and set(state.parts) == {filed.order_id} and not state.reds:
        if state.filed != filed or state.parts[filed.order_id] != Part(filed.gross, filed.net):
            raise InvoiceFiledDifferently(pointer="/invoice")
        return []
    if state.parts:
        raise InvoiceAlreadyUsed(pointer="/invoice")
    _check_figures(state, filed)
    if state.filed is not None:
        whole = Part(filed.gross, filed.net)
        _check_room(state, whole, whole, filed.currency)
    return [filed]


def file_part(state: Invoice, filed: invoice.PartFiled) -> list[invoice.Event]:
    """Use a line of an invoice; all lines together never come to more than the invoice, to the last minor unit."""
    if filed.order_id in state.parts:
        if state.parts[filed.order_id] != Part(filed.part_gross, filed.part_net) or not _same(state, filed):
            raise InvoiceFiledDifferently(pointer="/invoice")
        return []
    if state.filed is not None and state.parts and state.used == Part(state.filed.gross, state.filed.net):
        raise InvoiceAlreadyUsed(pointer="/invoice")
    _check_figures(state, filed)
    if filed.part_net > filed.part_gross or filed.net > filed.gross:
        raise InvoiceExceeded(pointer="/net", remedy="Give the amounts without tax as net, those with tax as gross.")
    _check_room(state, Part(filed.part_gross, filed.part_net), Part(filed.gross, filed.net), filed.currency)
    return [filed]


def file_beside(state: Invoice, filed: invoice.Filed, beside: str) -> list[invoice.Event]:
    """Use a part of an invoice beside the order that has it, for another programme that pays for the same contract."""
    own = Part(filed.gross, filed.net)
    before = state.besides.get(filed.order_id)
    if before is not None:
        if before != Beside(beside, own):
            raise InvoiceFiledDifferently(pointer="/invoice")
        return []
    part, first = state.parts[beside], state.filed
    if own.gross > part.gross or own.net > part.net:
        remedy = "Give at most what the other programme was told of this invoice."
        raise InvoiceExceeded(pointer="/gross", remedy=remedy, gross=part.gross, net=part.net)
    parties = filed.enterprise_id, filed.provider_id, filed.issued_on, filed.currency
    if first is None or parties != (first.enterprise_id, first.provider_id, first.issued_on, first.currency):
        raise InvoiceTotalsDiffer(pointer="/invoice")
    return [invoice.FiledBeside(filed.order_id, beside, filed.gross, filed.net)]


def withdraw(state: Invoice, order_id: str, reason: str) -> list[invoice.Event]:
    """Free an invoice from its order; where it is not filed for it, nothing happens."""
    return [invoice.Withdrawn(order_id, reason)] if order_id in state.parts or order_id in state.besides else []


def reverse(
    state: Invoice, *, red_invoice: str, issued_on: str, gross: int, net: int, order_id: str = ""
) -> invoice.Reversed:
    """Take an invoice back in part or whole: what is left of it must still cover the parts of its orders."""
    if state.filed is None:
        raise InvoiceUnknown(pointer="/invoice")
    left = Part(state.left.gross - gross, state.left.net - net)
    if not 0 < gross <= state.left.gross or not 0 <= net <= state.left.net or left.net > left.gross:
        left_of_it = f"{format_amount(state.left.gross)} with tax and {format_amount(state.left.net)} without are left"
        remedy = f"Give the amounts that the red-letter invoice takes back, without a minus sign; {left_of_it}."
        raise RedLetterTooLarge(pointer="/gross", remedy=remedy, gross=state.left.gross, net=state.left.net)
    if order_id and order_id not in state.parts:
        raise InvoiceUnknown("The order has no line of this invoice.", pointer="/order_id")
    over = Part(max(0, state.used.gross - left.gross), max(0, state.used.net - left.net))
    cuts = tuple(_cuts(state, over, gross, net, order_id))
    return invoice.Reversed(red_invoice, issued_on, gross, net, (*cuts, *_cuts_beside(state, cuts)))


def mark_red(state: Invoice, letter: invoice.RedLetter) -> list[invoice.Event]:
    """Use a number as a red letter once; the same again changes nothing."""
    if state.red_for == letter:
        return []
    if state.red_for is not None or state.filed is not None:
        raise RedLetterUsed(pointer="/red_invoice")
    return [letter]


def _cuts(state: Invoice, over: Part, gross: int, net: int, order_id: str) -> Iterable[invoice.Cut]:
    """What each order loses: the one that is named, the only one there is, or all of them everything."""
    named = order_id or (next(iter(state.parts)) if len(state.parts) == 1 else "")
    if named:
        part = state.parts[named]
        lost = Part(gross, net) if order_id else over
        if lost.gross > part.gross or lost.net > part.net:
            raise RedLetterTooLarge(pointer="/gross", remedy="Give what this order loses.", gross=part.gross)
        if lost.gross < over.gross or lost.net < over.net:
            raise RedLetterAmbiguous(pointer="/order_id", remedy="Report the other order's line first.")
        return [invoice.Cut(named, *lost)] if any(lost) else []
    if over == state.used:
        return [invoice.Cut(key, *part) for key, part in state.parts.items()]
    if any(over):
        remedy = f"Name the order: one of {', '.join(state.parts)}."
        raise RedLetterAmbiguous(pointer="/order_id", remedy=remedy, orders=list(state.parts))
    return []


def _cuts_beside(state: Invoice, cuts: tuple[invoice.Cut, ...]) -> Iterable[invoice.Cut]:
    """What the orders lose that stand beside others: all that no longer fits into the other's part."""
    left = {
        cut.order_id: Part(state.parts[cut.order_id].gross - cut.gross, state.parts[cut.order_id].net - cut.net)
        for cut in cuts
    }
    for key, beside in state.besides.items():
        room = left.get(beside.order_id)
        if room is not None:
            lost = Part(max(0, beside.part.gross - room.gross), max(0, beside.part.net - room.net))
            if any(lost):
                yield invoice.Cut(key, *lost)


def _same(state: Invoice, filed: invoice.Filed | invoice.PartFiled) -> bool:
    """Whether this is the invoice that was filed before: parties, day and totals."""
    return not _differences(state, filed)


def _differences(state: Invoice, filed: invoice.Filed | invoice.PartFiled) -> list[str]:
    """What is not as it was filed before, in words."""
    before = state.filed
    if before is None:
        return []
    pairs = {
        "enterprise": (before.enterprise_id, filed.enterprise_id),
        "provider": (before.provider_id, filed.provider_id),
        "day": (before.issued_on, filed.issued_on),
        "currency": (before.currency, filed.currency),
        "total with tax": (before.gross, filed.gross),
        "total without tax": (before.net, filed.net),
    }
    return [f"another {name}" for name, (first, second) in pairs.items() if first != second]


def _check_figures(state: Invoice, filed: invoice.Filed | invoice.PartFiled) -> None:
    if state.red_for is not None:
        raise InvoiceIsRedLetter(pointer="/invoice")
    if differences := _differences(state, filed):
        told = f"Another line of this invoice was filed with {', '.join(differences)}."
        raise InvoiceTotalsDiffer(told, pointer="/invoice")


def _check_room(state: Invoice, part: Part, whole: Part, currency: str) -> None:
    """Refuse what is more than the rest of the invoice; of one that nobody filed yet, the whole is the rest."""
    left, used = state.left if state.filed else whole, state.used
    room = Part(left.gross - used.gross, left.net - used.net)
    if part.gross > room.gross or part.net > room.net:
        exponent = exponent_of(currency)
        gross, net = (format_amount(max(0, each), exponent, currency) for each in room)
        raise InvoiceExceeded(
            f"Of this invoice {gross} with tax and {net} without it are left; this is more.",
            pointer="/gross",
            remedy="Give what the lines say; what other orders and red-letter invoices took is not left.",
            gross=room.gross,
            net=room.net,
        )
