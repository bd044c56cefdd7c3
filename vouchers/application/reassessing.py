"""A second look at what was granted, on facts that came later: findings, and what the policy says follows from them."""

from typing import Any

from vouchers.application.deciding import MISTAKES, put_on_record
from vouchers.application.fact_days import facts_for
from vouchers.application.ordering import cancel_order
from vouchers.application.programmes import compiled, entitlement_key, in_force, of_version
from vouchers.application.redeeming import reverse_redemption
from vouchers.days import add_days, add_months
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise.state import Enterprise
from vouchers.entitlement import events as entitlement
from vouchers.entitlement.decisions import ClearFindings, clear, doubt, reassess
from vouchers.entitlement.state import Entitlement
from vouchers.kinds import ENTERPRISE, ENTITLEMENT, ORDER, PROGRAMME, SETTLEMENT, VOUCHER
from vouchers.ledger import Unit
from vouchers.order.decisions import CancelOrder, ReverseRedemption
from vouchers.policy import Policy, Reason, period_of
from vouchers.policy import entitle as apply_policy
from vouchers.policy.changes import ChangeRule, Treatment, causes_of, treatment_of
from vouchers.refusals import Unavailable
from vouchers.values import Value
from vouchers.voucher import decisions as voucher_decisions

Answer = dict[str, Any]

# That a window has closed says nothing of the enterprise.
_OF_THE_DAY = frozenset({"window-closed", "policy-not-in-force"})
_STEP = 28  # days: no period is shorter than a month
_WITH_THE_BANK = frozenset({"instructed", "partly_paid", "paid"})


class Reassess(Value):
    """Look again at what an enterprise was granted in a programme, on the facts that are known now."""

    enterprise_id: str
    programme: str


def reassess_enterprise(unit: Unit, command: Reassess) -> Answer:
    """Record what was found, and let follow what the policy says; nothing new changes nothing."""
    enterprises.known(unit.load(ENTERPRISE, command.enterprise_id))
    again = Again(unit, command.programme)
    found = again.look(command.enterprise_id)
    keys = [entitlement_key(again.code, period, command.enterprise_id) for period in again.periods]
    states = [unit.load(ENTITLEMENT, key) for key in keys]
    last = next((state.last for state in reversed(states) if state.last is not None), None)
    return {
        "enterprise_id": command.enterprise_id,
        "programme": command.programme,
        "changed": bool(found),
        "failed": again.failed,
        "causes": [ground.cause for ground in last.grounds] if last else [],
        "doubts": [state.doubt.would for state in states if state.doubt],
        "held": any(state.held for state in states),
    }


def clear_findings(unit: Unit, command: ClearFindings) -> Answer:
    """Close what was found about an entitlement; claims that were held for it may be paid."""
    key = entitlement_key(command.programme, command.period, command.enterprise_id)
    before = unit.load(ENTITLEMENT, key)
    unit.append(ENTITLEMENT, key, clear(before, command))
    return {"enterprise_id": command.enterprise_id, "period": command.period, "cleared": list(before.findings)}


