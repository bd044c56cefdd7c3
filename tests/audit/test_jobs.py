"""Jobs of the audit on their shelf: whose turn it is, who sees them, how they end, how long they are kept."""

import errno
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from service.audit.jobs import turns
from service.audit.jobs.program import Program
from service.audit.jobs.settings import Jobs
from service.audit.jobs.shelf import RESULTS, WORK, End, JobsNotKept, Shelf
from service.audit.jobs.starting import MODULE, SETTINGS
from service.backup import make_backup
from service.settings import Settings, as_text
from service.wiring import Who
from service.worker import jobs_of
from tests.audit.asking import JOBS, ask, ended, until
from tests.examples import LAB, PUDONG
from tests.service.clients import an_api, check_problem, frozen
from tests.service.running import ROOT

BUNDLE = {"purpose": "annual audit", "recipient": "audit office"}
AUDITOR = Who("regulator:audit", "regulator")
ROOT_HASH = "0" * 64
# A process that starts a program with what is typed.
STARTER = """
import subprocess, sys
words, turn = sys.argv[1:]
subprocess.run([sys.executable, "-c", words, turn], pass_fds=[int(turn)])
"""
# A program whose job is never done.
ENDLESS = """
import os, sys
from service.audit.jobs import turns
from service.audit.jobs.program import Program
from service.audit.jobs.shelf import WORK, Shelf
from service.settings import from_text
shelf, turn = Shelf(from_text(os.environ["VOUCHERS_SERVING"])), int(sys.argv[1])
job = shelf.next()
turns.write(turn, shelf.name_of(job))
(shelf.folder_of(job) / WORK).mkdir()
shelf.begin(job)
Program(shelf, job, os.getppid(), turn).watch()
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path, log="sqlite:log.sqlite")


@pytest.fixture
def shelf(settings):
    return Shelf(settings)


@pytest.fixture(scope="module")
def an_api_of_all(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture
def api(an_api_of_all):
    """An API without jobs yet, which wait, because no program can read a log in memory."""
    shutil.rmtree(Shelf(an_api_of_all.service.settings).turns, ignore_errors=True)
    return an_api_of_all


def a_job(shelf, kind="replay", key="", who=AUDITOR):
    return shelf.ask(kind, {"level": 1}, who, key, 9, ROOT_HASH)[0]


def done(shelf, job, at="2026-02-02T04:00:00Z"):
    """A job that its program has done."""
    shelf.begin(job)
    (shelf.folder_of(job) / RESULTS).mkdir()
    shelf.end(job, End(at, 9, ROOT_HASH, {"agreeing": 9}, []))


def state(shelf, job):
    return shelf.one(job.job_id).state


def delete(api, address, who="regulator"):
    return api.client().delete(address, headers=api.headers(who, ""))


def test_one_has_the_turn_at_a_time_and_whoever_looks_takes_it_from_nobody(shelf):
    assert turns.whose(shelf.turns) == ""
    turn = turns.take(shelf.turns)
    turns.write(turn, "main/J-LONG-NAME")
    turns.write(turn, "main/J-1")
    assert turns.take(shelf.turns) is None
    assert turns.whose(shelf.turns) == "main/J-1"
    turns.give_back(turn)
    assert turns.whose(shelf.turns) == ""
    assert turns.retake(turn)
    os.close(turn)
    again = turns.take(shelf.turns)
    assert turns.whose(shelf.turns) == "", "who has just taken it has not said who it is"
    os.close(again)


def test_a_job_waits_runs_and_is_done(shelf):
    first, second = a_job(shelf), a_job(shelf)
    assert (shelf.next(), state(shelf, first), state(shelf, second)) == (first, "waiting", "waiting")
    turn = turns.take(shelf.turns)
    turns.write(turn, shelf.name_of(first))
    shelf.begin(first)
    shelf.tell(first, "reading", 4)
    assert shelf.one(first.job_id).progress == {"step": "reading", "done": 4, "all": 9}
    assert (state(shelf, first), shelf.next()) == ("running", second)
    (shelf.folder_of(first) / WORK).mkdir()
    done(shelf, first)
    os.close(turn)
    found = shelf.one(first.job_id)
    assert (found.state, found.progress["done"], found.end.outcome) == ("done", 9, {"agreeing": 9})
    assert {each.name for each in shelf.folder_of(first).iterdir()} == {
        "asked.json", "progress.json", "end.json", RESULTS,
    }  # fmt: skip


def test_a_job_whose_program_was_killed_says_so_and_the_next_one_has_its_turn(shelf):
    first, second = a_job(shelf), a_job(shelf)
    shelf.begin(first)
    found = shelf.one(first.job_id)
    assert (found.state, found.end.problem["code"]) == ("failed", "job-broke-off")
    assert shelf.next() == second


def test_a_program_whose_service_is_gone_does_nothing_and_gives_the_turn_back(settings, shelf):
    job = a_job(shelf)
    turn = turns.take(shelf.turns)
    typed = [sys.executable, "-m", MODULE, str(os.getppid()), str(turn)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), SETTINGS: as_text(settings)}
    assert subprocess.run(typed, env=environment, pass_fds=[turn], check=False).returncode == 0
    os.close(turn)
    assert state(shelf, job) == "waiting"
    os.close(turns.take(shelf.turns))


def test_a_program_stops_at_every_bound(settings, tmp_path):
    def reached(parent=None, **bounds):
        shelf = Shelf(replace(settings, jobs=replace(Jobs(spare_megabytes=0), **bounds)))
        job = a_job(shelf, who=Who(f"regulator:{len(list(tmp_path.rglob('asked.json')))}", "regulator"))
        found = Program(shelf, job, parent or os.getppid(), 0)._broken()
        return found.code if found else None

    assert reached() is None
    assert reached(seconds=0) == "job-too-long"
    assert reached(spare_megabytes=1 << 40) == "disk-full"
    assert reached(parent=1 << 30) == "service-stopped"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "job-too-large"),
        (OSError(errno.ENOSPC, "full"), "disk-full"),
        (OSError(errno.EIO, "broken"), "internal-fault"),
        (KeyError("a bug"), "internal-fault"),
    ],
)
def test_what_goes_wrong_is_told_as_a_problem(shelf, error, code):
    job = a_job(shelf)
    told = Program(shelf, job, os.getppid(), 0)._problem_of(error)
    assert (told["code"], told["instance"]) == (code, f"{JOBS}/{job.job_id}")
    assert "a bug" not in str(told)


def test_what_is_kept_no_longer_goes_with_its_results(settings):
    shelf = Shelf(replace(settings, jobs=Jobs(kept=2, days=1)))
    with frozen("2026-02-02T05:00:00Z"):
        jobs = [a_job(shelf) for _ in range(4)]
        for hour, job in enumerate(jobs[:3]):
            done(shelf, job, f"2026-02-02T0{hour}:00:00Z")
        assert [each.job for each in shelf.all()] == jobs[1:]
    with frozen("2026-02-03T01:30:00Z"):
        assert shelf.tidy() == 1
        assert [each.job for each in shelf.all()] == jobs[2:]
    with frozen("2027-02-03T01:30:00Z"):
        assert [each.job for each in shelf.all()] == jobs[3:], "what waits is kept"
    assert len(list(shelf.folder_of(jobs[0]).parent.iterdir())) == 1


def test_the_worker_removes_what_is_kept_no_longer(api):
    [tidy] = [each for each in jobs_of(api.service) if each.name == "jobs"]
    assert tidy.run(None) == ""
    shelf = Shelf(api.service.settings)
    done(shelf, a_job(shelf), "2026-01-01T00:00:00Z")
    assert tidy.run(None) == "1 jobs of the audit removed"
    assert shelf.all() == []


def test_a_folder_that_was_never_asked_for_is_no_job(shelf):
    job = a_job(shelf)
    stray = shelf.folder_of(job).with_name("J-STRAY")
    stray.mkdir()
    assert [each.job for each in shelf.all()] == [job]
    assert not stray.exists()


def test_a_shelf_that_cannot_be_written_is_told_as_such(settings, shelf):
    (settings.data / "audit").write_text("no folder", encoding="utf-8")
    with pytest.raises(JobsNotKept):
        a_job(shelf)


def test_jobs_are_in_no_backup(api, tmp_path_factory):
    ask(api, "replays", {})
    made = make_backup(api.service, tmp_path_factory.mktemp("backup") / "backup")
    names = [each["name"] for each in made["members"]]
    assert "files/sampling.seed" in names
    assert not [name for name in names if "jobs" in name]


def test_the_same_key_asks_once_and_another_question_under_it_is_refused(api):
    first = api.post("/v1/audit/replays", {"size": 9}, "regulator", key="one")
    again = api.post("/v1/audit/replays", {"size": 9}, "regulator", key="one")
    assert (first.json["job_id"], "Idempotency-Replayed" in first.headers) == (again.json["job_id"], False)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    for path, body in (("replays", {"size": 8}), ("tests", {"size": 9})):
        answer = api.post(f"/v1/audit/{path}", body, "regulator", key="one")
        check_problem(answer, 422, "idempotency-key-reused", "/headers/idempotency-key")
    assert api.post("/v1/audit/whatifs", {}, "officer", key="one").json["job_id"] != first.json["job_id"]
    assert api.post("/v1/audit/replays", {"size": 9}, "regulator", key="two").json["job_id"] != first.json["job_id"]


def test_a_question_is_shown_as_it_was_asked_and_is_one_under_its_key(api):
    question = {
        "title": "Lists and a rate",
        "policy": [{"programme": "SH-STIV", "since": "2026-01-01", "set": {"category.*.rate_bp": 4000}}],
        "fact": [{"enterprise": PUDONG, "since": "2026-01-01", "facts": {"lists": ["a"], "staff": 12}}],
        "suspend": [{"provider": LAB, "since": "2026-01-01", "effect": "finish"}],
    }
    first, again = (api.post("/v1/audit/whatifs", question, "officer", key="asked") for _ in range(2))
    assert first.json["asked"] == question
    assert (again.status_code, again.json["job_id"]) == (202, first.json["job_id"])


def test_one_caller_has_so_many_jobs_and_leaves_room_for_others(api):
    most = api.service.settings.jobs.waiting
    addresses = [ask(api, "replays", {}) for _ in range(most)]
    refused = api.post("/v1/audit/replays", {}, "regulator")
    check_problem(refused, 429, "too-many-jobs")
    assert int(refused.headers["Retry-After"]) > 0
    assert ask(api, "bundles", BUNDLE, "officer")
    delete(api, addresses[0])
    assert ask(api, "replays", {})


def test_jobs_are_listed_in_the_order_of_asking_page_by_page(api):
    asked = [ask(api, kind, {}) for kind in ("replays", "tests", "replays")]
    numbers = [address.rpartition("/")[2] for address in asked]
    page = api.get(f"{JOBS}?limit=2", "regulator")
    assert [each["job_id"] for each in page.json["items"]] == numbers[:2]
    rest = api.get(f"{JOBS}?limit=2&cursor={page.json['next']}", "regulator").json
    assert ([each["job_id"] for each in rest["items"]], rest["next"]) == (numbers[2:], None)
    tests = api.get(f"{JOBS}?kind=tests", "regulator").json["items"]
    assert [each["job_id"] for each in tests] == numbers[1:2]
    assert page.headers["Audit-Tree-Size"] == str(api.service.ledger.size())


def test_a_job_is_seen_by_whoever_asked_and_by_regulators_and_ended_by_whoever_asked(api):
    bundle, tests = ask(api, "bundles", BUNDLE, "officer"), ask(api, "tests", {})
    assert [each["kind"] for each in api.get(JOBS, "regulator").json["items"]] == ["bundle", "tests"]
    assert [each["kind"] for each in api.get(JOBS, "officer").json["items"]] == ["bundle"]
    assert api.get(bundle, "regulator").json["asked_by"] == "officer:li"
    check_problem(api.get(tests, "officer"), 404, "job-unknown")
    check_problem(delete(api, tests, "officer"), 404, "job-unknown")
    check_problem(delete(api, bundle, "regulator"), 403, "job-of-another")
    check_problem(api.get(bundle, "finance"), 403, "role-not-allowed")
    assert {api.get(each, "regulator").json["state"] for each in (bundle, tests)} == {"waiting"}


def test_a_job_is_cancelled_and_then_removed(api):
    address = ask(api, "replays", {})
    check_problem(api.get(f"{address}/results/decisions.csv", "regulator"), 409, "job-not-done")
    assert delete(api, address).status_code == 204
    found = api.get(address, "regulator").json
    assert (found["state"], found["results"], "problem" in found) == ("cancelled", [], False)
    assert Shelf(api.service.settings).next() is None
    assert delete(api, address).status_code == 204
    check_problem(api.get(address, "regulator"), 404, "job-unknown")
    check_problem(delete(api, address), 404, "job-unknown")


def a_long_job(settings, shelf, typed=("-c", ENDLESS)):
    """A job that would take for ever, and its program, which looks after the bounds."""
    job, turn = a_job(shelf), turns.take(shelf.turns)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), SETTINGS: as_text(settings)}
    program = subprocess.Popen([sys.executable, *typed, str(turn)], env=environment, pass_fds=[turn])
    os.close(turn)
    until(lambda: state(shelf, job) != "waiting")
    assert state(shelf, job) == "running"
    return job, program


@pytest.mark.parametrize("removed", [False, True])
def test_a_program_ends_soon_after_its_job_was_cancelled(settings, shelf, removed):
    job, program = a_long_job(settings, shelf)
    shelf.cancel(job)
    assert state(shelf, job) == "cancelled"
    if removed:
        shelf.remove(job)
    assert program.wait(40) == 0
    assert turns.whose(shelf.turns) == ""
    assert [each.state for each in shelf.all()] == ([] if removed else ["cancelled"])
    assert not (shelf.folder_of(job) / WORK).exists()


def test_a_program_that_cannot_say_how_its_job_ended_ends_and_the_job_broke_off(tmp_path):
    settings = Settings(tmp_path, log="sqlite:log.sqlite", jobs=Jobs(seconds=2))
    shelf = Shelf(settings)
    job, program = a_long_job(settings, shelf)
    (shelf.folder_of(job) / "end.json.new").mkdir()
    assert program.wait(40) == 1
    assert shelf.one(job.job_id).end.problem["code"] == "job-broke-off"
    assert turns.whose(shelf.turns) == ""


def test_a_program_ends_with_the_process_that_started_it_and_the_job_says_so(settings, shelf):
    job, server = a_long_job(settings, shelf, ("-c", STARTER, ENDLESS))
    server.kill()
    server.wait()
    until(lambda: state(shelf, job) != "running")
    assert shelf.one(job.job_id).end.problem["code"] == "service-stopped"
    until(lambda: not turns.whose(shelf.turns))


def test_a_program_ends_a_job_that_takes_too_long_and_goes_on_to_the_next(tmp_path):
    settings = Settings(tmp_path, log="sqlite:log.sqlite", jobs=Jobs(seconds=2))
    shelf = Shelf(settings)
    job, program = a_long_job(settings, shelf)
    following = a_job(shelf)
    assert program.wait(40) == 0
    found = shelf.one(job.job_id)
    assert (found.state, found.end.problem["code"]) == ("failed", "job-too-long")
    assert state(shelf, following) == "done"


def test_a_look_at_what_waits_lets_it_begin(tmp_path):
    with an_api(tmp_path, "sqlite:log.sqlite") as api:
        shelf = Shelf(api.service.settings)
        turn = turns.take(shelf.turns)
        address = ask(api, "replays", {"size": 9})
        os.close(turn)
        assert ended(api, address).json["outcome"]["entries"] == 9
