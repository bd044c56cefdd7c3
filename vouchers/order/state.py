"""How an order stands now."""

from dataclasses import dataclass, replace
from typing import assert_never

from vouchers.order import events as order


@dataclass(frozen=True, slots=True)
class Order:
    """The registration and how far the order has come.

    `status` is "", registered, delivered, invoiced, requested, approved, settling, paid, cancelled or lapsed.
    """

    registered: order.Registered | None = None
    status: str = ""
    delivery: order.DeliveryAccepted | None = None
    invoice: order.InvoiceFiled | None = None
    redemption_id: str = ""
    redemptions: int = 0
    held: int = 0
    claimed: int = 0
    paid: int = 0
    clawed_back: int = 0
    settlement_id: str = ""


def evolve(state: Order, event: order.Event) -> Order:
    """Apply one event; the past is never refused."""
    match event:
        case order.Registered():
            return replace(state, registered=event, status="registered", held=event.subsidy)
        case order.DeliveryAccepted():
            return replace(state, delivery=event, status="delivered")
        case order.InvoiceFiled():
            return replace(state, invoice=event, status="invoiced")
        case order.RedemptionRequested(redemption_id=redemption_id, amount=amount):
            return replace(
                state,
                status="requested",
                redemption_id=redemption_id,
                redemptions=state.redemptions + 1,
                held=0,
                claimed=amount,
            )
        case order.RedemptionApproved():
            return replace(state, status="approved")
        case order.Settling(settlement_id=settlement_id):
            return replace(state, status="settling", settlement_id=settlement_id)
        case order.Paid(amount=amount):
            return replace(state, status="paid", claimed=0, paid=amount)
        case _:
            return _evolve_back(state, event)


def _evolve_back(
    state: Order,
    event: order.Cancelled | order.Lapsed | order.RedemptionRejected | order.RedemptionReversed | order.ClawbackOrdered,
) -> Order:
    match event:
        case order.RedemptionRejected() | order.RedemptionReversed():
            return replace(state, status="invoiced", held=state.claimed, claimed=0)
        case order.Cancelled():
            return replace(state, status="cancelled", held=0)
        case order.Lapsed():
            return replace(state, status="lapsed", held=0)
        case order.ClawbackOrdered(amount=amount):
            return replace(state, clawed_back=state.clawed_back + amount)
    assert_never(event)
