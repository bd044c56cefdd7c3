"""Long work of the audit: replays, tests, bundles, what-ifs and draws, asked for elsewhere and looked at here."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from flask import Response, jsonify, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from schemas.audit_jobs import JOB, JOBS, JobsQuery
from service.api.answering import Answer, number_after, page
from service.api.asking import KEY_POINTER, caller, idempotency_key, service
from service.api.audit.labels import label, label_now
from service.api.blueprints import Blueprint
from service.audit.jobs.kinds import MEDIA_TYPES
from service.audit.jobs.shelf import ADDRESS, RESULTS, JobUnknown, Shelf, Standing
from service.audit.jobs.starting import start
from service.identity import Caller
from service.wiring import Who
from vouchers.refusals import Conflict, IdempotencyKeyReused, NotAllowed, NotFound, Refused

blueprint = Blueprint("jobs", __name__, url_prefix=ADDRESS)

SOON: Final = "2"  # seconds after which to look again
_LIST: Final = JobsQuery()
_BLOCK: Final = 1 << 18
_BINARY: Final = {"type": "string", "format": "binary"}
_CONTENT: Final[dict[str, Any]] = {
    name: {"schema": {"type": "object"} if name == "application/json" else _BINARY} for name in MEDIA_TYPES.values()
}
# A result is for its reader's programs, never for the reader's browser.
_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"}


class LogIsShorter(Refused):
    """The log has fewer entries than were asked for."""

    remedy = "Audit-Tree-Size of any answer says how many there are."


class ResultUnknown(NotFound):
    """The job has no result of this name."""

    remedy = "The job lists its results."


class JobOfAnother(NotAllowed):
    """Only whoever asked for a job cancels or removes it."""

    remedy = "Ask them to."


class JobNotDone(Conflict):
    """The job has no results yet, or will never have any."""

    remedy = "Look at the job: it says how far it is, or how it ended."


def ask(kind: str, asked: Answer, size: int | None = None) -> Response:
    """Put a job on the shelf, let it begin if nothing else runs, and say where it is looked at."""
    ledger = service().ledger
    present = ledger.size()
    size = present if size is None else size
    if size > present:
        raise LogIsShorter(f"It has {present:,}.", pointer="/size")
    shelf, who = Shelf(service().settings), Who(caller().actor, caller().role)
    try:
        job, repeated = shelf.ask(kind, asked, who, idempotency_key(), size, ledger.tree.root(size).hex())
    except IdempotencyKeyReused as refused:
        refused.pointer = KEY_POINTER
        raise
    response = _told(shelf.one(job.job_id))
    start(service().settings)
    response.status_code = HTTPStatus.ACCEPTED
    response.headers["Location"] = f"{ADDRESS}/{job.job_id}"
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@blueprint.get("")
@blueprint.arguments(_LIST, location="query")
@blueprint.response(200, JOBS)
def list_jobs(values: Answer) -> Response:
    """The jobs that are kept, in the order of asking; a regulator sees everybody's."""
    after, limit = number_after(values.get("cursor")), values["limit"]
    found = [each for each in Shelf(service().settings).all() if _sees(caller(), each) and each.job.number > after]
    found = [each for each in found if values.get("kind") in (None, each.job.kind)][:limit]
    _keep_going(found)
    items = [_shown(each) for each in found]
    following = found[-1].job.number if len(found) == limit else None
    return label_now(page(items, following, service().ledger.size()))


@blueprint.get("/<name:job_id>")
@blueprint.response(200, JOB)
def show_job(job_id: str) -> Response:
    """A job: how far it is, or what came of it and where its results are."""
    found = _found(job_id)
    _keep_going([found])
    return _told(found)


@blueprint.get("/<name:job_id>/results/<name:result>")
@blueprint.doc(
    responses={
        200: {"description": "The result; its ETag is its SHA-256.", "content": _CONTENT},
        206: {"description": "The part of it that was asked for (Range).", "content": _CONTENT},
        304: {"$ref": "#/components/responses/NotModified"},
    }
)
def show_result(job_id: str, result: str) -> Response:
    """One result, as a file to keep; a part of it where one is asked for."""
    found = _found(job_id)
    if found.state != "done" or found.end is None:
        raise JobNotDone(f"It is {found.state}.")
    known = next((each for each in found.end.results if each["name"] == result), None)
    if known is None:
        raise ResultUnknown(pointer="/path/result")
    try:
        file = (Shelf(service().settings).folder_of(found.job) / RESULTS / result).open("rb")
    except FileNotFoundError as gone:
        raise JobUnknown(pointer="/path/job_id") from gone
    body = wrap_file(request.environ, file, _BLOCK)
    response = Response(body, mimetype=known["media_type"])
    response.call_on_close(file.close)
    response.content_length = known["bytes"]
    response.set_etag(known["sha256"])
    # Nobody has to know ranges (RFC 9110, section 14.2): where one cannot be had, the whole is an answer, too.
    with suppress(RequestedRangeNotSatisfiable):
        response.make_conditional(request, accept_ranges=True, complete_length=known["bytes"])
    response.headers["Content-Disposition"] = f'attachment; filename="{job_id}-{result}"'
    response.headers.update(_HEADERS)
    return label(response, found.end.size, bytes.fromhex(found.end.root))


@blueprint.delete("/<name:job_id>")
@blueprint.response(204)
def remove_job(job_id: str) -> Response:
    """Cancel a job that waits or runs, which stays to be seen as such; remove one that has ended, with its results."""
    found, shelf = _found(job_id), Shelf(service().settings)
    if found.job.asked_by != caller().actor:
        raise JobOfAnother(pointer="/path/job_id")
    if found.has_ended:
        shelf.remove(found.job)
    else:
        shelf.cancel(found.job)
    return Response(status=HTTPStatus.NO_CONTENT)


def _found(job_id: str) -> Standing:
    found = Shelf(service().settings).one(job_id)
    if not _sees(caller(), found):
        raise JobUnknown(pointer="/path/job_id")
    return found


def _sees(who: Caller, found: Standing) -> bool:
    """A job is for whoever asked, and for every regulator."""
    return who.role == "regulator" or found.job.asked_by == who.actor


def _keep_going(found: list[Standing]) -> None:
    """Let what waits begin: the program that would have done it may have been stopped with its service."""
    if any(each.state == "waiting" for each in found):
        start(service().settings)


def _told(found: Standing) -> Response:
    shown = _shown(found)
    response = jsonify({**shown, "position": service().ledger.size()})
    if not found.has_ended:
        response.headers["Retry-After"] = SOON
    return label(response, shown["size"], bytes.fromhex(shown["root"]))


def _shown(found: Standing) -> Answer:
    job, end = found.job, found.end
    shown: Answer = {name: getattr(job, name) for name in ("job_id", "kind", "asked", "asked_by", "asked_at")}
    shown |= {"state": found.state, "progress": found.progress, "ended_at": end.at if end else None}
    shown |= {"size": end.size, "root": end.root} if end else {"size": job.size, "root": job.root}
    shown["outcome"] = end.outcome if end else {}
    results = end.results if end else []
    shown["results"] = [{**each, "address": f"{ADDRESS}/{job.job_id}/results/{each['name']}"} for each in results]
    if end and end.problem:
        shown["problem"] = end.problem
    return shown
