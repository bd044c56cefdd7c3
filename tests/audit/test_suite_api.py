"""The audit tests and an auditor's sample over HTTP: run, committed to, revealed, drawn."""

import pytest

from service.api.audit import tests as routes
from service.audit.drawn import draw_known, sample_known
from tests.service.clients import an_api, check_problem, frozen
from vouchers.audit import from_base64
from vouchers.draw.decisions import commitment_of

NONCE = "5e" * 32
SAMPLES = "/v1/audit/samples"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("suite")) as api:
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


def test_a_regulator_runs_tests_over_the_log_as_it_is(api):
    answer = api.get("/v1/audit/tests/findings?suite=T01,T03,T25", "regulator")
    assert [(each["test"], len(each["findings"])) for each in answer.json["tests"]] == [
        ("T01", 0),
        ("T03", 0),
        ("T25", 2),
    ]
    assert answer.json["size"] == api.service.ledger.size()
    assert answer.json["root"] == api.service.ledger.tree.root().hex()
    check_label(api, answer)


def test_a_regulator_runs_tests_over_the_log_as_it_was(api):
    answer = api.get("/v1/audit/tests/findings?suite=T25&size=20", "regulator")
    assert [(each["rows"], each["findings"]) for each in answer.json["tests"]] == [(0, [])]
    check_label(api, answer, 20)


def test_a_test_that_there_is_not_is_told(api):
    check_problem(api.get("/v1/audit/tests/findings?suite=T99", "regulator"), 400, "suite-malformed")


def test_tests_are_run_one_at_a_time(api):
    assert routes._ONE_RUN.acquire(blocking=False)
    try:
        check_problem(api.get("/v1/audit/tests/findings", "regulator"), 503, "tests-busy")
    finally:
        routes._ONE_RUN.release()
    assert api.get("/v1/audit/tests/findings?suite=T01", "regulator").status_code == 200


def test_a_log_that_is_too_long_is_left_to_the_console(api, monkeypatch):
    monkeypatch.setattr(routes, "MOST_ENTRIES", 20)
    check_problem(api.get("/v1/audit/tests/findings?suite=T01", "regulator"), 422, "log-too-long", "/query/size")
    assert api.get("/v1/audit/tests/findings?suite=T01&size=20", "regulator").status_code == 200


def test_a_sample_is_committed_to_revealed_under_a_checkpoint_and_drawn_again(api):
    before = api.service.ledger.size()
    committed = api.post(SAMPLES, body(), "regulator", key="commit-1")
    assert (committed.status_code, committed.headers["Location"]) == (201, f"{SAMPLES}/Q1")
    assert "revealed" not in api.get(f"{SAMPLES}/Q1", "regulator").json
    check_problem(api.get(f"{SAMPLES}/Q1/items", "regulator"), 404, "nonce-still-secret")
    check_problem(api.post(f"{SAMPLES}/Q1/nonce", {"nonce": NONCE}, "regulator"), 404, "no-checkpoint")

    api.service.checkpoints.sign_if_grown()
    check_problem(api.post(f"{SAMPLES}/Q1/nonce", {"nonce": "5f" * 32}, "regulator"), 403, "nonce-not-as-committed")
    revealed = api.post(f"{SAMPLES}/Q1/nonce", {"nonce": NONCE}, "regulator")
    assert revealed.json["size"] == before + 1

    shown = api.get(f"{SAMPLES}/Q1", "regulator").json
    assert shown["seq"] == before
    assert shown["revealed"]["root"] == api.service.ledger.tree.root(before + 1).hex()
    answer = api.get(f"{SAMPLES}/Q1/items", "regulator")
    drawn = draw_known(api.service, sample_known(api.service, "Q1")).drawn
    assert [each["name"] for each in answer.json["items"]] == [each.item.key for each in drawn]
    assert answer.json["population"] == 3
    check_label(api, answer)
    assert api.get("/v1/audit/tests/findings?suite=T26", "regulator").json["tests"][0]["findings"] == []


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
    for answer in (api.get(f"{SAMPLES}/Q9", "regulator"), api.get(f"{SAMPLES}/Q9/items", "regulator")):
        check_problem(answer, 404, "draw-unknown")
    check_problem(api.post(f"{SAMPLES}/Q9/nonce", {"nonce": NONCE}, "regulator"), 404, "draw-unknown")


@pytest.mark.parametrize("who", ["officer", "reviewer", "finance", "enterprise", "administrator"])
def test_nobody_else_runs_tests_or_draws(api, who):
    before = api.log()
    check_problem(api.get("/v1/audit/tests/findings", who), 403, "role-not-allowed")
    check_problem(api.post(SAMPLES, body("Q4"), who), 403, "role-not-allowed")
    assert api.log() == before
