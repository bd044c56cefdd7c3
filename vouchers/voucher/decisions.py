"""What may happen to a voucher next."""

from vouchers.money import exponent_of, format_amount
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.voucher import events as voucher
from vouchers.voucher.state import Voucher

MAX_OPEN_ORDERS = 200


class VoucherUnknown(NotFound):
    """There is no voucher with this number."""


class VoucherNotYours(NotFound):
    """There is no voucher with this number for this enterprise."""

    remedy = "Check the voucher number on your statement."


class VoucherExists(Conflict):
    """A voucher with this number was already issued."""

    remedy = "Look at that voucher, or issue under another number."


class VoucherExpired(Refused):
    """The last day on which this voucher could be used has passed."""


class NothingToReserve(Refused):
    """The subsidy of this order would be nothing."""


class VoucherTooSmall(Refused):
    """The voucher does not have this much left."""


class CategoryNotCovered(Refused):
    """This voucher may not be spent on services of this category."""


class TooManyOpenOrders(Refused):
    """This voucher has too many open orders; close or cancel some first."""

    remedy = "Finish or cancel orders of this voucher first."


class RedeemByPassed(Refused):
    """The last day on which a provider could redeem this voucher has passed."""

    remedy = "Cancel the order; its cost cannot be claimed from this voucher any more."


class NotHeld(Refused):
    """The order does not hold this much of the voucher."""

    remedy = "Look at the voucher for what each order holds of it."


class NotPaid(Refused):
    """No more can be demanded back than was paid."""

    remedy = "Demand at most what the voucher paid."


class NothingToReturn(Refused):
    """The voucher does not have this much available to give back."""


class NothingToRestore(Refused):
    """Value that was given back can be taken again until the last day of use, where the policy says so."""


class ExtensionNotAllowed(Refused):
    """The voucher cannot be extended: it has expired, has not been used, or was extended before."""

    remedy = "Finish its open orders, and use a voucher of the next period."


class PledgeInvalid(Refused):
    """A voucher can be pledged to another firm's order, up to what it has, until its last day of use."""


class NoPledge(NotFound):
    """This voucher is not pledged to this order."""

    remedy = "Look at the voucher for what is pledged of it; a pledge that an order has drawn on is a reservation."


class NothingToCarryOver(Refused):
    """A voucher's unused rest goes on into the next period once, after it has expired, where the policy says so."""


def terms_of(state: Voucher) -> voucher.Issued:
    """What the voucher was issued as, or a refusal where it never was."""
    if state.terms is None:
        raise VoucherUnknown(pointer="/voucher_id", remedy="Check the voucher number on the statement.")
    return state.terms


def issue(state: Voucher, issued: voucher.Issued) -> list[voucher.Event]:
    """Issue once."""
    if state.terms is not None:
        raise VoucherExists(pointer="/voucher_id")
    return [issued]


def reserve(
    state: Voucher, *, order_id: str, enterprise_id: str, category: str, amount: int, on: str
) -> list[voucher.Event]:
    """Set value aside for an order, up to what is available on that day."""
    terms = terms_of(state)
    if terms.enterprise_id != enterprise_id:
        raise VoucherNotYours(pointer="/voucher_id")
    if category not in terms.categories:
        raise CategoryNotCovered(pointer="/category", remedy=f"It covers {', '.join(terms.categories)}.")
    if on > state.use_by_on:
        raise VoucherExpired(
            f"The voucher could be used until {state.use_by_on}, and the order is dated {on}.",
            pointer="/voucher_id",
            remedy="Use a voucher of the current period.",
            use_by_on=state.use_by_on,
        )
    if len(state.held) >= MAX_OPEN_ORDERS:
        raise TooManyOpenOrders(limit=MAX_OPEN_ORDERS)
    if amount <= 0:
        raise NothingToReserve(pointer="/gross", remedy="Order for a larger sum.")
    if amount > state.available:
        raise too_small(terms, state.available, amount)
    return [voucher.Reserved(terms.programme, terms.period, category, order_id, amount)]


def release(state: Voucher, *, order_id: str, category: str, amount: int, on: str, reason: str) -> list[voucher.Event]:
    """Give back what an order does not need; after the use-by day it lapses at once."""
    terms = terms_of(state)
    _check_held(state, order_id, reserved=amount)
    if amount == 0:
        return []
    released = voucher.Released(terms.programme, terms.period, category, order_id, amount, reason)
    if on <= state.use_by_on:
        return [released]
    return [released, voucher.Expired(terms.programme, terms.period, amount)]


