"""Replays over HTTP: started beside the service, one at a time, and read when they are done."""

import time

import pytest

from service.audit.replaying import jobs
from service.audit.replaying.parts import replay
from tests.service.clients import an_api, check_problem, frozen

REPLAYS = "/v1/audit/replays"
PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replays")
    (folder / "vouchers.toml").write_text("", encoding="utf-8")
    with frozen(), an_api(folder, "sqlite:log.sqlite") as api:
        api.claimed()
        yield api


def done(api, address):
    """The answer of a replay, once there is one and its program is gone."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        answer = api.get(address, "regulator")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        with jobs.job_of(api.service.settings, 1, 1)._lock() as lock:
            over = not jobs._held(lock)
        if over and answer.json["status"] == "done":
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{address} still runs")


def test_a_regulator_has_everything_decided_again_and_the_answer_is_that_of_the_console(api):
    size = api.service.ledger.size()
    started = api.post(REPLAYS, {"size": size}, "regulator")
    assert started.status_code == 202
    assert started.headers["Location"] == f"{REPLAYS}/{size}-3"
    found = done(api, started.headers["Location"])
    console = replay(api.service.settings.log_url)
    assert found.json["transcript_sha256"] == console.transcript
    assert (found.json["agreeing"], found.json["differing"]) == (console.agreeing, 0)
    assert (found.json["findings"], found.json["complete"]) == ([], True)
    assert found.headers["Audit-Tree-Size"] == str(size)
    assert api.service.ledger.size() == size


def test_whoever_asks_again_has_everything_decided_again(api):
    job = jobs.job_of(api.service.settings, 20, 1)
    job.folder.mkdir(parents=True, exist_ok=True)
    job.file.write_text('{"transcript_sha256": "of before somebody changed the log"}', encoding="utf-8")
    assert api.post(REPLAYS, {"size": 20, "level": 1}, "regulator").status_code == 202
    assert (
        done(api, f"{REPLAYS}/20-1").json["transcript_sha256"]
        == replay(api.service.settings.log_url, level=1, stop=20).transcript
    )


def test_one_replay_runs_at_a_time_and_the_same_one_is_joined(api):
    running = jobs.job_of(api.service.settings, 11, 2)
    with running._lock() as lock:
        assert not jobs._held(lock)
        lock.truncate(0)
        lock.write(running.name)
        lock.flush()
        check_problem(api.post(REPLAYS, {"size": 12}, "regulator"), 503, "replays-busy")
        joined = api.post(REPLAYS, {"size": 11, "level": 2}, "regulator")
        assert (joined.status_code, joined.json["status"]) == (202, "running")
        assert api.get(f"{REPLAYS}/11-2", "regulator").json["status"] == "running"
    check_problem(api.get(f"{REPLAYS}/11-2", "regulator"), 404, "replay-unknown")


def test_an_answer_that_broke_off_is_none(api):
    job = jobs.job_of(api.service.settings, 13, 3)
    job.folder.mkdir(parents=True, exist_ok=True)
    job.file.write_text('{"size": 13, "transcript_sha', encoding="utf-8")
    check_problem(api.get(f"{REPLAYS}/13-3", "regulator"), 404, "replay-unknown")


def test_old_answers_make_room_for_new_ones(api):
    job = jobs.job_of(api.service.settings, 14, 3)
    for number in range(100, 100 + jobs.MOST_KEPT + 3):
        (job.folder / f"{number}-3.json").write_text("{}", encoding="utf-8")
    job.start(api.service.settings)
    done(api, f"{REPLAYS}/14-3")
    assert len(list(job.folder.glob("*.json"))) == jobs.MOST_KEPT


@pytest.mark.parametrize("name", ["1-4", "0-1", "x", "1234567890-1"])
def test_what_is_no_name_of_a_replay_is_not_there(api, name):
    check_problem(api.get(f"{REPLAYS}/{name}", "regulator"), 404, "replay-unknown")


def test_a_replay_goes_over_entries_that_the_log_has(api):
    size = api.service.ledger.size()
    check_problem(api.post(REPLAYS, {"size": size + 1}, "regulator"), 422, "log-is-shorter")
    check_problem(api.post(REPLAYS, {"size": 0}, "regulator"), 400, "number-out-of-range")
    check_problem(api.post(REPLAYS, {"size": 1, "level": 4}, "regulator"), 400, "number-out-of-range")


def test_only_a_regulator_starts_one(api):
    check_problem(api.post(REPLAYS, {"size": 1}, "officer"), 403, "role-not-allowed")
