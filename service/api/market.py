"""The market: a provider's page, applications and public notices, products, demands with their offers."""

from typing import Any, Final

from flask import Response

from schemas.queries import ApplicationsQuery, DemandsQuery, ProductsQuery
from schemas.requests import PlainQuery
from service.api import pages
from service.api.answering import Answer, decode_cursor, look_up, money, page, reading, state, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.listing import by_name, in_order, without
from service.api.owning import check_party
from service.api.versions import tagged
from service.projections.catalogues import Listed, products
from service.projections.demands import Demand, Offer, demands, offers
from service.projections.providers import DirectoryEntry, applications, provider_entry, sites_of
from vouchers import wire
from vouchers.demand.decisions import known as known_demand
from vouchers.kinds import ADMISSION, DEMAND, PROVIDER
from vouchers.provider.decisions import ProviderUnknown

blueprint = Blueprint("market", __name__, url_prefix="/v1")

_PLAIN, _PRODUCTS, _DEMANDS, _APPLICATIONS = PlainQuery(), ProductsQuery(), DemandsQuery(), ApplicationsQuery()
# What only officials and the provider itself are told of a provider.
_OFFICIAL: Final = ("account_ref", "reason")
_PARTED: Final = "|"


@blueprint.get("/providers/<name:provider_id>", tags=["providers"])
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.PROVIDER)
@tagged(PROVIDER.stream)
def show_provider(values: Answer, provider_id: str) -> Response:
    """A provider: what is published of it, its accreditations, sites and rating."""
    if not service().ledger.state(PROVIDER, provider_id).is_admitted:
        raise ProviderUnknown(pointer="/path/provider_id", remedy="Check the provider's credit code.")

    def look(session: Any) -> tuple[DirectoryEntry, list[Answer]] | None:
        found = provider_entry(session, provider_id)
        return (found, [site.as_dict() for site in sites_of(session, provider_id)]) if found else None

    (entry, sites), position = look_up(values.get("after"), look)
    shown: Answer = entry.provider.as_dict()
    shown["facts"] = wire.parse(shown["facts"])
    shown["accreditations"] = [
        {"category": category, "from_on": first, "until_on": last} for category, first, last in entry.accreditations
    ]
    own = caller().role not in ("enterprise", "provider") or caller().subject == provider_id
    hidden = () if own else _OFFICIAL
    shown["sites"] = [without(site, *hidden) for site in sites]
    return state(without(shown, *hidden), position)


@blueprint.get("/providers/<name:provider_id>/application", tags=["providers"])
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.APPLICATION)
@tagged()
def show_application(_: Answer, provider_id: str) -> Response:
    """A provider's latest application: its step, its notice, what speaks against it, and the objections."""
    check_party(caller(), provider_id, predecessors, "/path/provider_id")
    found = service().ledger.state(ADMISSION, provider_id)
    if not found.status:
        raise ProviderUnknown(pointer="/path/provider_id", remedy="This provider has not applied.")
    objections = [
        {"number": number, "by": each.by, "outcome": each.outcome, "reason": each.reason}
        for number, each in found.objections.items()
    ]
    shown = {
        "provider_id": provider_id,
        "status": found.status,
        "programme": found.evaluated.programme if found.evaluated else "",
        "notice_first_on": found.first_on,
        "notice_last_on": found.last_on,
        "reasons": [wire.plain(each) for each in found.reasons],
        "objections": objections,
    }
    return state(shown, service().ledger.size())


@blueprint.get("/applications")
@blueprint.arguments(_APPLICATIONS, location="query")
@blueprint.response(200, pages.APPLICATIONS)
def list_applications(values: Answer) -> Response:
    """Who applied to become a provider, and whose public notice runs on a day."""

    def look(session: Any, after: str, limit: int) -> Any:
        wanted = {"status": values.get("status", ""), "on": values.get("on", "")}
        return applications(session, **wanted, after=after, limit=limit)

    return by_name(values, look, lambda row: row.as_dict(), lambda row: str(row.provider_id))


@blueprint.get("/products")
@blueprint.arguments(_PRODUCTS, location="query")
@blueprint.response(200, pages.PRODUCTS)
def list_products(values: Answer) -> Response:
    """What providers publish, with the fee of a day and every fee before it."""
    limit, cursor = values["limit"], values.get("cursor")
    provider, _, product = (decode_cursor(cursor) if cursor else "").partition(_PARTED)
    wanted = {"provider_id": values.get("provider_id", ""), "category": values.get("category", "")}
    on = values.get("on") or service().today()
    with reading(values.get("after")) as (session, position):
        rows = products(session, **wanted, on=on, after=provider, after_product=product, limit=limit)
        items = [_product(row) for row in rows]
    last = rows[-1].product if len(rows) == limit else None
    return page(items, f"{last.provider_id}{_PARTED}{last.product_id}" if last else None, position)


@blueprint.get("/demands")
@blueprint.arguments(_DEMANDS, location="query")
@blueprint.response(200, pages.DEMANDS)
def list_demands(values: Answer) -> Response:
    """What enterprises need, in the order of posting."""
    wanted = {name: values.get(name, "") for name in ("category", "enterprise_id", "on")}

    def look(session: Any, after: int, limit: int) -> list[Demand]:
        return demands(session, **wanted, after=after, limit=limit)

    return in_order(values, look, _demand)


@blueprint.get("/demands/<name:demand_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.DEMAND)
@tagged(DEMAND.stream)
def show_demand(values: Answer, demand_id: str) -> Response:
    """A demand with its offers, the lowest fee first; a provider sees its own, another enterprise none."""
    posted = known_demand(service().ledger.state(DEMAND, demand_id))

    def look(session: Any) -> tuple[Demand, list[Offer]] | None:
        row = session.get(Demand, demand_id)
        return (row, offers(session, demand_id)) if row else None

    (row, made), position = look_up(values.get("after"), look)
    mine = {"enterprise": posted.enterprise_id in (caller().subject, *predecessors())}.get(caller().role, True)
    shown = [
        with_money(each.as_dict(), posted.currency, frozenset({"fee"}))
        for each in made
        if mine and (caller().role != "provider" or each.provider_id == caller().subject)
    ]
    return state({**_demand(row), "offers": shown}, position)


def _product(found: Listed) -> Answer:
    row = without(found.product.as_dict(), "seq")
    currency = found.product.currency
    fees = [{"from_on": first, "fee": money(fee, currency)} for first, fee in found.fees]
    return {**row, "fee": money(found.fee, currency), "fees": fees}


def _demand(row: Demand) -> Answer:
    return with_money(without(row.as_dict(), "seq"), row.currency, frozenset({"budget"}))
