"""A dated rulebook as a value: read it, ask it who is entitled and what is paid, and have every answer explained."""

from vouchers.policy.assessing import assess, payee, review_rule, settle
from vouchers.policy.capping import caps
from vouchers.policy.document import parse
from vouchers.policy.explain import assessment_text, decision_text
from vouchers.policy.granting import admit, entitle, missing_facts
from vouchers.policy.model import (
    Assessment,
    Cap,
    EntitlementDecision,
    Fact,
    Facts,
    OrderFacts,
    Policy,
    PolicyFault,
    PolicyFaults,
    Reason,
    ReviewRule,
    Step,
    Used,
    VoucherGrant,
)
from vouchers.policy.periods import period_of, redeem_by_of, use_by_of, window_start
from vouchers.policy.proving import disagreements
from vouchers.policy.regions import payer_of, performer_of, pool_of, pools
from vouchers.policy.sources import source_tags

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
    "admit",
    "assess",
    "assessment_text",
    "caps",
    "decision_text",
    "disagreements",
    "entitle",
    "missing_facts",
    "parse",
    "payee",
    "payer_of",
    "performer_of",
    "period_of",
    "pool_of",
    "pools",
    "redeem_by_of",
    "review_rule",
    "settle",
    "source_tags",
    "use_by_of",
    "window_start",
]
