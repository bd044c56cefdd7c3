"""Registry facts in, entitlement decisions and vouchers out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

from vouchers.application.programmes import in_force
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise.state import Enterprise
from vouchers.entitlement import events as entitlement
from vouchers.entitlement.decisions import decide
from vouchers.facts import Facts
from vouchers.identifiers import make_code
from vouchers.kinds import ENTERPRISE, ENTITLEMENT, PROGRAMME, VOUCHER
from vouchers.ledger import Unit
from vouchers.policy import Policy, VoucherGrant, period_of
from vouchers.policy import entitle as apply_policy
from vouchers.programme import decisions as programmes
from vouchers.programme import events as programme
from vouchers.voucher import events as voucher
from vouchers.voucher.decisions import issue

Answer = dict[str, Any]


class Judged(NamedTuple):
    """A decision as it will be stored. One made beforehand counts while its policy and its day are the unit's."""

    policy_digest: str
    on: str
    period: str
    rules: tuple[str, ...]
    reasons: tuple[tuple[str, str, str, str], ...]  # code, clause, text, remedy; none for a grant
    grants: tuple[VoucherGrant, ...]
    voucher_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """Record what a registry states of many enterprises, and decide their entitlements in these programmes."""

    records: tuple[enterprises.RecordFacts, ...]
    programmes: tuple[str, ...] = ()
    judged: tuple[tuple[Judged, ...], ...] = ()  # for each record, one for each programme; or nothing


@dataclass(frozen=True, slots=True)
class Entitle:
    """Decide the entitlement of these enterprises in a programme from the facts on record."""

    programme: str
    enterprises: tuple[str, ...]


def record_facts(unit: Unit, command: enterprises.RecordFacts) -> Answer:
    """Record what a registry states; the same facts again change nothing."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    events = enterprises.record_facts(state, command, unit.on)
    if events:
        unit.append(ENTERPRISE, command.enterprise_id, events)
    return {"enterprise_id": command.enterprise_id, "recorded": bool(events)}


def change_credit_tier(unit: Unit, command: enterprises.ChangeCreditTier) -> Answer:
    """Move an enterprise to another credit tier."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    unit.append(ENTERPRISE, command.enterprise_id, enterprises.change_credit_tier(state, command))
    return {"enterprise_id": command.enterprise_id, "tier": command.tier}


def entitle(unit: Unit, command: Entitle) -> Answer:
    """Grant or deny each enterprise; decided again changes nothing unless facts or policy changed."""
    programme_now = _Programme(unit, command.programme)
    for enterprise_id in command.enterprises:
        state = unit.load(ENTERPRISE, enterprise_id)
        enterprises.known(state)
        unit.begin()
        programme_now.decide(enterprise_id, state)
    return programme_now.counts


def import_facts(unit: Unit, command: ImportFacts) -> Answer:
    """Record the facts of many enterprises, and decide at once what they are entitled to in some programmes."""
    decided = [_Programme(unit, code) for code in command.programmes]
    counts: Answer = {"recorded": 0, "unchanged": 0, "older": 0}
    judgements = command.judged or repeat((None,) * len(decided))
    for record, judged in zip(command.records, judgements, strict=bool(command.judged)):
        unit.begin()
        state = unit.load(ENTERPRISE, record.enterprise_id)
        if state.as_of_on > record.as_of_on:
            counts["older"] += 1
            judged = (None,) * len(decided)  # noqa: PLW2901 - they were judged on facts that do not count.
        elif events := enterprises.record_facts(state, record, unit.on):
            state = unit.append(ENTERPRISE, record.enterprise_id, events)
            counts["recorded"] += 1
        else:
            counts["unchanged"] += 1
        for each, judgement in zip(decided, judged, strict=True):
            each.decide(record.enterprise_id, state, judgement)
    return {**counts, "programmes": {each.code: each.counts for each in decided}}


def judge(adopted: programme.PolicyAdopted, policy: Policy, enterprise_id: str, facts: Facts, on: str) -> Judged:
    """What a policy gives an enterprise on a day, with the numbers of its vouchers."""
    decision = apply_policy(policy, facts, on)
    reasons = tuple([(each.code, each.clause, each.text, each.remedy) for each in decision.reasons])
    rules = tuple([step.rule for step in decision.trace])
    codes = [
        make_code("V", adopted.programme, decision.period, enterprise_id, grant.kind) for grant in decision.vouchers
    ]
    return Judged(adopted.digest, on, decision.period, rules, reasons, decision.vouchers, tuple(codes))


class _Programme:
    """A programme that decides one enterprise after the other, on one day and under one policy."""

    def __init__(self, unit: Unit, code: str) -> None:
        self.unit = unit
        self.code = code
        programmes.open_on(unit.load(PROGRAMME, code), unit.on)
        self.adopted, self.policy = in_force(unit, code, unit.on)
        self.period = period_of(self.policy, unit.on)
        self.counts: Answer = {"granted": 0, "denied": 0, "unchanged": 0, "vouchers": 0, "reasons": {}}

    def decide(self, enterprise_id: str, state: Enterprise, judged: Judged | None = None) -> None:
        """Append the decision about one enterprise and its vouchers, unless it stands already."""
        unit, counts = self.unit, self.counts
        key = f"{self.code}/{self.period}/{enterprise_id}"
        before = unit.load(ENTITLEMENT, key)
        if before.is_granted:
            counts["unchanged"] += 1
            return
        if judged is None or (judged.policy_digest, judged.on) != (self.adopted.digest, unit.on):
            judged = judge(self.adopted, self.policy, enterprise_id, state.facts, unit.on)
        event = _event(self.adopted, self.policy, enterprise_id, state, judged)
        events = decide(before, event)
        if not events:
            counts["unchanged"] += 1
            return
        unit.append(ENTITLEMENT, key, events)
        if isinstance(event, entitlement.Denied):
            counts["denied"] += 1
            for reason in event.reasons:
                counts["reasons"][reason.code] = counts["reasons"].get(reason.code, 0) + 1
            return
        _issue(unit, self.code, enterprise_id, judged)
        counts["granted"] += 1
        counts["vouchers"] += len(event.vouchers)


def _event(
    adopted: programme.PolicyAdopted, policy: Policy, enterprise_id: str, state: Enterprise, judged: Judged
) -> entitlement.Granted | entitlement.Denied:
    basis = (
        adopted.programme,
        judged.period,
        enterprise_id,
        adopted.version,
        adopted.digest,
        state.as_of_on,
        state.digest,
        dict(state.facts),
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


def streams_of(periods: Mapping[str, str], beneficiaries: Iterable[str]) -> list[str]:
    """The streams that decided these enterprises in programmes and their periods will load."""
    prefixes = [f"entitlement/{code}/{period}/" for code, period in periods.items()]
    names = [f"programme/{code}" for code in periods]
    for enterprise_id in beneficiaries:
        names.append(f"enterprise/{enterprise_id}")
        names.extend(prefix + enterprise_id for prefix in prefixes)
    return names


def policies_in_force(unit: Unit, codes: tuple[str, ...]) -> tuple[tuple[programme.PolicyAdopted, str], ...]:
    """The adoption in force of each of these programmes, and the period that it is in."""
    found = [in_force(unit, code, unit.on) for code in codes]
    return tuple([(adopted, period_of(policy, unit.on)) for adopted, policy in found])
