"""Tables of what was decided: entitlements, orders, claims, admissions, refusals; by whom, on which facts and rules."""

from service.audit.tables.model import Source, table

_ENTITLEMENTS = "entitlement.Granted entitlement.Denied"
_REASONED = _ENTITLEMENTS + " entitlement.Pending entitlement.Passed entitlement.Doubted entitlement.Reassessed"
_TRACED = "order.Registered order.Changed order.PartnerJoined order.RedemptionRequested order.OverpaymentFound"

ENTITLEMENTS = table(
    "entitlements",
    "What was decided about each enterprise and period, and what was found since.",
    _REASONED + " entitlement.Cleared entitlement.Failed",
    "programme period enterprise_id outcome=type policy_version policy_digest facts_as_of_on facts_digest would held "
    "step code reason",
    words={
        "outcome": {
            "entitlement.Granted": "granted",
            "entitlement.Denied": "denied",
            "entitlement.Pending": "pending",
            "entitlement.Passed": "passed",
            "entitlement.Doubted": "doubted",
            "entitlement.Reassessed": "reassessed",
            "entitlement.Cleared": "cleared",
            "entitlement.Failed": "failed",
        }
    },
)
GRANTED_VOUCHERS = table(
    "granted_vouchers",
    "The vouchers that a grant gives, or that pass to a successor.",
    "entitlement.Granted entitlement.Passed",
    "programme period enterprise_id currency voucher_id=item.value.voucher_id kind=item.value.kind "
    "face=item.value.face",
    each="data.vouchers",
)
DECISIONS = table(
    "decisions",
    "Every decision about money or admission: what was decided, for whom, under which policy.",
    _ENTITLEMENTS
    + " entitlement.Pending order.Registered order.Changed order.RedemptionApproved order.RedemptionRejected"
    " order.ClawbackOrdered review.Spared review.Assigned review.Approved review.Rejected review.Overridden"
    " review.Rechecked refusal.Recorded admission.Verified admission.VerificationFailed support.SupportDecided",
    "outcome=type programme enterprise_id provider_id=data.provider_id|stream.admission "
    "order_id=data.order_id|stream.order redemption_id=data.redemption_id|stream.review policy_version policy_digest "
    "currency amount=data.subsidy|data.amount tier category reason",
    words={
        "outcome": {
            "entitlement.Granted": "granted",
            "entitlement.Denied": "denied",
            "entitlement.Pending": "pending",
            "order.Registered": "reserved",
            "order.Changed": "reserved",
            "order.RedemptionApproved": "approved",
            "order.RedemptionRejected": "rejected",
            "order.ClawbackOrdered": "clawed_back",
            "review.Spared": "spared",
            "review.Assigned": "assigned",
            "review.Approved": "approved",
            "review.Rejected": "rejected",
            "review.Overridden": "overridden",
            "review.Rechecked": "rechecked",
            "refusal.Recorded": "refused",
            "admission.Verified": "verified",
            "admission.VerificationFailed": "failed",
            "support.SupportDecided": "supported",
        }
    },
)
DECISION_FACTS = table(
    "decision_facts",
    "The facts that a decision rested on, one row each.",
    _ENTITLEMENTS
    + " entitlement.Doubted entitlement.Reassessed order.PartnerJoined admission.Verified admission.VerificationFailed",
    "subject=agg fact_set=item.of name=item.name text=item.value number=item.value",
    each="data.facts",
    also=(
        Source(("order.Registered", "order.Changed"), "data.enterprise_facts"),
        Source(("order.Registered", "order.Changed"), "data.provider_facts"),
        Source(("order.Registered", "order.Changed"), "data.attributes"),
    ),
)
DECISION_RULES = table(
    "decision_rules",
    "The rules that a decision applied: each line of its reasoning, with its clause.",
    _TRACED + " support.SupportDecided",
    "subject=agg rule=item.value.rule|item.value.code|item.value clause=item.value.clause text=item.value.text "
    "remedy=item.value.remedy",
    each="data.trace",
    also=(
        Source(("entitlement.Granted", "entitlement.Denied", "admission.Verified"), "data.rules"),
        Source((*_REASONED.split(), "admission.VerificationFailed", "refusal.Recorded"), "data.reasons"),
    ),
)
REFUSALS = table(
    "refusals",
    "Requests for money that were refused, and put on record.",
    "refusal.Recorded",
    "enterprise_id command code programme category order_id amount",
)
REVIEWS = table(
    "reviews",
    "Checks of claims before payment, and second checks after it.",
    "review.Spared review.Assigned review.Approved review.Rejected review.Closed review.Required review.Signalled "
    "review.Overridden review.Held review.HoldLifted review.TiesRechecked review.RecheckDrawn review.RecheckSpared "
    "review.Rechecked",
    "redemption_id=part.1 order_id programme enterprise_id provider_id requested_by reviewer officer tier sample_bp "
    "draw_bp approvals_needed currency amount signal outcome result=data.finding reason=data.reason|data.cause "
    "note=data.note|data.text clause",
)
APPROVALS = table(
    "approvals",
    "Who took part in acts that need two people or more; the steps of one act have the same subject.",
    "programme.PolicyAdopted budget.TransferredOut budget.TransferredIn settlement.Proposed settlement.Endorsed "
    "settlement.Approved settlement.Withdrawn account.Proposed account.Approved account.Declined clearing.Proposed "
    "clearing.Approved debt.WriteOffProposed debt.WrittenOff bankline.ResolutionProposed bankline.ResolutionDeclined "
    "bankline.Resolved review.Assigned review.Approved review.Rejected correction.Proposed correction.Approved "
    "correction.Rejected erasure.SubjectErased erasure.EntryRedacted",
    "subject=agg proposed_by=data.proposed_by|data.requested_by "
    "approved_by=data.approved_by|data.endorsed_by|data.reviewer "
    "declined_by=data.declined_by|data.withdrawn_by|data.rejected_by",
)
CORRECTIONS = table(
    "corrections",
    "What was put right: proposed with its findings, approved by others, carried out by events beside it.",
    "correction.Proposed correction.FindingAdded correction.Approved correction.Rejected correction.CarriedOut "
    "correction.NotCarriedOut",
    "correction_id=part.1+ programme basis size root number_of=data.number measure enterprise_id order_id "
    "redemption_id voucher_id currency total amount stands seqs code proposed_by approved_by "
    "declined_by=data.rejected_by reason=data.reason|data.text",
)

TABLES = (
    ENTITLEMENTS, GRANTED_VOUCHERS, DECISIONS, DECISION_FACTS, DECISION_RULES, REFUSALS, REVIEWS,
    APPROVALS,
    CORRECTIONS,
)  # fmt: skip
