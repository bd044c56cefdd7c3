"""Many clerks and several processes at once: of each rule's last yuan exactly as many get it as it is enough for."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import pytest

from tests.ledger.conftest import address
from tests.town import Town, a_town
from tests.vouchers.contesting import Contest, turns
from tests.vouchers.contests import CONTESTS, now
from vouchers.kinds import VOUCHER
from vouchers.replay import programme_as_of

ROOT = Path(__file__).parents[2]
PROCESSES, PATIENCE = 2, 60


def prepared(url: str, contest: Contest) -> Iterator[Town]:
    """A town in which this contest can begin."""
    with a_town(url, now) as town:
        contest.prepare(town)
        yield town


def check(town: Town, contest: Contest, seen: Counter[str]) -> None:
    """As many passed as may, and every sum is what its parts are."""
    refused = contest.tries - contest.passes
    assert seen == +Counter({"passed": contest.passes, contest.told: refused})
    contest.check(town)
    entries = list(town.ledger.entries())
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    for programme in {name.split("/")[1] for name in town.ledger.names("programme/")}:
        totals = programme_as_of(entries, programme)
        assert totals.adds_up
        assert sum(pool.committed for pool in totals.pools.values()) == sum(
            totals.places[place] for place in ("reserved", "claimed", "paid", "clawed_back")
        )
    vouchers = [town.ledger.state(VOUCHER, name.partition("/")[2]) for name in town.ledger.names("voucher/")]
    assert all(voucher.face == voucher.terms.face for voucher in vouchers)


class Rivals:
    """Processes that play one contest after the other; in each they begin when all are ready."""

    def __init__(self, stack: ExitStack) -> None:
        """Start them, until the stack ends."""
        script = [sys.executable, "-m", "tests.vouchers.contests"]
        self.started = [
            stack.enter_context(subprocess.Popen([*script, str(part), str(PROCESSES)], cwd=ROOT, stdin=-1, stdout=-1))
            for part in range(PROCESSES)
        ]
        for process in self.started:
            stack.callback(process.kill)

    def play(self, url: str, name: str) -> Counter[str]:
        """What all of them got together."""
        patience = Timer(PATIENCE, lambda: [process.kill() for process in self.started])
        patience.start()
        try:
            assert self.tell(json.dumps([url, name])) == [b"ready\n"] * PROCESSES
            return sum((Counter(json.loads(told)) for told in self.tell("begin")), Counter())
        finally:
            patience.cancel()

    def tell(self, line: str) -> list[bytes]:
        """Say a line to each, and read what each says."""
        for process in self.started:
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
        return [process.stdout.readline() for process in self.started]


@pytest.fixture(scope="module")
def rivals() -> Iterator[Rivals]:
    """The processes of this module."""
    with ExitStack() as stack:
        yield Rivals(stack)


@pytest.mark.parametrize("store", ["memory", "sqlite", "postgres"])
@pytest.mark.parametrize("name", CONTESTS)
def test_of_many_threads_as_many_pass_as_may(name, store, request, tmp_path):
    contest = CONTESTS[name]
    for town in prepared(address(store, request, tmp_path), contest):
        check(town, contest, turns(town, contest, range(contest.tries)))


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
@pytest.mark.parametrize("name", CONTESTS)
def test_of_several_processes_as_many_pass_as_may(name, store, rivals, request, tmp_path):
    contest, url = CONTESTS[name], address(store, request, tmp_path)
    for town in prepared(url, contest):
        check(town, contest, rivals.play(url, name))