def claim(
    state: Voucher, *, order_id: str, redemption_id: str, category: str, amount: int, on: str
) -> list[voucher.Event]:
    """Turn a reservation into a claim, until the redeem-by day."""
    terms = terms_of(state)
    if on > state.redeem_by_on:
        raise redeem_by_passed(state.redeem_by_on, on)
    _check_held(state, order_id, reserved=amount)
    return [voucher.Claimed(terms.programme, terms.period, category, order_id, redemption_id, amount)]


def reverse_claim(
    state: Voucher, *, order_id: str, redemption_id: str, category: str, amount: int, reason: str
) -> list[voucher.Event]:
    """Take a claim back before it is paid."""
    terms = terms_of(state)
    _check_held(state, order_id, claimed=amount)
    return [voucher.ClaimReversed(terms.programme, terms.period, category, order_id, redemption_id, amount, reason)]


def pay(state: Voucher, *, order_id: str, redemption_id: str, category: str, amount: int) -> list[voucher.Event]:
    """Record that the bank paid a claim."""
    terms = terms_of(state)
    _check_held(state, order_id, claimed=amount)
    return [voucher.Paid(terms.programme, terms.period, category, order_id, redemption_id, amount)]


def return_payment(
    state: Voucher, *, order_id: str, redemption_id: str, category: str, amount: int, reason: str
) -> list[voucher.Event]:
    """Record that the money of a payment came back from the bank; it is claimed again."""
    terms = terms_of(state)
    if amount > state.paid:
        raise NotPaid(pointer="/amount", paid=state.paid)
    return [voucher.PaymentReturned(terms.programme, terms.period, category, order_id, redemption_id, amount, reason)]


def claw_back(
    state: Voucher, *, order_id: str, redemption_id: str, category: str, amount: int, reason: str
) -> list[voucher.Event]:
    """Demand money back that was paid."""
    terms = terms_of(state)
    if amount > state.paid:
        raise NotPaid(pointer="/amount", paid=state.paid)
    return [voucher.ClawedBack(terms.programme, terms.period, category, order_id, redemption_id, amount, reason)]


def expire(state: Voucher, *, on: str) -> list[voucher.Event]:
    """Let unused value lapse once the use-by day is over; stays quiet when there is nothing to do."""
    terms = terms_of(state)
    if on <= state.use_by_on or state.available == 0:
        return []
    return [voucher.Expired(terms.programme, terms.period, state.available)]


def return_value(state: Voucher, *, amount: int, on: str, reason: str) -> list[voucher.Event]:
    """Give unused value back to the programme; what has expired by that day cannot be given back."""
    terms = terms_of(state)
    spendable = state.spendable(on)
    if amount <= 0:
        raise NothingToReturn("Nothing would be given back.", pointer="/amount", remedy="Give an amount above zero.")
    if amount > spendable:
        remedy = f"Give at most {_written(spendable, terms)} back." if spendable else "Nothing is left to give back."
        raise NothingToReturn(pointer="/amount", remedy=remedy, available=spendable)
    return [voucher.Returned(terms.programme, terms.period, amount, reason)]


def restore(state: Voucher, *, amount: int, on: str, allowed: bool, reason: str) -> list[voucher.Event]:
    """Take value again that was given back, until the last day of use."""
    terms = terms_of(state)
    if not allowed:
        raise NothingToRestore(pointer="/voucher_id", remedy="Use what is left of the voucher.")
    if on > state.use_by_on:
        remedy = "Use a voucher of the current period."
        raise NothingToRestore(f"The voucher expired after {state.use_by_on}.", pointer="/voucher_id", remedy=remedy)
    if not 0 < amount <= state.returned:
        remedy = f"Take more than nothing and at most {_written(state.returned, terms)} again."
        raise NothingToRestore(pointer="/amount", remedy=remedy, returned=state.returned)
    return [voucher.Restored(terms.programme, terms.period, amount, reason)]


def revoke(state: Voucher, *, on: str, reason: str) -> list[voucher.Event]:
    """Take all unused value back; reservations and claims are not touched, and what has expired stays expired."""
    terms = terms_of(state)
    spendable = state.spendable(on)
    if spendable == 0:
        return []
    return [voucher.Revoked(terms.programme, terms.period, spendable, reason)]


