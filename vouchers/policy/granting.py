"""Automatic entitlement: from registry facts to a grant with its vouchers, or a denial with all its reasons."""

from functools import lru_cache

from vouchers.days import within
from vouchers.policy.model import EntitlementDecision, Facts, Policy, Reason, Step, VoucherGrant
from vouchers.policy.periods import period_of, redeem_by_of, use_by_of
from vouchers.policy.rules import Beneficiary, Condition, VoucherType


def entitle(policy: Policy, facts: Facts, on: str) -> EntitlementDecision:
    """Grant or deny on a day; a denial names every reason, and both name every condition that was asked."""
    period = period_of(policy, on)
    trace: list[Step] = []
    reasons = [*_out_of_force(policy, on)]
    beneficiary = beneficiary_of(policy, facts, on)
    if beneficiary is None:
        reasons.append(no_class(policy, facts))
        return EntitlementDecision(False, period, (), tuple(reasons), ())
    trace.append(_class_step(beneficiary))
    ask(beneficiary.conditions, facts, on, reasons, trace)
    kinds = tuple(kind for kind in beneficiary.vouchers if _deserves(kind, facts, on, trace))
    if not kinds:
        for kind in beneficiary.vouchers:
            ask(kind.conditions, facts, on, reasons, [])
    if reasons:
        return EntitlementDecision(False, period, (), tuple(reasons), tuple(trace))
    vouchers = tuple(_grant(policy, kind, on) for kind in kinds)
    return EntitlementDecision(True, period, vouchers, (), tuple(trace))


def missing_facts(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """The facts that the policy asks of this beneficiary and that the registry did not give."""
    for each in policy.beneficiaries:
        lacking = each.when.check.missing(facts)
        if lacking:
            return lacking
    beneficiary = beneficiary_of(policy, facts, policy.effective_on)
    conditions = beneficiary.conditions if beneficiary else ()
    return tuple(dict.fromkeys(name for condition in conditions for name in condition.check.missing(facts)))


def beneficiary_of(policy: Policy, facts: Facts, on: str) -> Beneficiary | None:
    """The class that these facts belong to, the first in the order of the policy."""
    for beneficiary in policy.beneficiaries:
        check = beneficiary.when.check
        if not check.missing(facts) and check.holds(facts, on):
            return beneficiary
    return None


def ask(conditions: tuple[Condition, ...], facts: Facts, on: str, reasons: list[Reason], trace: list[Step]) -> None:
    """Ask every condition; what fails becomes a reason, what holds a step of the trace."""
    for condition in conditions:
        check = condition.check
        lacking = check.missing(facts)
        if lacking:
            known = {reason.text for reason in reasons}
            found = (_missing(condition, name) for name in lacking)
            reasons.extend(reason for reason in found if reason.text not in known)
        elif check.holds(facts, on):
            trace.append(Step(condition.code, condition.clause, check.says(facts)))
        else:
            text = f"{condition.text} Found: {check.says(facts)}."
            reasons.append(Reason(condition.code, condition.clause, text, condition.remedy))


def _deserves(kind: VoucherType, facts: Facts, on: str, trace: list[Step]) -> bool:
    """Whether this kind of voucher is given; where not, the trace says why."""
    reasons: list[Reason] = []
    ask(kind.conditions, facts, on, reasons, trace)
    trace.extend(Step(f"voucher-{kind.code}", why.clause, f"not granted: {why.text}") for why in reasons)
    return not reasons


@lru_cache(maxsize=1_024)
def _grant(policy: Policy, kind: VoucherType, on: str) -> VoucherGrant:
    """The voucher of one kind, granted on a day."""
    use_by_on = use_by_of(policy, on)
    redeem_by_on = redeem_by_of(policy, use_by_on)
    return VoucherGrant(kind.code, kind.face, policy.currency, kind.categories, use_by_on, redeem_by_on)


@lru_cache(maxsize=256)
def _class_step(beneficiary: Beneficiary) -> Step:
    """The step that says which class of beneficiaries was applied."""
    return Step("beneficiary", beneficiary.clause, f"considered as {beneficiary.name}")


def _out_of_force(policy: Policy, on: str) -> tuple[Reason, ...]:
    """The reason that the policy does not apply on a day, if so."""
    if within(on, policy.effective_on, policy.ends_on or "9999-12-31"):
        return _outside_window(policy, on)
    return (not_in_force(policy, on),)


def _outside_window(policy: Policy, on: str) -> tuple[Reason, ...]:
    """The reason that the window is closed on a day, if the policy has one."""
    period = policy.period
    if period.kind != "window" or within(on, period.first_on, period.last_on):
        return ()
    text = f"Vouchers are granted from {period.first_on} to {period.last_on}; the day asked for is {on}."
    return (Reason("window-closed", policy.deadlines.clause, text, "Wait for the next window."),)


def not_in_force(policy: Policy, on: str) -> Reason:
    """The reason that a policy does not apply on a day."""
    until = f" to {policy.ends_on}" if policy.ends_on else ""
    text = f"{policy.title} applies from {policy.effective_on}{until}; the day asked for is {on}."
    return Reason("policy-not-in-force", policy.deadlines.clause, text, "Ask under the policy in force on that day.")


def no_class(policy: Policy, facts: Facts) -> Reason:
    """The reason that no class of beneficiaries fits."""
    for beneficiary in policy.beneficiaries:
        for name in beneficiary.when.check.missing(facts):
            return _missing(beneficiary.when, name)
    if not policy.beneficiaries:
        text = f"{policy.title} grants no vouchers."
        return Reason("beneficiary-class-unknown", "", text, "Ask a programme that grants vouchers.")
    names = "; ".join(beneficiary.name for beneficiary in policy.beneficiaries)
    text = f"The policy is for: {names}. Found: {policy.beneficiaries[-1].when.check.says(facts)}."
    remedy = "Correct the registry entry if it is wrong."
    return Reason("beneficiary-class-unknown", policy.beneficiaries[0].clause, text, remedy)


def _missing(condition: Condition, name: str) -> Reason:
    """The reason that a fact is not known, and so nothing may be granted on it."""
    text, remedy = _WHOSE[condition.of]
    return Reason("fact-missing", condition.clause, text.format(name), remedy.format(name))


_WHOSE = {
    "enterprise": (
        'The registry does not give the fact "{}" of the enterprise, which the policy needs.',
        'Import "{}" from the registry and decide again.',
    ),
    "provider": (
        'The directory does not give the fact "{}" of the provider, which the policy needs.',
        'Import the provider\'s entry with "{}", or choose another provider.',
    ),
    "order": (
        'The order does not state "{}", which the policy needs.',
        'State "{}" with the order.',
    ),
}
