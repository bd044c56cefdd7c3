"""The commands `vouchers enterprise`: what registries say of a firm, its credit tier, its line, and what was found."""

import hashlib
from pathlib import Path
from typing import Any

import click

from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, paging, reading
from service.cli.values import (
    DAY,
    DIGEST,
    ENTERPRISE,
    EXISTING_FILE,
    PROGRAMME_CODE,
    digest_of,
    registry_fact_of,
)
from service.projections.entitlements import entitlements
from service.projections.entitlements import findings as findings_of
from service.reassessing import look_again, recheck_groups
from vouchers import application, wire
from vouchers.divisions import check_division
from vouchers.enterprise.decisions import (
    SUCCESSIONS,
    ChangeCreditTier,
    CloseOverCap,
    CorrectFacts,
    FactsNotOnRecord,
    RecordSuccession,
    known,
)
from vouchers.enterprise.state import Enterprise
from vouchers.entitlement.decisions import ClearFindings
from vouchers.facts import Fact, Facts
from vouchers.identifiers import old_code_in
from vouchers.kinds import ENTERPRISE as KIND
from vouchers.kinds import PROGRAMME
from vouchers.policy.conditions import MONEY_FACTS
from vouchers.programme.decisions import announced
from vouchers.texts import TIERS


@click.group()
def enterprise() -> None:
    """What registries say of an enterprise, what was decided for it and found about it, its credit tier, its line."""


@enterprise.command()
@reading
@click.argument("code", type=ENTERPRISE)
def show(session: Session, code: str) -> None:
    """The facts on record with their source and day, every entitlement decision, the line, and open findings."""
    state = session.service.ledger.state(KIND, code)
    known(state)
    with session.service.views.session() as views:
        decided = [_decision(row.as_dict()) for row in entitlements(views, enterprise_id=code, limit=1_000)]
        found = [row.as_dict() for row in findings_of(views, enterprise_id=code, limit=1_000)]
    data = {
        "enterprise_id": code,
        "as_of_on": state.as_of_on,
        "stated_on": state.stated_on,
        "source": state.source,
        "digest": state.digest,
        "credit_tier": state.credit_tier,
        "facts": dict(state.facts),
        "known_days": [each.as_of_on for each in state.known],
        "predecessors": list(state.predecessors),
        "successor": state.successor,
    }
    names = ("programme", "period", "outcome", "decided_on", "policy_version")
    rows = [(*(row[name] for name in names), ", ".join(each["code"] for each in row["reasons"])) for row in decided]
    columns = ["programme", "period", "outcome", "decided", "policy", "because"]
    parts = [pairs(f"Enterprise {code}", [*_origin(state), *_shown(state.facts)]), ""]
    parts.append(table("Decisions", columns, rows) if rows else "Not decided yet.")
    parts += [_findings_table(found)] if found else []
    old = old_code_in(code)
    if old not in state.predecessors and session.service.ledger.state(KIND, old).is_known:
        parts.append(f"{old} is its old number: vouchers enterprise succeed {old} {code} --kind new-code")
    session.out.answer({**data, "decisions": decided, "findings": found}, *parts)


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: wire.parse(row[name]) for name in ("vouchers", "reasons")}}


@enterprise.command()
@reading
@click.argument("code", type=ENTERPRISE)
@click.option("--on", "day", type=DAY, default="", metavar="DAY", help="The day asked for (default: today).")
def facts(session: Session, code: str, day: str) -> None:
    """The facts that held on a day, as is known now: late and corrected ones included."""
    state = session.service.ledger.state(KIND, code)
    known(state)
    day = day or session.on
    held = state.known_on(day)
    if held is None:
        told, first = f"No facts are on record as of {day}.", state.known[0].as_of_on
        raise FactsNotOnRecord(told, pointer="/on", remedy=f"Ask for a day from {first} on.")
    data = {
        "enterprise_id": code,
        "on": day,
        "as_of_on": held.as_of_on,
        "source": held.source,
        "digest": held.digest,
        "facts": dict(held.facts),
    }
    origin = [("as of", held.as_of_on), ("source", held.source)]
    session.out.answer(data, pairs(f"Enterprise {code} on {day}", [*origin, *_shown(held.facts)]))


