"""What may happen to an order next."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vouchers.facts import Fact
from vouchers.money import check_amount, exponent_of, format_amount
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.refusals import Conflict, NotFound, Refused

OPEN = ("registered", "delivered", "invoiced")


class OrderUnknown(NotFound):
    """There is no order with this number."""


class OrderExists(Conflict):
    """An order with this number was already registered."""


class OrderNotOpen(Conflict):
    """The order is not at the step that this command needs."""

    remedy = "Look at the order for the step it is at."


class RedemptionUnknown(NotFound):
    """There is no redemption with this number, or a later one took its place."""

    remedy = "Look the redemption up in the order."


class ServiceDaysInvalid(Refused):
    """The service ends before it starts, or starts before its contract."""


class NetAboveGross(Refused):
    """The net amount is larger than the gross amount."""

    remedy = "Give the amount without tax as net and the amount with tax as gross."


class DeliveryDayInvalid(Refused):
    """The delivery day lies before the service started or in the future."""


class InvoiceDayInvalid(Refused):
    """The invoice is dated before its contract or in the future."""


class EvidenceMissing(Refused):
    """Documents that the policy asks for are missing."""


class NothingToClaim(Refused):
    """The subsidy on the actual cost is nothing."""


class ContractNotSigned(Refused):
    """The contract is dated after the day on which its order is registered."""


class ClawbackAbovePaid(Refused):
    """No more can be demanded back than was paid for the order."""


class NotBeforePayment(Conflict):
    """Only a redemption that no settlement has taken up can be reversed; use a clawback after payment."""

    remedy = "Look at the order: withdraw its settlement before it is approved, or claw the money back once paid."


@dataclass(frozen=True, slots=True)
class RegisterOrder:
    """Register a service contract; gross and net in minor units, asked = the subsidy wanted or nothing for all."""

    order_id: str
    voucher_id: str
    enterprise_id: str
    provider_id: str
    category: str
    contract_digest: str
    contract_on: str
    starts_on: str
    ends_on: str
    gross: int
    net: int
    asked: int | None = None
    attributes: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcceptDelivery:
    """The enterprise accepts the delivered service."""

    order_id: str
    delivered_on: str
    report_digest: str


@dataclass(frozen=True, slots=True)
class FileInvoice:
    """The provider files its invoice; gross and net in minor units."""

    order_id: str
    invoice: str
    issued_on: str
    gross: int
    net: int


@dataclass(frozen=True, slots=True)
class RequestRedemption:
    """The payee asks for the subsidy, with evidence by kind and digest."""

    order_id: str
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel an order that nothing was claimed for."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReverseRedemption:
    """Take a redemption back before payment: the one of this number, or without a number the present one."""

    order_id: str
    reason: str
    redemption_id: str = ""


@dataclass(frozen=True, slots=True)
class ClawBack:
    """Demand money back that was paid for an order; amount in minor units."""

    order_id: str
    amount: int
    reason: str


def check_command(command: RegisterOrder, on: str) -> None:
    """Refuse what cannot be a contract: amounts and days that contradict one another."""
    check_amount(command.gross, "/gross")
    check_amount(command.net, "/net")
    if command.net > command.gross:
        raise NetAboveGross(pointer="/net")
    if not command.contract_on <= command.starts_on <= command.ends_on:
        raise ServiceDaysInvalid(
            pointer="/starts_on", remedy="Give the contract day, then the first, then the last day."
        )
    if command.contract_on > on:
        raise ContractNotSigned(pointer="/contract_on", remedy="Register the order when its contract is signed.")


def register(state: Order, registered: order.Registered) -> list[order.Event]:
    """Register once."""
    if state.registered is not None:
        raise OrderExists(pointer="/order_id", remedy="Use a new order number.")
    return [registered]


def accept_delivery(state: Order, command: AcceptDelivery, on: str) -> list[order.Event]:
    """Accept the service once it has started; the same acceptance again changes nothing."""
    registered = at_step(state, "registered", "delivered")
    event = order.DeliveryAccepted(command.delivered_on, command.report_digest)
    if state.delivery == event:
        return []
    at_step(state, "registered")
    if not registered.starts_on <= command.delivered_on <= on:
        raise DeliveryDayInvalid(
            pointer="/delivered_on",
            remedy=f"Give a day from {registered.starts_on} to {on}.",
        )
    return [event]


def file_invoice(state: Order, command: FileInvoice, on: str) -> list[order.Event]:
    """File the invoice of a delivered service; before a claim it may be replaced, the same again changes nothing."""
    registered = at_step(state, "delivered", "invoiced")
    check_amount(command.gross, "/gross")
    check_amount(command.net, "/net")
    if command.net > command.gross:
        raise NetAboveGross(pointer="/net")
    if not registered.contract_on <= command.issued_on <= on:
        raise InvoiceDayInvalid(
            pointer="/issued_on",
            remedy=f"Give a day from {registered.contract_on} to {on}.",
        )
    event = order.InvoiceFiled(command.invoice, command.issued_on, command.gross, command.net)
    return [] if state.invoice == event else [event]


def request_redemption(
    state: Order,
    *,
    amount: int,
    requested_by: str,
    evidence: Mapping[str, str],
    needed: tuple[str, ...],
    trace: tuple[order.Line, ...],
    order_id: str,
) -> list[order.Event]:
    """Ask for the subsidy once all evidence is there."""
    at_step(state, "invoiced")
    if amount <= 0:
        raise NothingToClaim(pointer="/order_id", remedy="Correct the invoice, or cancel the order.")
    missing = [kind for kind in needed if not evidence.get(kind)]
    if missing:
        raise EvidenceMissing(
            f"Missing: {', '.join(missing)}.",
            pointer="/evidence",
            remedy="Give the SHA-256 digest of each missing document.",
            missing=missing,
        )
    redemption_id = f"{order_id}-R{state.redemptions + 1}"
    return [order.RedemptionRequested(redemption_id, amount, requested_by, dict(evidence), trace)]


def approve_redemption(state: Order) -> list[order.Event]:
    """Approve what was requested."""
    at_step(state, "requested")
    return [order.RedemptionApproved(state.redemption_id)]


def reject_redemption(state: Order, reason: str) -> list[order.Event]:
    """Reject what was requested."""
    at_step(state, "requested")
    return [order.RedemptionRejected(state.redemption_id, reason)]


def at_round(state: Order, redemption_id: str) -> None:
    """Refuse a redemption that is not the present one of its order; none named means the present one."""
    if redemption_id and redemption_id != state.redemption_id:
        raise RedemptionUnknown(pointer="/redemption_id")


def reverse_redemption(state: Order, reason: str) -> list[order.Event]:
    """Take a redemption back before a settlement takes it up."""
    known(state)
    if state.status not in ("requested", "approved"):
        raise NotBeforePayment(pointer="/order_id", status=state.status)
    return [order.RedemptionReversed(state.redemption_id, reason)]


def settle(state: Order, settlement_id: str) -> list[order.Event]:
    """Let a settlement take an approved redemption up."""
    at_step(state, "approved")
    return [order.Settling(state.redemption_id, settlement_id)]


def leave_settlement(state: Order) -> list[order.Event]:
    """Let go of a settlement that is withdrawn: the redemption is approved as before, and another may take it up."""
    at_step(state, "settling")
    return [order.SettlementWithdrawn(state.redemption_id, state.settlement_id)]


def pay(state: Order, paid_on: str) -> list[order.Event]:
    """Record the payment."""
    at_step(state, "settling")
    return [order.Paid(state.redemption_id, state.settlement_id, state.claimed, paid_on)]


def cancel(state: Order, reason: str) -> list[order.Event]:
    """Cancel before anything is claimed; cancelling again changes nothing."""
    known(state)
    if state.status == "cancelled":
        return []
    at_step(state, *OPEN)
    return [order.Cancelled(reason)]


def lapse(state: Order, redeem_by_on: str, on: str) -> list[order.Event]:
    """Let an order lapse whose voucher can no longer be redeemed; stays quiet otherwise."""
    known(state)
    if state.status not in OPEN or on <= redeem_by_on:
        return []
    return [order.Lapsed(redeem_by_on)]


def claw_back(state: Order, command: ClawBack) -> list[order.Event]:
    """Demand back at most what was paid and not yet demanded back."""
    currency = at_step(state, "paid").currency
    amount = check_amount(command.amount, "/amount")
    left = state.paid - state.clawed_back
    if not 0 < amount <= left:
        remedy = f"Demand at most {format_amount(left, exponent_of(currency), currency)}."
        raise ClawbackAbovePaid(pointer="/amount", remedy=remedy, left=left)
    return [order.ClawbackOrdered(state.redemption_id, amount, command.reason)]


def known(state: Order) -> order.Registered:
    """What was registered, or a refusal where nothing was."""
    if state.registered is None:
        raise OrderUnknown(pointer="/order_id", remedy="Check the order number.")
    return state.registered


def at_step(state: Order, *steps: str) -> order.Registered:
    """What was registered, where the order is at one of these steps."""
    registered = known(state)
    if state.status not in steps:
        raise OrderNotOpen(
            f"The order is {state.status}; this needs an order that is {' or '.join(steps)}.",
            pointer="/order_id",
            status=state.status,
        )
    return registered
