"""A witness under races and kills: whatever happens, what it cosigned is one line of growth."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service.audit.signing import Signer
from service.audit.witness.witness import SizeNotLast
from tests.audit.witnessing import ORIGIN, Log, Office
from tests.service.console import ROOT

CHILD = """
import os, sys
from pathlib import Path
from service.audit.witness.folder import open_keys
from service.audit.witness.store import Store
from service.audit.witness.witness import Witness
from vouchers.refusals import Refused

folder, when = Path(sys.argv[1]), sys.argv[2]
signers = open_keys(folder)

class Killed:
    key = signers[0].key
    def sign(self, text, time):
        os._exit(9)

witness = Witness(Store(folder), [Killed()] if when == "before" else signers)
for body in sys.argv[3:]:
    try:
        witness.add_checkpoint(Path(body).read_bytes())
        print("cosigned", flush=True)
    except Refused as refused:
        print(refused.code, flush=True)
    if when == "after":
        os._exit(9)
"""


@pytest.fixture
def log():
    return Log(4)


@pytest.fixture
def office(tmp_path, log):
    found = Office(tmp_path, log)
    found.witness.add_checkpoint(log.submission(0))
    yield found
    found.store.close()


def test_a_commit_that_fails_leaves_nothing_open(office, log):
    database = office.store._database
    key = "PRAGMA defer_foreign_keys=ON; INSERT INTO log_key (origin, vkey) VALUES ('nowhere.example/log', 'key')"

    def trusted():
        with office.store.writing():
            for statement in key.split(";"):
                database.execute(statement)

    with pytest.raises(sqlite3.IntegrityError):
        trusted()
    assert not database.in_transaction
    log.grow(2)
    assert office.witness.add_checkpoint(log.submission(4))
    assert office.store.keys("nowhere.example/log") == []


def child(office: Office, when: str, *bodies: bytes) -> "subprocess.Popen[str]":
    """Another process with the same folder, which is killed before or after it has remembered, or never."""
    files = []
    for body in bodies:
        files.append(office.folder / f"{when}-{len([*office.folder.iterdir()])}")
        files[-1].write_bytes(body)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, str(office.folder), when, *map(str, files)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def outcomes(office: Office, bodies: list[bytes]) -> list[str]:
    """What becomes of submissions that arrive at once."""
    ready, found = threading.Barrier(len(bodies)), []

    def send(body: bytes) -> None:
        ready.wait()
        try:
            office.witness.add_checkpoint(body)
            found.append("cosigned")
        except SizeNotLast as refused:
            found.append(f"not last, {refused.size}")

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_checkpoints_at_once_one_is_cosigned_and_the_other_told_the_new_size(office, log):
    for _ in range(25):
        old = len(log.leaves)
        log.grow(7)
        found = outcomes(office, [log.submission(old, old + 3), log.submission(old, old + 7)])
        assert sorted(found) == ["cosigned", f"not last, {office.size()}"]
        assert office.size() in (old + 3, old + 7)
        if office.size() == old + 3:
            office.witness.add_checkpoint(log.submission(old + 3))


def test_two_histories_at_once_are_never_both_cosigned(tmp_path):
    signer = Signer.new(ORIGIN)
    logs = [Log(6, story=story, signer=signer) for story in ("one ", "other ")]
    office = Office(tmp_path, logs[0])
    assert sorted(outcomes(office, [each.submission(0) for each in logs])) == ["cosigned", "not last, 6"]
    assert len([*office.store.evidence()]) == 1
    office.store.close()


def test_processes_that_share_a_folder_agree_on_one_line_of_growth(office, log):
    log.grow(36)
    steps = [log.submission(size, size + 4) for size in range(4, 40, 4)]
    running = [child(office, "never", *steps) for _ in range(3)]
    told = [line for each in running for line in each.communicate(timeout=60)[0].split()]
    assert told.count("cosigned") <= len(steps)
    assert set(told) <= {"cosigned", "size-not-last"}
    # Each step is cosigned once, by whoever came first; a step that came too early was refused.
    assert office.size() == 4 + 4 * told.count("cosigned")
    assert [office.store.root_at(ORIGIN, size) for size in range(8, office.size() + 1, 4)] == [
        log.root(size) for size in range(8, office.size() + 1, 4)
    ]


def test_a_kill_before_it_is_remembered_leaves_the_old_view(office, log):
    log.grow(2)
    killed = child(office, "before", log.submission(4))
    assert killed.communicate(timeout=60)[0] == ""
    assert killed.returncode == 9
    assert office.size() == 4
    office.witness.add_checkpoint(log.submission(4))


def test_a_kill_before_the_answer_leaves_a_view_from_which_the_log_goes_on(office, log):
    log.grow(2)
    killed = child(office, "after", log.submission(4))
    assert killed.communicate(timeout=60)[0] == "cosigned\n"
    assert killed.returncode == 9
    with pytest.raises(SizeNotLast) as refused:
        office.witness.add_checkpoint(log.submission(4))
    assert refused.value.size == 6
    # The log did not see the cosignature: it asks again from there.
    assert office.witness.add_checkpoint(log.submission(6))
    with pytest.raises(SizeNotLast):
        office.witness.add_checkpoint(Log(9, story="other ", signer=log.signer).submission(4))


def test_the_folder_is_for_its_owner_only(office):
    assert {oct(path.stat().st_mode & 0o777) for path in Path(office.folder).iterdir()} == {"0o600"}
    assert oct(office.folder.stat().st_mode & 0o777) == "0o700"
