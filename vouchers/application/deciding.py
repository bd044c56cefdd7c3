"""Deciding one enterprise after the other in a programme: granted, denied, taken over from predecessors, or waiting."""

from typing import Any

from vouchers.application.fact_days import facts_for
from vouchers.application.programmes import entitlement_key, in_force
from vouchers.application.receiving import against_grant, granted, looks_back
from vouchers.days import add_days
from vouchers.enterprise.state import Enterprise
from vouchers.entitlement import events as entitlement
from vouchers.entitlement.decisions import decide, fail, take_over, wait
from vouchers.entitlement.state import Entitlement
from vouchers.facts import Facts
from vouchers.identifiers import make_code
from vouchers.kinds import ENTITLEMENT, PROGRAMME, SOURCE, VOUCHER
from vouchers.ledger import Unit
from vouchers.policy import Policy, VoucherGrant, period_of
from vouchers.policy import entitle as apply_policy
from vouchers.programme import decisions as programmes
from vouchers.programme import events as programme
from vouchers.refusals import Refused, Unavailable
from vouchers.values import Value, replace
from vouchers.voucher import events as voucher
from vouchers.voucher.decisions import issue

Answer = dict[str, Any]


class Judged(Value):
    """A decision as it will be stored. One made beforehand counts while its policy and its day are the unit's."""

    policy_digest: str
    on: str
    period: str
    rules: tuple[str, ...]
    reasons: tuple[tuple[str, str, str, str], ...]  # code, clause, text, remedy; none for a grant
    grants: tuple[VoucherGrant, ...]
    voucher_ids: tuple[str, ...]


def judge(adopted: programme.PolicyAdopted, policy: Policy, enterprise_id: str, facts: Facts, on: str) -> Judged:
    """What a policy gives an enterprise on a day, with the numbers of its vouchers."""
    decision = apply_policy(policy, facts, on)
    reasons = tuple([(each.code, each.clause, each.text, each.remedy) for each in decision.reasons])
    rules = tuple([step.rule for step in decision.trace])
    codes = [
        make_code("V", adopted.programme, decision.period, enterprise_id, grant.kind) for grant in decision.vouchers
    ]
    return Judged(adopted.digest, on, decision.period, rules, reasons, decision.vouchers, tuple(codes))


class Decider:
    """A programme that decides one enterprise after the other, on one day and under one policy."""

    def __init__(self, unit: Unit, code: str) -> None:
        """Gather what holds for all: the policy in force, its period, and the sources that are down."""
        self.unit = unit
        self.code = code
        programmes.open_on(unit.load(PROGRAMME, code), unit.on)
        self.adopted, self.policy = in_force(unit, code, unit.on)
        self.period = period_of(self.policy, unit.on)
        self.outages = _outages(unit, self.policy)
        self.looks_back = looks_back(self.policy)
        self.counts: Answer = {"granted": 0, "denied": 0, "unchanged": 0, "vouchers": 0, "reasons": {}}
        self.counts |= {"pending": 0, "passed": 0, "failed": 0}

    def decide(self, enterprise_id: str, state: Enterprise, judged: Judged | None = None) -> None:
        """Append the decision about one enterprise and its vouchers, unless it stands already.

        Where it cannot be made, that is put on record for an officer, and the next enterprise has its turn.
        """
        kept = len(self.unit.pending)
        try:
            self.counts[self._decide(enterprise_id, state, judged)] += 1
        except Unavailable:
            raise
        except MISTAKES as mistake:
            self.unit.undo(kept)
            put_on_record(self.unit, self.code, self.period, enterprise_id, "entitle", mistake)
            self.counts["failed"] += 1

    def _decide(self, enterprise_id: str, state: Enterprise, judged: Judged | None) -> str:
        key = entitlement_key(self.code, self.period, enterprise_id)
        before = self.unit.load(ENTITLEMENT, key)
        if before.is_granted:
            return "unchanged"
        if waiting := (*self.outages, *_too_old(self.policy, state, self.unit.on)):
            basis = (self.code, self.period, enterprise_id, self.adopted.version, self.adopted.digest)
            return self._append(key, wait(before, entitlement.Pending(*basis, waiting)), "pending")
        if state.predecessors and (passed := self._passed(enterprise_id, state)):
            return self._append(key, take_over(before, passed), "passed")
        return self._grant_or_deny(key, before, enterprise_id, state, judged)

    def _grant_or_deny(
        self, key: str, before: Entitlement, enterprise_id: str, state: Enterprise, judged: Judged | None
    ) -> str:
        unit, on = self.unit, self.unit.on
        facts = facts_for(self.policy, state, state.facts, on)
        if judged is None or (judged.policy_digest, judged.on) != (self.adopted.digest, on) or facts is not state.facts:
            judged = judge(self.adopted, self.policy, enterprise_id, facts, on)
        if state.is_succeeded(on):
            judged = replace(judged, reasons=(*judged.reasons, _succeeded(state)))
        if self.looks_back:
            amount = sum(grant.face for grant in judged.grants)
            more = against_grant(unit, self.policy, enterprise_id, facts, amount)
            judged = replace(judged, reasons=(*judged.reasons, *more))
        event = _event(self.adopted, self.policy, enterprise_id, state, facts, judged)
        events = decide(before, event)
        if not events:
            return "unchanged"
        unit.append(ENTITLEMENT, key, events)
        if isinstance(event, entitlement.Denied):
            for reason in event.reasons:
                self.counts["reasons"][reason.code] = self.counts["reasons"].get(reason.code, 0) + 1
            return "denied"
        _issue(unit, self.code, enterprise_id, judged)
        if self.looks_back:
            for voucher_id, grant in zip(judged.voucher_ids, judged.grants, strict=True):
                granted(unit, self.policy, enterprise_id, facts, voucher_id, grant.face)
        self.counts["vouchers"] += len(event.vouchers)
        return "granted"

    def _passed(self, enterprise_id: str, state: Enterprise) -> entitlement.Passed | None:
        """What predecessors were granted in this period, if anything."""
        line = {
            each: self.unit.load(ENTITLEMENT, entitlement_key(self.code, self.period, each))
            for each in state.predecessors
        }
        vouchers = dict.fromkeys(each for entitled in line.values() for each in entitled.vouchers)
        if not vouchers:
            return None
        return entitlement.Passed(
            self.code,
            self.period,
            enterprise_id,
            self.adopted.version,
            self.adopted.digest,
            tuple(each for each, entitled in line.items() if entitled.vouchers),
            self.policy.currency,
            tuple(vouchers),
        )

    def _append(self, key: str, events: list[entitlement.Event], name: str) -> str:
        if not events:
            return "unchanged"
        self.unit.append(ENTITLEMENT, key, events)
        return name


