"""Any stream as it stood at a point of the log, and what of it differs between two points, for the regulator."""

from itertools import islice
from typing import Any, Final

from flask import Response, jsonify

from schemas import audit_state as answers
from schemas.audit_state import DiffQuery, StateQuery
from service.api.answering import Answer
from service.api.asking import service
from service.api.audit.labels import label_at
from service.api.blueprints import Blueprint
from service.audit.asof.cells import plain
from service.audit.asof.points import parse_point, point_of
from service.audit.asof.streams import check_length, diff_stream, kind_of, standing
from service.audit.replaying.sources import Opened

blueprint = Blueprint("state", __name__, url_prefix="/v1/audit")

_STATE, _DIFF = StateQuery(), DiffQuery()
MOST_ENTRIES: Final = 5_000  # of one stream; longer ones are folded at the console
MOST_CHANGES: Final = 1_000


@blueprint.get("/state/<path:stream>")
@blueprint.arguments(_STATE, location="query")
@blueprint.response(200, answers.STATE)
def show_state(values: Answer, stream: str) -> Response:
    """How a stream stood when the log had so many entries, or at an instant, and by the end of a day."""
    source = _source(stream)
    point = point_of(source, size=values.get("size"), recorded=values.get("recorded", ""), on=values.get("on", ""))
    found = standing(source, stream, point)
    told: dict[str, Any] = {
        "stream": stream,
        "point": str(point),
        **point._asdict(),
        "entries": found.entries,
        "last_seq": found.last_seq,
        "state": plain(found.state),
        "position": source.size(),
    }
    return label_at(jsonify(told), point.size)


@blueprint.get("/diff")
@blueprint.arguments(_DIFF, location="query")
@blueprint.response(200, answers.DIFF)
def show_diff(values: Answer) -> Response:
    """Every cell of a stream's state that differs between two points, with the entries that changed it."""
    stream = values["stream"]
    source = _source(stream)
    before, after = parse_point(source, values["before"]), parse_point(source, values["after"])
    found = list(islice(diff_stream(source, stream, before, after), MOST_CHANGES + 1))
    changes = [
        {"cell": each.cell, "before": each.before, "after": each.after, "seqs": list(each.seqs)}
        for each in found[:MOST_CHANGES]
    ]
    told = {
        "stream": stream,
        "from": str(before),
        "to": str(after),
        "changes": changes,
        "more": len(found) > MOST_CHANGES,
        "position": source.size(),
    }
    return label_at(jsonify(told), max(before.size, after.size))


def _source(stream: str) -> Opened:
    """The log, for a stream that is short enough to be folded while somebody waits."""
    kind_of(stream)
    ledger = service().ledger
    check_length(stream, ledger.head(stream)[0], MOST_ENTRIES)
    return Opened(ledger)
