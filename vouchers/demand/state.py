"""How a demand stands now."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.demand import events as demand
from vouchers.values import Value, field, replace


class Demand(Value):
    """The need and the offers that stand, by number; `status` is "", open, accepted, ordered or withdrawn.

    An open demand whose last day has passed takes no offers, though nothing has happened to it.
    """

    status: str = ""
    posted: demand.Posted | None = None
    offers: Mapping[str, demand.Offered] = field(default_factory=dict)
    accepted: str = ""
    order_id: str = ""


def evolve(state: Demand, event: demand.Event) -> Demand:
    """Apply one event; the past is never refused."""
    match event:
        case demand.Posted():
            return replace(state, status="open", posted=event)
        case demand.Offered(offer_id=offer_id):
            return replace(state, offers={**state.offers, offer_id: event})
        case demand.OfferWithdrawn(offer_id):
            return replace(state, offers={number: each for number, each in state.offers.items() if number != offer_id})
        case demand.OfferAccepted(offer_id):
            return replace(state, status="accepted", accepted=offer_id)
        case demand.Ordered(order_id=order_id):
            return replace(state, status="ordered", order_id=order_id)
        case demand.Withdrawn():
            return replace(state, status="withdrawn")
    assert_never(event)
