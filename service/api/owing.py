"""Money between parties: debts, accounts, payments by payee, clearings between regions, who pays an order."""

from typing import Any, Final

from flask import Response

from schemas.answers_commands import MONEY
from schemas.queries import DebtsQuery, MonthsQuery, PaymentsQuery
from schemas.requests import PageQuery, PlainQuery
from service.api import pages
from service.api.acting import check_month
from service.api.answering import Answer, money, page, reading, state, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.currencies import told
from service.api.listing import in_order, without
from service.api.owning import check_party
from service.api.versions import tagged
from service.belonging import check_order
from service.identity import FIRMS
from service.projections.debts import Debt, debts
from service.projections.regions import clearings, flows, orders_due, positions
from service.projections.settlements import Settlement, payments_to
from service.projections.statement import LOT_PLACES, lots_of
from service.reporting.payments import payments
from vouchers import wire
from vouchers.account.decisions import key_of
from vouchers.application.debts import told as told_debt
from vouchers.days import add_months
from vouchers.debt.decisions import known
from vouchers.kinds import ACCOUNT, CLEARING, DEBT, ORDER, PROGRAMME, PROVIDER
from vouchers.programme.decisions import announced
from vouchers.provider import sites
from vouchers.refusals import Malformed, NotFound

blueprint = Blueprint("owing", __name__, url_prefix="/v1")

_PLAIN, _PAGE, _DEBTS, _MONTHS = PlainQuery(), PageQuery(), DebtsQuery(), MonthsQuery()
_PAYMENTS: Final = PaymentsQuery()
_MOST_MONTHS: Final = 1
_FLOW: Final = frozenset({"amount"})
_LINE: Final = frozenset({"amount", "netted", "due"})
_SHOWN: Final = 4  # characters of an account's reference


class DaysTooFarApart(Malformed):
    """Payments are told for the days of at most a month."""

    remedy = "Ask for the days from..until of one month, the first one first."


class ClearingUnknown(NotFound):
    """Nothing of this month was ever cleared."""

    remedy = "List the clearings to see their months."


@blueprint.get("/debts")
@blueprint.arguments(_DEBTS, location="query")
@blueprint.response(200, pages.DEBTS)
def list_debts(values: Answer) -> Response:
    """What is owed today with its interest, in the order of the demands; a firm sees its own."""
    wanted = {"party": values.get("party_id", ""), "programme": values.get("programme", "")}
    if caller().role in FIRMS:
        # A firm sees its own, whatever it asks for.
        wanted["party"] = caller().subject
    today, open_only = service().today(), not values.get("ended", False)

    def look(session: Any, after: int, limit: int) -> list[Debt]:
        return debts(session, **wanted, open_only=open_only, after=after, limit=limit)

    def show(row: Debt) -> Answer:
        return _debt(row.party, row.debt_id, today)

    return in_order(values, look, show)


@blueprint.get("/debts/<name:party_id>/<name:debt_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.DEBT)
@tagged()
def show_debt(_: Answer, party_id: str, debt_id: str) -> Response:
    """A debt as it stands today, with its reason and its plan of instalments."""
    check_party(caller(), party_id, predecessors, "/path/party_id")
    found = known(service().ledger.state(DEBT, party_id), debt_id)
    demanded = found.demanded
    plan = [{"due_on": part.due_on, "amount": money(part.amount, demanded.currency)} for part in found.plan]
    about = {"reason": demanded.reason, "interest_from_on": demanded.interest_from_on, "plan": plan}
    return state({**_debt(party_id, debt_id, service().today()), **about}, service().ledger.size())


@blueprint.get("/parties/<name:payee_id>/accounts")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.ACCOUNTS)
def list_accounts(_: Answer, payee_id: str) -> Response:
    """Where a party and each of its sites is paid, and what waits for a second person; references are masked."""
    check_party(caller(), payee_id, predecessors, "/path/payee_id")
    state_of = service().ledger.state
    provider = state_of(PROVIDER, payee_id)
    items = []
    for site_id in ("", *provider.sites):
        found = state_of(ACCOUNT, key_of(payee_id, site_id))
        used = found.account_ref or (sites.account_at(provider, site_id) if site_id else provider.account_ref)
        waits = found.proposed.account_ref if found.proposed else ""
        items.append({"site_id": site_id, "account_ref": _masked(used), "proposed_ref": _masked(waits)})
    return page(items, None, service().ledger.size())


