"""What may happen to an order next."""

from collections.abc import Mapping
from typing import Final

from vouchers.facts import Fact
from vouchers.money import check_amount
from vouchers.order import events as order
from vouchers.order.state import Claim, Order
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.values import Value, field

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


class RedemptionAmbiguous(Conflict):
    """The order has several redemptions that this could be about."""


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


class ReturnAfterClawback(Conflict):
    """The payment is being demanded back already, so money that comes back is a repayment of that debt."""

    remedy = "Record it as a receipt of the debt."


class OwnShareCameBack(Conflict):
    """The enterprise got its own share back, so the public money cannot be paid."""

    remedy = "Prove that the own share was paid again, or reverse the redemption."


class ClaimReduced(Conflict):
    """A red-letter invoice took back a part of what this redemption was asked for."""

    remedy = "Withdraw the settlement, reverse the redemption, and ask for what is left."


class NotBeforePayment(Conflict):
    """Only a redemption that no settlement has taken up can be reversed; use a clawback after payment."""

    remedy = "Look at the order: withdraw its settlement before it is approved, or claw the money back once paid."


class Rate(Value):
    """What one whole unit of a foreign currency is worth in the programme's: millionths, their day and their source."""

    millionths: int
    on: str
    source: str


class RegisterOrder(Value):
    """Register a service contract; gross and net in minor units, asked = the subsidy wanted or nothing for all.

    `vouchers` are further ones to draw on beside `voucher_id`. Where gross and net are in a foreign `currency`, the
    rate says what they are worth; `asked` is in the programme's own money.
    """

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
    vouchers: tuple[str, ...] = ()
    currency: str = ""
    rate: Rate | None = None


class AcceptDelivery(Value):
    """The enterprise accepts the delivered service."""

    order_id: str
    delivered_on: str
    report_digest: str


class FileInvoice(Value):
    """The provider files an invoice; gross and net in minor units, where given of a foreign currency.

    They are the part of the invoice that is this order's; where that is not the whole, `total_gross` and `total_net`
    say what the invoice comes to. `replaces` names an invoice of the order that gives way to this one.
    """

    order_id: str
    invoice: str
    issued_on: str
    gross: int
    net: int
    currency: str = ""
    rate: Rate | None = None
    replaces: str = ""
    total_gross: int | None = None
    total_net: int | None = None


class RequestRedemption(Value):
    """The payee asks for the subsidy, with evidence by kind and digest; where more is to come, the rest is kept."""

    order_id: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    more_to_come: bool = False


class CancelOrder(Value):
    """Cancel an order, or what is left of it after the redemptions that stand."""

    order_id: str
    reason: str


class ReverseRedemption(Value):
    """Take a redemption back before payment: the one of this number, or without a number the present one."""

    order_id: str
    reason: str
    redemption_id: str = ""


class ClawBack(Value):
    """Demand money back that was paid for an order; amount in minor units."""

    order_id: str
    amount: int
    reason: str
    redemption_id: str = ""
    enterprise_amount: int | None = None  # what of it the enterprise owes, the provider owing the rest


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


def is_open(state: Order) -> bool:
    """Whether more may be delivered, invoiced and claimed: before the first claim, or while a rest is kept."""
    return bool(state.held) if state.claims else state.status in OPEN


def check_claimable(state: Order) -> None:
    """Refuse to ask for a redemption unless there is an invoice, and something is held for it."""
    check_open(state, ("invoiced",), ready=bool(state.bills))


def request_redemption(
    state: Order,
    *,
    amount: int,
    requested_by: str,
    evidence: Mapping[str, str],
    needed: tuple[str, ...],
    trace: tuple[order.Line, ...],
    order_id: str,
    more_to_come: bool = False,
) -> list[order.Event]:
    """Ask for the subsidy once all evidence is there; what is not asked for is kept where more is to come."""
    check_claimable(state)
    if amount <= 0:
        raise NothingToClaim(pointer="/order_id", remedy="Correct the invoice, or cancel the order.")
    missing = [kind for kind in needed if not evidence.get(kind)]
    if missing:
        raise EvidenceMissing(
            f"Missing: {', '.join(missing)}.",
            pointer="/evidence",
            remedy="Give each missing document, or its SHA-256 digest.",
            missing=missing,
        )
    redemption_id = f"{order_id}-R{state.redemptions + 1}"
    requested = order.RedemptionRequested(redemption_id, amount, requested_by, dict(evidence), trace)
    rest = state.held - amount
    return [requested, order.RestKept(redemption_id, rest)] if more_to_come and rest else [requested]


