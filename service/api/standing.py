"""How parties stand: an enterprise's record, its facts and aid, what was found, decided, signalled and held."""

from typing import Any, Final

from flask import Response

from schemas.queries import ActsQuery, DayQuery, FindingsQuery, LinksQuery
from schemas.requests import PageQuery, PlainQuery
from service.api import pages
from service.api.answering import Answer, page, reading, state, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.currencies import aid_rules, told
from service.api.listing import by_name, in_order, without
from service.api.versions import tagged
from service.belonging import check_enterprise
from service.identity import FIRMS
from service.projections.entitlements import Finding, entitlements, findings
from service.projections.programmes import programmes
from service.projections.refusals import Refusal, refusals
from service.projections.reviews import signals
from service.projections.supervision import acts, held, to_recheck
from vouchers import wire
from vouchers.application.aiding import as_due, undertaking_of
from vouchers.enterprise.decisions import FactsNotOnRecord, known
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import AID, ENTERPRISE, LINK, SOURCE
from vouchers.policy import Aid
from vouchers.values import asdict

blueprint = Blueprint("standing", __name__, url_prefix="/v1")

_PLAIN, _PAGE, _DAY = PlainQuery(), PageQuery(), DayQuery()
_FINDINGS, _ACTS, _LINKS = FindingsQuery(), ActsQuery(), LinksQuery()
_ENTERPRISES: Final = ["enterprises"]
_MOST_SOURCES: Final = 1_000
_MOST_DECISIONS: Final = 200
_AID: Final = frozenset({"ceiling", "received", "left", "amount"})


@blueprint.get("/enterprises/<name:enterprise_id>", tags=_ENTERPRISES)
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.ENTERPRISE)
@tagged(ENTERPRISE.stream)
def show_enterprise(values: Answer, enterprise_id: str) -> Response:
    """The facts on record with their source and day, the latest decisions, the line, and what is open about it."""
    found = _enterprise(enterprise_id)
    with reading(values.get("after")) as (session, position):
        decided = [row.as_dict() for row in entitlements(session, enterprise_id=enterprise_id, limit=_MOST_DECISIONS)]
        opened = [_finding(row) for row in findings(session, enterprise_id=enterprise_id, limit=_MOST_DECISIONS)]
    record = {
        "enterprise_id": enterprise_id,
        "as_of_on": found.as_of_on,
        "stated_on": found.stated_on,
        "source": found.source,
        "digest": found.digest,
        "credit_tier": found.credit_tier,
        "facts": wire.plain(found.facts),
        "known_days": [each.as_of_on for each in found.known],
        "predecessors": list(found.predecessors),
        "successor": found.successor,
    }
    names = ("programme", "period", "outcome", "decided_on", "policy_version")
    decisions = [{name: row[name] for name in names} for row in decided]
    shown = {**record, "decisions": decisions}
    return state(shown if caller().role in FIRMS else {**shown, "findings": opened}, position)


@blueprint.get("/enterprises/<name:enterprise_id>/facts", tags=_ENTERPRISES)
@blueprint.arguments(_DAY, location="query")
@blueprint.response(200, pages.FACTS)
@tagged()
def show_facts(values: Answer, enterprise_id: str) -> Response:
    """The facts that held on a day, as is known now: late and corrected ones included."""
    found, day = _enterprise(enterprise_id), values.get("on") or service().today()
    held_then = found.known_on(day)
    if held_then is None:
        remedy = f"Ask for a day from {found.known[0].as_of_on} on."
        raise FactsNotOnRecord(f"No facts are on record as of {day}.", pointer="/query/on", remedy=remedy)
    about = {name: getattr(held_then, name) for name in ("as_of_on", "source", "digest")}
    shown = {"enterprise_id": enterprise_id, "on": day, **about, "facts": wire.plain(held_then.facts)}
    return state(shown, service().ledger.size())


@blueprint.get("/enterprises/<name:enterprise_id>/aid", tags=_ENTERPRISES)
@blueprint.arguments(_DAY, location="query")
@blueprint.response(200, pages.AID)
def show_aid(values: Answer, enterprise_id: str) -> Response:
    """What an enterprise and its undertaking received within each ceiling of aid, and what is left on a day."""
    found, day = _enterprise(enterprise_id), values.get("on") or service().today()
    house = undertaking_of(service().ledger.state, enterprise_id, found.facts)
    items = [told(_aid(rule, house, day), currency, _AID) for rule, currency in aid_rules(service().today())]
    return state({"enterprise_id": enterprise_id, "on": day, "aid": items}, service().ledger.size())


@blueprint.get("/findings")
@blueprint.arguments(_FINDINGS, location="query")
@blueprint.response(200, pages.FINDINGS)
def list_findings(values: Answer) -> Response:
    """What officers have to look into: doubts, facts that no longer fit, failures, ceilings passed by a group."""
    wanted = {name: values.get(name, "") for name in ("enterprise_id", "programme")}
    return in_order(values, lambda s, after, limit: findings(s, **wanted, after=after, limit=limit), _finding)