@blueprint.get("/parties/<name:payee_id>/payments")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, pages.PAYMENTS)
def list_payments(values: Answer, payee_id: str) -> Response:
    """What was or will be paid to a party, in order."""
    check_party(caller(), payee_id, predecessors, "/path/payee_id")
    currencies: dict[str, str] = {}

    def look(session: Any, after: int, limit: int) -> Any:
        rows = payments_to(session, payee_id, after=after, limit=limit)
        for row in rows:
            currencies[row.settlement_id] = session.get(Settlement, row.settlement_id).currency
        return rows

    def show(row: Any) -> Answer:
        shown = {**without(row.as_dict(), "seq"), "account_ref": _masked(row.account_ref)}
        return with_money(shown, currencies[row.settlement_id], _LINE)

    return in_order(values, look, show)


@blueprint.get("/payments")
@blueprint.arguments(_PAYMENTS, location="query")
@blueprint.response(200, pages.MOVEMENTS)
def list_movements(values: Answer) -> Response:
    """Every movement of money in a month at most: what was paid, set off, and came back (below zero)."""
    first, last = values["from_on"], values["until_on"]
    if not first <= last < add_months(first, _MOST_MONTHS):
        raise DaysTooFarApart(pointer="/query/until_on")
    with reading(values.get("after")) as (_, position):
        found = payments(service(), first, last, values.get("programme", ""))
    return page([with_money(each, each["currency"], _LINE) for each in found], None, position)


@blueprint.get("/clearings")
@blueprint.arguments(_MONTHS, location="query")
@blueprint.response(200, pages.CLEARINGS)
def list_clearings(values: Answer) -> Response:
    """Every month whose positions between regions were stated."""
    with reading(values.get("after")) as (session, position):
        rows = clearings(session, values.get("programme", ""))
        items = [with_money(without(row.as_dict(), "stated_seq"), row.currency, frozenset({"gross"})) for row in rows]
    return page(items, None, position)


@blueprint.get("/programmes/<name:programme>/clearings/<name:month>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.CLEARING)
@tagged()
def show_clearing(values: Answer, programme: str, month: str) -> Response:
    """Who owes whom for a month, what each region receives, the payments in it, and the orders yet to be taken in."""
    currency = announced(service().ledger.state(PROGRAMME, programme)).currency
    check_month(month)
    key = f"{programme}/{month}"
    found = service().ledger.state(CLEARING, key)
    with reading(values.get("after")) as (session, position):
        owed = [without(row.as_dict(), "clearing", "seq") for row in positions(session, key)]
        paid = [without(row.as_dict(), "clearing") for row in flows(session, key)]
        due = orders_due(session, programme, month)
    if not (found.flows or found.proposed or due):
        raise ClearingUnknown(pointer="/path/month")
    about = {
        "programme": programme,
        "month": month,
        "status": found.status,
        "proposed_by": found.proposed.proposed_by if found.proposed else "",
        "approved_by": found.approved_by,
    }
    moved = told({"positions": owed, "flows": paid}, currency, _FLOW)
    nets = {each.region: money(each.amount, currency) for each in found.nets}
    return state({**about, **moved, "nets": nets, "due": due}, position)


@blueprint.get("/orders/<name:order_id>/sources")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.LOTS)
@tagged()
def show_sources(values: Answer, order_id: str) -> Response:
    """Which voucher paid what of an order, and which level of government bears what of it."""
    found = service().ledger.state(ORDER, order_id)
    registered = check_order(caller(), found, predecessors)
    with reading(values.get("after")) as (session, position):
        lots = lots_of(session, order_id, [share.voucher_id for share in found.shares])
    names = frozenset(LOT_PLACES)
    shown = [with_money(wire.plain(lot), registered.currency, names) for lot in lots]
    levels = [{"level": each.level, "amount": money(each.amount, registered.currency)} for each in found.levels]
    return state({"order_id": order_id, "pool": registered.pool, "lots": shown, "levels": levels}, position)


def _debt(party_id: str, debt_id: str, on: str) -> Answer:
    found = told_debt(party_id, known(service().ledger.state(DEBT, party_id), debt_id), on)
    shown: Answer = told(found, found["currency"], MONEY)
    return shown


def _masked(reference: str) -> str:
    """A reference whose end alone is shown: enough to compare, too little to use."""
    return f"…{reference[-_SHOWN:]}" if reference else ""
