"""How an order stands now."""

from typing import NamedTuple, assert_never

from vouchers.order import events as order


class Order(NamedTuple):
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
            return state._replace(registered=event, status="registered", held=event.subsidy)
        case order.DeliveryAccepted():
            return state._replace(delivery=event, status="delivered")
        case order.InvoiceFiled():
            return state._replace(invoice=event, status="invoiced")
        case order.RedemptionRequested(redemption_id=redemption_id, amount=amount):
            return state._replace(
                status="requested",
                redemption_id=redemption_id,
                redemptions=state.redemptions + 1,
                held=0,
                claimed=amount,
            )
        case order.RedemptionApproved():
            return state._replace(status="approved")
        case order.Settling(settlement_id=settlement_id):
            return state._replace(status="settling", settlement_id=settlement_id)
        case order.Paid(amount=amount):
            return state._replace(status="paid", claimed=0, paid=amount)
        case _:
            return _evolve_back(state, event)


def _evolve_back(
    state: Order,
    event: order.Cancelled
    | order.Lapsed
    | order.RedemptionRejected
    | order.RedemptionReversed
    | order.SettlementWithdrawn
    | order.ClawbackOrdered,
) -> Order:
    match event:
        case order.RedemptionRejected() | order.RedemptionReversed():
            return state._replace(status="invoiced", held=state.claimed, claimed=0)
        case order.SettlementWithdrawn():
            return state._replace(status="approved", settlement_id="")
        case order.Cancelled():
            return state._replace(status="cancelled", held=0)
        case order.Lapsed():
            return state._replace(status="lapsed", held=0)
        case order.ClawbackOrdered(amount=amount):
            return state._replace(clawed_back=state.clawed_back + amount)
    assert_never(event)
