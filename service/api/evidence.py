"""Evidence: documents by their digest, brought by whoever has them, read by those whose order they are about."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from flask import Response, jsonify, request

from schemas.evidence import DOCUMENT, EvidenceQuery
from service.api.answering import Answer
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.streaming import long_body, place
from service.evidence.keeping import Found
from service.evidence.reading import verified
from service.evidence.seeing import EvidenceUnknown, check_document
from service.evidence.taking import MEGABYTE, Archive, DocumentTooLarge
from service.evidence.types import SUFFIXES
from vouchers.texts import check_digest

blueprint = Blueprint("evidence", __name__, url_prefix="/v1/evidence")

_QUERY: Final = EvidenceQuery()
# A document is for its reader's programs, never for the reader's browser.
_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
_BINARY: Final = {"type": "string", "format": "binary"}
_CONTENT: Final[dict[str, Any]] = {name: {"schema": _BINARY} for name in SUFFIXES}


@blueprint.put("/<name:digest>")
@blueprint.doc(requestBody={"required": True, "content": _CONTENT})
@blueprint.response(201, DOCUMENT)
@blueprint.alt_response(200, schema=DOCUMENT)
def put_document(digest: str) -> Response:
    """Bring a document; its type is what its content shows, and its digest what the address says."""
    check_digest(digest, "/path/digest")
    archive = Archive(service())
    stream = long_body(frozenset(SUFFIXES), archive.settings.largest_megabytes * MEGABYTE, DocumentTooLarge)
    with place("evidence", archive.settings.at_once):
        taken = archive.take(digest, request.mimetype, stream, caller().actor)
    response = jsonify({**taken.document._asdict(), "uploaded_at": taken.uploaded_at})
    response.status_code = 201 if taken.fresh else 200
    response.headers["Location"] = f"/v1/evidence/{digest}"
    return response


@blueprint.get("/<name:digest>")
@blueprint.arguments(_QUERY, location="query")
@blueprint.response(200)
@blueprint.doc(responses={200: {"description": "The document.", "content": _CONTENT}})
def show_document(values: Answer, digest: str) -> Response:
    """A document, as a file to keep."""
    check_digest(digest, "/path/digest")
    archive = Archive(service())
    asked = (caller(), digest, values.get("order_id", ""), service().ledger, archive.register)
    check_document(*asked, predecessors)
    known = archive.register.document(digest)
    found = archive.store.get(digest) if known else None
    if known is None or found is None:
        raise EvidenceUnknown(pointer="/path/digest")
    response = Response(_begun(found, digest), content_type=known.media_type, headers=_HEADERS)
    response.call_on_close(found.stream.close)
    response.content_length = found.size
    response.headers["Content-Disposition"] = f'attachment; filename="{digest[:16]}{SUFFIXES[known.media_type]}"'
    response.set_etag(digest)
    return response


def _begun(found: Found, digest: str) -> Iterator[bytes]:
    """The parts of a document; where a short one is damaged, that is still told as a problem."""
    parts = verified(found.stream, digest)
    return chain([next(parts)], parts)
