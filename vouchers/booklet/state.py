"""How a booklet of coupons stands now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.booklet import events as booklet
from vouchers.values import Value, replace

_NONE_USED: Mapping[int, booklet.CouponUsed] = MappingProxyType({})


class Booklet(Value):
    """What was issued, which coupons were used by whom, and the double uses that were found."""

    issued: booklet.Issued | None = None
    used: Mapping[int, booklet.CouponUsed] = _NONE_USED
    doubles: tuple[booklet.DoubleUseFound, ...] = ()
    closed: booklet.Closed | None = None

    @property
    def unused(self) -> int:
        """How many coupons can still be handed in."""
        return self.issued.coupons - len(self.used) if self.issued and not self.closed else 0

    @property
    def greatest_loss(self) -> int:
        """What can be paid for coupons that are still out, at the most: what is set aside for them at one place."""
        return self.unused * self.issued.amount if self.issued else 0


def evolve(state: Booklet, event: booklet.Event) -> Booklet:
    """Apply one event; the past is never refused."""
    match event:
        case booklet.Issued():
            return replace(state, issued=event)
        case booklet.CouponUsed(number=number):
            return replace(state, used={**state.used, number: event})
        case booklet.DoubleUseFound():
            return replace(state, doubles=(*state.doubles, event))
        case booklet.Closed():
            return replace(state, closed=event)
    assert_never(event)
