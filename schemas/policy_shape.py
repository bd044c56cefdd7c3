"""The shape of a policy document as marshmallow schemas: which tables and keys there are; unknown ones are faults."""

from marshmallow import fields

from schemas.policy_options import (
    AidSchema,
    ApprovalSchema,
    CarryOverSchema,
    ChangesSchema,
    ExamplesSchema,
    FactsSchema,
    ForeignSchema,
    LookBackSchema,
    PoolingSchema,
    QuotesSchema,
    RecoverySchema,
    StackingSchema,
    SupervisionSchema,
    SupportSchema,
)
from schemas.policy_words import ConditionSchema, PolicyTable, TestSchema, whole, words


class ProgrammeSchema(PolicyTable):
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
    home_regions = words()
    filing_required = fields.Boolean()


class PeriodSchema(PolicyTable):
    """The programme's period."""

    kind = fields.String(required=True)
    first_on = fields.String()
    last_on = fields.String()


class DeadlinesSchema(PolicyTable):
    """The days that count after a grant."""

    use_by = fields.String(required=True)
    use_by_count = whole()
    redeem_by_days = fields.Integer(strict=True, required=True)
    days_ahead = whole()
    order_by_months = whole()
    contract_after_grant = fields.Boolean()
    ends_within_use_by = fields.Boolean()
    extensions = whole()
    extension_months = whole()
    deliver_by = fields.String()
    restore_returned = fields.Boolean()
    caps_freed = fields.String()


class RoundingSchema(PolicyTable):
    """How a share becomes a whole number of units."""

    mode = fields.String(required=True)
    unit = fields.Integer(strict=True, required=True)
    per = fields.String()


class MoneySchema(PolicyTable):
    """How sums are taken."""

    base = fields.String(required=True)
    rounding = fields.Nested(RoundingSchema, required=True)
    own_share_min_bp = whole()
    exhaustion = fields.String(required=True)
    budget_total = whole()


class OrderSchema(PolicyTable):
    """What holds for every order."""

    independent = fields.Boolean()
    provider_outside_areas = words()
    never = words()
    evidence = fields.List(fields.String(), required=True)
    own_share_proof = fields.String()
    condition = fields.List(fields.Nested(ConditionSchema))


class ProviderSchema(PolicyTable):
    """How providers get in."""

    min_catalogue = whole()
    subcontract_max_bp = whole()
    notice_days = whole()
    valid_months = whole()
    publishes = words()
    recognises = words()
    condition = fields.List(fields.Nested(ConditionSchema))


class SettlementSchema(PolicyTable):
    """Who pays, how often, and what a breach takes back."""

    payer = fields.String(required=True)
    rhythm = fields.String(required=True)
    clawback_bp = fields.Integer(strict=True, required=True)
    measures = words()
    payer_areas = words()
    approvals = fields.List(fields.Nested(ApprovalSchema))
    account_ref = fields.String()


class BeneficiarySchema(PolicyTable):
    """One class of beneficiaries."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    when = fields.Nested(TestSchema, required=True)
    vouchers = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema), required=True)
    lookback = fields.List(fields.Nested(LookBackSchema))
    company_by = fields.String()


class VoucherSchema(PolicyTable):
    """One kind of voucher."""

    name = fields.String(required=True)
    face = fields.Integer(strict=True, required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class CapSchema(PolicyTable):
    """One ceiling."""

    level = fields.String(required=True)
    limit = whole()
    share_bp = whole()
    count = whole()
    period = fields.String()
    months = whole()
    category = fields.String()
    pool = fields.String()
    region_digits = whole()
    when = fields.List(fields.Nested(TestSchema))
    order_limit = whole()
    first_limit = whole()
    of_level = fields.String()


class CategorySchema(PolicyTable):
    """One spend category."""

    name = fields.String(required=True)
    vouchers = fields.List(fields.String(), required=True)
    rate_bp = whole()
    subsidy = fields.Raw()
    base = fields.String()
    cap = whole()
    max_per_order = whole()
    min_cost = whole()
    max_cost = whole()
    pool = fields.String()
    provider_kinds = fields.List(fields.String(), required=True)
    qualifications = words()
    requires = words()
    never = words()
    evidence = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class TierSchema(PolicyTable):
    """How redemptions of one credit tier are checked."""

    sample_bp = fields.Integer(strict=True, required=True)
    evidence = fields.List(fields.String(), required=True)
    payment = fields.String(required=True)
    second_person = fields.Boolean()


class PolicySchema(PolicyTable):
    """A whole policy document."""

    format = fields.Integer(strict=True, required=True)
    programme = fields.Nested(ProgrammeSchema, required=True)
    period = fields.Nested(PeriodSchema, required=True)
    deadlines = fields.Nested(DeadlinesSchema, required=True)
    money = fields.Nested(MoneySchema, required=True)
    order = fields.Nested(OrderSchema, required=True)
    provider = fields.Nested(ProviderSchema, required=True)
    settlement = fields.Nested(SettlementSchema, required=True)
    beneficiary = fields.List(fields.Nested(BeneficiarySchema))
    voucher = fields.Dict(fields.String(), fields.Nested(VoucherSchema))
    cap = fields.List(fields.Nested(CapSchema))
    subsidy = fields.Dict(fields.String(), fields.Raw())
    category = fields.Dict(fields.String(), fields.Nested(CategorySchema))
    tier = fields.Dict(fields.String(), fields.Nested(TierSchema))
    supervision = fields.Nested(SupervisionSchema)
    recovery = fields.Nested(RecoverySchema)
    examples = fields.Nested(ExamplesSchema)
    support = fields.Nested(SupportSchema)
    quotes = fields.List(fields.Nested(QuotesSchema))
    stacking = fields.Nested(StackingSchema)
    aid = fields.Nested(AidSchema)
    pooling = fields.Nested(PoolingSchema)
    foreign = fields.Nested(ForeignSchema)
    carry_over = fields.Nested(CarryOverSchema)
    changes = fields.Nested(ChangesSchema)
    facts = fields.Nested(FactsSchema)