@enterprise.command()
@acting("officer")
@click.argument("code", type=ENTERPRISE)
@click.argument("tier", type=click.Choice(TIERS))
@click.option("--cause", required=True, help="Why the tier changes.")
def tier(session: Session, code: str, tier: str, cause: str) -> None:
    """Move an enterprise to another credit tier: it decides how its redemptions are checked."""
    session.tell(application.change_credit_tier, ChangeCreditTier(code, tier, cause), "Credit tier changed")


@enterprise.command()
@acting("officer")
@click.argument("code", type=ENTERPRISE)
@click.option("--as-of", "as_of_on", type=DAY, required=True, metavar="DAY", help="Day of the wrong facts.")
@click.option("--fact", "changed", multiple=True, required=True, metavar="NAME=VALUE", help="A right fact; repeat.")
@click.option("--source", required=True, help="Where the right facts are from.")
@click.option("--reason", required=True, help="What was wrong.")
def correct(session: Session, code: str, as_of_on: str, changed: tuple[str, ...], source: str, reason: str) -> None:
    """Correct facts of a day; decisions stand, and one that would have been another becomes a finding."""
    state = session.service.ledger.state(KIND, code)
    known(state)
    before = state.known_on(as_of_on)
    right = dict(before.facts if before else {}) | dict(map(registry_fact_of, changed))
    if right.get("country", "CN") == "CN" and "region" in right:
        check_division(str(right["region"]), "/facts/region")
    digest = hashlib.sha256("\n".join(sorted(changed)).encode()).hexdigest()
    outcome = session.execute(application.correct_facts, CorrectFacts(code, as_of_on, source, digest, right, reason))
    _look(session, code, {**outcome.answer, "position": outcome.position}, "Facts corrected")


@enterprise.command()
@acting("officer")
@click.argument("predecessor", type=ENTERPRISE)
@click.argument("successor", type=ENTERPRISE)
@click.option("--kind", "succession", type=click.Choice(SUCCESSIONS), required=True, help="How it came about.")
@click.option("--from", "from_on", type=DAY, required=True, metavar="DAY", help="First day of the successor.")
@click.option("--evidence", type=EXISTING_FILE, help="The document that shows it; only its digest is kept.")
@click.option("--evidence-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the document instead of the file.")
@click.option("--reason", required=True, help="What happened.")
def succeed(
    session: Session,
    predecessor: str,
    successor: str,
    succession: str,
    from_on: str,
    evidence: Path | None,
    evidence_digest: str | None,
    reason: str,
) -> None:
    """Let an enterprise take the place of another: what that one was granted passes to it, and caps add up."""
    session.service.catch_up()
    with session.service.views.session() as views:
        rows = entitlements(views, enterprise_id=predecessor, limit=1_000)
    programmes = tuple(dict.fromkeys(row.programme for row in rows if row.outcome in ("granted", "passed")))
    digest = digest_of(evidence, evidence_digest, "evidence")
    command = RecordSuccession(predecessor, successor, succession, from_on, digest, reason, programmes)
    outcome = session.execute(application.record_succession, command)
    _look(session, predecessor, {**outcome.answer, "position": outcome.position}, "Succession recorded")


@enterprise.command()
@acting("officer")
@click.argument("code", type=ENTERPRISE)
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only what this programme granted.")
def reassess(session: Session, code: str, programme: str) -> None:
    """Look again at what was granted, on the facts known now; what the policy says follows at once."""
    known(session.service.ledger.state(KIND, code))
    if programme:
        announced(session.service.ledger.state(PROGRAMME, programme))
    _look(session, code, {"enterprise_id": code}, "Looked again", programme)


