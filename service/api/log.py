"""The log for the regulator: the exact entries in order, and the time line of one stream."""

import re
from typing import Final

from flask import Response, request

from schemas import answers_resources as answers
from schemas.requests import EventsQuery, PageQuery
from service.api.answering import Answer, encode_cursor, link_to, money, number_after, page
from service.api.asking import service
from service.api.blueprints import Blueprint
from vouchers import wire
from vouchers.kinds import BY_NAME
from vouchers.replay import StreamUnknown, TimelineLine, timeline

blueprint = Blueprint("log", __name__, url_prefix="/v1")

_EVENTS, _PAGE = EventsQuery(), PageQuery()
_STREAM: Final = re.compile(r"[a-z]+/[A-Za-z0-9._:/-]{1,200}")
_LINES: Final = "application/x-ndjson"


@blueprint.get("/events")
@blueprint.arguments(_EVENTS, location="query")
@blueprint.response(200, answers.ENTRIES)
def list_events(values: Answer) -> Response:
    """Entries from a sequence number on, byte for byte as they are stored, as JSON or as JSON Lines."""
    start = number_after(values["cursor"]) if "cursor" in values else values.get("start", 0)
    ledger = service().ledger
    size = ledger.size()
    rows = ledger.rows(start, min(start + values["limit"], size)) if start < size else []
    entries = [wire.line_of(row.entry) for row in rows]
    # The end of the log is no end: whoever follows it comes back with the same cursor.
    following = encode_cursor(start + len(entries))
    if request.accept_mimetypes.best_match(["application/json", _LINES]) == _LINES:
        response = Response(b"".join(entry + b"\n" for entry in entries), mimetype=_LINES)
    else:
        whole = b'{"entries":[%b],"next":"%b","position":%d}\n' % (b",".join(entries), following.encode(), size)
        response = Response(whole, mimetype="application/json")
    response.headers["Link"] = link_to(following)
    return response


@blueprint.get("/streams/<path:stream>/history")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, answers.HISTORY)
def show_history(values: Answer, stream: str) -> Response:
    """The time line of one stream: who did what, by which clause and arithmetic, and what was left."""
    ledger = service().ledger
    position = ledger.size()
    known = _STREAM.fullmatch(stream) and stream.partition("/")[0] in BY_NAME
    entries = ledger.history(stream) if known else []
    if not entries:
        raise StreamUnknown(pointer="/path/stream", remedy="Name it as kind/key, such as voucher/V-....")
    start = number_after(values.get("cursor"))
    stop = start + values["limit"]
    lines = [_shown(line) for line in list(timeline(entries))[start:stop]]
    return page(lines, stop if stop < len(entries) else None, position)


def _shown(line: TimelineLine) -> Answer:
    values: Answer = wire.plain(line)
    for name in ("amount", "balance"):
        if values[name] is not None and line.currency:
            values[name] = money(values[name], line.currency)
    return values
