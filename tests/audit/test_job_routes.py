"""Long work of the audit over HTTP: replays, tests, bundles, what-ifs, each carried out by a program of its own."""

import csv
import hashlib
import io
import json

import pytest

from service.audit.bundle import verify
from service.audit.bundle.checking import Asked, check
from service.audit.replaying.parts import replay
from service.audit.suite.asking import audit_tests
from tests.audit.asking import JOBS, ask, ended, result
from tests.examples import CHANGNING
from tests.service.clients import an_api, check_problem, frozen
from vouchers.audit import from_base64

BUNDLE = {"purpose": "annual audit", "recipient": "audit office", "formats": ["sqlite"]}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("jobs"), "sqlite:log.sqlite") as api:
        api.claimed()
        yield api


def test_a_regulator_has_everything_decided_again_and_the_answer_is_that_of_the_console(api):
    size = api.service.ledger.size()
    found = ended(api, ask(api, "replays", {}))
    console = replay(api.service.settings.log_url)
    outcome = found.json["outcome"]
    assert (found.json["state"], outcome["transcript_sha256"]) == ("done", console.transcript)
    assert (outcome["agreeing"], outcome["differing"]) == (console.agreeing, 0)
    assert found.json["progress"] == {"step": "end", "done": size, "all": size}
    assert (found.headers["Audit-Tree-Size"], found.json["size"]) == (str(size), size)
    assert from_base64(found.headers["Audit-Root"]).hex() == found.json["root"] == api.service.ledger.tree.root().hex()
    assert hashlib.sha256(result(api, found, "decisions.csv")).hexdigest() == console.transcript
    assert json.loads(result(api, found, "replay.json"))["findings"] == []
    assert result(api, found, "findings.csv").decode().startswith("seq,stream,event,on,level,")
    assert api.service.ledger.size() == size


@pytest.fixture(scope="module")
def short(api):
    """A replay of the first twenty entries."""
    return ended(api, ask(api, "replays", {"size": 20, "level": 1}))


def test_a_replay_of_the_first_entries_rests_on_the_tree_of_those_whose_decisions_are_whole(api, short):
    console = replay(api.service.settings.log_url, level=1, stop=20)
    assert short.json["outcome"]["transcript_sha256"] == console.transcript
    assert console.size < 20
    root = api.service.ledger.tree.root(console.size).hex()
    assert (short.json["size"], short.json["root"]) == (console.size, root)


def test_tests_run_over_the_log_and_those_about_decisions_are_given_a_replay_where_one_is_asked_for(api):
    addresses = [ask(api, "tests", body) for body in ({"replay": True}, {"suite": "T20,T25", "size": 20})]
    whole, some = (ended(api, address) for address in addresses)
    told = json.loads(result(api, whole, "findings.json"))
    assert [each["test"] for each in told["tests"]] == list(audit_tests())
    assert {each["status"] for each in told["tests"]} == {"ran"}
    assert (told["size"], told["root"]) == (api.service.ledger.size(), whole.json["root"])
    outcome = whole.json["outcome"]
    assert outcome | {"tests": 26, "not_given": 0, "contradicting": 0, "digest": told["digest"]} == outcome
    findings = sum(len(each["findings"]) for each in told["tests"])
    assert len([*csv.DictReader(io.StringIO(result(api, whole, "findings.csv").decode()))]) == findings > 0
    assert result(api, whole, "findings.html").startswith(b"<!DOCTYPE html>")
    told = json.loads(result(api, some, "findings.json"))
    assert [(each["test"], each["status"]) for each in told["tests"]] == [("T20", "not given"), ("T25", "ran")]
    assert (some.json["outcome"]["not_given"], some.json["size"], told["size"]) == (1, 20, 20)


def test_a_what_if_is_played_over_http_as_at_the_console(api):
    change = {"programme": "SH-STIV", "since": "2026-01-01", "set": {"category.*.rate_bp": 4000}}
    fact = {"enterprise": CHANGNING, "since": "2026-01-01", "facts": {"lists": ["zjtx"]}}
    question = {"title": "Forty", "policy": [change], "fact": [fact]}
    addresses = [ask(api, "whatifs", body, "officer") for body in ({}, question)]
    as_it_was, forty = (ended(api, address, "officer") for address in addresses)
    assert (as_it_was.json["state"], as_it_was.json["outcome"]["unexplained"]) == ("done", 0)
    told = json.loads(result(api, forty, "report.json", "officer"))
    assert told["changes"][0] == "SH-STIV has category.*.rate_bp = 4000 from 2026-01-01 on"
    assert told["changes"][1] == f"the registry says lists = ('zjtx',) of {CHANGNING} from 2026-01-01 on"
    assert b"What if: Forty" in result(api, forty, "report.html", "officer")
    assert len([*csv.DictReader(io.StringIO(result(api, forty, "orders.csv", "officer").decode()))]) == 1


