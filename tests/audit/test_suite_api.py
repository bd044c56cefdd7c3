"""The audit tests and an auditor's sample over HTTP: listed, committed to, revealed, drawn."""

import json

import pytest

from service.audit.drawn import draw_known, sample_known
from tests.audit.asking import ask, ended, result
from tests.service.clients import an_api, check_problem, frozen
from vouchers.audit import from_base64
from vouchers.draw.decisions import commitment_of

NONCE = "5e" * 32
SAMPLES = "/v1/audit/samples"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("suite"), "sqlite:log.sqlite") as api:
        for _ in range(3):
            api.claimed()
        yield api


def body(draw_id="Q1", **changes):
    asked = {
        "draw_id": draw_id,
        "commitment": commitment_of(NONCE),
        "population": "claims",
        "method": "mus",
        "items": 2,
    }
    return asked | changes


def check_label(api, answer, size=None):
    size = api.service.ledger.size() if size is None else size
    assert answer.headers["Audit-Tree-Size"] == str(size)
    assert from_base64(answer.headers["Audit-Root"]) == api.service.ledger.tree.root(size)


def test_a_regulator_reads_what_each_test_asks(api):
    answer = api.get("/v1/audit/tests", "regulator")
    assert [each["test"] for each in answer.json["items"]] == [f"T{number:02d}" for number in range(1, 27)]
    assert "payments" in [each["population"] for each in answer.json["populations"]]
    check_label(api, answer)


def test_a_sample_is_committed_to_revealed_under_a_checkpoint_and_drawn_again(api):
    before = api.service.ledger.size()
    committed = api.post(SAMPLES, body(), "regulator", key="commit-1")
    assert (committed.status_code, committed.headers["Location"]) == (201, f"{SAMPLES}/Q1")
    assert "revealed" not in api.get(f"{SAMPLES}/Q1", "regulator").json
    check_problem(api.post(f"{SAMPLES}/Q1/draws", None, "regulator"), 404, "nonce-still-secret")
    check_problem(api.post(f"{SAMPLES}/Q1/nonce", {"nonce": NONCE}, "regulator"), 404, "no-checkpoint")

    api.service.checkpoints.sign_if_grown()
    check_problem(api.post(f"{SAMPLES}/Q1/nonce", {"nonce": "5f" * 32}, "regulator"), 403, "nonce-not-as-committed")
    revealed = api.post(f"{SAMPLES}/Q1/nonce", {"nonce": NONCE}, "regulator")
    assert revealed.json["size"] == before + 1

    shown = api.get(f"{SAMPLES}/Q1", "regulator").json
    assert shown["seq"] == before
    assert shown["revealed"]["root"] == api.service.ledger.tree.root(before + 1).hex()
    job = ended(api, ask(api, "samples/Q1/draws", None))
    assert (job.json["size"], job.json["root"]) == (before, api.service.ledger.tree.root(before).hex())
    told = json.loads(result(api, job, "items.json"))
    drawn = draw_known(api.service, sample_known(api.service, "Q1")).drawn
    assert [each["name"] for each in told["items"]] == [each.item.key for each in drawn]
    assert (told["population"], job.json["outcome"]["items"]) == (3, len(drawn))
    assert len(result(api, job, "items.csv").splitlines()) == 1 + len(drawn)


def test_a_commitment_repeated_under_its_key_answers_as_before_whatever_salt_the_house_says(api):
    first = api.post(SAMPLES, body("Q2"), "regulator", key="commit-2")
    again = api.post(SAMPLES, body("Q2"), "regulator", key="commit-2")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    check_problem(api.post(SAMPLES, body("Q2", items=1), "regulator", key="commit-3"), 409, "draw-committed-already")


def test_what_cannot_be_drawn_is_refused_before_it_is_committed_to(api):
    before = api.log()
    check_problem(api.post(SAMPLES, body("Q3", population="people"), "regulator"), 400, "choice-unknown", "/population")
    wrong = body("Q3", method="stratified", strata="colour")
    check_problem(api.post(SAMPLES, wrong, "regulator"), 422, "strata-unknown")
    check_problem(api.post(SAMPLES, body("Q3", commitment="5e"), "regulator"), 400, "not-a-digest", "/commitment")
    assert api.log() == before


def test_a_sample_nobody_committed_to_is_unknown(api):
    for answer in (api.get(f"{SAMPLES}/Q9", "regulator"), api.post(f"{SAMPLES}/Q9/draws", None, "regulator")):
        check_problem(answer, 404, "draw-unknown")
    check_problem(api.post(f"{SAMPLES}/Q9/nonce", {"nonce": NONCE}, "regulator"), 404, "draw-unknown")


@pytest.mark.parametrize("who", ["officer", "reviewer", "finance", "enterprise", "administrator"])
def test_nobody_else_runs_tests_or_draws(api, who):
    before = api.log()
    check_problem(api.post("/v1/audit/tests", {}, who), 403, "role-not-allowed")
    check_problem(api.post(SAMPLES, body("Q4"), who), 403, "role-not-allowed")
    assert api.log() == before
