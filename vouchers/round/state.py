"""Who waits for a pool's money now, and in which order."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.round import events as rounds
from vouchers.values import Value, replace

_NONE: Mapping[str, rounds.Joined] = MappingProxyType({})
_NOTHING: Mapping[str, int] = MappingProxyType({})


class Round(Value):
    """Those who wait, by order in the order of their places, and the round of requests that is open, if any.

    `allotted` holds what a closing round gives while its orders are being registered.
    """

    number: int = 0
    closes_on: str = ""
    places: int = 0
    waiting: Mapping[str, rounds.Joined] = _NONE
    allotted: Mapping[str, int] = _NOTHING

    @property
    def first(self) -> str:
        """The order whose turn it is, or nothing."""
        return next(iter(self.waiting), "")


def evolve(state: Round, event: rounds.Event) -> Round:
    """Apply one event; the past is never refused."""
    match event:
        case rounds.Opened(number=number, closes_on=closes_on):
            return replace(state, number=number, closes_on=closes_on)
        case rounds.Joined(order_id=order_id, place=place):
            return replace(state, places=place, waiting={**state.waiting, order_id: event})
        case rounds.Left(order_id=order_id) | rounds.Dropped(order_id=order_id) | rounds.Served(order_id=order_id):
            waiting = {key: value for key, value in state.waiting.items() if key != order_id}
            return replace(state, waiting=waiting)
        case rounds.Allotted(order_id=order_id, amount=amount):
            return replace(state, allotted={**state.allotted, order_id: amount})
        case rounds.Closed():
            return replace(state, closes_on="", allotted=_NOTHING)
    assert_never(event)