def programmes_looking_again(unit: Unit, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these programmes whose policy in force says what follows when facts change."""
    adopted = {code: unit.load(PROGRAMME, code).policy_on(unit.on) for code in codes}
    return tuple(code for code, found in adopted.items() if found is not None and compiled(found).changes.rules)


class Again:
    """A programme that looks again at one enterprise after the other, on one day and under one policy."""

    def __init__(self, unit: Unit, code: str) -> None:
        """Gather what holds for all: the policy in force, and the periods whose value may still move."""
        self.unit = unit
        self.code = code
        self.adopted, self.policy = in_force(unit, code, unit.on)
        self.periods = periods_alive(self.policy, unit.on)
        self.failed = 0

    def look(self, enterprise_id: str) -> int:
        """Look at every period of an enterprise that is alive; in how many something was recorded.

        Where that cannot be done, it is put on record for an officer, and the next enterprise has its turn.
        """
        found = 0
        for period in self.periods:
            kept = len(self.unit.pending)
            try:
                self._look(period, enterprise_id)
                found += len(self.unit.pending) > kept
            except Unavailable:
                raise
            except MISTAKES as mistake:
                self.unit.undo(kept)
                put_on_record(self.unit, self.code, period, enterprise_id, "reassess", mistake)
                self.failed += 1
        return found

    def _look(self, period: str, enterprise_id: str) -> None:
        key = entitlement_key(self.code, period, enterprise_id)
        state = self.unit.load(ENTITLEMENT, key)
        enterprise = self.unit.load(ENTERPRISE, enterprise_id)
        if state.decision is not None:
            self._doubt(key, state, state.decision, enterprise)
        if state.is_granted:
            self._reassess(key, period, enterprise_id, enterprise)

    def _doubt(
        self, key: str, state: Entitlement, decision: entitlement.Granted | entitlement.Denied, enterprise: Enterprise
    ) -> None:
        """Ask the policy of the decision again, about the facts that held on its day as they are known now."""
        granted = isinstance(decision, entitlement.Granted)
        day = _granted_on(self.unit, decision) if isinstance(decision, entitlement.Granted) else decision.facts_as_of_on
        known = enterprise.known_on(day)
        policy = of_version(self.unit, self.code, decision.policy_version)
        facts = facts_for(policy, enterprise, known.facts, day) if known else {}
        if known is None or facts == decision.facts:
            return
        reasons = _against(policy, facts, day if granted else self.unit.on)
        if granted is not bool(reasons):
            return
        doubted = entitlement.Doubted(
            self.code,
            decision.period,
            decision.enterprise_id,
            decision.policy_version,
            decision.policy_digest,
            known.as_of_on,
            known.digest,
            dict(facts),
            "denied" if granted else "granted",
            _because(reasons),
        )
        self.unit.append(ENTITLEMENT, key, doubt(state, doubted))

    def _reassess(self, key: str, period: str, enterprise_id: str, enterprise: Enterprise) -> None:
        """Ask the policy in force about the facts of today, and let follow what it says."""
        unit, on = self.unit, self.unit.on
        known = enterprise.known_on(on)
        if known is None:
            return
        facts = facts_for(self.policy, enterprise, known.facts, on)
        succeeded = enterprise.is_succeeded(on)
        # What a predecessor was granted is the successor's, and is looked at on the successor's facts.
        reasons = (_handed_on(enterprise),) if succeeded else _against(self.policy, facts, on)
        rules = causes_of(self.policy.changes, reasons, {} if succeeded else facts, on)
        if succeeded and rules[0].cause == "other":
            rules = ()
        state = unit.load(ENTITLEMENT, key)
        treatment = treatment_of(rules)
        house = frozenset((enterprise_id, *enterprise.predecessors))
        effects = _treat(unit, state, house, rules, treatment) if rules else ()
        found = entitlement.Reassessed(
            self.code,
            period,
            enterprise_id,
            self.adopted.version,
            self.adopted.digest,
            known.as_of_on,
            known.digest,
            dict(facts),
            _because(reasons) if rules else (),
            tuple(entitlement.Ground(rule.cause, rule.clause) for rule in rules),
            effects,
            treatment.claims != "honour",
        )
        unit.append(ENTITLEMENT, key, reassess(state, found))


def _treat(
    unit: Unit, state: Entitlement, house: frozenset[str], rules: tuple[ChangeRule, ...], treatment: Treatment
) -> tuple[entitlement.Effect, ...]:
    """Let the treatment follow for every voucher: its claims, its reservations, and then what is free in it.

    What the voucher holds for an order of another firm (a pooled one, or the successor's) is that firm's to keep.
    """
    reason = ", ".join(rule.cause for rule in rules)
    effects: list[entitlement.Effect] = []
    vouchers = [each.voucher_id for each in state.vouchers]
    held = {order_id: each for code in vouchers for order_id, each in unit.load(VOUCHER, code).held.items()}
    for order_id, of_others in held.items():
        registered = unit.load(ORDER, order_id).registered
        if registered is None or registered.enterprise_id not in house:
            effects.append(entitlement.Effect("reserved", "honour", order_id, of_others.reserved + of_others.claimed))
            continue
        effects += _treat_claims(unit, order_id, treatment.claims, reason)
        effects += _treat_reserved(unit, order_id, treatment.reserved, reason)
    for voucher_id in vouchers:
        free = unit.load(VOUCHER, voucher_id)
        amount = free.spendable(unit.on)
        if amount and treatment.unreserved == "revoke":
            unit.append(VOUCHER, voucher_id, voucher_decisions.revoke(free, on=unit.on, reason=reason))
        if amount:
            effects.append(entitlement.Effect("unreserved", treatment.unreserved, voucher_id, amount))
    return tuple(effects)


def _treat_claims(unit: Unit, order_id: str, treatment: str, reason: str) -> list[entitlement.Effect]:
    """What becomes of claims: what the bank was told stays, and what is only proposed waits for an officer's look."""
    effects = []
    for claim in unit.load(ORDER, order_id).claims.values():
        follows = treatment
        if claim.status in ("requested", "approved"):
            if treatment == "reject":
                reverse_redemption(unit, ReverseRedemption(order_id, reason, claim.redemption_id))
        elif claim.status != "settling":
            continue
        elif unit.load(SETTLEMENT, claim.settlement_id).lines[claim.redemption_id].status in _WITH_THE_BANK:
            follows = "honour"
        elif treatment == "reject":
            follows = "check"
        effects.append(entitlement.Effect("claims", follows, claim.redemption_id, claim.amount))
    return effects


def _treat_reserved(unit: Unit, order_id: str, treatment: str, reason: str) -> list[entitlement.Effect]:
    """What becomes of a reservation; one whose service was delivered may be treated more mildly."""
    state = unit.load(ORDER, order_id)
    if not state.held:
        return []
    if treatment == "honour" or (treatment == "release_undelivered" and state.delivery is not None):
        return [entitlement.Effect("reserved", "honour", order_id, state.held)]
    cancel_order(unit, CancelOrder(order_id, reason))
    return [entitlement.Effect("reserved", treatment, order_id, state.held)]


def periods_alive(policy: Policy, on: str) -> tuple[str, ...]:
    """The periods whose vouchers may still be used or redeemed on a day, the earliest first."""
    rules = policy.deadlines
    first = add_days(on, -rules.redeem_by_days)
    if rules.use_by == "months_after_issue":
        first = add_months(first, -rules.use_by_count)
    elif rules.use_by == "days_after_issue":
        first = add_days(first, -rules.use_by_count)
    days = [day for day in _days(first, on) if day >= policy.effective_on]
    return tuple(dict.fromkeys(period_of(policy, day) for day in (*days, on)))


def _days(first: str, last: str) -> list[str]:
    days = []
    while first < last:
        days.append(first)
        first = add_days(first, _STEP)
    return days


def _against(policy: Policy, facts: Any, day: str) -> tuple[Reason, ...]:
    """What speaks against a grant on these facts, whatever the day of asking does."""
    decision = apply_policy(policy, facts, day)
    return tuple(reason for reason in decision.reasons if reason.code not in _OF_THE_DAY)


def _because(reasons: tuple[Reason, ...]) -> tuple[entitlement.Because, ...]:
    return tuple(entitlement.Because(each.code, each.clause, each.text, each.remedy) for each in reasons)


def _handed_on(enterprise: Enterprise) -> Reason:
    text = f"{enterprise.successor} has taken the place of this enterprise since {enterprise.succeeded_on}."
    return Reason(f"succeeded-{enterprise.succession}", "", text, f"Look at {enterprise.successor} instead.")


def _granted_on(unit: Unit, decision: entitlement.Granted) -> str:
    first = unit.load(VOUCHER, decision.vouchers[0].voucher_id)
    return voucher_decisions.terms_of(first).issued_on
