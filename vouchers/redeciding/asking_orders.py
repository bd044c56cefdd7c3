"""What was asked for when orders were registered, changed, delivered, billed, claimed, reviewed and ended."""

from typing import Any, Final

from vouchers.application import invoicing, ordering, pledging, redeeming, reviewing, sampling, signalling
from vouchers.application.changing import change_order
from vouchers.application.own_sharing import prove_own_share, report_refund
from vouchers.application.programmes import policy_of
from vouchers.application.reversing import ReverseInvoice, reverse_invoice
from vouchers.conduct import events as conduct
from vouchers.invoice import events as invoice
from vouchers.kinds import INVOICE, ORDER
from vouchers.order import changing, own_shares
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.redeciding.past import Past
from vouchers.redeciding.turns import Ask, Turn, Work, key_of
from vouchers.review import events as review
from vouchers.voucher import events as voucher

# What the log itself knows of an order; nobody states it.
_KNOWN: Final = frozenset({"budget_total", "pooled_firms", "use_by_on"})


def command_of(turn: Turn) -> orders.RegisterOrder | None:
    """The order that was asked for, from its registration and what was stored with it.

    Of several vouchers that it named, those that pay nothing are not in the log.
    """
    event, number = turn.one(order.Registered), next(iter(turn.keys(order.Registered)), "")
    shared = [each.voucher_id for each in turn.all(order.Shared)]
    if event is None or shared == [event.voucher_id]:
        return None
    foreign = next((each for each in turn.all(order.ConvertedFrom) if not each.invoice), None)
    rate = orders.Rate(foreign.rate, foreign.rate_on, foreign.rate_source) if foreign else None
    return orders.RegisterOrder(
        number,
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
        {name: value for name, value in event.attributes.items() if name not in _KNOWN},
        tuple(each for each in shared if each != event.voucher_id),
        foreign.foreign_currency if foreign else "",
        rate,
    )


def _registered(turn: Turn, _past: Past) -> Work | None:
    command = command_of(turn)
    return (lambda unit: ordering.register_order(unit, command)) if command else None


def _changed(turn: Turn, _past: Past) -> Work:
    event: order.Changed = turn.first.data
    attributes = {name: value for name, value in event.attributes.items() if name not in _KNOWN}
    command = changing.ChangeOrder(
        turn.key,
        event.gross,
        event.net,
        event.ends_on,
        event.contract_digest,
        event.reason,
        event.asked,
        attributes,
    )
    return lambda unit: change_order(unit, command)


def _ended(turn: Turn, _past: Past) -> Work:
    event: order.Cancelled | order.RestReleased = turn.first.data
    if event.reason == "lapsed":
        return _lapsed(turn, _past)
    return lambda unit: ordering.end_order(unit, turn.key, event.reason)


def _lapsed(turn: Turn, _past: Past) -> Work:
    command = ordering.LapseOrder(turn.key)
    return lambda unit: ordering.lapse_order(unit, command)


def _delivered(turn: Turn, _past: Past) -> Work:
    event: order.DeliveryAccepted | order.PartDelivered = turn.first.data
    command = orders.AcceptDelivery(turn.key, event.delivered_on, event.report_digest)
    return lambda unit: invoicing.accept_delivery(unit, command)


def invoice_of(turn: Turn, past: Past) -> orders.FileInvoice | None:
    """The invoice that was filed; the totals of one in foreign money that has several lines are not in the log."""
    filed = turn.one(order.InvoiceFiled) or turn.one(order.InvoiceAdded)
    if filed is None:
        return None
    number = next(iter([*turn.keys(order.InvoiceFiled), *turn.keys(order.InvoiceAdded)]))
    foreign = next((each for each in turn.all(order.ConvertedFrom) if each.invoice == filed.invoice), None)
    part = turn.one(invoice.PartFiled)
    if foreign and part:
        return None
    registered = past.slot(ORDER.stream(number)).state.registered
    own_rate = foreign and registered and policy_of(past.unit(turn.first), registered).foreign.invoice_rate == "invoice"
    stated = foreign if own_rate else None  # Else it keeps the rate of its order, and none is stated.
    removed = [each.invoice for each in turn.all(order.InvoiceRemoved)] + turn.keys(invoice.Withdrawn)
    return orders.FileInvoice(
        number,
        filed.invoice,
        filed.issued_on,
        foreign.foreign_gross if foreign else filed.gross,
        foreign.foreign_net if foreign else filed.net,
        foreign.foreign_currency if foreign else "",
        orders.Rate(stated.rate, stated.rate_on, stated.rate_source) if stated else None,
        next((each for each in removed if each != filed.invoice), ""),
        part.gross if part else None,
        part.net if part else None,
    )


def _filed(turn: Turn, past: Past) -> Work | None:
    command = invoice_of(turn, past)
    return (lambda unit: invoicing.file_invoice(unit, command)) if command else None


def draws_of(turn: Turn) -> sampling.Drawn:
    """The draws that the sample made in a turn: they come from a seed that is secret while its period lasts."""
    drawn = {}
    for entry in turn.entries:
        event: Any = entry.data
        if isinstance(event, review.Spared | review.Assigned):
            drawn[key_of(entry)] = event.draw_bp
        elif isinstance(event, review.RecheckDrawn | review.RecheckSpared):
            drawn[f"recheck/{key_of(entry)}"] = event.draw_bp
    return sampling.Drawn(drawn)


