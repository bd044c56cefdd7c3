"""What an enterprise was granted or denied and why, and what it can spend."""

from flask import Response

from schemas import answers_resources as answers
from schemas.requests import PageQuery, ProgrammeQuery
from service.api.answering import Answer, money, number_after, page, reading
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.vouchers import show_balance
from service.belonging import check_enterprise
from service.projections.balances import balances
from service.projections.entitlements import Entitlement, entitlements
from vouchers import wire
from vouchers.kinds import ENTERPRISE

blueprint = Blueprint("enterprises", __name__, url_prefix="/v1/enterprises")

_PAGE, _OF_PROGRAMME = PageQuery(), ProgrammeQuery()


@blueprint.get("/<name:enterprise_id>/entitlements")
@blueprint.arguments(_OF_PROGRAMME, location="query")
@blueprint.response(200, answers.ENTITLEMENTS)
def list_entitlements(values: Answer, enterprise_id: str) -> Response:
    """The decisions that stand, grants and denials alike, with every reason."""
    check_enterprise(caller(), enterprise_id, predecessors)
    limit, after = values["limit"], number_after(values.get("cursor"), start=-1)
    with reading(values.get("after")) as (session, position):
        rows = entitlements(
            session, enterprise_id=enterprise_id, programme=values.get("programme", ""), after=after, limit=limit
        )
        items = [_shown(row) for row in rows]
    return page(items, rows[-1].seq if len(rows) == limit else None, position)


@blueprint.get("/<name:enterprise_id>/vouchers")
@blueprint.arguments(_OF_PROGRAMME, location="query")
@blueprint.response(200, answers.VOUCHERS)
def list_vouchers(values: Answer, enterprise_id: str) -> Response:
    """Every voucher of an enterprise and of those whose place it takes: what can be spent today, and why no more."""
    check_enterprise(caller(), enterprise_id, predecessors)
    house = (*service().ledger.state(ENTERPRISE, enterprise_id).predecessors, enterprise_id)
    with reading(values.get("after")) as (session, position):
        today, programme = service().today(), values.get("programme", "")
        found = [each for code in house for each in balances(session, code, today, programme=programme)]
    return page([show_balance(balance) for balance in found], None, position)


def _shown(row: Entitlement) -> Answer:
    values: Answer = {**row.as_dict(), "reasons": wire.parse(row.reasons)}
    values["vouchers"] = [
        {**allotment, "face": money(allotment["face"], row.currency)} for allotment in wire.parse(row.vouchers)
    ]
    values["face"] = money(row.face, row.currency) if row.currency else None
    return values
