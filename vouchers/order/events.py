"""What can have happened to an order; names and fields are the stored format."""

from vouchers.facts import Fact
from vouchers.values import Value


class Line(Value):
    """One line of the reasoning: which rule, which clause, what it said or computed."""

    rule: str
    clause: str
    text: str


class Registered(Value):
    """A service contract was registered and found eligible; money in minor units of `currency`.
    It carries everything the decision used: facts, policy version, reasoning, and the streams of the caps it counts in.
    """

    programme: str
    period: str
    category: str
    voucher_id: str
    enterprise_id: str
    provider_id: str
    policy_version: str
    policy_digest: str
    registered_on: str
    granted_on: str
    contract_digest: str
    contract_on: str
    starts_on: str
    ends_on: str
    currency: str
    gross: int
    net: int
    asked: int | None
    attributes: dict[str, Fact]
    base: int
    subsidy: int
    own_share: int
    pool: str
    caps: tuple[str, ...]
    evidence: tuple[str, ...]
    tier: str
    payee: str
    voucher_kind: str
    enterprise_facts: dict[str, Fact]
    provider_facts: dict[str, Fact]
    trace: tuple[Line, ...]


class Cancelled(Value):
    """The order was cancelled before anything was claimed; what it held was released."""

    reason: str


class Lapsed(Value):
    """The redeem-by day passed without a claim; what the order held was released."""

    redeem_by_on: str


class DeliveryAccepted(Value):
    """The enterprise accepted the delivered service; the digest is of the service report."""

    delivered_on: str
    report_digest: str


class InvoiceFiled(Value):
    """The provider's invoice was filed; gross and net in minor units."""

    invoice: str
    issued_on: str
    gross: int
    net: int


class RedemptionRequested(Value):
    """The payee asked for the subsidy on the actual cost, with evidence by digest."""

    redemption_id: str
    amount: int
    requested_by: str
    evidence: dict[str, str]
    trace: tuple[Line, ...]


class RedemptionApproved(Value):
    """The redemption may be paid."""

    redemption_id: str


class RedemptionRejected(Value):
    """A reviewer rejected the redemption; the value is reserved again."""

    redemption_id: str
    reason: str


class RedemptionReversed(Value):
    """The redemption was taken back before payment; the value is reserved again."""

    redemption_id: str
    reason: str


class Settling(Value):
    """A settlement took the redemption up."""

    redemption_id: str
    settlement_id: str


class SettlementWithdrawn(Value):
    """The settlement that had taken the redemption up was withdrawn; another may take it up."""

    redemption_id: str
    settlement_id: str


class Paid(Value):
    """The bank confirmed the payment."""

    redemption_id: str
    settlement_id: str
    amount: int
    paid_on: str


class PaymentReturned(Value):
    """The payment came back from the payee's bank; the redemption is owed again."""

    redemption_id: str
    settlement_id: str
    amount: int
    reason: str


class ClawbackOrdered(Value):
    """Money paid for this order is demanded back."""

    redemption_id: str
    amount: int
    reason: str


class Shared(Value):
    """The order draws on several vouchers: what this one pays of the subsidy, and the caps that count its part only."""

    voucher_id: str
    enterprise_id: str
    amount: int
    caps: tuple[str, ...]


class ClaimShared(Value):
    """What one of several vouchers pays of a redemption."""

    redemption_id: str
    voucher_id: str
    amount: int


class RestKept(Value):
    """More is to come after this redemption: so much of the reservation stays set aside for it."""

    redemption_id: str
    amount: int


class PartnerJoined(Value):
    """Another firm put its voucher into the order: its facts of that day, and the reasoning about them."""

    enterprise_id: str
    granted_on: str
    facts: dict[str, Fact]
    trace: tuple[Line, ...]


class ConvertedFrom(Value):
    """A sum was stated in foreign money: of the contract, or of the invoice named; `rate` is in millionths.
    `foreign_gross` and `foreign_net` are minor units of that money, gross and net what they make in the order's own.
    """

    invoice: str
    foreign_currency: str
    foreign_gross: int
    foreign_net: int
    rate: int
    rate_on: str
    rate_source: str
    gross: int
    net: int


class PartDelivered(Value):
    """The enterprise accepted a further part of the service; the digest is of the report on it."""

    delivered_on: str
    report_digest: str


class InvoiceAdded(Value):
    """A further invoice of the provider was filed; gross and net in minor units."""

    invoice: str
    issued_on: str
    gross: int
    net: int


class InvoiceRemoved(Value):
    """An invoice that nothing was claimed for was taken off the order, corrected or replaced by another."""

    invoice: str
    reason: str


class InvoiceReversed(Value):
    """A red-letter invoice took this much of an invoice of the order back; gross and net in minor units."""

    invoice: str
    red_invoice: str
    gross: int
    net: int


class OverpaymentFound(Value):
    """What was paid on invoices that were later reversed is above what is due on the rest; all in minor units."""

    redemption_id: str
    red_invoice: str
    paid: int
    due: int
    amount: int
    trace: tuple[Line, ...]


class Changed(Value):
    """The contract was changed; the new terms, with the facts and the reasoning of that day, hold from now on."""

    changed_on: str
    reason: str
    contract_digest: str
    ends_on: str
    gross: int
    net: int
    asked: int | None
    attributes: dict[str, Fact]
    base: int
    subsidy: int
    own_share: int
    enterprise_facts: dict[str, Fact]
    provider_facts: dict[str, Fact]
    trace: tuple[Line, ...]


class RestReleased(Value):
    """No more is claimed after the redemptions that stand: the rest was released, and `status` is theirs."""

    amount: int
    reason: str
    status: str


class OwnSharePaid(Value):
    """The enterprise proved that it paid this much of its own share; the digest is of the bank's document."""

    amount: int
    paid_on: str
    digest: str


class OwnShareRefunded(Value):
    """The enterprise got back this much of its own share, which must have paid `needed`; the digest is of the proof."""

    amount: int
    refunded_on: str
    digest: str
    needed: int


class LevelShare(Value):
    """What one level of government pays, in minor units."""

    level: str
    amount: int


class Funded(Value):
    """Several levels of government pay: their shares of a redemption, or of the whole subsidy where none is named."""

    redemption_id: str
    levels: tuple[LevelShare, ...]


class SubcontractingReported(Value):
    """The provider reported how much of the work it passed on to others, in basis points of the order."""

    subcontracted_bp: int
    reported_by: str


class CouponsIssued(Value):
    """So much of what the order holds was set aside for the coupons of a booklet."""

    booklet_id: str
    amount: int


class CouponsFreed(Value):
    """So much is set aside for coupons no longer: one came in here or elsewhere, or their booklet is over."""

    booklet_id: str
    amount: int
    reason: str


Event = (
    Registered
    | Cancelled
    | Lapsed
    | DeliveryAccepted
    | InvoiceFiled
    | RedemptionRequested
    | RedemptionApproved
    | RedemptionRejected
    | RedemptionReversed
    | Settling
    | SettlementWithdrawn
    | Paid
    | ClawbackOrdered
    | PaymentReturned
    | Shared
    | ClaimShared
    | RestKept
    | Funded
    | PartnerJoined
    | ConvertedFrom
    | PartDelivered
    | InvoiceAdded
    | InvoiceRemoved
    | InvoiceReversed
    | OverpaymentFound
    | Changed
    | RestReleased
    | OwnSharePaid
    | OwnShareRefunded
    | SubcontractingReported
    | CouponsIssued
    | CouponsFreed
)
