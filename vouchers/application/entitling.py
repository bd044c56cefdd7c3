"""Registry facts in, entitlement decisions and vouchers out."""

from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

from vouchers.application.aiding import follow
from vouchers.application.deciding import Decider, Judged
from vouchers.application.programmes import in_force
from vouchers.application.reassessing import Again
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import ENTERPRISE
from vouchers.ledger import Unit
from vouchers.policy import period_of
from vouchers.programme import events as programme
from vouchers.values import Value

Answer = dict[str, Any]


class ImportFacts(Value):
    """Record what a registry states of many enterprises, and decide their entitlements in these programmes."""

    records: tuple[enterprises.RecordFacts, ...]
    programmes: tuple[str, ...] = ()
    judged: tuple[tuple[Judged | None, ...], ...] = ()  # for each record, one for each programme; or nothing
    reassessed: tuple[str, ...] = ()  # programmes in which what was granted is looked at again where facts changed
    confirm: bool = False  # put on record that unchanged facts were stated again


class Entitle(Value):
    """Decide the entitlement of these enterprises in a programme from the facts on record."""

    programme: str
    enterprises: tuple[str, ...]


def entitle(unit: Unit, command: Entitle) -> Answer:
    """Grant or deny each enterprise; decided again changes nothing unless facts or policy changed."""
    programme_now = Decider(unit, command.programme)
    for enterprise_id in command.enterprises:
        state = unit.load(ENTERPRISE, enterprise_id)
        enterprises.known(state)
        unit.begin()
        programme_now.decide(enterprise_id, state)
    return programme_now.counts


def import_facts(unit: Unit, command: ImportFacts) -> Answer:
    """Record the facts of many enterprises, and decide at once what they are entitled to in some programmes."""
    decided = [Decider(unit, code) for code in command.programmes]
    again = [Again(unit, code) for code in command.reassessed]
    # A policy that takes young facts only, or looks at several years, has to know that old ones were stated again.
    rules = [each.policy for each in decided]
    confirm = command.confirm or any(each.fact_needs.max_age_days or each.changes.need_history for each in rules)
    counts: Answer = {"recorded": 0, "unchanged": 0, "older": 0, "reassessed": 0}
    moved: list[str] = []
    judgements = command.judged or repeat((None,) * len(decided))
    for record, judged in zip(command.records, judgements, strict=bool(command.judged)):
        unit.begin()
        before = unit.load(ENTERPRISE, record.enterprise_id)
        events = enterprises.record_facts(before, record, unit.on, confirm=confirm)
        state = unit.append(ENTERPRISE, record.enterprise_id, events) if events else before
        if events and before.is_known:
            follow(unit, record.enterprise_id, before.facts, state.facts)
        if record.as_of_on < before.as_of_on:
            counts["older"] += 1
            judged = (None,) * len(decided)  # noqa: PLW2901 - they were judged on facts that are not the latest.
        else:
            counts["recorded" if events else "unchanged"] += 1
        if events and _has_moved(before, record):
            moved.append(record.enterprise_id)
        if events and before.is_known:
            for each_again in again:
                counts["reassessed"] += each_again.look(record.enterprise_id)
        for each, judgement in zip(decided, judged, strict=True):
            each.decide(record.enterprise_id, state, judgement)
    counts["failed"] = sum(each.failed for each in again)
    return {**counts, "moved": moved, "programmes": {each.code: each.counts for each in decided}}


def _has_moved(before: Enterprise, record: enterprises.RecordFacts) -> bool:
    """Whether facts of a past day name another controller than was known for it."""
    if record.as_of_on > before.as_of_on:
        return False
    return before.facts_on(record.as_of_on).get("controller") != record.facts.get("controller")


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
