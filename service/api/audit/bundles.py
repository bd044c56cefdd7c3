"""Bundles over HTTP: one made and sent, and those that were handed out."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from flask import Response, jsonify

from schemas.audit_bundles import BUNDLES, BundleBody
from service.api.answering import Answer
from service.api.asking import caller, service
from service.api.audit.labels import label, label_now
from service.api.blueprints import Blueprint
from service.audit.bundle.exporting import Made, Wanted, export_bundle
from service.wiring import Who
from vouchers.refusals import Refused, Unavailable

blueprint = Blueprint("bundles", __name__, url_prefix="/v1/audit/bundles")

MOST_ENTRIES: Final = 200_000
MOST_SHOWN: Final = 1_000
_ZIP: Final = "application/zip"
_PART: Final = 1 << 18
_PAGE: Final = 200
_BODY: Final = BundleBody()
_ONE: Final = threading.Lock()


class BundlesBusy(Unavailable):
    """A bundle reads the whole log, and one is made at a time."""

    remedy = "Ask again in a minute."


class LogTooLongToSend(Refused):
    """The log is longer than what one request sends."""

    remedy = "Use `vouchers audit export` on the installation."


@blueprint.post("")
@blueprint.arguments(_BODY)
@blueprint.response(200)
@blueprint.doc(
    responses={
        200: {
            "description": "The bundle as a ZIP; the entry that records it stands behind those in it.",
            "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
)
def make(values: Answer) -> Response:
    """Make a bundle of the log as it is now, record whom it is for, and send it."""
    size = service().ledger.size()
    if size > MOST_ENTRIES:
        raise LogTooLongToSend(f"It has {size:,} entries; a request sends {MOST_ENTRIES:,}.", limit=MOST_ENTRIES)
    if not _ONE.acquire(blocking=False):
        raise BundlesBusy
    try:
        made, file = _made(values)
    finally:
        _ONE.release()
    response = Response(_parts(file), content_type=_ZIP)
    response.call_on_close(file.close)
    response.content_length = file.seek(0, 2)
    file.seek(0)
    response.headers["Content-Disposition"] = f'attachment; filename="bundle-{made.signed.checkpoint.size}.zip"'
    response.headers["Bundle-Manifest"] = made.manifest_sha256
    response.headers["Bundle-Sound"] = str(not made.found.problems).lower()
    response.headers["Cache-Control"] = "no-store"
    return label(response, made.signed.checkpoint.size, made.signed.checkpoint.root)


def _made(values: Answer) -> tuple[Made, IO[bytes]]:
    """A bundle whose file has no name any more: it is gone as soon as it was sent."""
    asking = caller()
    with tempfile.TemporaryDirectory(prefix="vouchers-bundle-") as folder:
        formats = tuple(dict.fromkeys(values["formats"]))
        wanted = Wanted(Path(folder) / "bundle.zip", formats, values["purpose"], values["recipient"])
        made = export_bundle(service(), wanted, Who(asking.actor, asking.role))
        return made, wanted.target.open("rb")


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(_PART):
            yield part


@blueprint.get("")
@blueprint.response(200, BUNDLES)
def list_bundles() -> Response:
    """Every bundle that was handed out, with whom it was for and what for."""
    ledger = service().ledger
    items: list[dict[str, Any]] = []
    after = ""
    while len(items) < MOST_SHOWN and (names := ledger.names("bundle/", after, _PAGE)):
        for name in names:
            items += [_shown(entry) for entry in ledger.history(name)]
        after = names[-1]
    items.sort(key=lambda item: int(item["seq"]))
    return label_now(jsonify({"items": items[:MOST_SHOWN], "position": ledger.size()}))


def _shown(entry: Any) -> dict[str, Any]:
    event = entry.data
    return {
        "manifest_sha256": event.manifest_sha256,
        "size": event.size,
        "root_hash": event.root_hash,
        "formats": list(event.formats),
        "purpose": event.purpose,
        "recipient": event.recipient,
        "seq": entry.seq,
        "recorded_at": entry.rec,
        "by": entry.actor,
    }