@blueprint.get("/refusals")
@blueprint.arguments(_FINDINGS, location="query")
@blueprint.response(200, pages.REFUSALS)
def list_refusals(values: Answer) -> Response:
    """What was refused of those who asked for money, with every reason; an enterprise sees its own."""
    wanted = {name: values.get(name, "") for name in ("enterprise_id", "programme")}
    if caller().role == "enterprise":
        # A firm sees its own, whatever it asks for.
        wanted["enterprise_id"] = caller().subject
    with reading() as (session, _):
        currencies = {row.programme: row.currency for row in programmes(session)}

    def show(row: Refusal) -> Answer:
        shown = {**without(row.as_dict(), "seq"), "reasons": wire.parse(row.reasons)}
        currency = currencies.get(row.programme)
        return with_money(shown, currency, frozenset({"amount"})) if currency else without(shown, "amount")

    return in_order(values, lambda s, after, limit: refusals(s, **wanted, after=after, limit=limit), show)


@blueprint.get("/acts")
@blueprint.arguments(_ACTS, location="query")
@blueprint.response(200, pages.ACTS)
def list_acts(values: Answer) -> Response:
    """What was decided about parties, with the number that an appeal names; a firm sees what concerns it."""
    subject = caller().subject if caller().role in FIRMS else values.get("subject", "")

    def look(session: Any, after: int, limit: int) -> Any:
        return acts(session, subject=subject, open_only=values.get("appealed", False), after=after, limit=limit)

    return in_order(values, look, lambda row: without(row.as_dict(), "seq"))


@blueprint.get("/signals")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, pages.SIGNALS)
def list_signals(values: Answer) -> Response:
    """Every signal that was raised, the oldest first; none is a verdict."""
    return in_order(values, lambda s, after, limit: signals(s, after=after, limit=limit), lambda row: row.as_dict())


@blueprint.get("/holds")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, pages.CHECKS)
def list_holds(values: Answer) -> Response:
    """Redemptions whose money waits for an officer."""
    return by_name(values, lambda s, after, limit: held(s, after=after, limit=limit), _row, _redemption)


@blueprint.get("/rechecks")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, pages.CHECKS)
def list_rechecks(values: Answer) -> Response:
    """Paid redemptions that wait for their second check."""
    return by_name(values, lambda s, after, limit: to_recheck(s, after=after, limit=limit), _row, _redemption)


@blueprint.get("/links")
@blueprint.arguments(_LINKS, location="query")
@blueprint.response(200, pages.LINKS)
def list_links(values: Answer) -> Response:
    """Every link of a party, ended ones too."""
    found = service().ledger.state(LINK, values["party"]).recorded
    return page([wire.plain(each) for each in found], None, service().ledger.size())


@blueprint.get("/sources")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.SOURCES)
def list_sources(_: Answer) -> Response:
    """Every source with its outages, and the credit codes that are let through with the reason of each."""
    ledger = service().ledger
    names = [each.removeprefix("source/") for each in ledger.names("source/", "", _MOST_SOURCES)]
    states = {name: ledger.state(SOURCE, name) for name in names}
    items = [
        {"source": name, "outages": [asdict(each) for each in found.outages], "allowed": dict(found.allowed)}
        for name, found in states.items()
    ]
    return page(items, None, ledger.size())


def _enterprise(enterprise_id: str) -> Enterprise:
    check_enterprise(caller(), enterprise_id, predecessors)
    found = service().ledger.state(ENTERPRISE, enterprise_id)
    known(found)
    return found


def _aid(rule: Aid, house: tuple[str, ...], day: str) -> Answer:
    """What an undertaking received within one ceiling, the oldest first."""
    first, state_of = rule.first_day(day), service().ledger.state
    entries = []
    for code in house:
        ledger = as_due(state_of, state_of(AID, f"{rule.scope}/{code}"), day)
        for number, entry in ledger.entries.items():
            said = {name: getattr(entry, name) for name in ("granted_on", "measure", "amount", "declared")}
            counts = first <= entry.granted_on <= day
            entries.append({"declaration_id": number, "enterprise_id": code, **said, "counts": counts})
    entries.sort(key=lambda each: (each["granted_on"], each["declaration_id"]))
    had = sum(each["amount"] for each in entries if each["counts"])
    sums = {"ceiling": rule.ceiling, "received": had, "left": max(0, rule.ceiling - had)}
    return {"scope": rule.scope, "from_on": first, "undertaking": list(house), **sums, "entries": entries}


def _finding(row: Finding) -> Answer:
    return {**without(row.as_dict(), "seq", "closed_on", "closing"), "detail": wire.parse(row.detail)}


def _row(row: Any) -> Answer:
    found: Answer = row.as_dict()
    return found


def _redemption(row: Any) -> str:
    return str(row.redemption_id)
