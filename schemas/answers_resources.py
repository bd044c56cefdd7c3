"""What is answered about each resource of the programme."""

from typing import Any, Final

from marshmallow import fields

from schemas.answers import answer, by_name, member, page_of, said, several, shown
from schemas.shapes import TEXT, count, one_of

_NAMES: Final = several(said(TEXT))
_STEP: Final = answer("Step", "One step of a computation: the rule, its clause, the arithmetic.", "rule clause text")
_PLACES: Final = answer(
    "Places",
    "An amount by where it is; all places together are the face of a voucher.",
    "available reserved claimed paid expired returned revoked clawed_back",
)
_HELD: Final = answer("Held", "What of a voucher is held for one order.", "reserved claimed")

# Programmes.
_POLICY: Final = answer(
    "AdoptedPolicy",
    "A version of a policy, and who adopted it.",
    "programme version effective_on digest proposed_by approved_by adopted_on",
    empty="ends_on",
)
_BUDGET: Final = answer(
    "Budget", "One pool of a period.", "programme period pool appropriated committed", empty="blocked_since"
)
PROGRAMMES: Final = page_of(
    answer(
        "Programme",
        "A programme as it was announced.",
        "programme title authority currency announced_on",
        empty="closed_on",
    )
)
PROGRAMME: Final = shown(
    "ProgrammeWhole",
    "A programme with its policies and budgets.",
    "programme title authority currency sampling_commitment",
    policies=several(_POLICY),
    budgets=several(_BUDGET),
)
_FLOWS: Final = (
    "vouchers entitled orders reserved released claimed paid clawed_back expired returned revoked lapsed refused"
)
_SPENDING: Final = answer("CategorySpending", "Where the money of a category is.", f"category {_FLOWS}")
_POOL: Final = answer("PoolFree", "What of a pool is free.", "pool appropriated committed free")
_PERIOD: Final = answer(
    "PeriodSpending",
    "Where the money of a period is.",
    "programme period currency appropriated",
    pools=several(_POOL),
    categories=several(_SPENDING),
    total=fields.Nested(_SPENDING, required=True),
)
SPENDING: Final = shown("Spending", "Where the money of each period is.", "programme", periods=several(_PERIOD))
_POOL_TOTAL: Final = answer("PoolTotal", "A pool of a period on a day.", "period pool appropriated committed")
_SPENT: Final = answer("CategoryTotal", "A category on a day.", "reserved claimed paid clawed_back")
PROGRAMME_AS_OF: Final = shown(
    "ProgrammeAsOf",
    "A programme's totals at the end of a day.",
    "day programme face expired_unrecorded vouchers orders payments grants denials refusals adds_up",
    places=fields.Nested(_PLACES, required=True),
    categories=by_name(_SPENT),
    pools=several(_POOL_TOTAL),
)

