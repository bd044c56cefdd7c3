"""The event feed: everything that its reader may know, as a page, as lines, or as a stream that goes on."""

from collections.abc import Sequence
from typing import Final

from flask import Response, jsonify, request

from schemas.feed import CloudEvent as EventAnswer
from schemas.feed import FeedPage, FeedQuery
from service.api.answering import Answer, ViewsBehind, encode_cursor, link_to, number_after
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.outward import cloudevents, streaming
from service.outward.audience import Audience, audience_of
from service.outward.feed import Page, PlaceBeyondLog
from service.outward.streaming import follow
from vouchers.refusals import Malformed, NotFound

blueprint = Blueprint("feed", __name__, url_prefix="/v1/feed")

_QUERY, _PAGE, _EVENT, _BATCH = FeedQuery(), FeedPage(), EventAnswer(), EventAnswer(many=True)
_TEXT: Final = {"type": "string"}
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_OFFERED: Final = (_JSON, _LINES, cloudevents.BATCH, streaming.MEDIA_TYPE)
_MOST_DIGITS: Final = 16


class EventUnknown(NotFound):
    """There is no event with this number, or it is not yours to see."""


class LastEventIdMalformed(Malformed):
    """The header Last-Event-ID is the id of no event."""

    remedy = "Send back the id that the stream gave last, or leave the header out."


@blueprint.get("")
@blueprint.arguments(_QUERY, location="query")
@blueprint.response(200, _PAGE)
@blueprint.alt_response(200, schema=_TEXT, content_type=_LINES, description="One event a line.")
@blueprint.alt_response(200, schema=_BATCH, content_type=cloudevents.BATCH, description="The events alone.")
@blueprint.alt_response(200, schema=_TEXT, content_type=streaming.MEDIA_TYPE, description="Events as they come.")
def read_feed(values: Answer) -> Response:
    """Events that the caller may see, oldest first, in the form of CloudEvents 1.0; a stream with text/event-stream."""
    wanted = request.accept_mimetypes.best_match(_OFFERED, default=_JSON)
    start = number_after(values["cursor"]) if "cursor" in values else values.get("start", 0)
    if wanted == streaming.MEDIA_TYPE:
        return _stream(_existing(_resumed(start)), values["types"])
    page = service().feed.page(_reader(), _existing(start), values["limit"], values["types"])
    if page.position < values.get("after", 0):
        raise ViewsBehind(pointer="/query/after", remedy="Ask again with a position that this service gave out.")
    response = _written(page, str(wanted))
    response.headers["Link"] = link_to(encode_cursor(page.following))
    response.headers["Vary"] = "Accept"
    return response


@blueprint.get("/<name:number>")
@blueprint.response(200, _EVENT, content_type=cloudevents.MEDIA_TYPE)
def show_event(number: str) -> Response:
    """One event by its number, as a webhook names it."""
    event = None
    if number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS:
        event = service().feed.event(_reader(), int(number))
    if event is None:
        raise EventUnknown(pointer="/path/number", remedy="Take the number from the feed or from a webhook.")
    return Response(cloudevents.line_of(event), mimetype=cloudevents.MEDIA_TYPE)


def _reader() -> Audience:
    return audience_of(caller(), predecessors())


def _written(page: Page, form: str) -> Response:
    following = encode_cursor(page.following)
    if form == _LINES:
        return Response(b"".join(line + b"\n" for line in _lines(page)), mimetype=_LINES)
    if form == cloudevents.BATCH:
        return Response(b"[%b]\n" % b",".join(_lines(page)), mimetype=form)
    return jsonify({"items": page.events, "next": following, "position": page.position})


def _lines(page: Page) -> Sequence[bytes]:
    return [cloudevents.line_of(event) for event in page.events]


def _resumed(start: int) -> int:
    """Where a stream begins: after the event that its reader saw last, or where the address says."""
    text = request.headers.get("Last-Event-ID", "").strip()
    if not text:
        return start
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise LastEventIdMalformed(pointer="/headers/last-event-id")
    return int(text) + 1


def _existing(start: int) -> int:
    """A place of the log, refused where the log does not reach so far."""
    if start > service().ledger.size():
        raise PlaceBeyondLog(pointer="/query/start")
    return start


def _stream(start: int, types: Sequence[str]) -> Response:
    actor, reader, feed = caller().actor, _reader(), service().feed
    feed.streams.take(actor)
    response = Response(follow(feed, reader, start, types), mimetype=streaming.MEDIA_TYPE)
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: feed.streams.give_back(actor))
    return response
