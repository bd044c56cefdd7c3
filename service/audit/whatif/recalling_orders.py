"""Recalling what was asked about orders, claims and payments, where several events tell the command together."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.audit.whatif.past import Past
from service.audit.whatif.recalling import Recall, command_of, fill
from service.audit.whatif.turns import Turn, key_of
from service.audit.whatif.worlds import Call
from vouchers import application as app
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.settling import ApproveSettlement, ConfirmPayment, ProposeSettlement
from vouchers.bankline import events as bankline
from vouchers.clearing.decisions import TakeFlows
from vouchers.conduct import events as conduct
from vouchers.debt import events as debt
from vouchers.invoice import events as invoice
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.remittance import events as remittance
from vouchers.review import events as review
from vouchers.settlement import events as settlement
from vouchers.wire import restored

_FILED_BY_US: Final = re.compile(r"(contract|service_report|invoice)(_[0-9]+)?")  # Evidence that the log adds itself.


def order_of(redemption_id: str) -> str:
    """The number of the order that a redemption's number begins with."""
    return redemption_id.rpartition("-R")[0]


def _registered(turn: Turn, _past: Past) -> Iterator[Call]:
    """A registration, with its further vouchers and its foreign price."""
    event = turn.one(order.Registered)
    if event is None:
        return
    told: dict[str, Any] = {"order_id": turn.all(order.Registered)[0].agg.partition("/")[2]}
    shares = turn.all(order.Shared)
    told["vouchers"] = tuple(each.data.voucher_id for each in shares if each.data.voucher_id != event.voucher_id)
    foreign = turn.one(order.ConvertedFrom)
    if foreign is not None:
        told |= {"gross": foreign.foreign_gross, "net": foreign.foreign_net, "currency": foreign.foreign_currency}
        told["rate"] = orders.Rate(foreign.rate, foreign.rate_on, foreign.rate_source)
    else:
        told["currency"] = ""
    yield Call(app.register_order, fill(app.register_order, event, told))


def _filed(turn: Turn, _past: Past) -> Iterator[Call]:
    """An invoice of an order, or a line of one; perhaps in the place of another."""
    found = [*turn.all(order.InvoiceFiled), *turn.all(order.InvoiceAdded)]
    if not found:
        return
    bill = found[0].data
    told: dict[str, Any] = {"order_id": key_of(found[0]), "currency": ""}
    part = turn.one(invoice.PartFiled)
    if part is not None:
        told |= {"total_gross": part.gross, "total_net": part.net}
    foreign = turn.one(order.ConvertedFrom)
    if foreign is not None:
        told |= {"gross": foreign.foreign_gross, "net": foreign.foreign_net, "currency": foreign.foreign_currency}
    gone = [key_of(each) for each in turn.all(invoice.Withdrawn) if key_of(each) != bill.invoice]
    for replaced in dict.fromkeys([*gone, ""]):
        yield Call(app.file_invoice, fill(app.file_invoice, bill, told | {"replaces": replaced}))
        if foreign is not None:
            rate = orders.Rate(foreign.rate, foreign.rate_on, foreign.rate_source)
            yield Call(app.file_invoice, fill(app.file_invoice, bill, told | {"replaces": replaced, "rate": rate}))


def _requested(turn: Turn, _past: Past) -> Iterator[Call]:
    """A claim, with the evidence that the payee brought; the last one of its order, or one of several."""
    event = turn.one(order.RedemptionRequested)
    if event is None:
        return
    command = orders.RequestRedemption(order_of(event.redemption_id), brought(event.evidence))
    more = orders.RequestRedemption(order_of(event.redemption_id), brought(event.evidence), more_to_come=True)
    for each in (more, command) if turn.one(order.RestKept) else (command, more):
        yield Call(app.request_redemption, each)


def brought(evidence: Mapping[str, str]) -> dict[str, str]:
    """Evidence without what the log adds to every claim by itself."""
    return {kind: digest for kind, digest in evidence.items() if not _FILED_BY_US.fullmatch(kind)}


