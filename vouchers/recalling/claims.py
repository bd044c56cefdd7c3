"""What was asked for when claims were made, drawn, reviewed and taken back, at the counter and with coupons."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from vouchers import application as app
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.sampling import Drawn, DrawRechecks
from vouchers.booklet import decisions as booklets
from vouchers.booklet import events as booklet
from vouchers.conduct import events as conduct
from vouchers.counter import events as counter
from vouchers.kinds import BOOKLET, ORDER
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.recalling.calls import Call, Recall, filled
from vouchers.recalling.orders import invoice_of
from vouchers.recalling.past import Past
from vouchers.recalling.turns import Turn, key_of
from vouchers.review import events as review
from vouchers.wire import Entry

_FILED_BY_US: Final = re.compile(r"(contract|service_report|invoice)(_[0-9]+)?")  # Evidence that the log adds itself.


def draw_of(entry: Entry[Any]) -> tuple[str, int] | None:
    """What the sample drew for an entry, and where the draw fell in basis points; nothing where it drew nothing."""
    event = entry.data
    if isinstance(event, review.Spared | review.Assigned):
        return key_of(entry), event.draw_bp
    if isinstance(event, review.RecheckDrawn | review.RecheckSpared):
        return f"recheck/{key_of(entry)}", event.draw_bp
    return None


def draws_of(turn: Turn) -> Drawn:
    """The draws that the sample made in a turn: they come from a seed that is secret while its period lasts."""
    return Drawn(dict(filter(None, map(draw_of, turn.entries))))


def _brought(evidence: Mapping[str, str]) -> dict[str, str]:
    """Evidence without what the log adds to every claim by itself."""
    return {kind: digest for kind, digest in evidence.items() if not _FILED_BY_US.fullmatch(kind)}


def _requested(turn: Turn, _past: Past) -> Iterator[Call]:
    """A claim, with the evidence that the payee brought; the last one of its order, or one of several."""
    event: order.RedemptionRequested = turn.first.data
    more = turn.one(order.RestKept) is not None
    for each in (more, not more):
        yield Call(app.request_redemption, orders.RequestRedemption(turn.key, _brought(event.evidence), each))


def _taken_back(turn: Turn, _past: Past) -> Iterator[Call]:
    """A claim that was taken back, before or after it was decided."""
    for key, event in zip(turn.keys(order.RedemptionReversed), turn.all(order.RedemptionReversed), strict=False):
        command = orders.ReverseRedemption(key, event.reason, event.redemption_id)
        yield Call(app.reverse_redemption, command)


def _approved(turn: Turn, _past: Past) -> Iterator[Call]:
    """A reviewer's approval, over signals or without."""
    event = turn.one(review.Approved)
    if event is not None:
        yield Call(app.approve_review, ApproveReview(event.order_id, event.note, turn.key))


def _rejected(turn: Turn, past: Past) -> Iterator[Call]:
    """A reviewer's rejection, and whose fault it was found to be."""
    event: review.Rejected = turn.first.data
    known = past.slot(ORDER.stream(event.order_id)).state.registered
    blamed = set(turn.keys(conduct.Faulted))
    fault = ""
    if blamed and known:
        fault = "enterprise" if blamed == {known.enterprise_id} else "both" if len(blamed) > 1 else "provider"
    yield Call(app.reject_review, RejectReview(event.order_id, event.reason, turn.key, fault))


def _drawn_again(turn: Turn, _past: Past) -> Iterator[Call]:
    """Second checks drawn among paid orders."""
    event: review.RecheckDrawn | review.RecheckSpared = turn.first.data
    drawn = [entry.data.order_id for entry in turn.entries if entry.agg.startswith("review/")]
    yield Call(app.draw_rechecks, DrawRechecks(event.programme, event.from_on, tuple(dict.fromkeys(drawn))))


