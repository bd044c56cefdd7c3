"""Anchors of the log over HTTP: what outsiders vouched for, their notes and time stamps, and brackets of entries."""

from typing import Any, Final

from flask import Response, jsonify

from schemas import anchors as answers
from schemas.requests import PageQuery
from service.api.answering import Answer, encode_cursor, number_after
from service.api.asking import service
from service.api.audit.labels import label, label_now
from service.api.blueprints import Blueprint
from service.audit.anchors import Anchors
from vouchers.audit import to_base64
from vouchers.ledger.tree import LeafNotInLog
from vouchers.refusals import Refused
from vouchers.wire import Entry

blueprint = Blueprint("anchors", __name__, url_prefix="/v1/audit")

_PAGE: Final = PageQuery()
_TEXT: Final = "text/plain"
_STAMP: Final = "application/timestamp-reply"
_SHOWN: Final = {"type": "string"}
_FILE: Final = {"type": "string", "format": "binary"}


@blueprint.get("/anchors")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, answers.ANCHORS)
def list_anchors(values: Answer) -> Response:
    """What witnesses and time stamping authorities vouched for, the oldest first, each held against its note."""
    anchors, tree = Anchors(service()), service().ledger.tree
    after = number_after(values["cursor"]) if "cursor" in values else -1
    size, root = tree.head()
    places = [each for each in anchors.places() if each.seq is not None and after < each.seq < size]
    page = anchors.recorded(places[: values["limit"]])
    # The end is no end: whoever follows the log comes back with the same cursor.
    following = encode_cursor(page[-1].seq if page else max(after, 0))
    items = [_shown(anchors, entry) for entry in page]
    return label(jsonify({"items": items, "next": following, "position": size}), size, root)


@blueprint.get("/anchors/<int:seq>/note")
@blueprint.response(200, _SHOWN, content_type=_TEXT)
@blueprint.alt_response(404, "Problem404")
def show_note(seq: int) -> Response:
    """The cosigned note that an anchor names, byte for byte (C2SP tlog-checkpoint)."""
    anchors = Anchors(service())
    note = anchors.note_of(anchors.at(seq).data)
    return label_now(Response(note, content_type="text/plain; charset=utf-8"))


@blueprint.get("/anchors/<int:seq>/stamp")
@blueprint.response(200, _FILE, content_type=_STAMP)
@blueprint.alt_response(404, "Problem404")
def show_stamp(seq: int) -> Response:
    """The time stamp over that note (RFC 3161), as the authority gave it; openssl ts verifies it."""
    anchors = Anchors(service())
    return label_now(Response(anchors.stamp_of(anchors.at(seq).data), content_type=_STAMP))


@blueprint.get("/brackets/<int:seq>")
@blueprint.response(200, answers.BRACKET)
@blueprint.alt_response(404, "Problem404")
def show_bracket(seq: int) -> Response:
    """Between which two outside times an entry was written."""
    ledger = service().ledger
    size, root = ledger.tree.head()
    if seq >= size:
        raise LeafNotInLog(f"The log has no entry {seq:,}.", pointer="/path/seq")
    [entry] = ledger.entries(seq, seq + 1)
    bracket = Anchors(service()).bracket(seq)
    told = {**bracket._asdict(), "rec": entry.rec, "fault": bracket.fault(entry.rec), "position": size}
    return label(jsonify(told), size, root)


def _shown(anchors: Anchors, entry: Entry[Any]) -> Answer:
    event, fault = entry.data, ""
    try:
        anchors.check(entry)
    except Refused as refused:
        fault = refused.detail
    return {
        "seq": entry.seq,
        "size": event.size,
        "root": to_base64(bytes.fromhex(event.root_hash)),
        "note_sha256": event.note_sha256,
        "cosignature_times": event.cosignature_times,
        "tsr_sha256": event.tsr_sha256,
        "tsr_at": event.tsr_at,
        "fault": fault,
    }
