"""What may happen to a rating next."""

from vouchers.rating import events as rating
from vouchers.rating.state import Rating
from vouchers.refusals import Conflict, Malformed, Refused
from vouchers.values import Value

MOST_STARS = 5


class StarsMalformed(Malformed):
    """A rating is one star to five."""

    remedy = "Give a whole number from 1 to 5."


class NothingToRate(Refused):
    """Only a paid order is rated, by the enterprise that ordered."""

    remedy = "Rate the provider once the order is paid."


class AlreadyRated(Conflict):
    """The order was rated already."""

    remedy = "An order is rated once."


class RateProvider(Value):
    """Rate the provider of a paid order, one star to five."""

    order_id: str
    enterprise_id: str
    stars: int


def check_stars(value: object, pointer: str = "") -> int:
    """Return one star to five, else refuse them."""
    if type(value) is int and 1 <= value <= MOST_STARS:
        return value
    raise StarsMalformed(pointer=pointer)


def give(state: Rating, given: rating.Given) -> list[rating.Event]:
    """Rate once; the same stars again change nothing."""
    if state.stars and state.stars != given.stars:
        raise AlreadyRated(pointer="/order_id")
    return [] if state.stars else [given]
