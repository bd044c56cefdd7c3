"""Figures of a programme: indicators, the control group, the yearly report, exposure, decisions, levels, samples."""

from dataclasses import asdict
from typing import Any, Final

from flask import Response

from schemas.queries import PeriodQuery, SinceQuery, UnusedQuery, YearQuery
from schemas.requests import PlainQuery
from service.api import pages
from service.api.answering import Answer, page, reading, state, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.currencies import told
from service.api.listing import by_name
from service.api.owning import check_party
from service.api.programmes import ONE_REPLAY, ReplayBusy
from service.identity import FIRMS
from service.projections.entitlements import denials_by_reason, outcomes
from service.projections.exposure import exposure
from service.projections.kpis import kpis, unused
from service.projections.refusals import refusals_by_code
from service.projections.regions import level_totals
from service.projections.spending import periods
from service.reporting import page as report_page
from service.reporting.page import Basis, period_in
from vouchers import application, wire
from vouchers.application.programmes import budget_key
from vouchers.application.sampling import derive
from vouchers.application.scanning import scan
from vouchers.kinds import BUDGET, PROGRAMME, ROUND, SAMPLE, SUPPORT
from vouchers.programme.decisions import announced
from vouchers.programme.events import Announced

blueprint = Blueprint("figures", __name__, url_prefix="/v1/programmes/<name:programme>")

_PLAIN, _YEAR, _UNUSED, _PERIOD, _SINCE = PlainQuery(), YearQuery(), UnusedQuery(), PeriodQuery(), SinceQuery()
_TAG: Final = ["programmes"]
_MOST_PERIODS: Final = 200
# Which numbers of the indicators are amounts, by the part that they are in.
_INDICATORS: Final = {
    "value": frozenset({"issued", "reserved", "claimed", "paid", "available", "expired"})
    | {"returned", "revoked", "clawed_back"},
    "orders": frozenset({"median_subsidy"}),
    "recovery": frozenset({"demanded", "received", "netted", "written_off", "open"}),
}
_EXPOSURE: Final = frozenset({"appropriated", "entitled", "over_entitled", "unused", "reserved", "claimed"}) | {
    *("committed", "paid", "free", "open", "lapsed", "expired", "returned", "revoked", "clawed_back", "released")
}
_SUPPORT: Final = frozenset({"market_income", "total_income", "rd_part", "degressive_part", "amount"})


@blueprint.get("/indicators", tags=_TAG)
@blueprint.arguments(_YEAR, location="query")
@blueprint.response(200, pages.INDICATORS)
def show_indicators(values: Answer, programme: str) -> Response:
    """Every indicator of a period; shares are basis points."""
    currency = _known(programme).currency
    with reading(values.get("after")) as (session, position):
        period = period_in(session, programme, values.get("year") or int(service().today()[:4]))
        found = kpis(session, programme, period, values.get("on") or service().today())
    shown: Answer = wire.plain(asdict(found))
    for part, names in _INDICATORS.items():
        shown[part] = told(shown[part], currency, names)
    top = [
        {"provider_id": code, "subsidy": {"amount": subsidy, "currency": currency}, "orders": number}
        for code, subsidy, number in found.market.top
    ]
    shown["market"] = {**shown["market"], "top": top}
    return state(shown, position)


@blueprint.get("/unused", tags=_TAG)
@blueprint.arguments(_UNUSED, location="query")
@blueprint.response(200, pages.UNUSED)
def list_unused(values: Answer, programme: str) -> Response:
    """The control group: enterprises that were entitled in a period and registered no order."""
    _known(programme)
    year = values.get("year") or int(service().today()[:4])

    def look(session: Any, after: str, limit: int) -> Any:
        return unused(session, programme, period_in(session, programme, year), after=after, limit=limit)

    return by_name(values, look, lambda row: row.as_dict(), lambda row: str(row.enterprise_id))


@blueprint.get("/report", tags=_TAG)
@blueprint.doc(
    responses={"200": {"description": "The report.", "content": {"text/html": {"schema": {"type": "string"}}}}}
)
@blueprint.arguments(_YEAR, location="query")
def show_report(values: Answer, programme: str) -> Response:
    """The yearly public report as one HTML page that needs nothing beside itself."""
    _known(programme)
    ledger = service().ledger
    with reading(values.get("after")) as (session, position):
        period = period_in(session, programme, values.get("year") or int(service().today()[:4]))
        last = ledger.rows(position - 1, position)
        basis = Basis(position, wire.leaf_hash(last[0].entry).hex(), values.get("on") or service().today())
        text = report_page.report(session, programme, period, basis)
    response = Response(text, mimetype="text/html")
    response.headers["Content-Disposition"] = f'attachment; filename="{programme}-{period[:4]}.html"'
    response.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    return response


@blueprint.get("/exposure", tags=_TAG)
@blueprint.arguments(_PERIOD, location="query")
@blueprint.response(200, pages.EXPOSURE)
def show_exposure(values: Answer, programme: str) -> Response:
    """What a programme has promised and may still have to pay today: entitled, reserved, committed, paid told apart."""
    currency = _known(programme).currency
    with reading(values.get("after")) as (session, position):
        found = exposure(session, programme, _chosen(session, programme, values), service().today())
    return state(told(wire.plain(asdict(found)), currency, _EXPOSURE), position)


