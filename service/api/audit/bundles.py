"""Bundles: one made beside the service and recorded, and those that were handed out."""

from typing import Any, Final

from flask import Response, jsonify

from schemas.audit_bundles import BUNDLES
from schemas.audit_jobs import JOB, BundleBody
from service.api.answering import Answer
from service.api.asking import service
from service.api.audit.jobs import ask
from service.api.audit.labels import label_now
from service.api.blueprints import Blueprint

blueprint = Blueprint("bundles", __name__, url_prefix="/v1/audit/bundles")

MOST_SHOWN: Final = 1_000
_PAGE: Final = 200
_BODY: Final = BundleBody()


@blueprint.post("")
@blueprint.arguments(_BODY)
@blueprint.response(202, JOB)
def start(values: Answer) -> Response:
    """Let a bundle of the log be made, and recorded whom it is for; the answer is a job, at the address in Location."""
    return ask("bundle", values)


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
