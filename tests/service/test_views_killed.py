"""Runners that are killed, not asked: rows and positions stay together, and the survivors finish the work."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from service.projections import Views
from tests.service.walk import a_year, address
from vouchers.ledger import Ledger, open_recorder

ROOT = Path(__file__).parent.parent.parent
KILLS = 4
RUNNER = """
import sys
from service.projections import Views
from vouchers.ledger import open_recorder
log = open_recorder(sys.argv[1])
with Views(sys.argv[2]) as views:
    print("running", flush=True)
    while views.catch_up(log, page=1, limit=1) < log.size():
        pass
log.close()
"""


def runner(log: str, views: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUNNER, log, views]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_runners_killed_at_any_moment_lose_nothing_and_count_nothing_twice(request, tmp_path, store):
    log, chance = f"sqlite:{tmp_path / 'log.db'}", Random(7)
    url = address(store, request, tmp_path)
    with a_year(seed=2, steps=300, url=log) as town:
        size = town.ledger.size()
    reached = [0]
    for _ in range(KILLS):
        pair = [runner(log, url), runner(log, url)]
        for process in pair:
            assert process.stdout.readline() == "running\n"
        time.sleep(chance.uniform(0.02, 0.12))
        for process in pair:
            process.kill()
            process.communicate(timeout=30)
            assert process.returncode == -signal.SIGKILL, "a runner ended by itself"
        with Views(url) as views:
            reached.append(views.position())
    assert reached == sorted(reached)
    assert 0 < reached[-1] < size, "the runners were killed in the middle of their work"
    ledger = Ledger(open_recorder(log), lambda: "2027-06-01T00:00:00.000000Z")
    with ledger, Views(url) as views:
        assert views.verify(ledger) == []
        assert views.catch_up(ledger) == size
        assert views.verify(ledger) == []