def approve_redemption(state: Order, redemption_id: str = "") -> list[order.Event]:
    """Approve what was requested."""
    check_own_share(state)
    return [order.RedemptionApproved(claim_at(state, redemption_id, "requested").redemption_id)]


def reject_redemption(state: Order, reason: str, redemption_id: str = "") -> list[order.Event]:
    """Reject what was requested."""
    return [order.RedemptionRejected(claim_at(state, redemption_id, "requested").redemption_id, reason)]


def claim_at(state: Order, redemption_id: str, *steps: str) -> Claim:
    """The redemption of this number, at one of these steps; without a number the only one it can be."""
    known(state)
    if redemption_id:
        claim = state.claims.get(redemption_id)
        if claim is None and redemption_id != state.redemption_id:
            raise RedemptionUnknown(pointer="/redemption_id")
        if claim is None or claim.status not in steps:
            raise not_at(claim.status if claim else state.status, steps)
        return claim
    fitting = [claim for claim in state.claims.values() if claim.status in steps]
    if not fitting:
        raise not_at(state.status, steps)
    return _only(fitting)


def claim_to_review(state: Order, redemption_id: str) -> str:
    """The number of the redemption that reviewers speak of: the one named, the one that waits, or the latest."""
    known(state)
    if redemption_id and redemption_id != state.redemption_id and redemption_id not in state.claims:
        raise RedemptionUnknown(pointer="/redemption_id")
    waiting = [claim for claim in state.claims.values() if claim.status == "requested"]
    return redemption_id or (_only(waiting).redemption_id if waiting else state.redemption_id)


def claim_in(state: Order, settlement_id: str, redemption_id: str = "") -> Claim:
    """The redemption that a settlement has taken up: the one named, or the only one of this order in it."""
    known(state)
    number = redemption_id or state.redemption_id
    taken = [claim for claim in state.claims.values() if claim.settlement_id == settlement_id]
    if redemption_id or not taken:
        return state.claims.get(number, Claim(number))
    return _only(taken)


def reverse_redemption(state: Order, reason: str, redemption_id: str = "") -> list[order.RedemptionReversed]:
    """Take a redemption back before a settlement takes it up."""
    try:
        claim = claim_at(state, redemption_id, "requested", "approved")
    except OrderNotOpen as refused:
        status = refused.facts["status"]
        if status in ("registered", "delivered", "invoiced"):
            told, remedy = "This order has no redemption that could be reversed.", "Cancel the order to free its value."
            raise NotBeforePayment(told, pointer="/order_id", remedy=remedy, status=status) from refused
        raise NotBeforePayment(pointer="/order_id", status=status) from refused
    return [order.RedemptionReversed(claim.redemption_id, reason)]


def check_own_share(state: Order) -> None:
    """Refuse to approve or pay while a refund has left less than the enterprise's own share."""
    if state.own.void:
        raise OwnShareCameBack(pointer="/order_id", proven=state.own.proven, needed=state.own.needed)


def known(state: Order) -> order.Registered:
    """What was registered, or a refusal where nothing was."""
    if state.registered is None:
        raise OrderUnknown(pointer="/order_id", remedy="Check the order number.")
    return state.registered


def check_open(state: Order, steps: tuple[str, ...] = OPEN, *, ready: bool = True) -> order.Registered:
    """What was registered, where the order is open and ready; these are the steps at which an order without claims is.

    With claims the step last taken tells nothing about the rest, so that the refusal tells where the last of them is.
    """
    registered = known(state)
    if not (is_open(state) and ready):
        raise not_at(list(state.claims.values())[-1].status if state.claims else state.status, steps)
    return registered


def _only(claims: list[Claim]) -> Claim:
    if len(claims) > 1:
        numbers = [claim.redemption_id for claim in claims]
        raise RedemptionAmbiguous(
            pointer="/redemption_id", remedy=f"Name one of: {', '.join(numbers)}.", redemptions=numbers
        )
    return claims[0]


def not_at(status: str, steps: tuple[str, ...]) -> OrderNotOpen:
    """The refusal of an order that is at another step; where it has yet to come to the right one, what comes first."""
    way = list(_FOLLOWING)
    passed = way[: way.index(status) + 1] if status in way else steps
    return OrderNotOpen(
        f"The order is {status}; this needs an order that is {' or '.join(steps)}.",
        pointer="/order_id",
        remedy="" if set(steps) & set(passed) else _FOLLOWING[status],
        status=status,
    )


# What is done next with an order at a step on its way to payment.
_FOLLOWING: Final = {
    "registered": "Accept its delivery first.",
    "delivered": "File its invoice first.",
    "invoiced": "Ask for its redemption first.",
    "requested": "Let a reviewer approve its redemption first.",
}
