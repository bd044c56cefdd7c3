"""The provider directory, and the suspension of a provider."""

from typing import Final

from flask import Response

from schemas import answers_resources as answers
from schemas.requests import ProvidersQuery, SuspensionBody
from service.api.answering import Answer, act, decode_cursor, page, reading
from service.api.asking import caller
from service.api.blueprints import Blueprint
from service.api.versions import decided_on
from service.projections.providers import DirectoryEntry, providers
from vouchers import application, wire
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import Suspend

blueprint = Blueprint("providers", __name__, url_prefix="/v1/providers")

_SUSPENSION, _DIRECTORY = SuspensionBody(), ProvidersQuery()
_OFFICIAL: Final = ("account_ref", "reason")


@blueprint.get("")
@blueprint.arguments(_DIRECTORY, location="query")
@blueprint.response(200, answers.PROVIDERS)
def list_providers(values: Answer) -> Response:
    """Providers by code; with a category and a day only those who may take an order then."""
    limit, after, cursor = values.pop("limit"), values.pop("after", None), values.pop("cursor", None)
    place = decode_cursor(cursor) if cursor else ""
    with reading(after) as (session, position):
        found = providers(session, **values, after=place, limit=limit)
        items = [_shown(entry) for entry in found]
    return page(items, found[-1].provider.provider_id if len(found) == limit else None, position)


@blueprint.post("/<name:provider_id>/suspension")
@blueprint.arguments(_SUSPENSION)
@blueprint.response(200, answers.SUSPENDED)
@decided_on(PROVIDER.stream)
def suspend(values: Answer, provider_id: str) -> Response:
    """Stop new orders with a provider, and say what happens to open ones."""
    return act(application.suspend, Suspend(provider_id, **values), dict)


def _shown(entry: DirectoryEntry) -> Answer:
    """An entry of the directory; where the money goes and why somebody was suspended is for officials."""
    values: Answer = entry.provider.as_dict()
    values["facts"] = wire.parse(values["facts"])
    values["accreditations"] = [
        {"category": category, "from_on": first, "until_on": last} for category, first, last in entry.accreditations
    ]
    if caller().role in ("enterprise", "provider"):
        values = {name: value for name, value in values.items() if name not in _OFFICIAL}
    return values
