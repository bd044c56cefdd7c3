"""What can have happened to an order; names and fields are the stored format."""

from dataclasses import dataclass

from vouchers.facts import Fact


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the reasoning: which rule, which clause, what it said or computed."""

    rule: str
    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class Registered:
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


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The order was cancelled before anything was claimed; what it held was released."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The redeem-by day passed without a claim; what the order held was released."""

    redeem_by_on: str


@dataclass(frozen=True, slots=True)
class DeliveryAccepted:
    """The enterprise accepted the delivered service; the digest is of the service report."""

    delivered_on: str
    report_digest: str


@dataclass(frozen=True, slots=True)
class InvoiceFiled:
    """The provider's invoice was filed; gross and net in minor units."""

    invoice: str
    issued_on: str
    gross: int
    net: int


@dataclass(frozen=True, slots=True)
class RedemptionRequested:
    """The payee asked for the subsidy on the actual cost, with evidence by digest."""

    redemption_id: str
    amount: int
    requested_by: str
    evidence: dict[str, str]
    trace: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class RedemptionApproved:
    """The redemption may be paid."""

    redemption_id: str


@dataclass(frozen=True, slots=True)
class RedemptionRejected:
    """A reviewer rejected the redemption; the value is reserved again."""

    redemption_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RedemptionReversed:
    """The redemption was taken back before payment; the value is reserved again."""

    redemption_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settling:
    """A settlement took the redemption up."""

    redemption_id: str
    settlement_id: str


@dataclass(frozen=True, slots=True)
class SettlementWithdrawn:
    """The settlement that had taken the redemption up was withdrawn; another may take it up."""

    redemption_id: str
    settlement_id: str


@dataclass(frozen=True, slots=True)
class Paid:
    """The bank confirmed the payment."""

    redemption_id: str
    settlement_id: str
    amount: int
    paid_on: str


@dataclass(frozen=True, slots=True)
class ClawbackOrdered:
    """Money paid for this order is demanded back."""

    redemption_id: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Shared:
    """The order draws on several vouchers: what this one pays of the subsidy, and the caps that count its part only."""

    voucher_id: str
    enterprise_id: str
    amount: int
    caps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimShared:
    """What one of several vouchers pays of a redemption."""

    redemption_id: str
    voucher_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class RestKept:
    """More is to come after this redemption: so much of the reservation stays set aside for it."""

    redemption_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class PartnerJoined:
    """Another firm put its voucher into the order: its facts of that day, and the reasoning about them."""

    enterprise_id: str
    granted_on: str
    facts: dict[str, Fact]
    trace: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ConvertedFrom:
    """A sum was stated in foreign money: of the contract, or of the invoice named; `rate` is in millionths.

    `foreign_gross` and `foreign_net` are minor units of `currency`, gross and net what they make in the order's own.
    """

    invoice: str
    currency: str
    foreign_gross: int
    foreign_net: int
    rate: int
    rate_on: str
    rate_source: str
    gross: int
    net: int


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
    | Shared
    | ClaimShared
    | RestKept
    | PartnerJoined
    | ConvertedFrom
)
