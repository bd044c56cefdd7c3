"""What an enterprise received before stands against a new grant: aid that counts together, and other programmes."""

from vouchers.application import aiding
from vouchers.application.programmes import compiled, entitlement_key
from vouchers.days import add_days, add_months
from vouchers.entitlement.events import Granted
from vouchers.facts import Facts
from vouchers.kinds import ENTERPRISE, ENTITLEMENT, PROGRAMME, VOUCHER
from vouchers.ledger import Unit
from vouchers.policy import LookBack, Policy, beneficiary_of, period_of
from vouchers.refusals import Refused
from vouchers.voucher.state import Voucher

GRANT = "grant"
Reason = tuple[str, str, str, str]  # code, clause, text, remedy


def looks_back(policy: Policy) -> bool:
    """Whether a policy asks about anything received before."""
    at_grant = policy.aid is not None and policy.aid.counts_at == GRANT
    return at_grant or any(each.lookbacks for each in policy.beneficiaries)


def against_grant(unit: Unit, policy: Policy, enterprise_id: str, facts: Facts, amount: int) -> tuple[Reason, ...]:
    """Every reason against granting vouchers of this amount today, beside the policy's own conditions."""
    reasons = []
    beneficiary = beneficiary_of(policy, facts, unit.on)
    for back in beneficiary.lookbacks if beneficiary else ():
        if received := _received_on(unit, back, enterprise_id):
            text = f"{back.text} {back.programme} was granted on {received}."
            reasons.append(("received-before", back.clause, text, back.remedy))
    rule = policy.aid
    if rule is not None and rule.counts_at == GRANT:
        try:
            aiding.check_room(unit, rule, enterprise_id, facts, amount)
        except Refused as refused:
            reasons.append((refused.code, rule.clause, refused.detail, refused.remedy))
    return tuple(reasons)


def granted(unit: Unit, policy: Policy, enterprise_id: str, facts: Facts, voucher_id: str, face: int) -> None:
    """Count a new voucher as aid where the right to it arises with the grant."""
    if policy.aid is not None and policy.aid.counts_at == GRANT:
        aiding.count(unit, policy.aid, enterprise_id, facts, voucher_id, policy.programme, face)


def carried(unit: Unit, policy: Policy, enterprise_id: str, voucher_id: str, amount: int) -> None:
    """Count what is carried over into a new voucher, or refuse it: a right that had lapsed arises anew."""
    if policy.aid is not None and policy.aid.counts_at == GRANT:
        facts = unit.load(ENTERPRISE, enterprise_id).facts
        aiding.check_room(unit, policy.aid, enterprise_id, facts, amount, pointer="/voucher_id")
        aiding.count(unit, policy.aid, enterprise_id, facts, voucher_id, policy.programme, amount)


def lost(unit: Unit, voucher_id: str, before: Voucher, after: Voucher) -> None:
    """Take back from the aid what expired, was returned or was revoked of a voucher that counted at its grant."""
    terms, amount = after.terms, _gone(after) - _gone(before)
    if terms is None or amount <= 0:
        return
    adopted = unit.load(PROGRAMME, terms.programme).policy_on(terms.issued_on)
    rule = compiled(adopted).aid if adopted else None
    if rule is not None and rule.counts_at == GRANT:
        aiding.uncount(unit, rule, terms.enterprise_id, voucher_id, amount, "the voucher's value is no longer due")


def _gone(state: Voucher) -> int:
    return state.expired + state.returned + state.revoked


def _received_on(unit: Unit, back: LookBack, enterprise_id: str) -> str:
    """The last day within the window on which the enterprise, or a predecessor, was granted the other programme."""
    first = add_days(add_months(unit.on, -back.months), 1)
    house = (enterprise_id, *unit.load(ENTERPRISE, enterprise_id).predecessors)
    days = [
        _granted_on(unit, entitlement_key(back.programme, period, each))
        for period in _periods(unit, back.programme, first, unit.on)
        for each in house
    ]
    return max((day for day in days if first <= day <= unit.on), default="")


def _granted_on(unit: Unit, key: str) -> str:
    """The day of a grant; nothing for one of which all value was given back or taken away."""
    decision = unit.load(ENTITLEMENT, key).decision
    if not isinstance(decision, Granted):
        return ""
    held = [unit.load(VOUCHER, each.voucher_id) for each in decision.vouchers]
    return max((state.terms.issued_on for state in held if state.terms and _kept(state)), default="")


def _kept(state: Voucher) -> bool:
    return state.returned + state.revoked < state.face


def _periods(unit: Unit, code: str, first: str, last: str) -> tuple[str, ...]:
    """The names of a programme's periods from a day to a day, asked month by month and under the policy of each day."""
    adopted = unit.load(PROGRAMME, code)
    days, day = [last], first
    while day <= last:
        days.append(day)
        day = add_months(day, 1)
    in_force_then = ((each, adopted.policy_on(each)) for each in days)
    return tuple(dict.fromkeys(period_of(compiled(policy), each) for each, policy in in_force_then if policy))