def test_a_question_that_cannot_be_asked_fails_with_what_helps(api):
    change = {"programme": "XX", "since": "2026-01-01", "set": {"category.*.rate_bp": 4000}}
    found = ended(api, ask(api, "whatifs", {"policy": [change]})).json
    assert (found["state"], found["problem"]["code"], found["results"]) == ("failed", "programme-not-here", [])
    assert found["problem"]["remedy"]
    check_problem(api.get(f"{JOBS}/{found['job_id']}/results/report.json", "regulator"), 409, "job-not-done")


def test_an_officer_hands_out_a_bundle_that_is_believed(api, tmp_path):
    found = ended(api, ask(api, "bundles", BUNDLE | {"replayed": True}, "officer"), "officer")
    assert found.json["outcome"]["sound"]
    (tmp_path / "bundle.zip").write_bytes(result(api, found, "bundle.zip", "officer"))
    trust = tmp_path / "trust"
    trust.write_text(f"log {api.service.checkpoints.keys.current.vkey}\nquorum none\n")
    believed = check(Asked(str(tmp_path / "bundle.zip"), trust, tables=True))
    assert believed.verdict() == (0, "Everything fits.")
    [listed] = api.get("/v1/audit/bundles", "regulator").json["items"]
    assert (listed["size"], listed["recipient"], listed["by"]) == (found.json["size"], "audit office", "officer:li")
    assert listed["root_hash"] == found.json["root"]
    assert listed["manifest_sha256"] == found.json["outcome"]["manifest_sha256"]
    files = verify.Files(str(tmp_path / "bundle.zip"))
    decisions, manifest = files.read("replay/decisions.csv"), files.read("MANIFEST.sha256")
    assert len(decisions.splitlines()) == found.json["size"] + 1
    assert verify.HASH(manifest).hexdigest() == listed["manifest_sha256"]


def test_a_result_is_read_in_parts_and_not_read_twice(api, short):
    whole = result(api, short, "decisions.csv")
    [told] = [each for each in short.json["results"] if each["name"] == "decisions.csv"]
    part = api.get(told["address"], "regulator", Range="bytes=10-19")
    assert (part.status_code, part.data) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    beyond = api.get(told["address"], "regulator", Range=f"bytes={len(whole)}-")
    assert (beyond.status_code, beyond.data) == (200, whole)
    again = api.get(told["address"], "regulator", **{"If-None-Match": f'"{told["sha256"]}"'})
    assert (again.status_code, again.data) == (304, b"")
    for answer in (part, beyond, again):
        answer.close()
    assert "attachment" in part.headers["Content-Disposition"]
    check_problem(api.get(f"{JOBS}/{short.json['job_id']}/results/other.csv", "regulator"), 404, "result-unknown")


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("replays", {"size": 10**9}, 422, "log-is-shorter"),
        ("tests", {"size": 10**9}, 422, "log-is-shorter"),
        ("replays", {"size": 0}, 400, "number-out-of-range"),
        ("replays", {"level": 4}, 400, "number-out-of-range"),
        ("tests", {"suite": "T99"}, 400, "suite-malformed"),
        ("tests", {"replay": "yes"}, 400, "choice-unknown"),
        ("whatifs", {"policy": [{"programme": "X", "since": "2026-01-01", "file": "/etc/passwd"}]}, 400, None),
        ("whatifs", {"suspend": [{"provider": "X"}]}, 400, "field-missing"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(api, kind, body, status, code):
    answer = api.post(f"/v1/audit/{kind}", body, "regulator")
    assert answer.status_code == status
    assert code in (None, answer.json["code"])


@pytest.mark.parametrize("left_out", ["purpose", "recipient"])
def test_a_bundle_is_for_somebody_and_for_something(api, left_out):
    body = {name: value for name, value in BUNDLE.items() if name != left_out}
    check_problem(api.post("/v1/audit/bundles", body, "officer"), 400, "field-missing", f"/{left_out}")
    check_problem(api.post("/v1/audit/bundles", BUNDLE | {"formats": ["doc"]}, "officer"), 400, "choice-unknown")


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("bundles", "regulator"),
        ("bundles", "finance"),
        ("replays", "officer"),
        ("tests", "officer"),
        ("whatifs", "finance"),
    ],
)
def test_not_everybody_asks_for_everything(api, kind, who):
    check_problem(api.post(f"/v1/audit/{kind}", BUNDLE, who), 403, "role-not-allowed")
