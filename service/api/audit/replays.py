"""Replays for the regulator: started over HTTP, run beside the service, and read when they are done."""

from http import HTTPStatus
from typing import Any, Final

from flask import Response, jsonify

from schemas.audit_replays import REPLAY, ReplayBody
from service.api.answering import Answer
from service.api.asking import service
from service.api.audit.labels import label_at
from service.api.blueprints import Blueprint
from service.audit.replaying.jobs import Job, job_named, job_of
from vouchers.refusals import Refused

blueprint = Blueprint("replays", __name__, url_prefix="/v1/audit/replays")

MOST_SHOWN: Final = 1_000  # findings of one answer
_BODY: Final = ReplayBody()
_FIGURES: Final = ("size", "decisions", "agreeing", "differing", "stated", "redacted", "transcript_sha256")


class LogIsShorter(Refused):
    """The log has fewer entries than were asked for."""

    remedy = "Audit-Tree-Size of any answer says how many there are."


@blueprint.post("")
@blueprint.arguments(_BODY)
@blueprint.response(202, REPLAY)
def start(values: Answer) -> Response:
    """Let every decision of the first entries be decided again; the answer is at the address in Location."""
    size = service().ledger.size()
    if values["size"] > size:
        raise LogIsShorter(f"It has {size:,}.", pointer="/size")
    job = job_of(service().settings, values["size"], values["level"])
    job.start(service().settings)
    response = _told(job, job.answer())
    response.status_code = HTTPStatus.ACCEPTED
    response.headers["Location"] = f"/v1/audit/replays/{job.name}"
    return response


@blueprint.get("/<name:replay_id>")
@blueprint.response(200, REPLAY)
def show(replay_id: str) -> Response:
    """A replay that was started: running, or what it found."""
    job = job_named(service().settings, replay_id)
    job.check()
    return _told(job, job.answer())


def _told(job: Job, found: dict[str, Any] | None) -> Response:
    told: dict[str, Any] = {"replay_id": job.name, "status": "running", "size": job.size, "level": job.level}
    if found is not None:
        shown = [{name: each[name] for name in ("seq", "level", "sentence")} for each in found["findings"][:MOST_SHOWN]]
        told |= {name: found[name] for name in _FIGURES}
        told |= {"status": "done", "findings": shown, "complete": len(found["findings"]) == len(shown)}
    return label_at(jsonify({**told, "position": service().ledger.size()}), told["size"])
