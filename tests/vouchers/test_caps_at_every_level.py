"""Ceilings at every level at once: all must hold, each to the last fen, and all are freed together."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.examples import CHANGNING, PUDONG, YUAN, voucher_of
from tests.neighbours import order, programme
from vouchers.refusals import Ineligible, Refused

CODE = "LEVELS-IV"
HALF = 5_000 * YUAN  # of a test of 10,000 yuan
LEVELS = {
    "enterprise": {},
    "group": {},
    "category": {"category": "TEST"},
    "provider": {"period": "calendar_year"},
    "pool": {"pool": "TEST"},
    "programme": {},
    "region": {"region_digits": 6},
    "lifetime": {},
    "rolling": {"level": "enterprise", "period": "rolling", "months": 24},
}


def ceilings(**limits):
    """A cap at every level, wide but for those named."""
    return [
        {"level": level, "limit": limits.get(level, 10_000_000 * YUAN), "clause": level} | more
        for level, more in LEVELS.items()
    ]


def opened(town, *firms, **limits):
    """A programme with these caps, and firms with a voucher of it."""
    programme(town, CODE, cap=ceilings(**limits))
    town.entitle(*(firms or (PUDONG,)), programme=CODE)
    return town


def test_an_order_counts_against_every_level_at_once(town):
    opened(town)
    order(town, "O-1", CODE, PUDONG)
    assert len(town.state().registered.caps) == len(LEVELS)


@pytest.mark.parametrize("level", LEVELS)
def test_at_each_level_the_ceiling_is_reached_exactly_and_not_passed(town, level):
    opened(town, **{level: HALF})
    name = "enterprise" if level == "rolling" else level
    with town.refused(Ineligible, f"cap-{name}-exceeded"):
        order(town, "O-1", CODE, PUDONG, gross=10_000 * YUAN + 2)
    order(town, "O-1", CODE, PUDONG)
    with town.refused(Ineligible, f"cap-{name}-exceeded"):
        order(town, "O-2", CODE, PUDONG, gross=2)


def test_every_level_that_would_be_passed_is_told(town):
    opened(town, **dict.fromkeys(["category", "provider", "region", "programme"], HALF - 1))
    codes = ["cap-category-exceeded", "cap-programme-exceeded", "cap-provider-exceeded", "cap-region-exceeded"]
    with town.refused(Ineligible, *codes):
        order(town, "O-1", CODE, PUDONG)


def test_a_cancelled_order_is_freed_at_every_level(town):
    opened(town, **dict.fromkeys(LEVELS, HALF))
    order(town, "O-1", CODE, PUDONG)
    town.cancel("O-1")
    order(town, "O-2", CODE, PUDONG)
    assert town.state("O-2").held == HALF


def test_a_regions_ceiling_is_shared_by_its_firms_and_leaves_other_regions_alone(town):
    neighbour = "91310115MA1TE5T1X1"
    town.record(neighbour, region="310115")
    town.record(CHANGNING)
    opened(town, PUDONG, neighbour, CHANGNING, region=HALF)
    order(town, "O-1", CODE, PUDONG)
    with town.refused(Ineligible, "cap-region-exceeded"):
        order(town, "O-2", CODE, neighbour, gross=2)
    order(town, "O-3", CODE, CHANGNING)


@pytest.mark.parametrize("level", ["provider", "programme", "region", "pool"])
def test_under_parallel_requests_no_level_is_passed(town, level):
    town.record(CHANGNING, region="310115")
    opened(town, PUDONG, CHANGNING, **{level: 3 * HALF})

    def attempt(number):
        firm = (PUDONG, CHANGNING)[number % 2]
        try:
            order(town, f"O-{number}", CODE, firm, voucher_id=voucher_of(firm, CODE))
        except Refused as refused:
            return refused.code
        return "registered"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert answers.count("registered") == 3
