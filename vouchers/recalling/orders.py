"""What was asked for when orders were registered, waited, changed and ended, and when services were billed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from vouchers import application as app
from vouchers.application.ordering import LapseOrder
from vouchers.application.programmes import policy_of
from vouchers.application.providing import VoidOrders
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.rounds import CloseRound, ServeQueue
from vouchers.invoice import events as invoice
from vouchers.kinds import INVOICE, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.recalling.calls import Call, Recall, filled
from vouchers.recalling.past import Past
from vouchers.recalling.turns import Turn
from vouchers.round import events as rounds
from vouchers.wire import restored

# What the log itself knows of an order; nobody states it.
_KNOWN: Final = ("budget_total", "pooled_firms", "use_by_on")


def _stated(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in _KNOWN}


def _rate_of(foreign: order.ConvertedFrom) -> orders.Rate:
    return orders.Rate(foreign.rate, foreign.rate_on, foreign.rate_source)


def registered(turn: Turn, _past: Past) -> Iterator[Call]:
    """A registration, with its further vouchers and its foreign price.

    Of several vouchers that it named, those that pay nothing are not in the log: where one alone is, nobody knows.
    """
    event, shared = turn.one(order.Registered), [each.voucher_id for each in turn.all(order.Shared)]
    if event is None or shared == [event.voucher_id]:
        return
    foreign = next((each for each in turn.all(order.ConvertedFrom) if not each.invoice), None)
    command = orders.RegisterOrder(
        turn.keys(order.Registered)[0],
        event.voucher_id,
        event.enterprise_id,
        event.provider_id,
        event.category,
        event.contract_digest,
        event.contract_on,
        event.starts_on,
        event.ends_on,
        foreign.foreign_gross if foreign else event.gross,
        foreign.foreign_net if foreign else event.net,
        event.asked,
        _stated(event.attributes),
        tuple([each for each in shared if each != event.voucher_id]),
        foreign.foreign_currency if foreign else "",
        _rate_of(foreign) if foreign else None,
    )
    yield Call(app.register_order, command)


def served(turn: Turn, _past: Past) -> Iterator[Call]:
    """A queue that was served, or a round that was closed; both register orders."""
    for key in turn.keys(rounds.Served, rounds.Dropped, rounds.Allotted, rounds.Closed):
        code, period, pool = key.split("/", 2)
        if turn.one(rounds.Closed):
            yield Call(app.close_round, CloseRound(code, period, pool))
        yield Call(app.serve_queue, ServeQueue(code, period, pool))


def _joined(turn: Turn, _past: Past) -> Iterator[Call]:
    """A request that waits, as it was asked."""
    yield Call(app.join_round, restored(orders.RegisterOrder, turn.first.data.request))


def _changed(turn: Turn, _past: Past) -> Iterator[Call]:
    event: order.Changed = turn.first.data
    yield from filled(app.change_order, event, {"order_id": turn.key, "attributes": _stated(event.attributes)})


def _ended(turn: Turn, past: Past) -> Iterator[Call]:
    """An order that ended: by itself, by its enterprise, or with its provider's removal."""
    event: order.Cancelled | order.RestReleased = turn.first.data
    if event.reason == "lapsed":
        yield Call(app.lapse_order, LapseOrder(turn.key))
    yield Call(app.cancel_order, orders.CancelOrder(turn.key, event.reason))
    if known := past.slot(ORDER.stream(turn.key)).state.registered:
        yield Call(app.void_orders, VoidOrders(known.provider_id, (turn.key,)))


def invoice_of(turn: Turn, past: Past) -> orders.FileInvoice | None:
    """The invoice that was filed; the totals of one in foreign money that has several lines are not in the log."""
    filed = turn.one(order.InvoiceFiled) or turn.one(order.InvoiceAdded)
    part = turn.one(invoice.PartFiled)
    if filed is None:
        return None
    foreign = next((each for each in turn.all(order.ConvertedFrom) if each.invoice == filed.invoice), None)
    if foreign and part:
        return None
    number = turn.keys(type(filed))[0]
    removed = [each.invoice for each in turn.all(order.InvoiceRemoved)] + turn.keys(invoice.Withdrawn)
    return orders.FileInvoice(
        number,
        filed.invoice,
        filed.issued_on,
        foreign.foreign_gross if foreign else filed.gross,
        foreign.foreign_net if foreign else filed.net,
        foreign.foreign_currency if foreign else "",
        _rate_of(foreign) if foreign and _has_rate_of_its_own(turn, past, number) else None,
        next((each for each in removed if each != filed.invoice), ""),
        part.gross if part else None,
        part.net if part else None,
    )


def _has_rate_of_its_own(turn: Turn, past: Past, order_id: str) -> bool:
    """Whether an invoice states a rate; else it keeps that of its order."""
    known = past.slot(ORDER.stream(order_id)).state.registered
    return known is not None and policy_of(Unit(past, turn.meta), known).foreign.invoice_rate == "invoice"


def _filed(turn: Turn, past: Past) -> Iterator[Call]:
    """An invoice of an order, or a line of one; perhaps in the place of another."""
    command = invoice_of(turn, past)
    if command:
        yield Call(app.file_invoice, command)


def _red_letter(turn: Turn, past: Past) -> Iterator[Call]:
    """A red letter, and the line that it takes back where the invoice has several."""
    event: invoice.Reversed = turn.first.data
    several = len(past.slot(INVOICE.stream(turn.key)).state.parts) > 1
    only = event.cuts[0].order_id if several and len(event.cuts) == 1 else ""
    command = ReverseInvoice(turn.key, event.red_invoice, event.gross, event.net, event.issued_on, only)
    yield Call(app.reverse_invoice, command)


ORDERS: Final[Mapping[str, Recall]] = {
    "order.Registered": registered,
    "order.Changed": _changed,
    "order.Cancelled": _ended,
    "order.RestReleased": _ended,
    "round.Joined": _joined,
    "round.Allotted": served,
    "round.Closed": served,
    "round.Dropped": served,
    "round.Served": served,
    "invoice.Filed": _filed,
    "invoice.PartFiled": _filed,
    "invoice.FiledBeside": _filed,
    "invoice.Withdrawn": _filed,
    "invoice.Reversed": _red_letter,
}
