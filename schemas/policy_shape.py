"""The shape of a policy document as marshmallow schemas: which tables and keys there are; unknown ones are faults."""

from typing import Any

from marshmallow import RAISE, Schema, fields


def _whole() -> fields.Integer:
    """A whole number, never one that only looks like it."""
    return fields.Integer(strict=True)


def _words() -> fields.List[Any]:
    """A list of words."""
    return fields.List(fields.String())


class _Table(Schema):
    """Any table of a policy: it may name its clause and the source of its values, and nothing unknown."""

    class Meta:
        """Unknown keys are faults."""

        unknown = RAISE

    clause = fields.String()
    source = fields.Raw()


class TestSchema(_Table):
    """What a condition asks: one operator on one fact, a size class, or a combination."""

    __test__ = False

    any = fields.List(fields.Nested(lambda: TestSchema))
    all = fields.List(fields.Nested(lambda: TestSchema))
    class_ = fields.String(data_key="class")
    of = fields.String()
    fact = fields.String()
    one_of = fields.List(fields.Raw())
    none_of = fields.List(fields.Raw())
    includes = _words()
    starts_with = _words()
    not_starts_with = _words()
    below = _whole()
    at_most = _whole()
    at_least = _whole()
    is_true = fields.Boolean()
    is_false = fields.Boolean()
    older_than_months = _whole()
    within_months = _whole()


class ConditionSchema(_Table):
    """A condition with its code, its sentence and its remedy."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    remedy = fields.String(required=True)
    of = fields.String()
    at = _words()
    test = fields.Nested(TestSchema, required=True)


class ProgrammeSchema(_Table):
    """Whose policy it is, from when, in which money."""

    code = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    authority = fields.String(required=True)
    currency = fields.String(required=True)
    timezone = fields.String(required=True)
    effective_on = fields.String(required=True)
    ends_on = fields.String()
    grant = fields.String(required=True)
    payee = fields.String(required=True)
    cap_scope = fields.String(required=True)
    home_regions = _words()
    filing_required = fields.Boolean()


class PeriodSchema(_Table):
    """The programme's period."""

    kind = fields.String(required=True)
    first_on = fields.String()
    last_on = fields.String()


class DeadlinesSchema(_Table):
    """The days that count after a grant."""

    use_by = fields.String(required=True)
    use_by_count = _whole()
    redeem_by_days = fields.Integer(strict=True, required=True)
    days_ahead = _whole()
    order_by_months = _whole()
    contract_after_grant = fields.Boolean()
    ends_within_use_by = fields.Boolean()
    extensions = _whole()
    extension_months = _whole()


class RoundingSchema(_Table):
    """How a share becomes a whole number of units."""

    mode = fields.String(required=True)
    unit = fields.Integer(strict=True, required=True)


class MoneySchema(_Table):
    """How sums are taken."""

    base = fields.String(required=True)
    rounding = fields.Nested(RoundingSchema, required=True)
    own_share_min_bp = _whole()
    exhaustion = fields.String(required=True)
    budget_total = _whole()


class OrderSchema(_Table):
    """What holds for every order."""

    independent = fields.Boolean()
    provider_outside_areas = _words()
    never = _words()
    evidence = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class ProviderSchema(_Table):
    """How providers get in."""

    min_catalogue = _whole()
    subcontract_max_bp = _whole()
    notice_days = _whole()
    valid_months = _whole()
    publishes = _words()
    recognises = _words()
    condition = fields.List(fields.Nested(ConditionSchema))


class ApprovalSchema(_Table):
    """From which amount on a batch needs how many approvals."""

    from_amount = fields.Integer(strict=True, required=True)
    approvals = fields.Integer(strict=True, required=True)


class RecoverySchema(_Table):
    """On which terms paid money is demanded back."""

    interest_bp = _whole()
    base_days = _whole()
    grace_days = _whole()
    interest_from = fields.String()
    instalments = _whole()
    write_off_up_to = _whole()
    netting = fields.Boolean()


class SettlementSchema(_Table):
    """Who pays, how often, and what a breach takes back."""

    payer = fields.String(required=True)
    rhythm = fields.String(required=True)
    clawback_bp = fields.Integer(strict=True, required=True)
    measures = _words()
    payer_areas = _words()
    approvals = fields.List(fields.Nested(ApprovalSchema))
    account_ref = fields.String()


