"""How an order stands now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, assert_never

from vouchers.order import events as order

_NO_SHARES: Mapping[str, int] = MappingProxyType({})


class Claim(NamedTuple):
    """One redemption that stands: `status` is requested, approved, settling or paid; amounts in minor units.

    `shares` is what each voucher pays of it, empty where the order has one voucher.
    """

    redemption_id: str
    amount: int = 0
    status: str = "requested"
    settlement_id: str = ""
    paid: int = 0
    clawed_back: int = 0
    shares: Mapping[str, int] = _NO_SHARES
    invoices: tuple[str, ...] = ()
    paid_on: str = ""
    levels: tuple[order.LevelShare, ...] = ()


class Share(NamedTuple):
    """What one voucher pays of an order's subsidy, and the caps that count its part only."""

    voucher_id: str
    enterprise_id: str
    amount: int
    caps: tuple[str, ...] = ()


_NO_CLAIMS: Mapping[str, Claim] = MappingProxyType({})


class Order(NamedTuple):
    """The registration and how far the order has come.

    `status` is the step last taken: "", registered, delivered, invoiced, requested, approved, settling, paid,
    cancelled or lapsed. `claims` are the redemptions that stand, in the order of their requests; `redemption_id` is
    the latest one, and `claimed`, `paid` and `clawed_back` are totals of the order.
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
    claims: Mapping[str, Claim] = _NO_CLAIMS
    several: tuple[Share, ...] = ()
    levels: tuple[order.LevelShare, ...] = ()
    converted: order.ConvertedFrom | None = None

    @property
    def shares(self) -> tuple[Share, ...]:
        """The vouchers that pay: those named one by one, or the one of the registration with the whole subsidy."""
        if self.several or self.registered is None:
            return self.several
        registered = self.registered
        return (Share(registered.voucher_id, registered.enterprise_id, registered.subsidy),)


def evolve(state: Order, event: order.Event) -> Order:
    """Apply one event; the past is never refused."""
    match event:
        case order.Registered():
            return state._replace(registered=event, status="registered", held=event.subsidy)
        case order.DeliveryAccepted():
            return state._replace(delivery=event, status="delivered")
        case order.InvoiceFiled():
            return state._replace(invoice=event, status="invoiced")
        case order.Cancelled():
            return state._replace(status="cancelled", held=0)
        case order.Lapsed():
            return state._replace(status="lapsed", held=0)
        case order.Shared(voucher_id, enterprise_id, amount, caps):
            return state._replace(several=(*state.several, Share(voucher_id, enterprise_id, amount, caps)))
        case order.ConvertedFrom(invoice=invoice):
            return state if invoice else state._replace(converted=event)
        case order.PartnerJoined():
            return state
        case order.Funded(redemption_id="", levels=levels):
            return state._replace(levels=levels)
        case order.RestKept(amount=amount):
            return state._replace(held=amount)
        case _:
            return _evolve_claim(state, event)


_OfAClaim = (
    order.RedemptionRequested
    | order.RedemptionApproved
    | order.RedemptionRejected
    | order.RedemptionReversed
    | order.Settling
    | order.SettlementWithdrawn
    | order.Paid
    | order.ClawbackOrdered
    | order.PaymentReturned
    | order.ClaimShared
    | order.Funded
)


def _evolve_claim(state: Order, event: _OfAClaim) -> Order:
    number = event.redemption_id
    claim = state.claims.get(number) or Claim(number)
    match event:
        case order.RedemptionRequested(amount=amount):
            state = state._replace(
                redemption_id=number, redemptions=state.redemptions + 1, held=0, claimed=state.claimed + amount
            )
            return _with(state, "requested", Claim(number, amount, invoices=_invoices(state)))
        case order.RedemptionApproved():
            return _with(state, "approved", claim._replace(status="approved"))
        case order.Settling(settlement_id=settlement_id):
            state = state._replace(settlement_id=settlement_id)
            return _with(state, "settling", claim._replace(status="settling", settlement_id=settlement_id))
        case order.SettlementWithdrawn():
            state = state._replace(settlement_id="")
            return _with(state, "approved", claim._replace(status="approved", settlement_id=""))
        case order.Paid(amount=amount, paid_on=paid_on):
            state = state._replace(claimed=state.claimed - amount, paid=state.paid + amount)
            return _with(state, "paid", claim._replace(status="paid", paid=amount, paid_on=paid_on))
        case order.PaymentReturned(amount=amount):
            state = state._replace(claimed=state.claimed + amount, paid=state.paid - amount)
            return _with(state, "settling", claim._replace(status="settling", paid=0))
        case order.ClawbackOrdered(amount=amount):
            state = state._replace(clawed_back=state.clawed_back + amount)
            return _with(state, state.status, claim._replace(clawed_back=claim.clawed_back + amount))
        case order.Funded(levels=levels):
            return _with(state, state.status, claim._replace(levels=levels))
        case order.ClaimShared(voucher_id=voucher_id, amount=amount):
            return _with(state, state.status, claim._replace(shares={**claim.shares, voucher_id: amount}))
        case order.RedemptionRejected() | order.RedemptionReversed():
            left = {key: each for key, each in state.claims.items() if key != number}
            held, claimed = state.held + claim.amount, state.claimed - claim.amount
            return state._replace(status="invoiced", held=held, claimed=claimed, claims=left)
    assert_never(event)


def _with(state: Order, status: str, claim: Claim) -> Order:
    return state._replace(status=status, claims={**state.claims, claim.redemption_id: claim})


def _invoices(state: Order) -> tuple[str, ...]:
    return (state.invoice.invoice,) if state.invoice else ()
