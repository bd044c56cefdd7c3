"""What becomes known: facts of enterprises, their tiers and successions, and how far a source can be relied on."""

from typing import Any

from vouchers.application.aiding import follow
from vouchers.application.cases import Case
from vouchers.application.deciding import Decider
from vouchers.application.supervising import note_officers_move
from vouchers.enterprise import decisions as enterprises
from vouchers.kinds import ENTERPRISE, SOURCE
from vouchers.ledger import Unit
from vouchers.source import decisions as sources

Answer = dict[str, Any]

CODES = "credit-codes"  # the source whose stream holds the codes that are let through


def record_facts(unit: Unit, command: enterprises.RecordFacts) -> Answer:
    """Record what a registry states; the same facts again change nothing."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    events = enterprises.record_facts(state, command, unit.on)
    if events:
        after = unit.append(ENTERPRISE, command.enterprise_id, events)
        follow(unit, command.enterprise_id, state.facts, after.facts)
    return {"enterprise_id": command.enterprise_id, "recorded": bool(events)}


def correct_facts(unit: Unit, command: enterprises.CorrectFacts) -> Answer:
    """Put facts in the place of wrong ones; no decision that rests on those is touched."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    events = enterprises.correct_facts(state, command, unit.on)
    after = unit.append(ENTERPRISE, command.enterprise_id, events)
    follow(unit, command.enterprise_id, state.facts, after.facts)
    return {"enterprise_id": command.enterprise_id, "recorded": bool(events)}


def change_credit_tier(unit: Unit, command: enterprises.ChangeCreditTier) -> Answer:
    """Move an enterprise to another credit tier."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    moved = enterprises.change_credit_tier(state, command)
    unit.append(ENTERPRISE, command.enterprise_id, moved)
    if moved:
        note_officers_move(unit, command.enterprise_id, state.credit_tier, command.tier, command.cause)
    return {"enterprise_id": command.enterprise_id, "tier": command.tier}


def record_succession(unit: Unit, command: enterprises.RecordSuccession) -> Answer:
    """Let an enterprise take the place of another, in both of their streams and in those of all that came after."""
    before = unit.load(ENTERPRISE, command.predecessor_id)
    enterprises.known(before, "/predecessor_id")
    enterprises.known(unit.load(ENTERPRISE, command.successor_id), "/successor_id")
    unit.append(ENTERPRISE, command.predecessor_id, enterprises.be_succeeded(before, command, unit.on))
    line = (*before.predecessors, command.predecessor_id)
    later = command.successor_id
    while later:
        state = unit.load(ENTERPRISE, later)
        unit.append(ENTERPRISE, later, enterprises.succeed(state, command, line))
        later = state.successor
    successor = unit.load(ENTERPRISE, command.successor_id)
    decided = [Decider(unit, code) for code in command.programmes]
    for each in decided:
        each.decide(command.successor_id, successor)
    return {
        "enterprise_id": command.successor_id,
        "predecessors": list(successor.predecessors),
        "programmes": {each.code: each.counts for each in decided},
    }


def not_succeeded(unit: Unit, case: Case) -> None:
    """An enterprise whose place another has taken orders nothing more; the successor does."""
    enterprises.not_succeeded(unit.load(ENTERPRISE, case.command.enterprise_id), unit.on)


def report_outage(unit: Unit, command: sources.ReportOutage) -> Answer:
    """Record that a source cannot be relied on; what needs it waits."""
    state = unit.load(SOURCE, command.source_name)
    after = unit.append(SOURCE, command.source_name, sources.go_down(state, command))
    return {"source": command.source_name, "down": after.is_down, "from_on": after.outages[-1].from_on}


def end_outage(unit: Unit, command: sources.EndOutage) -> Answer:
    """Record that a source can be relied on again."""
    state = unit.load(SOURCE, command.source_name)
    after = unit.append(SOURCE, command.source_name, sources.come_up(state, command))
    return {"source": command.source_name, "down": after.is_down, "outages": len(after.outages)}


def allow_code(unit: Unit, command: sources.AllowCode) -> Answer:
    """Let a legal credit code through although a check fails, for a reason on record."""
    after = unit.append(SOURCE, CODES, sources.allow(unit.load(SOURCE, CODES), command))
    return {"code": command.code, "allowed": sorted(after.allowed)}


def bar_code(unit: Unit, command: sources.BarCode) -> Answer:
    """Let a credit code through no longer; what is on record about it stays."""
    after = unit.append(SOURCE, CODES, sources.bar(unit.load(SOURCE, CODES), command))
    return {"code": command.code, "allowed": sorted(after.allowed)}
