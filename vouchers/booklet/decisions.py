"""What may happen to a booklet of coupons next."""

from collections.abc import Mapping
from typing import Final

from vouchers.booklet import events as booklet
from vouchers.booklet.state import Booklet
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.values import Value, field

MOST_COUPONS: Final = 100
MOST_PLACES: Final = 8
MOST_DOUBLES: Final = 200


class BookletUnknown(NotFound):
    """There is no booklet with this number."""

    remedy = "Check the number of the booklet."


class BookletExists(Conflict):
    """A booklet with this number was already issued."""

    remedy = "Issue it under another number."


class BookletInvalid(Refused):
    """A booklet cannot be issued like this."""


class BookletClosed(Conflict):
    """The booklet was closed, and its coupons are good no longer."""

    remedy = "Claim with the enterprise's acceptance instead."


class BookletStillOut(Conflict):
    """Coupons of this booklet may still be handed in by providers that nobody can reach."""


class CouponUnknown(NotFound):
    """The booklet has no such coupon, or none for this provider."""

    remedy = "Check the coupon's number, and for which providers the booklet is good."


class CouponExpired(Refused):
    """The service was delivered after the last day of the coupon."""

    remedy = "Ask the enterprise to accept the delivery itself."


class CouponTooLate(Refused):
    """The coupon is handed in after the last day for it."""

    remedy = "Ask the enterprise to accept the delivery itself."


class IssueBooklet(Value):
    """Set value aside in orders: so many coupons, each for up to an amount in minor units, signed with a key."""

    booklet_id: str
    enterprise_id: str
    key_id: str
    orders: tuple[str, ...]
    coupons: int
    amount: int
    use_by_on: str
    sync_by_on: str


class UseCoupon(Value):
    """Hand a coupon in: what the enterprise signed, whose signatures were verified, and the provider's invoice.

    Gross and net are what the enterprise signed, in minor units of the booklet's currency.
    """

    booklet_id: str
    number: int
    provider_id: str
    presentation_digest: str
    receipt_digest: str
    delivered_on: str
    report_digest: str
    invoice: str
    issued_on: str
    gross: int
    net: int
    evidence: Mapping[str, str] = field(default_factory=dict)


class CloseBooklet(Value):
    """End a booklet after its last day; unless orders are kept, what is left of them is ended as well."""

    booklet_id: str
    reason: str
    keep_orders: bool = False


def known(state: Booklet) -> booklet.Issued:
    """What was issued, or a refusal where nothing was."""
    if state.issued is None:
        raise BookletUnknown(pointer="/booklet_id")
    return state.issued


def issue(state: Booklet, issued: booklet.Issued, on: str, last_on: str) -> list[booklet.Event]:
    """Issue once; its days lie between today and the last day on which every voucher behind it can be redeemed."""
    if state.issued is not None:
        raise BookletExists(pointer="/booklet_id")
    if not on <= issued.use_by_on <= issued.sync_by_on:
        remedy = f"Give {on} <= use_by_on <= sync_by_on."
        raise BookletInvalid("The days of the booklet are not in order.", pointer="/use_by_on", remedy=remedy)
    if issued.sync_by_on > last_on:
        raise BookletInvalid(
            f"What the coupons claim can be claimed until {last_on}.",
            pointer="/sync_by_on",
            remedy=f"Let the coupons be handed in by {last_on}.",
        )
    return [issued]


def check_size(command: IssueBooklet) -> None:
    """Refuse a booklet that is good nowhere or at too many places, or has no coupons, too many, or worthless ones."""
    orders = command.orders
    if not 1 <= command.coupons <= MOST_COUPONS:
        raise BookletInvalid(pointer="/coupons", remedy=f"Issue 1 to {MOST_COUPONS} coupons.")
    if command.amount <= 0:
        raise BookletInvalid(pointer="/amount", remedy="Give an amount above zero.")
    if not 1 <= len(set(orders)) == len(orders) <= MOST_PLACES:
        raise BookletInvalid(pointer="/orders", remedy=f"Name 1 to {MOST_PLACES} orders, each once.")


def place_of(state: Booklet, provider_id: str) -> booklet.Place:
    """The order of a provider that the booklet is good at."""
    for place in known(state).places:
        if place.provider_id == provider_id:
            return place
    raise CouponUnknown(pointer="/provider_id")


def check_coupon(state: Booklet, command: UseCoupon, on: str) -> None:
    """Refuse a coupon that the booklet does not have, or that comes too late."""
    issued = known(state)
    if not 1 <= command.number <= issued.coupons:
        raise CouponUnknown(pointer="/number")
    if state.closed:
        raise BookletClosed(pointer="/booklet_id")
    if command.delivered_on > issued.use_by_on:
        detail = f"The coupon was good for services until {issued.use_by_on}."
        raise CouponExpired(detail, pointer="/delivered_on", use_by_on=issued.use_by_on)
    if on > issued.sync_by_on:
        detail = f"The coupon could be handed in until {issued.sync_by_on}."
        raise CouponTooLate(detail, pointer="/on", sync_by_on=issued.sync_by_on)


def second_use(state: Booklet, command: UseCoupon) -> list[booklet.Event]:
    """What is found where a coupon that was used is handed in again; the same papers again are no finding.

    Whoever handed it in first is paid, by the order of the log: no time that a party writes down itself can undo what
    was accepted. The enterprise signed twice where it signed two uses; the provider where it gave two receipts for one.
    """
    first, issued = state.used[command.number], known(state)
    if first.presentation_digest != command.presentation_digest:
        signed = first.presentation_digest, command.presentation_digest
        found = booklet.DoubleUseFound(command.number, "enterprise", issued.enterprise_id, command.provider_id, *signed)
    elif first.receipt_digest != command.receipt_digest:
        signed = first.receipt_digest, command.receipt_digest
        found = booklet.DoubleUseFound(command.number, "provider", command.provider_id, command.provider_id, *signed)
    else:
        return []
    return [] if found in state.doubles or len(state.doubles) >= MOST_DOUBLES else [found]


def close(state: Booklet, reason: str, on: str) -> list[booklet.Event]:
    """Close a booklet whose coupons were all used, or whose last day for handing them in is over; again is quiet."""
    issued = known(state)
    if state.closed:
        return []
    if state.unused and on <= issued.sync_by_on:
        raise BookletStillOut(
            pointer="/booklet_id",
            remedy=f"Close it after {issued.sync_by_on}; until then providers may hand coupons in.",
            sync_by_on=issued.sync_by_on,
        )
    return [booklet.Closed(reason, state.unused)]