class LookBackSchema(_Table):
    """A programme whose grant stands against another for some months."""

    programme = fields.String(required=True)
    months = fields.Integer(strict=True, required=True)
    text = fields.String(required=True)
    remedy = fields.String(required=True)


class CostSplitSchema(_Table):
    """The share of one level of government."""

    level = fields.String(required=True)
    share_bp = fields.Integer(strict=True, required=True)


class StackingSchema(_Table):
    """Which other programmes may pay for the same contract, and which levels share the cost."""

    one_programme = fields.Boolean()
    with_ = fields.List(fields.String(), data_key="with")
    ceiling_bp = _whole()
    cost_split = fields.List(fields.Nested(CostSplitSchema))


class AidSchema(_Table):
    """The ceiling on what one undertaking receives."""

    scope = fields.String(required=True)
    ceiling = fields.Integer(strict=True, required=True)
    period = fields.String(required=True)
    months = _whole()
    counts_at = fields.String(required=True)


class BeneficiarySchema(_Table):
    """One class of beneficiaries."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    when = fields.Nested(TestSchema, required=True)
    vouchers = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema), required=True)
    lookback = fields.List(fields.Nested(LookBackSchema))
    company_by = fields.String()


class VoucherSchema(_Table):
    """One kind of voucher."""

    name = fields.String(required=True)
    face = fields.Integer(strict=True, required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class CapSchema(_Table):
    """One ceiling."""

    level = fields.String(required=True)
    limit = _whole()
    share_bp = _whole()
    count = _whole()
    period = fields.String()
    months = _whole()
    category = fields.String()
    pool = fields.String()
    region_digits = _whole()
    when = fields.List(fields.Nested(TestSchema))
    order_limit = _whole()
    first_limit = _whole()


class CategorySchema(_Table):
    """One spend category."""

    name = fields.String(required=True)
    vouchers = fields.List(fields.String(), required=True)
    rate_bp = _whole()
    subsidy = fields.Raw()
    base = fields.String()
    cap = _whole()
    max_per_order = _whole()
    min_cost = _whole()
    max_cost = _whole()
    pool = fields.String()
    provider_kinds = fields.List(fields.String(), required=True)
    qualifications = _words()
    requires = _words()
    never = _words()
    evidence = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class TierSchema(_Table):
    """How redemptions of one credit tier are checked."""

    sample_bp = fields.Integer(strict=True, required=True)
    evidence = fields.List(fields.String(), required=True)
    payment = fields.String(required=True)
    second_person = fields.Boolean()


class QuotesSchema(_Table):
    """One step of the ladder of offers."""

    above = fields.Integer(strict=True, required=True)
    count = fields.Integer(strict=True, required=True)
    category = fields.String()


class ExampleSchema(_Table):
    """One worked case and what it must come to."""

    text = fields.String(required=True)
    on = fields.String()
    category = fields.String()
    voucher = fields.String()
    gross = _whole()
    net = _whole()
    asked = _whole()
    enterprise = fields.Dict(fields.String(), fields.Raw())
    provider = fields.Dict(fields.String(), fields.Raw())
    attributes = fields.Dict(fields.String(), fields.Raw())
    used = fields.Dict(fields.String(), _whole())
    counted = fields.Dict(fields.String(), _whole())
    subsidy = _whole()
    grants = _words()
    refused = _words()


class ExamplesSchema(_Table):
    """The worked cases, and the facts that hold for all of them."""

    enterprise = fields.Dict(fields.String(), fields.Raw())
    provider = fields.Dict(fields.String(), fields.Raw())
    case = fields.List(fields.Nested(ExampleSchema))


class PoolingSchema(_Table):
    """How many vouchers and firms one order may bring together."""

    firms = _whole()
    vouchers = _whole()
    max_per_order = fields.String()


class ForeignSchema(_Table):
    """Which foreign currencies are taken, and how they are converted."""

    currencies = fields.List(fields.String(), required=True)
    rounding = fields.String(required=True)
    max_rate_age_days = _whole()
    invoice_rate = fields.String()


class CarryOverSchema(_Table):
    """How much of an unused rest goes on into the next period."""

    share_bp = fields.Integer(strict=True, required=True)
    limit = _whole()


class ApprovalsSchema(_Table):
    """A sum from which on a claim needs so many approvals."""

    from_amount = fields.Integer(strict=True, required=True)
    approvals = fields.Integer(strict=True, required=True)


class TiesSchema(_Table):
    """How far ties are searched, and what one means."""

    at_order = fields.String()
    at_redemption = fields.String()
    depth = _whole()
    share_bp = _whole()
    months = _whole()


class SplittingSchema(_Table):
    """Orders of one pair that count as one."""

    days = fields.Integer(strict=True, required=True)
    max_per_order = fields.Boolean()
    quotes = fields.Boolean()
    approvals = fields.Boolean()


class MoveSchema(_Table):
    """When a credit tier moves."""

    after = fields.String(required=True)
    times = _whole()
    steps = _whole()


class SignalsSchema(_Table):
    """The thresholds of the signals."""

    near_bp = _whole()
    min_days = fields.Dict(fields.String(), fields.Raw())
    price_bp = _whole()
    subcontracted_bp = _whole()
    yearly_repeats = _whole()
    statuses = _words()
    shared = fields.Boolean()
    own_share = fields.Boolean()
    identical_amounts = _whole()
    agent_firms = _whole()
    controller_firms = _whole()
    reviewer_bp = _whole()
    reviewer_least = _whole()
    burst_orders = _whole()
    burst_days = _whole()
    first_hour = _whole()
    last_hour = _whole()
    queue_jump = _whole()


class SupervisionSchema(_Table):
    """How a programme is supervised."""

    repair_months = _whole()
    provider_tiers = fields.Boolean()
    holds = fields.Boolean()
    period_seeds = fields.Boolean()
    approvals = fields.List(fields.Nested(ApprovalsSchema))
    recheck_bp = _whole()
    recheck_every_months = _whole()
    move = fields.List(fields.Nested(MoveSchema))
    ties = fields.Nested(TiesSchema)
    splitting = fields.Nested(SplittingSchema)
    signals = fields.Nested(SignalsSchema)


class CauseSchema(_Table):
    """What follows from one cause for which facts no longer fit."""

    reasons = _words()
    when = fields.Nested(TestSchema)
    unreserved = fields.String(required=True)
    reserved = fields.String(required=True)
    claims = fields.String(required=True)


class ChangesSchema(_Table):
    """Facts that change after a grant."""

    test_facts_on = fields.String()
    consecutive_years = _whole()
    cause = fields.Dict(fields.String(), fields.Nested(CauseSchema))


class FactsSchema(_Table):
    """What must be true of the facts before anything is decided."""

    needs = _words()
    max_age_days = _whole()


class PolicySchema(_Table):
    """A whole policy document."""

    format = fields.Integer(strict=True, required=True)
    programme = fields.Nested(ProgrammeSchema, required=True)
    period = fields.Nested(PeriodSchema, required=True)
    deadlines = fields.Nested(DeadlinesSchema, required=True)
    money = fields.Nested(MoneySchema, required=True)
    order = fields.Nested(OrderSchema, required=True)
    provider = fields.Nested(ProviderSchema, required=True)
    settlement = fields.Nested(SettlementSchema, required=True)
    beneficiary = fields.List(fields.Nested(BeneficiarySchema), required=True)
    voucher = fields.Dict(fields.String(), fields.Nested(VoucherSchema), required=True)
    cap = fields.List(fields.Nested(CapSchema), required=True)
    subsidy = fields.Dict(fields.String(), fields.Raw())
    category = fields.Dict(fields.String(), fields.Nested(CategorySchema), required=True)
    tier = fields.Dict(fields.String(), fields.Nested(TierSchema), required=True)
    supervision = fields.Nested(SupervisionSchema)
    recovery = fields.Nested(RecoverySchema)
    examples = fields.Nested(ExamplesSchema)
    quotes = fields.List(fields.Nested(QuotesSchema))
    stacking = fields.Nested(StackingSchema)
    aid = fields.Nested(AidSchema)
    pooling = fields.Nested(PoolingSchema)
    foreign = fields.Nested(ForeignSchema)
    carry_over = fields.Nested(CarryOverSchema)
    changes = fields.Nested(ChangesSchema)
    facts = fields.Nested(FactsSchema)