def _in_one_step(turn: Turn, past: Past, order_id: str, day: str = "") -> dict[str, Any] | None:
    """What was delivered, billed and claimed in one step; a delivery may have been accepted before, once in a day."""
    state = past.slot(ORDER.stream(order_id)).state
    here = turn.one(order.DeliveryAccepted) or turn.one(order.PartDelivered)
    before = [each for each in (state.delivery, *state.parts) if each and day in ("", each.delivered_on)]
    delivery = here or next(reversed(before), None)
    bill, claim = invoice_of(turn, past), turn.one(order.RedemptionRequested)
    if delivery is None or bill is None or claim is None:
        return None
    names = ("invoice", "issued_on", "gross", "net")
    told = {name: getattr(bill, name) for name in names} | {"evidence": _brought(claim.evidence)}
    return told | {"delivered_on": delivery.delivered_on, "report_digest": delivery.report_digest}


def _at_the_counter(turn: Turn, past: Past) -> Iterator[Call]:
    """Delivery, invoice and claim in one step, with a code."""
    event: counter.CodeAccepted = turn.first.data
    told = _in_one_step(turn, past, turn.key)
    if told is not None:
        told |= {"order_id": turn.key, "more_to_come": turn.one(order.RestKept) is not None}
        yield from filled(app.redeem_at_counter, event, told)


def coupon_used(turn: Turn, past: Past) -> Iterator[Call]:
    """A coupon that came in: delivery, invoice and claim in one step."""
    for key, used in zip(turn.keys(booklet.CouponUsed), turn.all(booklet.CouponUsed), strict=False):
        told = _in_one_step(turn, past, used.order_id, used.delivered_on)
        if told is not None:
            yield from filled(app.use_coupon, used, told | {"booklet_id": key})


def issued(turn: Turn, _past: Past) -> Iterator[Call]:
    """A booklet as it was issued."""
    for key, event in zip(turn.keys(booklet.Issued), turn.all(booklet.Issued), strict=False):
        told = {"booklet_id": key, "orders": tuple([place.order_id for place in event.places])}
        yield from filled(app.issue_booklet, event, told)


def _used_twice(turn: Turn, past: Past) -> Iterator[Call]:
    """A coupon that was handed in again: of its papers, those that gave the second use away tell enough."""
    event: booklet.DoubleUseFound = turn.first.data
    first = past.slot(BOOKLET.stream(turn.key)).state.used.get(event.number)
    kept = first is not None and event.party == "provider"
    papers = (first.presentation_digest if kept else event.second_digest, event.second_digest)
    on = turn.first.eff
    command = booklets.UseCoupon(turn.key, event.number, event.provider_id, *papers, on, "", "", on, 0, 0)
    yield Call(app.use_coupon, command)


def _closed(turn: Turn, past: Past) -> Iterator[Call]:
    """A booklet that ended, with what was left of its orders or without it."""
    event: booklet.Closed = turn.first.data
    places = past.slot(BOOKLET.stream(turn.key)).state.issued.places
    ended = {*turn.keys(order.Cancelled, order.RestReleased)}
    kept = not any(place.order_id in ended for place in places)
    yield Call(app.close_booklet, booklets.CloseBooklet(turn.key, event.reason, keep_orders=kept))


CLAIMS: Final[Mapping[str, Recall]] = {
    "order.RedemptionRequested": _requested,
    "order.RedemptionReversed": _taken_back,
    "review.Closed": _taken_back,
    "review.Approved": _approved,
    "review.Overridden": _approved,
    "review.Rejected": _rejected,
    "review.RecheckDrawn": _drawn_again,
    "review.RecheckSpared": _drawn_again,
    "counter.CodeAccepted": _at_the_counter,
    "order.CouponsIssued": issued,
    "booklet.Issued": issued,
    "order.CouponsFreed": coupon_used,
    "booklet.CouponUsed": coupon_used,
    "booklet.DoubleUseFound": _used_twice,
    "booklet.Closed": _closed,
}
