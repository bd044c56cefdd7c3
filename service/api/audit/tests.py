"""The audit tests and samples for the regulator, who writes here alone: a commitment, and later its nonce."""

from typing import Any, Final

from flask import Response, jsonify

from schemas import audit_tests as answers
from schemas.audit_jobs import JOB, TestsBody
from schemas.audit_tests import NonceBody, SampleBody
from schemas.requests import NoBody
from service.api.answering import Answer, act
from service.api.asking import service
from service.api.audit.jobs import ask
from service.api.audit.labels import label_now
from service.api.blueprints import Blueprint
from service.audit.drawn import Known, NonceStillSecret, revealing, salted, sample_known, samples_known
from service.audit.suite.asking import audit_tests
from service.audit.suite.populations import POPULATIONS
from vouchers import application
from vouchers.application.drawing import CommitDraw

blueprint = Blueprint("tests", __name__, url_prefix="/v1/audit")

_TESTS, _SAMPLE, _NONCE, _NOTHING = TestsBody(), SampleBody(), NonceBody(), NoBody()
_HOUSE: Final = frozenset({"salt", "size", "root", "note_size", "note_digest"})  # what the service says itself


@blueprint.get("/tests")
@blueprint.response(200, answers.TESTS)
def list_tests() -> Response:
    """What each test asks, and what samples are drawn from."""
    items = [
        {"test": each.name, "title": each.title, "asks": each.asks, "grade": each.grade, "table": each.over,
         "needs": each.needs}
        for each in audit_tests().values()
    ]  # fmt: skip
    populations = [
        {"population": name, "text": each.text, "strata": list(each.strata)} for name, each in POPULATIONS.items()
    ]
    return _answer({"items": items, "populations": populations})


@blueprint.post("/tests")
@blueprint.arguments(_TESTS)
@blueprint.response(202, JOB)
def start(values: Answer) -> Response:
    """Let audit tests run over the log, or over its first entries; the answer is a job, at the address in Location."""
    return ask("tests", values, values.get("size"))


@blueprint.get("/samples")
@blueprint.response(200, answers.SAMPLES)
def list_samples() -> Response:
    """Every sample that was committed to, revealed or not."""
    return _answer({"items": [_shown(each) for each in samples_known(service())]})


@blueprint.post("/samples")
@blueprint.arguments(_SAMPLE)
@blueprint.response(201, answers.COMMITTED)
def commit(values: Answer) -> Response:
    """Commit to a sample by the SHA-256 of a nonce: what is drawn from is what the log holds before this."""
    command = salted(CommitDraw(**values, salt=""))
    response = act(application.commit_draw, command, dict, 201, filled=_HOUSE)
    response.headers["Location"] = f"/v1/audit/samples/{command.draw_id}"
    return response


@blueprint.get("/samples/<name:draw_id>")
@blueprint.response(200, answers.SAMPLE)
def show_sample(draw_id: str) -> Response:
    """One sample as it was committed to, and what was revealed of it."""
    return _answer(_shown(sample_known(service(), draw_id)))


@blueprint.post("/samples/<name:draw_id>/nonce")
@blueprint.arguments(_NONCE)
@blueprint.response(200, answers.REVEALED)
def reveal(values: Answer, draw_id: str) -> Response:
    """Reveal the nonce of a sample, once a signed checkpoint covers its commitment."""
    return act(application.reveal_draw, revealing(service(), draw_id, values["nonce"]), dict, filled=_HOUSE)


@blueprint.post("/samples/<name:draw_id>/draws")
@blueprint.arguments(_NOTHING)
@blueprint.response(202, JOB)
def start_draw(_: Answer, draw_id: str) -> Response:
    """Let a revealed sample be drawn again from what the log held before the commitment; the answer is a job."""
    known = sample_known(service(), draw_id)
    if known.revealed is None:
        raise NonceStillSecret(pointer="/path/draw_id")
    return ask("draw", {"draw_id": draw_id}, known.seq)


def _shown(known: Known) -> dict[str, Any]:
    return {name: value for name, value in known.as_data().items() if value is not None}


def _answer(told: dict[str, Any]) -> Response:
    return label_now(jsonify({**told, "position": service().ledger.size()}))
