"""The tables that only some programmes have, as marshmallow schemas; unknown keys are faults."""

from marshmallow import fields

from schemas.policy_words import PolicyTable, TestSchema, whole, words


class ApprovalSchema(PolicyTable):
    """From which amount on a batch needs how many approvals."""

    from_amount = fields.Integer(strict=True, required=True)
    approvals = fields.Integer(strict=True, required=True)


class RecoverySchema(PolicyTable):
    """On which terms paid money is demanded back."""

    interest_bp = whole()
    base_days = whole()
    grace_days = whole()
    interest_from = fields.String()
    instalments = whole()
    write_off_up_to = whole()
    netting = fields.Boolean()


class LookBackSchema(PolicyTable):
    """A programme whose grant stands against another for some months."""

    programme = fields.String(required=True)
    months = fields.Integer(strict=True, required=True)
    text = fields.String(required=True)
    remedy = fields.String(required=True)


class CostSplitSchema(PolicyTable):
    """The share of one level of government."""

    level = fields.String(required=True)
    share_bp = fields.Integer(strict=True, required=True)


class StackingSchema(PolicyTable):
    """Which other programmes may pay for the same contract, and which levels share the cost."""

    one_programme = fields.Boolean()
    with_ = fields.List(fields.String(), data_key="with")
    ceiling_bp = whole()
    cost_split = fields.List(fields.Nested(CostSplitSchema))


class AidSchema(PolicyTable):
    """The ceiling on what one undertaking receives."""

    scope = fields.String(required=True)
    ceiling = fields.Integer(strict=True, required=True)
    period = fields.String(required=True)
    months = whole()
    counts_at = fields.String(required=True)


class SupportSchema(PolicyTable):
    """The yearly support of platforms."""

    base = fields.Integer(strict=True, required=True)
    floor = fields.Integer(strict=True, required=True)
    rd_part = fields.Integer(strict=True, required=True)
    pool = fields.String()
    kinds = words()


class QuotesSchema(PolicyTable):
    """One step of the ladder of offers."""

    above = fields.Integer(strict=True, required=True)
    count = fields.Integer(strict=True, required=True)
    category = fields.String()


class ExampleSchema(PolicyTable):
    """One worked case and what it must come to."""

    text = fields.String(required=True)
    on = fields.String()
    category = fields.String()
    voucher = fields.String()
    gross = whole()
    net = whole()
    asked = whole()
    enterprise = fields.Dict(fields.String(), fields.Raw())
    provider = fields.Dict(fields.String(), fields.Raw())
    attributes = fields.Dict(fields.String(), fields.Raw())
    used = fields.Dict(fields.String(), whole())
    counted = fields.Dict(fields.String(), whole())
    subsidy = whole()
    grants = words()
    refused = words()


class ExamplesSchema(PolicyTable):
    """The worked cases, and the facts that hold for all of them."""

    enterprise = fields.Dict(fields.String(), fields.Raw())
    provider = fields.Dict(fields.String(), fields.Raw())
    case = fields.List(fields.Nested(ExampleSchema))


class PoolingSchema(PolicyTable):
    """How many vouchers and firms one order may bring together."""

    firms = whole()
    vouchers = whole()
    max_per_order = fields.String()


class ForeignSchema(PolicyTable):
    """Which foreign currencies are taken, and how they are converted."""

    currencies = fields.List(fields.String(), required=True)
    rounding = fields.String(required=True)
    max_rate_age_days = whole()
    invoice_rate = fields.String()


class CarryOverSchema(PolicyTable):
    """How much of an unused rest goes on into the next period."""

    share_bp = fields.Integer(strict=True, required=True)
    limit = whole()


class ApprovalsSchema(PolicyTable):
    """A sum from which on a claim needs so many approvals."""

    from_amount = fields.Integer(strict=True, required=True)
    approvals = fields.Integer(strict=True, required=True)


class TiesSchema(PolicyTable):
    """How far ties are searched, and what one means."""

    at_order = fields.String()
    at_redemption = fields.String()
    depth = whole()
    share_bp = whole()
    months = whole()


class SplittingSchema(PolicyTable):
    """Orders of one pair that count as one."""

    days = fields.Integer(strict=True, required=True)
    max_per_order = fields.Boolean()
    quotes = fields.Boolean()
    approvals = fields.Boolean()


class MoveSchema(PolicyTable):
    """When a credit tier moves."""

    after = fields.String(required=True)
    times = whole()
    steps = whole()


class SignalsSchema(PolicyTable):
    """The thresholds of the signals."""

    near_bp = whole()
    min_days = fields.Dict(fields.String(), fields.Raw())
    price_bp = whole()
    subcontracted_bp = whole()
    yearly_repeats = whole()
    statuses = words()
    shared = fields.Boolean()
    own_share = fields.Boolean()
    identical_amounts = whole()
    agent_firms = whole()
    controller_firms = whole()
    reviewer_bp = whole()
    reviewer_least = whole()
    burst_orders = whole()
    burst_days = whole()
    first_hour = whole()
    last_hour = whole()
    queue_jump = whole()


class SupervisionSchema(PolicyTable):
    """How a programme is supervised."""

    repair_months = whole()
    provider_tiers = fields.Boolean()
    holds = fields.Boolean()
    period_seeds = fields.Boolean()
    approvals = fields.List(fields.Nested(ApprovalsSchema))
    recheck_bp = whole()
    recheck_every_months = whole()
    move = fields.List(fields.Nested(MoveSchema))
    ties = fields.Nested(TiesSchema)
    splitting = fields.Nested(SplittingSchema)
    signals = fields.Nested(SignalsSchema)


class CauseSchema(PolicyTable):
    """What follows from one cause for which facts no longer fit."""

    reasons = words()
    when = fields.Nested(TestSchema)
    unreserved = fields.String(required=True)
    reserved = fields.String(required=True)
    claims = fields.String(required=True)


class ChangesSchema(PolicyTable):
    """Facts that change after a grant."""

    test_facts_on = fields.String()
    consecutive_years = whole()
    cause = fields.Dict(fields.String(), fields.Nested(CauseSchema))


class FactsSchema(PolicyTable):
    """What must be true of the facts before anything is decided."""

    needs = words()
    max_age_days = whole()