# Enterprises and vouchers.
_ALLOTMENT: Final = answer("Allotment", "A voucher that was granted.", "voucher_id kind face")
ENTITLEMENTS: Final = page_of(
    answer(
        "Entitlement",
        "A decision that stands, with every reason.",
        "programme period enterprise_id outcome decided_on seq",
        empty="policy_version policy_digest facts_as_of_on currency",
        face=said({"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]}),
        vouchers=several(_ALLOTMENT),
        reasons=several(said({"type": "object"})),
    )
)
_WHY: Final = answer("BalanceReason", "Why a part of a voucher cannot be spent.", "place amount text")
_BALANCE: Final[dict[str, Any]] = {
    "names": "voucher_id programme period enterprise_id kind currency issued_on use_by_on redeem_by_on face spendable",
    "categories": _NAMES,
    "places": fields.Nested(_PLACES, required=True),
    "reasons": several(_WHY),
}
VOUCHER: Final = shown("VoucherBalance", "What can be spent of a voucher, and why no more.", **_BALANCE)
VOUCHERS: Final = page_of(answer("Voucher", "What can be spent of a voucher, and why no more.", **_BALANCE))
STATEMENT: Final = page_of(
    answer(
        "VoucherMovement",
        "A movement of a voucher, with what was left after it.",
        "seq voucher_id eff rec actor event order_id category amount from_place to_place reason adds_up",
        places=fields.Nested(_PLACES, required=True),
    )
)
VOUCHER_AS_OF: Final = shown(
    "VoucherAsOf",
    "A voucher at the end of a day.",
    "voucher_id day face spendable expired_unrecorded use_by_on redeem_by_on",
    places=fields.Nested(_PLACES, required=True),
    held=by_name(_HELD),
)

# Orders.
_PLAN: Final[dict[str, Any]] = {
    "names": "voucher_id programme policy_version currency base subsidy own_share",
    "evidence": _NAMES,
    "explanation": several(_STEP),
}
PREVIEW: Final = shown("Preview", "What registering an order would answer.", consequences=_NAMES, **_PLAN)
REGISTERED: Final = shown("RegisteredOrder", "An order that was registered.", order_id=said("Name"), **_PLAN)
_ORDER: Final = (
    "order_id programme period category voucher_id enterprise_id provider_id payee payee_id policy_version currency"
    " gross net base subsidy own_share registered_on contract_on starts_on ends_on status status_on invoice"
    " invoice_gross invoice_net redemption_id settlement_id reason reserved released claimed paid clawed_back lapsed"
)
_LATER: Final = "approved_on delivered_on invoiced_on paid_on"
_SHARE: Final = answer("Share", "What one voucher pays of an order.", "voucher_id enterprise_id amount")
_BILL: Final = answer("Bill", "An invoice of an order, or its part.", "invoice issued_on gross net red_gross red_net")
_CLAIM: Final = answer(
    "Claim",
    "A redemption that stands.",
    "redemption_id status amount settlement_id paid clawed_back",
    empty="paid_on",
    invoices=_NAMES,
)
ORDERS: Final = page_of(answer("Order", "An order with its dates and totals.", _ORDER, empty=_LATER, seldom="tier"))
ORDER: Final = shown(
    "OrderWhole",
    "An order with its vouchers, invoices and redemptions.",
    _ORDER,
    empty=_LATER,
    seldom="tier",
    vouchers=several(_SHARE),
    invoices=several(_BILL),
    redemptions=several(_CLAIM),
    set_aside=member("set_aside"),
    evidence=_NAMES,
    explanation=several(_STEP, required=False),
)
ORDER_STEP: Final = shown("OrderStep", "How an order stands after a step.", "order_id status")
INVOICED: Final = shown("FiledInvoice", "How an order stands after its invoice.", "order_id status invoice")
RELEASED: Final = shown("ReleasedOrder", "How an order stands after it was cancelled.", "order_id status released")
CLAIMED: Final = shown(
    "RedemptionStep", "How a redemption stands after a step.", "order_id redemption_id status claimed"
)

# Reviews.
_REVIEWED: Final = (
    "redemption_id order_id programme enterprise_id provider_id requested_by amount currency tier approvals_needed"
    " since_on"
)
REVIEWS: Final = page_of(
    answer(
        "WaitingReview",
        "A redemption that waits for reviewers.",
        f"{_REVIEWED} seq",
        evidence=_NAMES,
        approved_by=_NAMES,
        signals=_NAMES,
    )
)
_OPINION: Final = answer("Opinion", "What a reviewer said.", "on reviewer opinion note")
REVIEW: Final = shown(
    "Review",
    "A review with what was said.",
    f"{_REVIEWED} status",
    empty="closed_on",
    evidence=_NAMES,
    opinions=several(_OPINION),
)

# Settlements.
_PAYABLE: Final = answer(
    "Payable", "What waits for a payee.", "programme payee payee_id currency count amount since_on"
)
PAYABLES: Final = shown(
    "Payables",
    "What waits for a settlement.",
    "",
    payees=several(_PAYABLE),
    orders=fields.Dict(fields.String(), _NAMES, required=True),
)
_PAID: Final[dict[str, Any]] = {"paid": said(count()), "failed": said(count())}
_BATCH: Final[dict[str, Any]] = {
    "names": (
        "settlement_id programme currency count total proposed_by proposed_on approved_by withdrawn_by reason"
        " paid_amount failed_amount"
    ),
    "empty": "approved_on withdrawn_on",
    "status": said(one_of("proposed", "withdrawn", "instructed", "paid", "attention")),
    **_PAID,
}
_LINE: Final = answer(
    "Payment",
    "One payment of a batch.",
    "settlement_id redemption_id order_id voucher_id payee_id account_ref amount status instruction_id attempt"
    " bank_reference reason netted",
    empty="paid_on",
)
SETTLEMENTS: Final = page_of(answer("Settlement", "A batch with its payments by outcome.", **_BATCH))
SETTLEMENT: Final = shown("SettlementWhole", "A batch with its payments.", lines=several(_LINE), **_BATCH)
SETTLEMENT_STEP: Final = shown(
    "SettlementStep",
    "How a batch stands after a step.",
    "settlement_id programme currency count total approved withdrawn",
    **_PAID,
)

# Providers.
_ACCREDITATION: Final = answer("Accreditation", "A category and its days.", "category from_on until_on")
PROVIDERS: Final = page_of(
    answer(
        "ListedProvider",
        "A provider of the directory.",
        "provider_id name region kind effect removal stars ratings",
        empty="suspended_on reinstated_on removed_on barred_until_on",
        seldom="account_ref reason",
        facts=said("Facts"),
        accreditations=several(_ACCREDITATION),
    )
)
SUSPENDED: Final = shown("SuspendedProvider", "A provider after its suspension.", "provider_id suspended_on")

# The log.
_MAYBE: Final = {"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": ["integer", "null"]}]}
HISTORY: Final = page_of(
    answer(
        "HistoryLine",
        "One step of a stream's life.",
        "seq eff rec actor role stream event sentence from_place to_place clause",
        empty="currency",
        amount=said(_MAYBE),
        balance=said(_MAYBE),
        arithmetic=_NAMES,
    )
)
ENTRIES: Final = shown(
    "Entries",
    "Entries of the log, as they are stored.",
    "",
    entries=several(said({"type": "object"})),
    next=said({**TEXT, "description": "The cursor after these."}),
)