def _approved(turn: Turn, _past: Past) -> Iterator[Call]:
    """A reviewer's approval, over signals or without."""
    event = turn.one(review.Approved)
    if event is not None:
        yield Call(app.approve_review, ApproveReview(event.order_id, event.note, turn.key))


def _rejected(turn: Turn, _past: Past) -> Iterator[Call]:
    """A reviewer's rejection, and whose fault it was found to be."""
    event = turn.first.data
    blamed = {key_of(each) for each in turn.all(conduct.Faulted)}
    faults = ("both",) if len(blamed) > 1 else ("enterprise", "provider") if blamed else ("",)
    for fault in faults:
        yield Call(app.reject_review, RejectReview(event.order_id, event.reason, turn.key, fault))


def _drawn_again(turn: Turn, _past: Past) -> Iterator[Call]:
    """Second checks drawn among paid orders."""
    drawn = [entry.data for entry in turn.entries]
    asked = tuple(dict.fromkeys(each.order_id for each in drawn))
    yield Call(app.draw_rechecks, command_of(app.draw_rechecks)(drawn[0].programme, drawn[0].from_on, asked))


def _taken_up(turn: Turn, _past: Past) -> Iterator[Call]:
    """A batch of claims; one that was withdrawn began with its own event and is read from the settlement."""
    proposed = turn.one(settlement.Proposed)
    asked = tuple(dict.fromkeys(key_of(each) for each in turn.all(order.Settling)))
    for number in turn.keys("settlement"):
        if proposed is not None:
            yield Call(app.propose_settlement, ProposeSettlement(number, proposed.programme, asked))


def _signed(turn: Turn, _past: Past) -> Iterator[Call]:
    """The approval of a batch, with what was kept back for debts."""
    for number in turn.keys("settlement"):
        yield Call(app.approve_settlement, ApproveSettlement(number))


def _of_the_bank(use_case: Any) -> Recall:
    """What the bank said of one payment."""

    def recall(turn: Turn, _past: Past) -> Iterator[Call]:
        event = turn.first.data
        told = {"settlement_id": turn.key, "order_id": order_of(event.redemption_id)}
        command = fill(use_case, event, told)
        if use_case is app.confirm_payment and isinstance(event, settlement.Confirmed):
            command = fill(use_case, event, told | {"amount": None})
        if command is not None:
            yield Call(use_case, command)

    return recall


def _partly_paid(turn: Turn, _past: Past) -> Iterator[Call]:
    """A payment in part; the last part is a confirmation again."""
    event = turn.first.data
    told = {"settlement_id": turn.key, "order_id": order_of(event.redemption_id)}
    command = fill(app.confirm_payment, event, told)
    assert isinstance(command, ConfirmPayment)
    yield Call(app.confirm_payment, command)


