"""Registry facts in, entitlement decisions and vouchers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vouchers.application.programmes import in_force
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise.state import Enterprise
from vouchers.entitlement import events as entitlement
from vouchers.entitlement.decisions import decide
from vouchers.identifiers import make_code
from vouchers.kinds import ENTERPRISE, ENTITLEMENT, PROGRAMME, VOUCHER
from vouchers.ledger import Unit
from vouchers.policy import EntitlementDecision, Policy
from vouchers.policy import entitle as apply_policy
from vouchers.programme import decisions as programmes
from vouchers.programme import events as programme
from vouchers.voucher import events as voucher
from vouchers.voucher.decisions import issue

Answer = dict[str, Any]


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
    """Grant or deny each enterprise; deciding again changes nothing unless facts or policy changed."""
    programmes.open_on(unit.load(PROGRAMME, command.programme), unit.on)
    adopted, policy = in_force(unit, command.programme, unit.on)
    counts = {"granted": 0, "denied": 0, "unchanged": 0, "vouchers": 0}
    for enterprise_id in command.enterprises:
        outcome, issued = _entitle(unit, adopted, policy, enterprise_id)
        counts[outcome] += 1
        counts["vouchers"] += issued
    return counts


def _entitle(unit: Unit, adopted: programme.PolicyAdopted, policy: Policy, enterprise_id: str) -> tuple[str, int]:
    state = unit.load(ENTERPRISE, enterprise_id)
    enterprises.known(state)
    decision = apply_policy(policy, state.facts, unit.on)
    key = f"{adopted.programme}/{decision.period}/{enterprise_id}"
    event = _event(adopted, policy, enterprise_id, state, decision)
    events = decide(unit.load(ENTITLEMENT, key), event)
    if not events:
        return "unchanged", 0
    unit.append(ENTITLEMENT, key, events)
    if isinstance(event, entitlement.Denied):
        return "denied", 0
    _issue(unit, adopted.programme, enterprise_id, event, decision)
    return "granted", len(event.vouchers)


def _event(
    adopted: programme.PolicyAdopted,
    policy: Policy,
    enterprise_id: str,
    state: Enterprise,
    decision: EntitlementDecision,
) -> entitlement.Granted | entitlement.Denied:
    basis = (
        adopted.programme,
        decision.period,
        enterprise_id,
        adopted.version,
        adopted.digest,
        state.as_of_on,
        state.digest,
        dict(state.facts),
        tuple([step.rule for step in decision.trace]),
    )
    if not decision.granted:
        reasons = tuple(
            entitlement.Because(reason.code, reason.clause, reason.text, reason.remedy) for reason in decision.reasons
        )
        return entitlement.Denied(*basis, reasons)
    allotments = tuple(
        [
            entitlement.Allotment(
                make_code("V", adopted.programme, decision.period, enterprise_id, grant.kind),
                grant.kind,
                grant.face,
            )
            for grant in decision.vouchers
        ]
    )
    return entitlement.Granted(*basis, policy.currency, allotments)


def _issue(
    unit: Unit,
    code: str,
    enterprise_id: str,
    granted: entitlement.Granted,
    decision: EntitlementDecision,
) -> None:
    for allotment, grant in zip(granted.vouchers, decision.vouchers, strict=True):
        issued = voucher.Issued(
            code,
            decision.period,
            enterprise_id,
            grant.kind,
            grant.currency,
            grant.face,
            grant.categories,
            unit.on,
            grant.use_by_on,
            grant.redeem_by_on,
        )
        unit.append(VOUCHER, allotment.voucher_id, issue(unit.load(VOUCHER, allotment.voucher_id), issued))


def streams_to_entitle(policy_period: str, command: Entitle) -> Sequence[str]:
    """The streams that deciding these enterprises will load, so that they are loaded at once."""
    names = [f"programme/{command.programme}"]
    for enterprise_id in command.enterprises:
        names.append(f"enterprise/{enterprise_id}")
        names.append(f"entitlement/{command.programme}/{policy_period}/{enterprise_id}")
    return names
