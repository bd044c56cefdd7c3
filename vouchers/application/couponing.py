"""Coupons that are checked without a network: keys of the parties, booklets set aside in orders, and what comes in."""

from typing import Any

from vouchers.application.invoicing import accept_delivery, file_invoice, redeem_by_of
from vouchers.application.ordering import end_order
from vouchers.application.redeeming import request_redemption
from vouchers.application.sampling import Drawn
from vouchers.booklet import decisions as booklets
from vouchers.booklet import events as booklet
from vouchers.booklet.state import Booklet
from vouchers.kinds import BOOKLET, ORDER, SIGNER
from vouchers.ledger import Unit
from vouchers.order import coupons
from vouchers.order import decisions as orders
from vouchers.signer import decisions as signers

Answer = dict[str, Any]


def register_signer(unit: Unit, command: signers.RegisterSigner) -> Answer:
    """Let a party sign with a key."""
    state = unit.load(SIGNER, command.party_id)
    unit.append(SIGNER, command.party_id, signers.register(state, command.public_key))
    return {"party_id": command.party_id, "key_id": signers.thumbprint(command.public_key)}


def revoke_signer(unit: Unit, command: signers.RevokeSigner) -> Answer:
    """Let a party sign with a key no more; booklets that were issued on it stay good, for nobody offline can know."""
    state = unit.load(SIGNER, command.party_id)
    unit.append(SIGNER, command.party_id, signers.revoke(state, command.key_id, command.reason))
    return {"party_id": command.party_id, "key_id": command.key_id}


def issue_booklet(unit: Unit, command: booklets.IssueBooklet) -> Answer:
    """Set the value of every coupon aside in each order that the booklet is good at."""
    booklets.check_size(command)
    public_key = signers.in_use(unit.load(SIGNER, command.enterprise_id), command.key_id)
    places, last_days, currencies = list[booklet.Place](), list[str](), set[str]()
    for order_id in command.orders:
        state = unit.load(ORDER, order_id)
        registered = orders.known(state)
        if registered.enterprise_id != command.enterprise_id:
            raise orders.OrderUnknown(pointer="/orders", remedy="Name orders of your own.")
        if registered.payee != "provider" or registered.provider_id in {place.provider_id for place in places}:
            remedy = "Name orders whose provider is paid, one for each provider."
            raise booklets.BookletInvalid(pointer="/orders", remedy=remedy)
        places.append(booklet.Place(order_id, registered.provider_id))
        currencies.add(registered.currency)
        last_days.append(redeem_by_of(unit, state))
        amount = command.coupons * command.amount
        unit.append(ORDER, order_id, coupons.set_aside(state, command.booklet_id, amount))
    if len(currencies) > 1:
        raise booklets.BookletInvalid(pointer="/orders", remedy="Name orders of one currency.")
    issued = booklet.Issued(
        command.enterprise_id,
        command.key_id,
        public_key,
        currencies.pop(),
        tuple(places),
        command.coupons,
        command.amount,
        command.use_by_on,
        command.sync_by_on,
    )
    state_now = unit.load(BOOKLET, command.booklet_id)
    unit.append(BOOKLET, command.booklet_id, booklets.issue(state_now, issued, unit.on, min(last_days)))
    return _answer(unit, command.booklet_id)


def use_coupon(unit: Unit, command: booklets.UseCoupon, *, seed: bytes | Drawn) -> Answer:
    """Accept the delivery, file the invoice and claim up to the amount; a second use is found and not paid."""
    state = unit.load(BOOKLET, command.booklet_id)
    issued, place = booklets.known(state), booklets.place_of(state, command.provider_id)
    if command.number in state.used:
        return _again(unit, command, state)
    booklets.check_coupon(state, command, unit.on)
    for each in issued.places:
        found, about = unit.load(ORDER, each.order_id), (command.booklet_id, command.number, issued.amount)
        decide = coupons.take_coupon if each == place else coupons.drop_coupon
        unit.append(ORDER, each.order_id, decide(found, *about))
    accept_delivery(unit, orders.AcceptDelivery(place.order_id, command.delivered_on, command.report_digest))
    bill = command.invoice, command.issued_on, command.gross, command.net
    file_invoice(unit, orders.FileInvoice(place.order_id, *bill))
    claim = orders.RequestRedemption(place.order_id, command.evidence, more_to_come=True)
    claimed = request_redemption(unit, claim, seed=seed, at_most=issued.amount)
    redemption_id = claimed["redemption_id"]
    used = booklet.CouponUsed(
        command.number,
        place.order_id,
        command.provider_id,
        redemption_id,
        command.presentation_digest,
        command.receipt_digest,
        command.delivered_on,
        unit.load(ORDER, place.order_id).claims[redemption_id].amount,
    )
    unit.append(BOOKLET, command.booklet_id, [used])
    return _told("accepted", used, issued.currency)


def close_booklet(unit: Unit, command: booklets.CloseBooklet) -> Answer:
    """Set nothing aside any more; what is left of the orders returns to their vouchers, unless it is still billed."""
    state = unit.load(BOOKLET, command.booklet_id)
    closed = booklets.close(state, command.reason, unit.on)
    unit.append(BOOKLET, command.booklet_id, closed)
    for place in booklets.known(state).places if closed else ():
        found = unit.load(ORDER, place.order_id)
        ended = coupons.end_coupons(found, command.booklet_id, state.greatest_loss, command.reason)
        after = unit.append(ORDER, place.order_id, ended)
        if not command.keep_orders and after.held and not (after.aside or after.unclaimed) and orders.is_open(after):
            end_order(unit, place.order_id, command.reason)
    return _answer(unit, command.booklet_id)


def _again(unit: Unit, command: booklets.UseCoupon, state: Booklet) -> Answer:
    """The answer to a coupon that was used before: the same again, or what was found."""
    found = booklets.second_use(state, command)
    unit.append(BOOKLET, command.booklet_id, found)
    first, signed = state.used[command.number], (command.presentation_digest, command.receipt_digest)
    repeated = (first.presentation_digest, first.receipt_digest) == signed
    return _told("repeated" if repeated else "double_use", first, booklets.known(state).currency)


def _told(outcome: str, used: booklet.CouponUsed, currency: str) -> Answer:
    mine = outcome != "double_use"
    return {
        "outcome": outcome,
        "number": used.number,
        "order_id": used.order_id if mine else "",
        "redemption_id": used.redemption_id if mine else "",
        "amount": used.amount if mine else 0,
        "currency": currency,
    }


def _answer(unit: Unit, booklet_id: str) -> Answer:
    state = unit.load(BOOKLET, booklet_id)
    issued = booklets.known(state)
    return {
        "booklet_id": booklet_id,
        "currency": issued.currency,
        "coupons": issued.coupons,
        "amount": issued.amount,
        "unused": state.unused,
        "greatest_loss": state.greatest_loss,
        "use_by_on": issued.use_by_on,
        "sync_by_on": issued.sync_by_on,
    }