def extend(
    state: Voucher, *, use_by_on: str, redeem_by_on: str, on: str, most: int, latest: str, reason: str
) -> list[voucher.Event]:
    """Move both last days later: at most `most` times, not past `latest`, before expiry, once an order has started."""
    terms_of(state)
    if state.extensions >= most:
        raise ExtensionNotAllowed(
            f"The policy allows {most} extension{'' if most == 1 else 's'} of a voucher.", pointer="/voucher_id"
        )
    if on > state.use_by_on:
        raise ExtensionNotAllowed(f"The voucher expired after {state.use_by_on}.", pointer="/voucher_id")
    if not state.held and state.paid == 0:
        raise ExtensionNotAllowed(
            "No order of this voucher is under way.", pointer="/voucher_id", remedy="Register the order first."
        )
    if not state.use_by_on < use_by_on <= latest:
        raise ExtensionNotAllowed(
            "The new last day of use is not later than the present one, or later than the policy allows.",
            pointer="/use_by_on",
            remedy=f"Give a day after {state.use_by_on} and up to {latest}.",
        )
    if redeem_by_on < max(use_by_on, state.redeem_by_on):
        raise ExtensionNotAllowed(
            "The new last day of redemption is too early.",
            pointer="/redeem_by_on",
            remedy=f"Give a day from {max(use_by_on, state.redeem_by_on)} on.",
        )
    return [voucher.Extended(use_by_on, redeem_by_on, reason)]


def pledge(
    state: Voucher, *, order_id: str, enterprise_id: str, amount: int, until_on: str, on: str
) -> list[voucher.Event]:
    """Let another firm's order draw on the voucher; a new pledge takes an earlier one's place, the same is quiet."""
    terms = terms_of(state)
    if enterprise_id == terms.enterprise_id:
        remedy = "Name the voucher in the order itself; a firm needs no pledge of its own."
        raise PledgeInvalid(pointer="/enterprise_id", remedy=remedy)
    if not on <= until_on <= state.use_by_on:
        raise PledgeInvalid(pointer="/until_on", remedy=f"Give a day from {on} to {state.use_by_on}.")
    if not 0 < amount <= state.spendable(on):
        remedy = f"Pledge more than nothing and at most {_written(state.spendable(on), terms)}."
        raise PledgeInvalid(pointer="/amount", remedy=remedy, available=state.spendable(on))
    if order_id in state.held:
        raise PledgeInvalid(pointer="/order_id", remedy="The order draws on this voucher already.")
    if len(state.held) + len(state.pledges) >= MAX_OPEN_ORDERS:
        raise TooManyOpenOrders(limit=MAX_OPEN_ORDERS)
    event = voucher.Pledged(order_id, enterprise_id, amount, until_on)
    return [] if state.pledges.get(order_id) == event else [event]


def withdraw_pledge(state: Voucher, *, order_id: str, reason: str) -> list[voucher.Event]:
    """Take a pledge back before an order draws on it."""
    terms_of(state)
    if order_id not in state.pledges:
        raise NoPledge(pointer="/order_id")
    return [voucher.PledgeWithdrawn(order_id, reason)]


def carry_over(state: Voucher, *, voucher_id: str, period: str, amount: int, on: str) -> list[voucher.Event]:
    """Let a part of what has expired go on as another voucher: once, and never of a voucher that is such a rest."""
    terms = terms_of(state)
    if on <= state.use_by_on:
        remedy = f"Use the voucher until {state.use_by_on}; what is left then may be carried over."
        raise NothingToCarryOver(pointer="/voucher_id", remedy=remedy)
    if state.carried_to or state.carried_from:
        remedy = f"See voucher {state.carried_to or state.carried_from}."
        raise NothingToCarryOver(pointer="/voucher_id", remedy=remedy)
    if period == terms.period or amount <= 0:
        raise NothingToCarryOver(pointer="/voucher_id", remedy="Nothing of it can be used in another period.")
    return [*expire(state, on=on), voucher.CarriedOver(voucher_id, period, amount)]


def too_small(terms: voucher.Issued, available: int, amount: int) -> VoucherTooSmall:
    """The refusal of more than there is."""
    remedy = f"At most {_written(available, terms)} is available."
    return VoucherTooSmall(pointer="/asked", remedy=remedy, available=available, amount=amount)


def redeem_by_passed(redeem_by_on: str, on: str) -> RedeemByPassed:
    """The refusal of a claim that comes too late."""
    detail = f"Redemption was possible until {redeem_by_on}, and the request is dated {on}."
    return RedeemByPassed(detail, pointer="/order_id", redeem_by_on=redeem_by_on)


def _written(amount: int, terms: voucher.Issued) -> str:
    """An amount of a voucher as people write it."""
    return format_amount(amount, exponent_of(terms.currency), terms.currency)


def _check_held(state: Voucher, order_id: str, *, reserved: int = 0, claimed: int = 0) -> None:
    held = state.held.get(order_id)
    if reserved > (held.reserved if held else 0) or claimed > (held.claimed if held else 0):
        raise NotHeld(pointer="/order_id", order_id=order_id)
