"""Batches: orders, redemptions, facts or bookings of a bank, a line of JSON each, done and answered by itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from flask import Response, request

from schemas.bulk import BankLinesQuery, FactsQuery
from service.api.answering import Answer
from service.api.asking import caller, service
from service.api.blueprints import Blueprint
from service.api.streaming import long_body, place
from service.api.tracing import trace_id
from service.bulk.bank_lines import BankLines
from service.bulk.items import Facts, Kind, Orders, Redemptions
from service.bulk.running import Batch, BatchTooLarge
from service.collecting import undisturbed

blueprint = Blueprint("bulk", __name__, url_prefix="/v1/bulk")

MEDIA_TYPE: Final = "application/x-ndjson"
_FACTS, _BANK_LINES = FactsQuery(), BankLinesQuery()
_MEGABYTE: Final = 1 << 20


def _documented(line: str) -> dict[str, Any]:
    """What the document of the API says of a batch."""
    about = {"type": "string", "description": f"A JSON object a line (UTF-8, line feeds): {line}"}
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": about}}}}


_RESULTS: Final = {
    "type": "string",
    "description": "A JSON object a line, in the order of the batch: line, key, status, then answer, position and"
    " replayed, or problem. A line beyond the last tells why no more was read.",
}


@blueprint.post("/orders")
@blueprint.doc(**_documented("the members of a registration, and key."))
@blueprint.response(200, _RESULTS, content_type=MEDIA_TYPE)
def register_orders() -> Response:
    """Register many orders; each line has a key of its own, by which it takes effect once."""
    return _answer(Orders(service(), caller()))


@blueprint.post("/redemptions")
@blueprint.doc(**_documented("order_id, the members of a redemption, and key."))
@blueprint.response(200, _RESULTS, content_type=MEDIA_TYPE)
def request_redemptions() -> Response:
    """Claim many subsidies; each line has a key of its own, by which it takes effect once."""
    return _answer(Redemptions(service(), caller()))


@blueprint.post("/facts")
@blueprint.arguments(_FACTS, location="query")
@blueprint.doc(**_documented("the columns of a registry file, and key."))
@blueprint.response(200, _RESULTS, content_type=MEDIA_TYPE)
def record_facts(values: Answer) -> Response:
    """Record what a registry states of many enterprises; each line has a key of its own."""
    return _answer(Facts(service(), caller(), **values))


@blueprint.post("/bank-statements")
@blueprint.arguments(_BANK_LINES, location="query")
@blueprint.doc(**_documented("direction, amount, booked_on, reference; names, text and party; and key."))
@blueprint.response(200, _RESULTS, content_type=MEDIA_TYPE)
def take_bank_lines(values: Answer) -> Response:
    """Take in lines of a statement of a bank; what nobody knows waits for a person and stops nobody."""
    return _answer(BankLines(service(), caller(), **values))


def _answer(kind: Kind) -> Response:
    options = service().settings.bulk
    stream = long_body(frozenset({MEDIA_TYPE}), options.megabytes * _MEGABYTE, BatchTooLarge)
    batch = Batch(service(), kind, request.path, trace_id())
    taken = place("bulk", options.at_once)
    response = Response(_within(taken, batch.results(stream)), mimetype=MEDIA_TYPE)
    # An answer that nobody begins to read is closed all the same.
    response.call_on_close(taken.close)
    return response


def _within(taken: ExitStack, results: Iterator[bytes]) -> Iterator[bytes]:
    """The answers of a batch, which gives its place back with the last of them."""
    with taken, undisturbed():
        yield from results
