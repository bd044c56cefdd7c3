"""A power cut takes what was never synced: kill -9 cannot show that, so bytes that were not synced are thrown away."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.crash.killing import check_log, prepare, work_and_die
from tests.crash.load import FIRMS, SHIPPED, clock
from vouchers.ledger import Ledger, open_recorder

SHIM = Path(__file__).with_name("powercut.c")
CUTS, CONTROLS = 6, 3


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """Compile what keeps only synced bytes."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("there is no C compiler to build the simulated power cut with")
    library = tmp_path_factory.mktemp("shim") / "powercut.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(SHIM), "-ldl"]
    subprocess.run([*command, "-lpthread"], check=True, timeout=60)
    return library


def cut_power(shim: Path, folder: Path, setting: str, seconds: float) -> tuple[int, int]:
    """Return how many commands were acknowledged before the cut, and how many of them were lost with it."""
    live, kept = folder / "live", folder / "kept"
    live.mkdir(parents=True)
    prepare(f"sqlite:{live / 'log.db'}", FIRMS)
    assert [path.name for path in live.iterdir()] == ["log.db"], "closed in an orderly way, all is in one file"
    shutil.copytree(live, kept)
    places = {"POWERCUT_LIVE": str(live.resolve()), "POWERCUT_KEPT": str(kept.resolve()), "LD_PRELOAD": str(shim)}
    acknowledged = work_and_die(f"sqlite:{live / 'log.db'}", "redeem", 0, seconds, setting, **places)
    with Ledger(open_recorder(f"sqlite:{kept / 'log.db'}"), clock) as ledger:
        found = {entry.agg.rpartition("/")[2] for entry in ledger.entries() if entry.type == "request.Answered"}
        lost = acknowledged.keys() - found
        check_log(ledger, {key: told for key, told in acknowledged.items() if key not in lost})
    return len(acknowledged), len(lost)


@pytest.mark.parametrize("count", [CUTS, pytest.param(100, marks=pytest.mark.long)])
def test_a_power_cut_takes_nothing_that_was_acknowledged(shim, tmp_path, count):
    chance = random.Random(3)
    cuts = [cut_power(shim, tmp_path / str(cut), SHIPPED, chance.uniform(0.05, 0.5)) for cut in range(count)]
    assert sum(acknowledged for acknowledged, _ in cuts) > 100, "the power was cut before anything was done"
    assert [lost for _, lost in cuts] == [0] * count


@pytest.mark.parametrize("setting", ["NORMAL", "OFF"])
def test_the_simulated_power_cut_bites_where_commits_are_not_synced(shim, tmp_path, setting):
    """The control: if nothing is lost here, the test above proves nothing."""
    cuts = [cut_power(shim, tmp_path / str(cut), setting, 0.3) for cut in range(CONTROLS)]
    assert sum(lost for _, lost in cuts) > 0, f"void: {cuts}"
