"""Tables of programmes: policies and their values, budgets, ceilings, rounds, clearings between regions."""

from service.audit.tables.model import table

_ADOPTED = "programme.PolicyAdopted"
_OF_POLICY = "programme version effective_on digest currency "

PROGRAMMES = table(
    "programmes",
    "Programmes as they were announced and closed.",
    "programme.Announced programme.Closed",
    "programme=part.1 title authority currency commitment=data.sampling_commitment ends_on=data.closed_on reason",
)
POLICIES = table(
    "policies",
    "The policies that were adopted, and their filing with the authority above.",
    _ADOPTED + " programme.PolicyFiled",
    "programme version effective_on=data.effective_on|data.filed_on ends_on digest reference proposed_by approved_by",
)
POLICY_VALUES = table(
    "policy_values",
    "Every single value of every policy, with the way to it, such as cap.0.limit.",
    _ADOPTED,
    "programme version name=item.name text=item.value number=item.value",
    each="document*",
)
POLICY_CAPS = table(
    "policy_caps",
    "The ceilings of every policy.",
    _ADOPTED,
    _OF_POLICY
    + "cap_level=item.value.level period=item.value.period months=item.value.months category=item.value.category "
    "pool=item.value.pool cap_limit=item.value.limit share_bp=item.value.share_bp count_limit=item.value.count "
    "order_limit=item.value.order_limit first_limit=item.value.first_limit clause=item.value.clause",
    each="document.cap",
)
POLICY_CATEGORIES = table(
    "policy_categories",
    "The spend categories of every policy.",
    _ADOPTED,
    _OF_POLICY + "code=item.name name=item.value.name rate_bp=item.value.rate_bp cap_limit=item.value.cap "
    "max_per_order=item.value.max_per_order min_cost=item.value.min_cost max_cost=item.value.max_cost "
    "pool=item.value.pool clause=item.value.clause",
    each="document.category",
)
POLICY_TIERS = table(
    "policy_tiers",
    "How the claims of each credit tier are checked, by policy.",
    _ADOPTED,
    _OF_POLICY + "tier=item.name sample_bp=item.value.sample_bp payment=item.value.payment "
    "second_person=item.value.second_person clause=item.value.clause",
    each="document.tier",
)
POLICY_VOUCHERS = table(
    "policy_vouchers",
    "The kinds of voucher of every policy.",
    _ADOPTED,
    _OF_POLICY + "kind=item.name name=item.value.name face=item.value.face clause=item.value.clause",
    each="document.voucher",
)
BUDGETS = table(
    "budgets",
    "Every change of a pool of a budget, with what the pool has after it.",
    "budget.Appropriated budget.Cut budget.Committed budget.Freed budget.TransferredOut budget.TransferredIn "
    "budget.Blocked budget.Reopened",
    "programme=part.1 period=part.2 pool=part.3+ currency amount order_id appropriated committed "
    "other_pool=data.to_pool|data.from_pool reference proposed_by approved_by from_on=data.since_on reason",
)
CAPS = table(
    "caps",
    "Every count against a ceiling, with what is used of it afterwards.",
    "cap.Counted cap.Uncounted window.Counted window.Uncounted level.Counted level.Uncounted",
    "kind_of_stream=part.0 cap_level=part.1 cap_key=part.2 period=part.3+ order_id counted_on=data.on amount part "
    "orders cap_total=data.total cap_count=data.count",
)
ROUNDS = table(
    "rounds",
    "Who waited for money of a pool, and what became of it.",
    "round.Opened round.Joined round.Left round.Dropped round.Served round.Allotted round.Closed",
    "programme=part.1 period=part.2 pool=part.3+ number_of=data.number|data.place order_id enterprise_id asked amount "
    "until_on=data.closes_on code reason=data.reason|data.text",
)
CLEARINGS = table(
    "clearings",
    "What regions owe one another for a month: flows, positions, approvals.",
    "clearing.FlowAdded clearing.FlowTakenOut clearing.PositionStated clearing.NetStated clearing.Proposed "
    "clearing.Approved clearing.Withdrawn",
    "programme=part.1 month=part.2 redemption_id order_id region_from region_to region currency "
    "amount=data.amount|data.gross paid_on proposed_by approved_by reason",
)
SAMPLES = table(
    "samples",
    "The seed of each sample: committed before the first draw, revealed after the period.",
    "sample.SeedCommitted sample.SeedRevealed",
    "programme=part.1 period=part.2 commitment seed=data.seed_hex until_on=data.last_on",
)

TABLES = (
    PROGRAMMES, POLICIES, POLICY_VALUES, POLICY_CAPS, POLICY_CATEGORIES, POLICY_TIERS, POLICY_VOUCHERS, BUDGETS, CAPS,
    ROUNDS, CLEARINGS, SAMPLES,
)  # fmt: skip