def _requested(turn: Turn, _past: Past) -> Work:
    event: order.RedemptionRequested = turn.first.data
    more = turn.one(order.RestKept) is not None
    command = orders.RequestRedemption(turn.key, event.evidence, more)
    return lambda unit: redeeming.request_redemption(unit, command, seed=draws_of(turn))


def _reversed(turn: Turn, _past: Past) -> Work | None:
    event = turn.one(order.RedemptionReversed)
    if event is None:
        return None
    command = orders.ReverseRedemption(turn.keys(order.RedemptionReversed)[0], event.reason, event.redemption_id)
    return lambda unit: redeeming.reverse_redemption(unit, command)


def _approved(turn: Turn, _past: Past) -> Work:
    event = turn.all(review.Approved)[0]
    command = reviewing.ApproveReview(event.order_id, event.note, turn.key)
    return lambda unit: reviewing.approve_review(unit, command)


def _rejected(turn: Turn, past: Past) -> Work:
    event: review.Rejected = turn.first.data
    registered = past.slot(ORDER.stream(event.order_id)).state.registered
    blamed = set(turn.keys(conduct.Faulted))
    both = {registered.enterprise_id, registered.provider_id} if registered else set()
    fault = "" if not blamed else "both" if blamed == both else "provider"
    if registered and blamed == {registered.enterprise_id}:
        fault = "enterprise"
    command = reviewing.RejectReview(event.order_id, event.reason, turn.key, fault)
    return lambda unit: reviewing.reject_review(unit, command)


def _drawn_again(turn: Turn, _past: Past) -> Work:
    event: review.RecheckDrawn | review.RecheckSpared = turn.first.data
    numbers = tuple(dict.fromkeys(entry.data.order_id for entry in turn.entries))
    command = sampling.DrawRechecks(event.programme, event.from_on, numbers)
    return lambda unit: sampling.draw_rechecks(unit, command, seed=draws_of(turn))


def _rechecked(turn: Turn, _past: Past) -> Work:
    event: review.Rechecked = turn.first.data
    command = sampling.Recheck(event.order_id, event.outcome, event.note, turn.key)
    return lambda unit: sampling.recheck(unit, command)


def _signalled(turn: Turn, _past: Past) -> Work:
    event: review.Signalled = turn.first.data
    command = signalling.RaiseSignal(event.order_id, event.signal, event.text, turn.key)
    return lambda unit: signalling.raise_signal(unit, command)


def _lifted(turn: Turn, _past: Past) -> Work:
    event: review.HoldLifted = turn.first.data
    command = signalling.LiftHold(event.order_id, event.reason, turn.key)
    return lambda unit: signalling.lift_hold(unit, command)


def _ties_rechecked(turn: Turn, _past: Past) -> Work:
    event: review.TiesRechecked = turn.first.data
    command = signalling.RecheckTies(event.order_id)
    return lambda unit: signalling.recheck_ties(unit, command)


def _red_letter(turn: Turn, past: Past) -> Work:
    event: invoice.Reversed = turn.first.data
    several = len(past.slot(INVOICE.stream(turn.key)).state.parts) > 1
    only = event.cuts[0].order_id if several and len(event.cuts) == 1 else ""
    command = ReverseInvoice(turn.key, event.red_invoice, event.gross, event.net, event.issued_on, only)
    return lambda unit: reverse_invoice(unit, command)


def _own_share_paid(turn: Turn, _past: Past) -> Work:
    event: order.OwnSharePaid = turn.first.data
    command = own_shares.ProveOwnShare(turn.key, event.amount, event.paid_on, event.digest)
    return lambda unit: prove_own_share(unit, command)


def _own_share_back(turn: Turn, _past: Past) -> Work:
    event: order.OwnShareRefunded = turn.first.data
    command = own_shares.ReportRefund(turn.key, event.amount, event.refunded_on, event.digest)
    return lambda unit: report_refund(unit, command)


def _pledged(turn: Turn, _past: Past) -> Work:
    event: voucher.Pledged = turn.first.data
    command = pledging.PledgeVoucher(turn.key, event.order_id, event.enterprise_id, event.amount, event.until_on)
    return lambda unit: pledging.pledge_voucher(unit, command)


def _pledge_withdrawn(turn: Turn, _past: Past) -> Work:
    event: voucher.PledgeWithdrawn = turn.first.data
    command = pledging.WithdrawPledge(turn.key, event.order_id, event.reason)
    return lambda unit: pledging.withdraw_pledge(unit, command)


ASKED: dict[type, Ask] = {
    order.Registered: _registered,
    order.Changed: _changed,
    order.Cancelled: _ended,
    order.RestReleased: _ended,
    order.Lapsed: _lapsed,
    order.DeliveryAccepted: _delivered,
    order.PartDelivered: _delivered,
    invoice.Filed: _filed,
    invoice.PartFiled: _filed,
    invoice.FiledBeside: _filed,
    invoice.Withdrawn: _filed,
    invoice.Reversed: _red_letter,
    order.RedemptionRequested: _requested,
    order.RedemptionReversed: _reversed,
    review.Closed: _reversed,
    review.Approved: _approved,
    review.Overridden: _approved,
    review.Rejected: _rejected,
    review.RecheckDrawn: _drawn_again,
    review.RecheckSpared: _drawn_again,
    review.Rechecked: _rechecked,
    review.Signalled: _signalled,
    review.HoldLifted: _lifted,
    review.TiesRechecked: _ties_rechecked,
    order.OwnSharePaid: _own_share_paid,
    order.OwnShareRefunded: _own_share_back,
    voucher.Pledged: _pledged,
    voucher.PledgeWithdrawn: _pledge_withdrawn,
}
