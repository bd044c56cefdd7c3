"""The words of a policy: facts, explanations, decisions, orders, caps, and the policy itself."""

from collections.abc import Mapping

from vouchers.facts import Fact, Facts
from vouchers.policy.carry_over import CarryOver
from vouchers.policy.changes import Changes, FactNeeds
from vouchers.policy.examples import Example
from vouchers.policy.faults import PolicyFault, PolicyFaults
from vouchers.policy.foreign import Foreign
from vouchers.policy.pooling import Pooling
from vouchers.policy.quotes import QuoteRule
from vouchers.policy.recovery import Recovery
from vouchers.policy.rules import (
    Admission,
    Beneficiary,
    CapRule,
    Category,
    Deadlines,
    Money,
    OrderRules,
    Period,
    Settlement,
    VoucherType,
)
from vouchers.policy.stacking import Aid, Stacking
from vouchers.policy.supervision import Supervision
from vouchers.policy.support import Support
from vouchers.refusals import Cause as Reason
from vouchers.values import Value

__all__ = [
    "Assessment",
    "Cap",
    "EntitlementDecision",
    "Fact",
    "Facts",
    "OrderFacts",
    "Policy",
    "PolicyFault",
    "PolicyFaults",
    "Reason",
    "ReviewRule",
    "Step",
    "Used",
    "VoucherGrant",
]


class Step(Value):
    """One line of an explanation: the rule, its clause, and what was found or computed."""

    rule: str
    clause: str
    text: str


class VoucherGrant(Value):
    """One voucher that is granted: its kind within the policy, its face in minor units, and its two last days."""

    kind: str
    face: int
    currency: str
    categories: tuple[str, ...]
    use_by_on: str
    redeem_by_on: str


class EntitlementDecision(Value):
    """Granted or denied for one period, with all reasons and the trace of every condition."""

    granted: bool
    period: str
    vouchers: tuple[VoucherGrant, ...]
    reasons: tuple[Reason, ...]
    trace: tuple[Step, ...]


class OrderFacts(Value):
    """Everything that the assessment of an order depends on; sums in minor units, days inclusive and local.

    `asked` is the subsidy that the enterprise wants to use, None for all that it may have. `attributes` holds what
    the category asks for (days, pieces, instrument_id), `exclusions` (tuple of what the service includes of the
    never-eligible kinds), `use_by_on` where the voucher was extended, and `budget_total` where it is known.
    """

    programme: str
    category: str
    voucher_kind: str
    on: str
    contract_on: str
    starts_on: str
    ends_on: str
    gross: int
    net: int
    asked: int | None
    enterprise_id: str
    enterprise: Facts
    provider_id: str
    provider: Facts
    granted_on: str
    period: str
    attributes: Facts


class Cap(Value):
    """One ceiling that an order counts against; None means no limit of that kind."""

    level: str
    key: str
    period: str
    limit: int | None
    count_limit: int | None
    clause: str
    order_limit: int | None = None
    first_limit: int | None = None
    of_level: str = ""
    weight: int = 1  # of the level in the subsidy, in so many parts of `whole`
    whole: int = 1
    stream: str = ""  # in which its use is counted; asked for ten times an order, so it is put together once

    def part(self, amount: int) -> int:
        """What counts of a subsidy: all of it, or what the level bears."""
        return amount * self.weight // self.whole


class Used(Value):
    """What is already counted against a cap: minor units, and number of orders."""

    amount: int
    count: int


class Assessment(Value):
    """What the policy says to an order: all reasons against it, the subsidy, and how both were found."""

    reasons: tuple[Reason, ...]
    base: int
    subsidy: int
    own_share: int
    caps: tuple[Cap, ...]
    pool: str
    evidence: tuple[str, ...]
    trace: tuple[Step, ...]

    @property
    def eligible(self) -> bool:
        """Whether nothing speaks against the order."""
        return not self.reasons


class ReviewRule(Value):
    """How a redemption of one credit tier is checked; the sample is in basis points of redemptions."""

    tier: str
    sample_bp: int
    evidence: tuple[str, ...]
    payment: str  # immediate | after_check | held
    second_person: bool


class Policy(Value, eq=False):
    """A dated rulebook, read and compiled from one document; two policies are the same only if they are one object."""

    programme: str
    version: str
    title: str
    authority: str
    currency: str
    timezone: str
    effective_on: str
    ends_on: str
    grant_mode: str  # automatic | on_request
    payee: str  # provider | enterprise
    cap_scope: str
    home_regions: tuple[str, ...]
    filing_required: bool
    period: Period
    deadlines: Deadlines
    money: Money
    order_rules: OrderRules
    admission: Admission
    settlement: Settlement
    beneficiaries: tuple[Beneficiary, ...]
    voucher_types: Mapping[str, VoucherType]
    categories: Mapping[str, Category]
    cap_rules: tuple[CapRule, ...]
    quotes: tuple[QuoteRule, ...]
    tiers: Mapping[str, ReviewRule]
    supervision: Supervision | None
    stacking: Stacking | None
    aid: Aid | None
    recovery: Recovery
    pooling: Pooling
    foreign: Foreign
    carry_over: CarryOver
    changes: Changes
    fact_needs: FactNeeds
    examples: tuple[Example, ...]
    support: Support | None