def _demanded(turn: Turn, _past: Past) -> Iterator[Call]:
    """Money demanded back: a sum, of one party or of two, or what the policy takes on a breach."""
    ordered = turn.all(order.ClawbackOrdered)
    event, order_id = ordered[0].data, key_of(ordered[0])
    parties = [each.data.amount for each in turn.all(debt.Demanded)]
    if len(ordered) == 1 and turn.one(conduct.MeasuresDue) is None:
        part = parties[0] if len(parties) > 1 else None
        total = orders.ClawBack(order_id, event.amount, event.reason, event.redemption_id, part)
        yield Call(app.claw_back, total)
        if part is None:  # All of it may be the enterprise's, or the provider's.
            for share in (event.amount, 0):
                yield Call(app.claw_back, orders.ClawBack(order_id, event.amount, event.reason, "", share))
    share_bp = -(-parties[0] * 10_000 // event.amount) if len(parties) > len(ordered) else None
    for bp in dict.fromkeys((share_bp, 10_000, 0)):
        yield Call(app.claw_back_breach, command_of(app.claw_back_breach)(order_id, event.reason, bp))


def _red_letter(turn: Turn, _past: Past) -> Iterator[Call]:
    """A red letter and the line it takes back."""
    event = turn.first.data
    told = (turn.key, event.red_invoice, event.gross, event.net, event.issued_on)
    lines = [cut.order_id for cut in event.cuts]
    for order_id in ("", *lines):
        yield Call(app.reverse_invoice, ReverseInvoice(*told, order_id))


def _cleared(turn: Turn, _past: Past) -> Iterator[Call]:
    """Payments taken into a month's clearing, or out of it again."""
    code, month = turn.key.split("/", 1)
    asked = tuple(dict.fromkeys(entry.data.order_id for entry in turn.entries if entry.agg.startswith("clearing/")))
    yield Call(app.take_flows, TakeFlows(code, month, asked))


def _bank_file(turn: Turn, _past: Past) -> Iterator[Call]:
    """A file for the bank, with its instructions."""
    sent = tuple(each.data.instruction_id for each in turn.all(remittance.InstructionSent))
    told = {"settlement_id": turn.key, "instructions": sent}
    yield Call(app.make_bank_file, fill(app.make_bank_file, turn.first.data, told))


def _bank_line(turn: Turn, _past: Past) -> Iterator[Call]:
    """A line of a bank, and what it seemed to be."""
    heard, matched, left = turn.first.data, turn.one(bankline.Matched), turn.one(bankline.LeftOpen)
    told: dict[str, Any] = {"line_id": turn.key.partition("/")[2]}
    if matched is not None:
        names = ("outcome", "settlement_id", "redemption_id", "party_id", "debt_id")
        told |= {name: getattr(matched, name) for name in names}
    if left is not None:
        told |= {"cause": left.cause, "text": left.text}
    yield Call(app.book_line, fill(app.book_line, heard, told))


def _served(turn: Turn, past: Past) -> Iterator[Call]:
    """An order by itself, or the turn of several that waited for money."""
    for key in turn.keys("round"):
        told = dict(zip(("programme", "period", "pool"), key.split("/", 2), strict=True))
        for use_case in (app.serve_queue, app.close_round):
            yield Call(use_case, command_of(use_case)(**told))
    yield from _registered(turn, past)


def _joined(turn: Turn, _past: Past) -> Iterator[Call]:
    """A request that waits, as it was asked."""
    yield Call(app.join_round, restored(orders.RegisterOrder, turn.first.data.request))


_ROUND: Final = dict.fromkeys(("round.Dropped", "round.Served", "round.Allotted", "round.Closed"), _served)
ORDERS: Final[Mapping[str, Recall]] = {
    "order.Registered": _served,
    "round.Joined": _joined,
    **_ROUND,
    "invoice.Filed": _filed,
    "invoice.PartFiled": _filed,
    "invoice.FiledBeside": _filed,
    "invoice.Withdrawn": _filed,
    "invoice.Reversed": _red_letter,
    "order.RedemptionRequested": _requested,
    "review.Approved": _approved,
    "review.Overridden": _approved,
    "review.Rejected": _rejected,
    "review.RecheckDrawn": _drawn_again,
    "review.RecheckSpared": _drawn_again,
    "order.Settling": _taken_up,
    "settlement.Endorsed": _signed,
    "settlement.Approved": _signed,
    "debt.Netted": _signed,
    "settlement.Confirmed": _of_the_bank(app.confirm_payment),
    "settlement.PartlyPaid": _partly_paid,
    "settlement.Failed": _of_the_bank(app.fail_payment),
    "settlement.Returned": _of_the_bank(app.return_payment),
    "settlement.Instructed": _of_the_bank(app.reinstruct_payment),
    "order.ClawbackOrdered": _demanded,
    "clearing.FlowAdded": _cleared,
    "clearing.FlowTakenOut": _cleared,
    "remittance.FileMade": _bank_file,
    "bankline.Heard": _bank_line,
}