@enterprise.command()
@reading
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@paging
def findings(session: Session, programme: str, after: int, limit: int) -> None:
    """What officers have to look into: doubts, facts that no longer fit, failures, ceilings passed by a group."""
    with session.service.views.session() as views:
        found = [row.as_dict() for row in findings_of(views, programme=programme, after=after, limit=limit)]
    session.out.answer({"findings": found}, _findings_table(found) if found else "Nothing is open.")
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


@enterprise.command()
@acting("officer")
@click.argument("code", type=ENTERPRISE)
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Programme of the findings.")
@click.option("--period", default="", help="Period of the findings, as they are listed.")
@click.option("--cap", default="", help="The ceiling, as it is listed, where a group passed one.")
@click.option("--reason", required=True, help="What came of it.")
def clear(session: Session, code: str, programme: str, period: str, cap: str, reason: str) -> None:
    """Close what was found about an enterprise; claims that were held for it may be paid."""
    if bool(cap) == bool(programme and period):
        raise click.UsageError("Give either --programme and --period, or --cap.")
    if cap:
        outcome = session.execute(application.close_over_cap, CloseOverCap(code, cap, reason))
    else:
        outcome = session.execute(application.clear_findings, ClearFindings(programme, period, code, reason))
    data = {**outcome.answer, "position": outcome.position}
    session.out.answer(data, pairs("Cleared", [(name, _written(name, value)) for name, value in data.items()]))


def _look(session: Session, code: str, data: dict[str, Any], title: str, programme: str = "") -> None:
    """Look again at everything an enterprise was granted, and tell it."""
    looks = look_again(session.service, code, session.who, on=session.on, programme=programme)
    over = recheck_groups(session.service, [code], session.who, on=session.on)
    rows = [
        (look["programme"], " ".join(look["causes"]), " ".join(look["doubts"]), "yes" if look["held"] else "no")
        for look in looks
        if look["causes"] or look["doubts"] or look["held"]
    ]
    decided = [
        (f"in {code}", ", ".join(f"{count} {name}" for name, count in counts.items() if count and name != "reasons"))
        for code, counts in data.get("programmes", {}).items()
    ]
    plain = [(name, _written(name, value)) for name, value in data.items() if isinstance(value, str | int)]
    lines = [*plain, *decided]
    parts: list[Any] = [pairs(title, lines)]
    parts += [table("Looked again", ["programme", "causes", "would have been", "claims held"], rows)] if rows else []
    parts += [f"Ceiling passed by its group: {each['cap']}" for each in over]
    session.out.answer({**data, "looks": looks, "over": over}, *parts)


def _findings_table(found: list[dict[str, Any]]) -> Any:
    rows = [
        (row["seq"], row["found_on"], row["programme"], row["enterprise_id"], row["period"], row["kind"], row["text"])
        for row in found
    ]
    return table("Findings", ["log#", "found", "programme", "enterprise", "period", "kind", "what"], rows)


def _origin(state: Enterprise) -> list[tuple[str, object]]:
    days = [each.as_of_on for each in state.known]
    return [
        ("as of", state.as_of_on),
        ("stated again", state.confirmed_on),
        ("earlier days", ", ".join(days[:-1])),
        ("source", state.source),
        ("credit tier", state.credit_tier),
        ("takes the place of", ", ".join(state.predecessors)),
        ("succeeded by", f"{state.successor} from {state.succeeded_on}" if state.successor else ""),
    ]


def _shown(facts: Facts) -> list[tuple[str, object]]:
    return [
        (name, _written(name, value)) for name, value in facts.items() if name not in ("credit_code", "credit_tier")
    ]


def _written(name: str, value: Fact | list[str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in MONEY_FACTS and isinstance(value, int):
        return money(value)
    return ", ".join(value) if isinstance(value, tuple | list) else str(value)
