"""Programmes: what was announced and adopted, and where the money is, now or on any day."""

import threading
from typing import Final

from flask import Response

from schemas import answers_resources as answers
from schemas.requests import AsOfQuery, PlainQuery, SpendingQuery
from service.api.answering import Answer, money, page, places, reading, state, with_money
from service.api.asking import caller, service
from service.api.blueprints import Blueprint
from service.api.versions import tagged
from service.projections import programmes as views
from service.projections.spending import ProgrammeSpending, periods, spending
from service.reach import reaches
from vouchers import wire
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import announced
from vouchers.programme.events import Announced
from vouchers.refusals import Unavailable
from vouchers.replay import ProgrammeTotals, programme_as_of

blueprint = Blueprint("programmes", __name__, url_prefix="/v1/programmes")

_PLAIN, _SPENDING, _AS_OF = PlainQuery(), SpendingQuery(), AsOfQuery()
_MONEY: Final = frozenset(
    {"appropriated", "committed", "entitled", "free"}
    | {"claimed", "clawed_back", "expired", "lapsed", "paid", "released", "reserved", "returned", "revoked"}
)
_COUNTS: Final = ("vouchers", "orders", "payments", "grants", "denials", "refusals", "adds_up")
# A replay reads the whole log, page by page: one of them at a time leaves room for everybody else.
ONE_REPLAY: Final = threading.Lock()


class ReplayBusy(Unavailable):
    """A programme is being replayed from the whole log, and one replay runs at a time."""

    remedy = "Ask again in a moment."


@blueprint.get("")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.PROGRAMMES)
def list_programmes(values: Answer) -> Response:
    """Every programme."""
    with reading(values.get("after")) as (session, position):
        items = [row.as_dict() for row in views.programmes(session) if reaches(caller(), row.programme, caller().site)]
    return page(items, None, position)


@blueprint.get("/<name:code>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.PROGRAMME)
@tagged(PROGRAMME.stream)
def show_programme(values: Answer, code: str) -> Response:
    """One programme with its policies and budgets."""
    programme = _announced(code)
    with reading(values.get("after")) as (session, position):
        policies = [row.as_dict() for row in views.policies(session, code)]
        budgets = [with_money(row.as_dict(), programme.currency, _MONEY) for row in views.budgets(session, code)]
    return state({**wire.plain(programme), "policies": policies, "budgets": budgets}, position)


@blueprint.get("/<name:code>/spending")
@blueprint.arguments(_SPENDING, location="query")
@blueprint.response(200, answers.SPENDING)
def show_spending(values: Answer, code: str) -> Response:
    """Where the money of each period is, by pool and category."""
    _announced(code)
    with reading(values.get("after")) as (session, position):
        wanted = [values["period"]] if "period" in values else periods(session, code)
        found = [spending(session, code, period) for period in wanted]
    return state({"programme": code, "periods": [_shown(one) for one in found]}, position)


@blueprint.get("/<name:code>/as-of")
@blueprint.arguments(_AS_OF, location="query")
@blueprint.response(200, answers.PROGRAMME_AS_OF)
def show_programme_as_of(values: Answer, code: str) -> Response:
    """A programme's totals at the end of a day, folded from the log; raises ReplayBusy while another one runs."""
    currency = _announced(code).currency
    ledger = service().ledger
    position = min(values.get("position", ledger.size()), ledger.size())
    if not ONE_REPLAY.acquire(blocking=False):
        raise ReplayBusy
    try:
        found = programme_as_of(ledger.entries(0, position), code, values["day"])
    finally:
        ONE_REPLAY.release()
    return state({"day": values["day"], **_totals(found, currency)}, position)


def _announced(code: str) -> Announced:
    return announced(service().ledger.state(PROGRAMME, code))


def _totals(found: ProgrammeTotals, currency: str) -> Answer:
    pools = [
        {"period": period, "pool": pool, **places(wire.plain(sums), currency)}
        for (period, pool), sums in sorted(found.pools.items())
    ]
    return {
        "programme": found.programme,
        "face": money(found.face, currency),
        "expired_unrecorded": money(found.expired_unrecorded, currency),
        "places": places(found.places, currency),
        "categories": {category: places(spent, currency) for category, spent in found.categories.items()},
        "pools": pools,
        **{name: getattr(found, name) for name in _COUNTS},
    }


def _shown(found: ProgrammeSpending) -> Answer:
    values: Answer = wire.plain(found)
    values["pools"] = [with_money(line, found.currency, _MONEY) for line in values["pools"]]
    values["categories"] = [with_money(line, found.currency, _MONEY) for line in values["categories"]]
    values["total"] = with_money(values["total"], found.currency, _MONEY)
    return with_money(values, found.currency, frozenset({"appropriated"}))