@blueprint.get("/decisions", tags=_TAG)
@blueprint.arguments(_PERIOD, location="query")
@blueprint.response(200, pages.DECISIONS)
def count_decisions(values: Answer, programme: str) -> Response:
    """How many enterprises were granted and denied in a period, for which reasons, and what was refused."""
    _known(programme)
    with reading(values.get("after")) as (session, position):
        period = _chosen(session, programme, values)
        shown = {
            "decisions": outcomes(session, programme, period),
            "denials": denials_by_reason(session, programme, period),
            "refusals": refusals_by_code(session, programme),
        }
    return state({"programme": programme, "period": period, **shown}, position)


@blueprint.get("/levels", tags=_TAG)
@blueprint.arguments(_PERIOD, location="query")
@blueprint.response(200, pages.LEVELS)
def list_levels(values: Answer, programme: str) -> Response:
    """What each level of government was to pay in a period, and what of it is paid."""
    currency = _known(programme).currency
    with reading(values.get("after")) as (session, position):
        found = level_totals(session, programme, _chosen(session, programme, values))
    return page([with_money(asdict(each), currency, frozenset({"granted", "paid"})) for each in found], None, position)


@blueprint.get("/rounds/<name:period>/<name:pool>", tags=_TAG)
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.ROUND)
def show_round(_: Answer, programme: str, period: str, pool: str) -> Response:
    """Who waits for a pool's money, in the order of their places; a firm sees its own places only."""
    currency, key = _known(programme).currency, budget_key(programme, period, pool)
    found, free = service().ledger.state(ROUND, key), service().ledger.state(BUDGET, key).free
    waiting = [
        {"order_id": each.order_id, "enterprise_id": each.enterprise_id, "place": each.place, "amount": each.amount}
        for each in found.waiting.values()
        if caller().role not in FIRMS or each.enterprise_id == caller().subject
    ]
    shown = {"number": found.number, "closes_on": found.closes_on, "free": free, "waiting": waiting}
    names = frozenset({"free", "amount"})
    return state({"round": key, **told(shown, currency, names)}, service().ledger.size())


@blueprint.get("/support/<name:provider_id>", tags=_TAG)
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.SUPPORT)
def show_support(_: Answer, programme: str, provider_id: str) -> Response:
    """Every year of a platform: its income, what it is due, and what it was paid."""
    currency = _known(programme).currency
    check_party(caller(), provider_id, predecessors, "/path/provider_id")
    years = service().ledger.state(SUPPORT, f"{programme}/{provider_id}").years
    items = []
    for period, year in sorted(years.items()):
        said = {name: getattr(year.stated, name, None) for name in ("market_income", "total_income", "performance_bp")}
        due = {name: getattr(year.decided, name, None) for name in ("rd_part", "degressive_part", "amount")}
        paid = {"paid_on": year.paid.paid_on if year.paid else ""}
        items.append(told({"period": period, **said, **due, **paid}, currency, _SUPPORT))
    return page(items, None, service().ledger.size())


@blueprint.get("/samples", tags=_TAG)
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.SAMPLES)
def list_samples(_: Answer, programme: str) -> Response:
    """What is published of the seeds that draw the samples: each period's commitment, and its seed once revealed."""
    known, ledger = _known(programme), service().ledger
    prefix = SAMPLE.stream(f"{programme}/")
    names = [name.removeprefix(prefix) for name in ledger.names(prefix, limit=_MOST_PERIODS)]
    states = {period: ledger.state(SAMPLE, f"{programme}/{period}") for period in names}
    items = [{"period": period, **wire.plain(each)} for period, each in states.items()]
    return state({"sampling_commitment": known.sampling_commitment, "items": items}, ledger.size())


@blueprint.get("/samples/<name:period>/draws", tags=_TAG)
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.DRAWS)
def derive_draws(_: Answer, programme: str, period: str) -> Response:
    """Draw everything of a period again from its revealed seed; raises ReplayBusy while another replay runs."""
    _known(programme)
    if not ONE_REPLAY.acquire(blocking=False):
        raise ReplayBusy
    try:
        found = derive(service().ledger, programme, period)
    finally:
        ONE_REPLAY.release()
    return state(found._asdict(), service().ledger.size())


@blueprint.get("/scan", tags=_TAG)
@blueprint.arguments(_SINCE, location="query")
@blueprint.response(200, pages.SCAN)
def scan_claims(values: Answer, programme: str) -> Response:
    """Look for signals that show over many claims, and raise none; raises ReplayBusy while another replay runs."""
    ledger, today = service().ledger, service().today()
    _known(programme)
    known = ledger.state(PROGRAMME, programme)
    # After the last policy's end its rules still say what to look for; without one there was never a claim.
    adopted = known.policy_on(today) or next(reversed(known.policies), None)
    policy = application.compiled(adopted) if adopted else None
    rules = policy.supervision.signals if policy and policy.supervision else None
    since_on = values.get("since_on") or f"{today[:4]}-01-01"
    if not ONE_REPLAY.acquire(blocking=False):
        raise ReplayBusy
    try:
        found = scan(ledger.entries(), programme, policy.timezone, rules, since_on) if policy and rules else []
    finally:
        ONE_REPLAY.release()
    shown = {"programme": programme, "since_on": since_on, "found": [each._asdict() for each in found]}
    return state(shown, ledger.size())


def _known(programme: str) -> Announced:
    return announced(service().ledger.state(PROGRAMME, programme))


def _chosen(session: Any, programme: str, values: Answer) -> str:
    """The period that is asked for, else the latest, else this year."""
    known = periods(session, programme)
    return str(values.get("period") or (known[-1] if known else service().today()[:4]))
