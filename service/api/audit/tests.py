"""The audit tests and samples for the regulator, who writes here alone: a commitment, and later its nonce."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, jsonify

from schemas import audit_tests as answers
from schemas.audit_tests import FindingsQuery, NonceBody, SampleBody
from service.api.answering import Answer, act
from service.api.asking import service
from service.api.audit.labels import label_at, label_now
from service.api.blueprints import Blueprint
from service.audit.drawn import Known, draw_known, revealing, salted, sample_known, samples_known
from service.audit.replaying.sources import Opened
from service.audit.suite.asking import audit_tests, chosen
from service.audit.suite.logs import Log
from service.audit.suite.populations import POPULATIONS
from service.audit.suite.running import run_tests
from service.audit.suite.settings import shipped
from service.audit.suite.writing import as_data
from vouchers import application
from vouchers.application.drawing import CommitDraw
from vouchers.refusals import Refused, Unavailable

blueprint = Blueprint("tests", __name__, url_prefix="/v1/audit")

MOST_ENTRIES: Final = 500_000
_FINDINGS, _SAMPLE, _NONCE = FindingsQuery(), SampleBody(), NonceBody()
_ONE_RUN: Final = threading.Lock()
_HOUSE: Final = frozenset({"salt", "size", "root", "note_size", "note_digest"})  # what the service says itself


class TestsBusy(Unavailable):
    """The tests read the whole log, and one run goes at a time."""

    remedy = "Ask again in a moment."


class LogTooLong(Refused):
    """The log is longer than one request reads."""

    remedy = "Run `vouchers audit test` on a bundle or on the installation."


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


@blueprint.get("/tests/findings")
@blueprint.arguments(_FINDINGS, location="query")
@blueprint.response(200, answers.FINDINGS)
def run(values: Answer) -> Response:
    """Run audit tests over the log, or over its first entries; deciding again is left to the console."""
    tests = chosen([each.strip() for each in values["suite"].split(",") if each.strip()])
    ledger = service().ledger
    log = Log(Opened(ledger), min(values.get("size", ledger.size()), ledger.size()))
    if log.size > MOST_ENTRIES:
        raise LogTooLong(f"It has {log.size:,} entries; a request reads {MOST_ENTRIES:,}.", pointer="/query/size")
    with _alone():
        found = as_data(run_tests(tests, log.entries, shipped(), root=log.root()))
    return label_at(jsonify({**found, "position": ledger.size()}), log.size)


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


@blueprint.get("/samples/<name:draw_id>/items")
@blueprint.response(200, answers.ITEMS)
def list_items(draw_id: str) -> Response:
    """The items of a revealed sample, drawn again now from what the log held before the commitment."""
    known = sample_known(service(), draw_id)
    if known.seq > MOST_ENTRIES:
        remedy = f"Run `vouchers audit sample draw {draw_id}` on the installation."
        raise LogTooLong(f"A request reads {MOST_ENTRIES:,} entries.", pointer="/path/draw_id", remedy=remedy)
    with _alone():
        found = draw_known(service(), known)
    items = [
        {**each.item._asdict(), "why": each.why, "place": each.place, "stands_for": each.stands_for}
        for each in found.drawn
    ]
    for item in items:
        item["name"] = item.pop("key")
    told = {"population": found.population, "amount": found.amount, "currency": found.currency}
    return _answer({"draw_id": draw_id, **told, "items": items})


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time, for each reads the whole log; raises TestsBusy."""
    if not _ONE_RUN.acquire(blocking=False):
        raise TestsBusy
    try:
        yield
    finally:
        _ONE_RUN.release()


def _shown(known: Known) -> dict[str, Any]:
    return {name: value for name, value in known.as_data().items() if value is not None}


def _answer(told: dict[str, Any]) -> Response:
    return label_now(jsonify({**told, "position": service().ledger.size()}))
