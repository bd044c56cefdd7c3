"""A dated rulebook as a value: read it, ask it who is entitled and what is paid, and have every answer explained."""

from vouchers.policy.admitting import admit
from vouchers.policy.assessing import assess, assess_partner, assess_voucher, payee, review_rule, settle
from vouchers.policy.capping import caps
from vouchers.policy.changing import assess_less, assess_more
from vouchers.policy.document import parse
from vouchers.policy.explain import assessment_text, decision_text, written
from vouchers.policy.granting import beneficiary_of, entitle, missing_facts
from vouchers.policy.levels import levels_of, split
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
from vouchers.policy.periods import days_of, is_period, period_of, redeem_by_of, use_by_of, window_start
from vouchers.policy.pooling import OF_A_FIRM
from vouchers.policy.proving import disagreements
from vouchers.policy.regions import payer_of, performer_of, pool_of, pools
from vouchers.policy.sources import source_tags
from vouchers.policy.stacking import Aid, LookBack, Stacking

__all__ = [
    "OF_A_FIRM",
    "Aid",
    "Assessment",
    "Cap",
    "EntitlementDecision",
    "Fact",
    "Facts",
    "LookBack",
    "OrderFacts",
    "Policy",
    "PolicyFault",
    "PolicyFaults",
    "Reason",
    "ReviewRule",
    "Stacking",
    "Step",
    "Used",
    "VoucherGrant",
    "admit",
    "assess",
    "assess_less",
    "assess_more",
    "assess_partner",
    "assess_voucher",
    "assessment_text",
    "beneficiary_of",
    "caps",
    "days_of",
    "decision_text",
    "disagreements",
    "entitle",
    "is_period",
    "levels_of",
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
    "split",
    "use_by_of",
    "window_start",
    "written",
]
