"""What may be said next of the share that the enterprise pays itself: that it was paid, or that it came back."""

from vouchers.money import check_amount, exponent_of, format_amount
from vouchers.order import events as order
from vouchers.order.decisions import check_own_share, known
from vouchers.order.state import Order
from vouchers.refusals import Conflict, Refused
from vouchers.values import Value


class OwnShareNotProven(Refused):
    """The enterprise has not proven that it paid its own share of the invoices."""


class ProofUsed(Conflict):
    """This document was already given for this order with other figures."""

    remedy = "Give the digest of the document of this payment."


class PaymentDayUnlikely(Refused):
    """The payment is dated before the contract or in the future."""


class NothingPaid(Refused):
    """An own share of nothing proves nothing."""

    remedy = "Give the amount of the payment."


class ProveOwnShare(Value):
    """The enterprise proves a payment of its own share, by the digest of the bank's document; minor units."""

    order_id: str
    amount: int
    paid_on: str
    digest: str


class ReportRefund(Value):
    """It became known that the enterprise got money of its own share back; minor units."""

    order_id: str
    amount: int
    refunded_on: str
    digest: str


def prove(state: Order, command: ProveOwnShare, on: str) -> list[order.Event]:
    """Count a payment of the own share once."""
    _check(state, command.amount, command.paid_on, on, "/paid_on")
    return _once(state, order.OwnSharePaid(command.amount, command.paid_on, command.digest))


def refund(state: Order, command: ReportRefund, on: str, needed: int) -> list[order.Event]:
    """Take a refund off what was proven, once; `needed` is what the enterprise must have paid itself."""
    _check(state, command.amount, command.refunded_on, on, "/refunded_on")
    return _once(state, order.OwnShareRefunded(command.amount, command.refunded_on, command.digest, needed))


def check_proven(state: Order, proof: str, needed: int) -> None:
    """Refuse a claim whose own share came back, or, where sums are counted, was not proven to the last minor unit."""
    check_own_share(state)
    if proof == "amount" and state.own.proven < needed:
        currency = known(state).currency
        proven, wanted = (format_amount(each, exponent_of(currency), currency) for each in (state.own.proven, needed))
        raise OwnShareNotProven(
            f"Of an own share of {wanted}, {proven} is proven.",
            pointer="/order_id",
            remedy="Prove the payment of the rest first.",
            needed=needed,
            proven=state.own.proven,
        )


def _check(state: Order, amount: int, day: str, on: str, pointer: str) -> None:
    registered = known(state)
    if check_amount(amount, "/amount") == 0:
        raise NothingPaid(pointer="/amount")
    if not registered.contract_on <= day <= on:
        raise PaymentDayUnlikely(pointer=pointer, remedy=f"Give a day from {registered.contract_on} to {on}.")


def _once(state: Order, event: order.OwnSharePaid | order.OwnShareRefunded) -> list[order.Event]:
    """The event, unless its document is on record; one document cannot show two things."""
    for proof in state.own.proofs:
        if proof.digest == event.digest:
            if type(proof) is type(event) and proof.amount == event.amount:
                return []
            raise ProofUsed(pointer="/digest")
    return [event]
