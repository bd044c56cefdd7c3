"""What was asked for when providers joined, tiers moved, parties were sanctioned, queues served, coupons handed in."""

from vouchers import wire
from vouchers.admission import decisions as admissions
from vouchers.admission import events as admission
from vouchers.application import admitting, correcting, countering, couponing, rounds, supervising
from vouchers.booklet import decisions as booklets
from vouchers.booklet import events as booklet
from vouchers.conduct import decisions as conducts
from vouchers.conduct import events as conduct
from vouchers.correction import decisions as corrections
from vouchers.correction import events as correction
from vouchers.counter import decisions as counters
from vouchers.counter import events as counter
from vouchers.kinds import BOOKLET, ORDER
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.redeciding.asking_orders import draws_of, invoice_of
from vouchers.redeciding.past import Past
from vouchers.redeciding.turns import Ask, Turn, Work, key_of, pool_of
from vouchers.round import events as round_events


def _verified(turn: Turn, _past: Past) -> Work:
    event: admission.Verified | admission.VerificationFailed = turn.first.data
    command = admissions.Verify(turn.key, event.source, event.facts_digest, event.facts)
    return lambda unit: admitting.verify_provider(unit, command)


def _joined_after_notice(turn: Turn, _past: Past) -> Work:
    command = admissions.JoinAfterNotice(turn.key)
    return lambda unit: admitting.join_after_notice(unit, command)


def _tier_moved(turn: Turn, _past: Past) -> Work | None:
    """An officer's move; what follows from a rule is asked for with its programme, which the log does not name."""
    event: conduct.TierMoved = turn.first.data
    if event.cause != "officer":
        return None
    command = supervising.MoveTier(turn.key, event.tier, event.reason, event.clause)
    return lambda unit: supervising.move_tier(unit, command)


def _sanctioned(turn: Turn, _past: Past) -> Work:
    event: conduct.Sanctioned = turn.first.data
    command = conducts.Sanction(
        turn.key,
        event.level,
        event.from_on,
        event.until_on,
        event.effect,
        event.reason,
        event.clause,
        with_controller=len(turn.keys(conduct.Sanctioned)) > 1,
    )
    return lambda unit: supervising.sanction(unit, command)


def _sanction_lifted(turn: Turn, _past: Past) -> Work:
    # Controllers come first in the log, the party itself last.
    *_, last = [entry for entry in turn.entries if isinstance(entry.data, conduct.SanctionLifted)]
    event: conduct.SanctionLifted = last.data
    command = conducts.LiftSanction(key_of(last), event.act, event.from_on, event.reason)
    return lambda unit: supervising.lift_sanction(unit, command)


def _appealed(turn: Turn, _past: Past) -> Work:
    event: conduct.Appealed = turn.first.data
    return lambda unit: supervising.appeal(unit, conducts.Appeal(turn.key, event.act, event.grounds))


def appeal_decided(turn: Turn, _past: Past) -> Work:
    """An appeal that was decided; where it was upheld, the sanction ends with it."""
    event, subject = turn.all(conduct.AppealDecided)[0], turn.keys(conduct.AppealDecided)[0]
    command = conducts.DecideAppeal(subject, event.act, event.outcome == "upheld", event.reason)
    return lambda unit: supervising.decide_appeal(unit, command)


def served(turn: Turn, _past: Past) -> Work | None:
    """A queue that was served, or a round that was closed; both register orders."""
    numbers = [*turn.keys(round_events.Served), *turn.keys(round_events.Dropped), *turn.keys(round_events.Allotted)]
    pool = pool_of(numbers[0])
    if turn.one(round_events.Closed):
        return lambda unit: rounds.close_round(unit, rounds.CloseRound(*pool))
    return lambda unit: rounds.serve_queue(unit, rounds.ServeQueue(*pool))


def _joined(turn: Turn, _past: Past) -> Work:
    event: round_events.Joined = turn.first.data
    command = wire.restored(orders.RegisterOrder, event.request)
    return lambda unit: rounds.join_round(unit, command)


