"""What may happen to an order's money once its redemption is approved: taken up, paid, returned, demanded back."""

from vouchers.money import check_amount, exponent_of, format_amount
from vouchers.order import events as order
from vouchers.order.decisions import (
    ClaimReduced,
    ClawBack,
    ClawbackAbovePaid,
    ReturnAfterClawback,
    check_own_share,
    claim_at,
    known,
    not_at,
)
from vouchers.order.state import Order


def settle(state: Order, settlement_id: str) -> list[order.Settling]:
    """Let a settlement take every approved redemption up."""
    known(state)
    approved = [claim for claim in state.claims.values() if claim.status == "approved"]
    if not approved:
        raise not_at(state.status, ("approved",))
    check_own_share(state)
    return [order.Settling(claim.redemption_id, settlement_id) for claim in approved]


def leave_settlement(state: Order, redemption_id: str = "") -> list[order.Event]:
    """Let go of a settlement that is withdrawn: the redemption is approved as before, and another may take it up."""
    claim = claim_at(state, redemption_id, "settling")
    return [order.SettlementWithdrawn(claim.redemption_id, claim.settlement_id)]


def pay(state: Order, paid_on: str, redemption_id: str = "") -> list[order.Event]:
    """Record the payment."""
    claim = claim_at(state, redemption_id, "settling")
    return [order.Paid(claim.redemption_id, claim.settlement_id, claim.amount, paid_on)]


def return_payment(state: Order, redemption_id: str, reason: str) -> list[order.Event]:
    """Take a payment back that came back from the bank: the redemption is owed again."""
    claim = claim_at(state, redemption_id, "paid")
    if claim.clawed_back:
        raise ReturnAfterClawback(pointer="/order_id", clawed_back=claim.clawed_back)
    return [order.PaymentReturned(claim.redemption_id, claim.settlement_id, claim.paid, reason)]


def claw_back(state: Order, command: ClawBack) -> list[order.ClawbackOrdered]:
    """Demand back at most what was paid for a redemption and not yet demanded back."""
    claim = claim_at(state, command.redemption_id, "paid")
    currency = known(state).currency
    amount = check_amount(command.amount, "/amount")
    left = claim.paid - claim.clawed_back
    if not 0 < amount <= left:
        remedy = f"Demand at most {format_amount(left, exponent_of(currency), currency)}."
        raise ClawbackAbovePaid(pointer="/amount", remedy=remedy, left=left)
    return [order.ClawbackOrdered(claim.redemption_id, amount, command.reason)]


def check_due(state: Order, redemption_id: str) -> None:
    """Refuse to let money leave that is not due any more: a red letter came in, or the own share came back."""
    claim = state.claims.get(redemption_id)
    if claim is not None and claim.reduced_by and claim.status != "paid":
        raise ClaimReduced(pointer="/redemption_id", redemption_id=redemption_id, red_invoice=claim.reduced_by)
    check_own_share(state)
