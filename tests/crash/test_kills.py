"""kill -9 in the middle of the work: nothing acknowledged is lost, nothing is granted or claimed twice."""

import random

import pytest

from tests.crash.killing import Acknowledged, check_log, next_first, prepare, work_and_die
from tests.crash.load import CHUNK, FIRMS, WORK, clock, do
from vouchers.kinds import ENTITLEMENT
from vouchers.ledger import Ledger, open_recorder

LAST_CHUNK = 120


def kill_again_and_again(address: str, mode: str, kills: int, seed: int) -> Acknowledged:
    """Return all that was acknowledged; each process repeats, with the same keys, where the one before it died."""
    acknowledged: Acknowledged = {}
    chance = random.Random(seed)
    for _ in range(kills):
        first = next_first(mode, acknowledged)
        new = work_and_die(address, mode, first, chance.uniform(0.02, 0.25))
        for key in new.keys() & acknowledged.keys():
            assert new[key][1] == acknowledged[key][1]
        acknowledged |= new
        with Ledger(open_recorder(address), clock) as ledger:
            assert ledger.size() >= max((position for position, _ in new.values()), default=0)
    return acknowledged


def check_repetition(ledger: Ledger, mode: str, acknowledged: Acknowledged) -> None:
    """Repeat the first and the last numbers: what was acknowledged is answered again, and nothing happens twice."""
    work, clients = WORK[mode]
    numbers = {int(key.partition("-")[0]) for key in acknowledged}
    for number in sorted(numbers)[:2] + sorted(numbers)[-2 * clients :]:
        for step in work(number):
            outcome = do(ledger, step)
            assert outcome.replayed or step.key not in acknowledged
            assert do(ledger, step).answer == outcome.answer


@pytest.mark.parametrize("mode", ["redeem", "pay"])
@pytest.mark.parametrize(
    ("store", "kills"),
    [
        ("sqlite", 6),
        ("postgres", 6),
        pytest.param("sqlite", 200, marks=pytest.mark.long),
        pytest.param("postgres", 100, marks=pytest.mark.long),
    ],
)
def test_killed_work_loses_nothing_acknowledged_and_claims_and_pays_nothing_twice(
    store, kills, mode, tmp_path, request
):
    address = request.getfixturevalue("postgres_url") if store == "postgres" else f"sqlite:{tmp_path / 'log.db'}"
    prepare(address, FIRMS, mode)
    acknowledged = kill_again_and_again(address, mode, kills, 1)
    assert len(acknowledged) > kills, "the processes died before they did anything"
    with Ledger(open_recorder(address), clock) as ledger:
        check_log(ledger, acknowledged)
        check_repetition(ledger, mode, acknowledged)
        check_log(ledger, acknowledged)


def test_killed_entitlement_runs_grant_everything_once(tmp_path):
    address = f"sqlite:{tmp_path / 'log.db'}"
    prepare(address, FIRMS + LAST_CHUNK * CHUNK)
    acknowledged = kill_again_and_again(address, "entitle", 5, 2)
    assert len(acknowledged) > 5, "the processes died before they did anything"
    with Ledger(open_recorder(address), clock) as ledger:
        check_log(ledger, acknowledged)
        for number in range(LAST_CHUNK):
            for step in WORK["entitle"][0](number):
                assert do(ledger, step).answer["granted"] == CHUNK
        granted = ledger.names(f"{ENTITLEMENT.name}/")
        assert len(granted) == len(ledger.names("voucher/")) == FIRMS + LAST_CHUNK * CHUNK
        assert all(len(ledger.history(name)) == 1 for name in granted)
        check_log(ledger, acknowledged)
