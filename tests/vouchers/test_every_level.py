"""Ceilings at every level in one transaction: an order counts in all of them or in none, under any parallelism."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.examples import PUDONG, SH_CODE, YUAN
from tests.rulebooks import changed
from tests.town import a_town
from vouchers import application as app
from vouchers.kinds import CAP, WINDOW
from vouchers.refusals import Ineligible, Refused

LEVELS = ("enterprise", "group", "category", "provider", "pool", "programme", "region", "lifetime")
LIMIT = 35_000 * YUAN
SUBSIDY = 5_000 * YUAN


def _every_level(document):
    """Every level holds 35,000 yuan: seven orders of 10,000, half of it paid."""
    document["cap"] = [{"level": level, "limit": LIMIT} for level in LEVELS]
    document["cap"].append({"level": "enterprise", "limit": LIMIT, "period": "rolling", "months": 24})
    document["cap"].append({"level": "programme", "limit": LIMIT, "period": "calendar_year", "order_limit": SUBSIDY})
    for category in document["category"].values():
        category.pop("cap", None)


@pytest.fixture(params=["memory", "sqlite"])
def town(request, tmp_path):
    """A town whose programme has a ceiling at every level, on each store that one process can have to itself."""
    url = "memory:" if request.param == "memory" else f"sqlite:{tmp_path / 'log.sqlite'}"
    with a_town(url) as town:
        town.do(app.adopt_policy, changed(_every_level))
        yield town


def used(town, order_id="O-0"):
    """What is counted in each ceiling of an order: sums and orders."""
    found = {}
    for stream in town.state(order_id).registered.caps:
        kind, _, key = stream.partition("/")
        state = town.ledger.state(WINDOW if kind == "window" else CAP, key)
        found[stream] = (state.total, state.count)
    return found


def test_an_order_counts_at_every_level_and_a_cancelled_one_at_none(town):
    town.order("O-0")
    assert len(used(town)) == 9
    assert set(used(town).values()) == {(SUBSIDY, 1)}
    town.cancel("O-0")
    assert set(used(town).values()) == {(0, 0)}


def test_an_order_that_one_level_refuses_counts_at_no_level(town):
    for number in range(7):
        town.order(f"O-{number}")
    with town.refused(Ineligible) as caught:
        town.order("O-7", gross=2)
    assert {cause.code for cause in caught.value.causes} == {f"cap-{level}-exceeded" for level in LEVELS}
    assert set(used(town).values()) == {(LIMIT, 7)}


def test_eight_clerks_at_once_never_pass_any_ceiling(town):
    start = Barrier(8)

    def clerk(first):
        start.wait(timeout=30)
        passed = 0
        for turn in range(first, 40, 8):
            try:
                town.order(f"O-{turn}")
                passed += 1
            except Refused:
                continue
        return passed

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(clerk, range(8), timeout=120)) == 7
    streams = {f"cap/enterprise/{SH_CODE}:{PUDONG}/2026", f"window/enterprise/{SH_CODE}:{PUDONG}/rolling-24m"}
    (number,) = [turn for turn in range(40) if town.state(f"O-{turn}").registered][:1]
    counted = used(town, f"O-{number}")
    assert streams < set(counted)
    assert set(counted.values()) == {(LIMIT, 7)}
