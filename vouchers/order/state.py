"""How an order stands now."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, assert_never

from vouchers.order import events as order
from vouchers.values import Value, replace

_NO_SHARES: Mapping[str, int] = MappingProxyType({})


class Claim(Value):
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
    overpaid: int = 0
    reduced_by: str = ""
    paid_on: str = ""
    levels: tuple[order.LevelShare, ...] = ()


class Share(Value):
    """What one voucher pays of an order's subsidy, and the caps that count its part only."""

    voucher_id: str
    enterprise_id: str
    amount: int
    caps: tuple[str, ...] = ()


class Bill(Value):
    """One invoice of an order, or the part of it that is this order's; `red` is what red-letter invoices took back."""

    invoice: str
    issued_on: str
    gross: int
    net: int
    red_gross: int = 0
    red_net: int = 0


class OwnShare(Value):
    """What the enterprise proved to have paid itself, what it got back, and what it must have paid after that."""

    paid: int = 0
    refunded: int = 0
    needed: int = 0
    proofs: tuple[order.OwnSharePaid | order.OwnShareRefunded, ...] = ()

    @property
    def proven(self) -> int:
        """What stays paid."""
        return self.paid - self.refunded

    @property
    def void(self) -> bool:
        """Whether a refund left less than what must be paid."""
        return self.proven < self.needed


_NO_CLAIMS: Mapping[str, Claim] = MappingProxyType({})
_NO_BILLS: Mapping[str, Bill] = MappingProxyType({})


class Order(Value):
    """The registration and how far the order has come.

    `status` is the step last taken: "", registered, delivered, invoiced, requested, approved, settling, paid,
    cancelled or lapsed. `claims` are the redemptions that stand, in the order of their requests; `redemption_id` is
    the latest one, and `claimed`, `paid` and `clawed_back` are totals of the order. After a change `registered` holds
    the terms of the change. `bills` are the invoices by number, the first one filed first. `aside` is what of `held` is
    set aside for coupons.
    """

    registered: order.Registered | None = None
    status: str = ""
    delivery: order.DeliveryAccepted | None = None
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
    bills: Mapping[str, Bill] = _NO_BILLS
    parts: tuple[order.PartDelivered, ...] = ()
    own: OwnShare = OwnShare()
    subcontracted_bp: int = 0
    aside: int = 0

    @property
    def invoice(self) -> Bill | None:
        """The invoice filed last, or none."""
        return list(self.bills.values())[-1] if self.bills else None

    @property
    def taken(self) -> int:
        """What the redemptions that stand took of the subsidy, paid or not."""
        return sum([claim.amount for claim in self.claims.values()])

    @property
    def unclaimed(self) -> tuple[Bill, ...]:
        """The invoices that no redemption covers."""
        if not self.claims:
            return tuple(self.bills.values())
        covered = {number for claim in self.claims.values() for number in claim.invoices}
        return tuple([bill for bill in self.bills.values() if bill.invoice not in covered])

    @property
    def voucher_ids(self) -> list[str]:
        """The vouchers that pay."""
        if self.several or self.registered is None:
            return [share.voucher_id for share in self.several]
        return [self.registered.voucher_id]

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
            return replace(state, registered=event, status="registered", held=event.subsidy)
        case order.DeliveryAccepted():
            return replace(state, delivery=event, status="delivered")
        case order.InvoiceFiled(invoice, issued_on, gross, net):
            # The one invoice of an order: filed again, it takes the place of what was there.
            return replace(state, bills={invoice: Bill(invoice, issued_on, gross, net)}, status="invoiced")
        case order.RedemptionRequested() | order.RedemptionApproved() | order.Settling() | order.Paid():
            return _evolve_claim(state, event)
        case order.InvoiceAdded() | order.InvoiceRemoved() | order.InvoiceReversed():
            return _evolve_bills(state, event)
        case order.Cancelled() | order.Lapsed() | order.RestKept() | order.RestReleased():
            return _evolve_rest(state, event)
        case order.Changed() | order.PartDelivered() | order.OwnSharePaid() | order.OwnShareRefunded():
            return _evolve_terms(state, event)
        case order.Shared() | order.ConvertedFrom() | order.PartnerJoined() | order.Funded(redemption_id=""):
            return _evolve_sources(state, event)
        case order.SubcontractingReported() | order.CouponsIssued() | order.CouponsFreed():
            return _evolve_beside(state, event)
        case _:
            return _evolve_claim(state, event)


def _evolve_beside(
    state: Order, event: order.SubcontractingReported | order.CouponsIssued | order.CouponsFreed
) -> Order:
    match event:
        case order.SubcontractingReported(subcontracted_bp=subcontracted_bp):
            return replace(state, subcontracted_bp=subcontracted_bp)
        case order.CouponsIssued(amount=amount):
            return replace(state, aside=state.aside + amount)
        case order.CouponsFreed(amount=amount):
            return replace(state, aside=max(0, state.aside - amount))
    assert_never(event)


def _evolve_rest(state: Order, event: order.Cancelled | order.Lapsed | order.RestKept | order.RestReleased) -> Order:
    match event:
        case order.Cancelled():
            return replace(state, status="cancelled", held=0, aside=0)
        case order.Lapsed():
            return replace(state, status="lapsed", held=0, aside=0)
        case order.RestKept(amount=amount):
            return replace(state, held=amount)
        case order.RestReleased(status=status):
            return replace(state, status=status, held=0, aside=0)
    assert_never(event)