# What one enterprise's own data or a rule that meets it can raise; a store that fails is nobody's data.
MISTAKES = (Refused, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


def put_on_record(unit: Unit, code: str, period: str, enterprise_id: str, step: str, mistake: Exception) -> None:
    """Record that a step could not be taken for one enterprise; of what is no refusal the kind alone is told."""
    name, detail = type(mistake).__name__, "The rules cannot be applied to what is on record of this enterprise."
    if isinstance(mistake, Refused):
        name, detail = mistake.code, mistake.detail
    key = entitlement_key(code, period, enterprise_id)
    failed = entitlement.Failed(code, period, enterprise_id, step, name, detail)
    unit.append(ENTITLEMENT, key, fail(unit.load(ENTITLEMENT, key), failed))


def _outages(unit: Unit, policy: Policy) -> tuple[entitlement.Because, ...]:
    """The sources that the policy needs and that cannot be relied on today."""
    found = ((name, unit.load(SOURCE, name).outage_on(unit.on)) for name in policy.fact_needs.sources)
    return tuple(
        entitlement.Because(
            "source-down",
            policy.fact_needs.clause,
            f"The source {name} cannot be relied on since {outage.from_on}: {outage.reason}",
            "Decide again once the source is back.",
        )
        for name, outage in found
        if outage is not None
    )


def _too_old(policy: Policy, state: Enterprise, on: str) -> tuple[entitlement.Because, ...]:
    """The reason that the facts on record are too old to decide on, if so."""
    most = policy.fact_needs.max_age_days
    if not most or add_days(state.stated_on, most) >= on:
        return ()
    text = f"The facts are as of {state.stated_on}; the policy takes facts of at most {most} days."
    return (entitlement.Because("facts-too-old", policy.fact_needs.clause, text, "Import a newer registry file."),)


def _succeeded(state: Enterprise) -> tuple[str, str, str, str]:
    text = f"{state.successor} has taken the place of this enterprise since {state.succeeded_on}."
    return ("succeeded", "", text, f"Decide {state.successor} instead.")


def _event(
    adopted: programme.PolicyAdopted,
    policy: Policy,
    enterprise_id: str,
    state: Enterprise,
    facts: Facts,
    judged: Judged,
) -> entitlement.Granted | entitlement.Denied:
    basis = (
        adopted.programme,
        judged.period,
        enterprise_id,
        adopted.version,
        adopted.digest,
        state.as_of_on,
        state.digest,
        dict(facts),
        judged.rules,
    )
    if judged.reasons:
        return entitlement.Denied(*basis, tuple([entitlement.Because(*reason) for reason in judged.reasons]))
    allotments = [
        entitlement.Allotment(voucher_id, grant.kind, grant.face)
        for voucher_id, grant in zip(judged.voucher_ids, judged.grants, strict=True)
    ]
    return entitlement.Granted(*basis, policy.currency, tuple(allotments))


def _issue(unit: Unit, code: str, enterprise_id: str, judged: Judged) -> None:
    for voucher_id, grant in zip(judged.voucher_ids, judged.grants, strict=True):
        issued = voucher.Issued(
            code,
            judged.period,
            enterprise_id,
            grant.kind,
            grant.currency,
            grant.face,
            grant.categories,
            unit.on,
            grant.use_by_on,
            grant.redeem_by_on,
        )
        unit.append(VOUCHER, voucher_id, issue(unit.load(VOUCHER, voucher_id), issued))
