"""What a policy document says, read into values: conditions, categories, caps, deadlines, subsidies."""

from collections.abc import Callable
from typing import TypeAlias

from vouchers.facts import Facts
from vouchers.policy.recovery import ApprovalRule
from vouchers.policy.stacking import LookBack
from vouchers.values import Value


class Check(Value, eq=False):
    """One question about facts, compiled: it holds on a day, it says what it saw, it names what it lacks."""

    holds: Callable[[Facts, str], bool]
    says: Callable[[Facts], str]
    missing: Callable[[Facts], tuple[str, ...]]


class Condition(Value, eq=False):
    """A check with its standing: whose facts, when it is asked, its clause, and what a refusal says."""

    code: str
    clause: str
    text: str
    remedy: str
    of: str  # enterprise | provider | order
    at: tuple[str, ...]  # grant | order
    check: Check


class Rounding(Value):
    """How a share of an order, or of each of its invoices, becomes a whole number of units (in minor units)."""

    half_up: bool
    unit: int
    by_line: bool = False


class Flat(Value):
    """One rate in basis points."""

    rate_bp: int


class Matrix(Value):
    """A rate by the origins of enterprise and provider, in basis points."""

    in_in_bp: int
    in_out_bp: int
    out_in_bp: int
    out_out_bp: int


class Brackets(Value):
    """A rate for each band of the cost: (upper end or None for no end, basis points), lowest band first."""

    bands: tuple[tuple[int | None, int], ...]


class PerDay(Value):
    """A rate in basis points, never above a sum for each day of service."""

    rate_bp: int
    day_ceiling: int


class Pieces(Value):
    """Whole pieces of one value; no change is given."""

    piece: int
    fewest: int
    most: int


class Level(Value, eq=False):
    """What one level of government adds, in basis points, perhaps under a condition."""

    name: str
    rate_bp: int
    when: Condition | None


class Stack(Value, eq=False):
    """Several levels of government, each a share of the whole base or of what the earlier ones left."""

    levels: tuple[Level, ...]
    of_rest: bool


Subsidy: TypeAlias = Flat | Matrix | Brackets | PerDay | Pieces | Stack


class Category(Value, eq=False):
    """One kind of service that may be bought, with everything that is special to it."""

    code: str
    name: str
    clause: str
    vouchers: tuple[str, ...]
    subsidy: Subsidy
    base: str
    max_per_order: int | None
    min_cost: int | None
    max_cost: int | None
    pool: str
    provider_kinds: tuple[str, ...]
    qualifications: tuple[str, ...]
    requires: tuple[str, ...]
    never: tuple[str, ...]
    evidence: tuple[str, ...]
    conditions: tuple[Condition, ...]


class VoucherType(Value, eq=False):
    """A kind of voucher: its face in minor units and what must hold to be given it."""

    code: str
    name: str
    clause: str
    face: int
    categories: tuple[str, ...]
    conditions: tuple[Condition, ...]


class Beneficiary(Value, eq=False):
    """A class of those who may be granted vouchers: how to know one, and what must hold."""

    code: str
    name: str
    clause: str
    when: Condition
    conditions: tuple[Condition, ...]
    asked_again: tuple[Condition, ...]  # those of the conditions that must still hold at every order
    vouchers: tuple[VoucherType, ...]
    lookbacks: tuple[LookBack, ...] = ()
    company_by: str = ""  # settlement: what was granted to a person or a team is paid once there is a company


class CapRule(Value, eq=False):
    """One ceiling: where it counts, over which period, in money or in uses, and for whom."""

    level: str
    clause: str
    limit: int | None
    share_bp: int | None  # of the budget of the year, where no sum is fixed
    count: int | None
    period: str  # programme | calendar_year | lifetime | rolling
    months: int
    category: str
    pool: str
    region_digits: int
    when: tuple[Condition, ...]
    order_limit: int | None = None  # of any single order
    first_limit: int | None = None  # of an order before which none is counted
    of_level: str = ""  # counts what this level of government bears, not the whole subsidy


class Period(Value):
    """The programme's period: calendar year, one window, or twelve months counted from the effective day."""

    kind: str
    first_on: str
    last_on: str


class Deadlines(Value):
    """Every day that counts after a grant."""

    use_by: str  # end_of_period | days_after_issue | months_after_issue
    use_by_count: int
    redeem_by_days: int
    days_ahead: int
    order_by_months: int
    contract_after_grant: bool
    ends_within_use_by: bool
    extensions: int
    extension_months: int
    clause: str
    deliver_by: str = "any"  # any | use_by | redeem_by: the last day of a delivery
    restore_returned: bool = False  # whether value that was given back may be taken again
    caps_freed: str = "always"  # always | within_use_by: when released value returns to the ceilings


class Money(Value):
    """How sums are taken: base, rounding, the share that always stays with the enterprise, the year's total."""

    base: str  # gross | net | net_if_deductible
    rounding: Rounding
    own_share_min_bp: int
    exhaustion: str  # first_come | block_category | queue | pro_rata
    budget_total: int | None
    clause: str


class OrderRules(Value, eq=False):
    """What holds for every order, whatever its category."""

    independent: bool
    provider_outside_areas: tuple[str, ...]
    never: tuple[str, ...]
    evidence: tuple[str, ...]
    conditions: tuple[Condition, ...]
    clause: str
    own_share_proof: str = "evidence"  # evidence | amount: by a document, or by sums that are counted


class Admission(Value, eq=False):
    """How a provider gets in: conditions, days of public notice, months that an accreditation lasts (0: no end).

    `min_catalogue` is how many products of a category it must have published to take an order of it, each with all
    that `publishes` names; `subcontract_max_bp` how much of an order it may pass on, None for no rule about that.
    """

    notice_days: int
    valid_months: int
    publishes: tuple[str, ...]
    conditions: tuple[Condition, ...]
    clause: str
    recognises: tuple[str, ...] = ()  # regions whose admissions count; none named: every admission
    min_catalogue: int = 0
    subcontract_max_bp: int | None = None


class Settlement(Value):
    """Who pays, in which rhythm, and what is taken back on a breach (basis points of what was paid)."""

    payer: str  # programme | enterprise_region
    rhythm: str  # on_demand | monthly | quarterly | yearly
    clawback_bp: int
    measures: tuple[str, ...]
    clause: str
    payer_areas: tuple[str, ...] = ()  # the areas whose finance pays for their own enterprises
    approvals: tuple[ApprovalRule, ...] = ()
    account_ref: str = ""  # the account that the programme pays from