def _evolve_sources(
    state: Order, event: order.Shared | order.ConvertedFrom | order.PartnerJoined | order.Funded
) -> Order:
    match event:
        case order.Shared(voucher_id, enterprise_id, amount, caps):
            return replace(state, several=(*state.several, Share(voucher_id, enterprise_id, amount, caps)))
        case order.ConvertedFrom(invoice=invoice):
            return state if invoice else replace(state, converted=event)
        case order.PartnerJoined():
            return state
        case order.Funded(levels=levels):
            return replace(state, levels=levels)
    assert_never(event)


def _evolve_terms(
    state: Order, event: order.Changed | order.PartDelivered | order.OwnSharePaid | order.OwnShareRefunded
) -> Order:
    own = state.own
    match event:
        case order.PartDelivered():
            return replace(state, parts=(*state.parts, event))
        case order.OwnSharePaid(amount=amount):
            return replace(state, own=replace(own, paid=own.paid + amount, proofs=(*own.proofs, event)))
        case order.OwnShareRefunded(amount=amount, needed=needed):
            proofs = (*own.proofs, event)
            return replace(state, own=replace(own, refunded=own.refunded + amount, needed=needed, proofs=proofs))
        case order.Changed():
            if state.registered is None:
                return state
            terms = replace(state.registered, **{name: getattr(event, name) for name in _CHANGED})
            return replace(state, registered=terms, held=event.subsidy - state.taken)
    assert_never(event)


_CHANGED = [field.name for field in fields(order.Changed) if field.name not in ("changed_on", "reason")]


def _evolve_bills(state: Order, event: order.InvoiceAdded | order.InvoiceRemoved | order.InvoiceReversed) -> Order:
    number, bills = event.invoice, state.bills
    match event:
        case order.InvoiceAdded(_, issued_on, gross, net):
            return replace(state, bills={**bills, number: Bill(number, issued_on, gross, net)})
        case order.InvoiceRemoved():
            return replace(state, bills={key: bill for key, bill in bills.items() if key != number})
        case order.InvoiceReversed(red_invoice=red_invoice, gross=gross, net=net):
            bill = bills.get(number, Bill(number, "", 0, 0))
            cut = replace(bill, red_gross=bill.red_gross + gross, red_net=bill.red_net + net)
            claims = {
                key: replace(claim, reduced_by=red_invoice) if number in claim.invoices else claim
                for key, claim in state.claims.items()
            }
            return replace(state, bills={**bills, number: cut}, claims=claims)
    assert_never(event)


_OfAClaim = (
    order.RedemptionRequested
    | order.RedemptionApproved
    | order.RedemptionRejected
    | order.RedemptionReversed
    | order.ClaimShared
    | order.Funded
    | order.OverpaymentFound
)
_OfAPayment = order.Settling | order.SettlementWithdrawn | order.Paid | order.PaymentReturned | order.ClawbackOrdered


def _requested(state: Order, event: order.RedemptionRequested) -> Order:
    number = event.redemption_id
    claim = Claim(number, event.amount, invoices=tuple([bill.invoice for bill in state.unclaimed]))
    redemptions, claimed = state.redemptions + 1, state.claimed + event.amount
    return _with(state, "requested", claim, redemption_id=number, redemptions=redemptions, held=0, claimed=claimed)


def _evolve_claim(state: Order, event: _OfAClaim | _OfAPayment) -> Order:
    if isinstance(event, order.RedemptionRequested):
        return _requested(state, event)
    number = event.redemption_id
    claim = state.claims.get(number) or Claim(number)
    match event:
        case order.RedemptionApproved():
            return _with(state, "approved", replace(claim, status="approved"))
        case order.RedemptionRejected() | order.RedemptionReversed():
            left = {key: each for key, each in state.claims.items() if key != number}
            held, claimed = state.held + claim.amount, state.claimed - claim.amount
            return replace(state, status="invoiced", held=held, claimed=claimed, claims=left)
        case order.Funded(levels=levels):
            return _with(state, state.status, replace(claim, levels=levels))
        case order.ClaimShared(voucher_id=voucher_id, amount=amount):
            return _with(state, state.status, replace(claim, shares={**claim.shares, voucher_id: amount}))
        case order.OverpaymentFound(amount=amount):
            return _with(state, state.status, replace(claim, overpaid=claim.overpaid + amount))
        case _:
            return _evolve_payment(state, claim, event)


def _evolve_payment(state: Order, claim: Claim, event: _OfAPayment) -> Order:
    match event:
        case order.Settling(settlement_id=settlement_id):
            settling = replace(claim, status="settling", settlement_id=settlement_id)
            return _with(state, "settling", settling, settlement_id=settlement_id)
        case order.SettlementWithdrawn():
            left = replace(claim, status="approved", settlement_id="")
            return _with(state, "approved", left, settlement_id="")
        case order.Paid(amount=amount, paid_on=paid_on):
            paid = replace(claim, status="paid", paid=amount, paid_on=paid_on)
            return _with(state, "paid", paid, claimed=state.claimed - amount, paid=state.paid + amount)
        case order.PaymentReturned(amount=amount):
            owed = replace(claim, status="settling", paid=0)
            return _with(state, "settling", owed, claimed=state.claimed + amount, paid=state.paid - amount)
        case order.ClawbackOrdered(amount=amount):
            demanded = replace(claim, clawed_back=claim.clawed_back + amount)
            return _with(state, state.status, demanded, clawed_back=state.clawed_back + amount)
    assert_never(event)


def _with(state: Order, status: str, claim: Claim, **more: Any) -> Order:
    return replace(state, status=status, claims={**state.claims, claim.redemption_id: claim}, **more)
