"""Text for people: rates, lists, explanations and whole assessments; whole numbers only."""

from vouchers.policy.model import Assessment, EntitlementDecision, Reason, Step
from vouchers.policy.wording import listed, percent, written

__all__ = ["assessment_text", "decision_text", "listed", "percent", "reason_line", "step_line", "written"]


def step_line(step: Step) -> str:
    """One step of a trace with its rule and clause."""
    clause = f" [{step.clause}]" if step.clause else ""
    return f"{step.rule}: {step.text}{clause}"


def reason_line(reason: Reason) -> str:
    """One reason with its code, clause and remedy."""
    clause = f" [{reason.clause}]" if reason.clause else ""
    return f"{reason.code}: {reason.text}{clause} {reason.remedy}".rstrip()


def decision_text(decision: EntitlementDecision) -> str:
    """A whole entitlement decision: the outcome, the vouchers, the reasons, then every condition."""
    outcome = "Granted" if decision.granted else "Denied"
    grants = [
        f"voucher {voucher.kind}: {written(voucher.face)} {voucher.currency}, use by {voucher.use_by_on}"
        for voucher in decision.vouchers
    ]
    reasons = map(reason_line, decision.reasons)
    return "\n".join([f"{outcome} for {decision.period}", *grants, *reasons, *map(step_line, decision.trace)])


def assessment_text(assessment: Assessment) -> str:
    """A whole assessment: the outcome, the reasons, then the arithmetic step by step."""
    outcome = "Eligible" if assessment.eligible else "Not eligible"
    shares = f"subsidy {written(assessment.subsidy)}, own share {written(assessment.own_share)}"
    return "\n".join([f"{outcome}: {shares}", *map(reason_line, assessment.reasons), *map(step_line, assessment.trace)])