def _left(turn: Turn, _past: Past) -> Work:
    event: round_events.Left = turn.first.data
    command = rounds.LeaveRound(*pool_of(turn.key), event.order_id, event.reason)
    return lambda unit: rounds.leave_round(unit, command)


def _delivery(
    turn: Turn, past: Past, order_id: str, day: str = ""
) -> order.DeliveryAccepted | order.PartDelivered | None:
    """The delivery of a turn; where it was accepted before, the one of that day, which is accepted only once."""
    state = past.slot(ORDER.stream(order_id)).state
    here = turn.one(order.DeliveryAccepted) or turn.one(order.PartDelivered)
    before = [each for each in (state.delivery, *state.parts) if each and day in ("", each.delivered_on)]
    return here or next(reversed(before), None)


def coupon_used(turn: Turn, past: Past) -> Work | None:
    """A coupon that came in: delivery, invoice and claim in one step."""
    used, bill = turn.one(booklet.CouponUsed), invoice_of(turn, past)
    claimed = turn.one(order.RedemptionRequested)
    if used is None or bill is None or claimed is None:
        return None
    delivery = _delivery(turn, past, used.order_id, used.delivered_on)
    if delivery is None:
        return None
    command = booklets.UseCoupon(
        turn.keys(booklet.CouponUsed)[0],
        used.number,
        used.provider_id,
        used.presentation_digest,
        used.receipt_digest,
        used.delivered_on,
        delivery.report_digest,
        bill.invoice,
        bill.issued_on,
        bill.gross,
        bill.net,
        claimed.evidence,
    )
    return lambda unit: couponing.use_coupon(unit, command, seed=draws_of(turn))


def _booklet_closed(turn: Turn, past: Past) -> Work:
    event: booklet.Closed = turn.first.data
    places = past.slot(BOOKLET.stream(turn.key)).state.issued.places
    ended = {*turn.keys(order.Cancelled), *turn.keys(order.RestReleased)}
    kept = not any(place.order_id in ended for place in places)
    command = booklets.CloseBooklet(turn.key, event.reason, keep_orders=kept)
    return lambda unit: couponing.close_booklet(unit, command)


def _counted(turn: Turn, past: Past) -> Work | None:
    event: counter.CodeAccepted = turn.first.data
    bill, delivery = invoice_of(turn, past), _delivery(turn, past, turn.key)
    claimed = turn.one(order.RedemptionRequested)
    if bill is None or delivery is None or claimed is None:
        return None
    command = counters.RedeemAtCounter(
        turn.key,
        event.provider_id,
        event.code_digest,
        delivery.delivered_on,
        delivery.report_digest,
        bill.invoice,
        bill.issued_on,
        bill.gross,
        bill.net,
        claimed.evidence,
        turn.one(order.RestKept) is not None,
    )
    return lambda unit: countering.redeem_at_counter(unit, command, seed=draws_of(turn))


def agreed(turn: Turn, _past: Past) -> Work:
    """A correction that somebody agreed to; with the second one it was carried out."""
    command = corrections.ApproveCorrection(turn.key)
    return lambda unit: correcting.approve_correction(unit, command)


def _not_agreed(turn: Turn, _past: Past) -> Work:
    event: correction.Rejected = turn.first.data
    command = corrections.RejectCorrection(turn.key, event.reason)
    return lambda unit: correcting.reject_correction(unit, command)


ASKED: dict[type, Ask] = {
    correction.Approved: agreed,
    correction.Rejected: _not_agreed,
    admission.Verified: _verified,
    admission.VerificationFailed: _verified,
    admission.JoinedAfterNotice: _joined_after_notice,
    conduct.TierMoved: _tier_moved,
    conduct.Sanctioned: _sanctioned,
    conduct.SanctionLifted: _sanction_lifted,
    conduct.Appealed: _appealed,
    conduct.AppealDecided: appeal_decided,
    round_events.Allotted: served,
    round_events.Dropped: served,
    round_events.Served: served,
    round_events.Joined: _joined,
    round_events.Left: _left,
    booklet.Closed: _booklet_closed,
    counter.CodeAccepted: _counted,
}
