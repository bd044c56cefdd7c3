"""Samples are a function of the seed and the items alone, fair to every monetary unit, and leave nothing large out."""

import hashlib
from collections import Counter

import pytest

from service.audit.sampling import Item, NothingToDraw, by_monetary_units, by_strata, shares, ticket

SEED = hashlib.sha256(b"a seed").digest()


def items(*amounts, stratum=""):
    return [Item(f"P-{number}", 10 * number, amount, stratum) for number, amount in enumerate(amounts)]


def test_the_units_that_are_drawn_follow_by_hand_from_the_seed():
    # Three cells over 300 units: 0..99, 100..199, 200..299; each cell's unit is SHA-256(seed + "/cell/<n>") mod 100.
    units = [100 * n + int.from_bytes(hashlib.sha256(SEED + b"/cell/%d" % n).digest(), "big") % 100 for n in range(3)]
    population = items(*[30] * 10)
    drawn = by_monetary_units(population, SEED, 3)
    assert [each.item for each in drawn] == [population[unit // 30] for unit in units]
    assert {(each.why, each.stands_for) for each in drawn} == {("cell", 100)}


def test_the_tickets_that_are_drawn_follow_by_hand_from_the_seed():
    population = items(*[1] * 20)
    smallest = sorted(population, key=lambda item: hashlib.sha256(SEED + b"/ticket/" + item.key.encode()).digest())[:5]
    assert [each.item for each in by_strata(population, SEED, 5)] == sorted(smallest, key=lambda item: item.seq)


@pytest.mark.parametrize("large", [1_000, 1_001])
def test_an_item_as_large_as_the_interval_is_always_drawn(large):
    population = items(*[10] * 100, large)
    for seed in range(50):
        drawn = by_monetary_units(population, hashlib.sha256(bytes([seed])).digest(), 2)
        assert [each.why for each in drawn if each.item.amount == large] == ["certain"]


def test_an_item_just_below_the_interval_may_be_left_out():
    population = items(*[10] * 100, 999)
    drawn = [by_monetary_units(population, hashlib.sha256(bytes([seed])).digest(), 2) for seed in range(200)]
    taken = Counter(999 in [each.item.amount for each in sample] for sample in drawn)
    assert taken[True] > 150
    assert {each.why for sample in drawn for each in sample} == {"cell"}


def test_every_unit_has_the_same_chance():
    # Item n is n + 1 units of 55; drawn one at a time, its share of the draws is its share of the units.
    population = items(*range(1, 11))
    draws = 20_000
    counts = Counter(
        by_monetary_units(population, hashlib.sha256(number.to_bytes(4, "big")).digest(), 1)[0].item.amount
        for number in range(draws)
    )
    square = sum((counts[amount] - draws * amount / 55) ** 2 / (draws * amount / 55) for amount in range(1, 11))
    assert square < 27.9  # nine degrees of freedom, one in a thousand


def test_what_is_drawn_stands_for_the_whole_population():
    population = items(*[7] * 600, 9_000, 4_000)
    drawn = by_monetary_units(population, SEED, 8)
    assert [each.stands_for for each in drawn if each.why == "certain"] == [9_000, 4_000]
    assert sum(each.stands_for for each in drawn) == 17_200


def test_an_item_that_two_cells_point_at_is_drawn_once_and_stands_for_both():
    population = items(60, 98, 42)
    found = [by_monetary_units(population, hashlib.sha256(bytes([seed])).digest(), 2) for seed in range(100)]
    twice = next(sample for sample in found if len(sample) == 1)
    assert twice[0].stands_for == 200
    assert {sum(each.stands_for for each in sample) for sample in found} == {200}


def test_more_than_there_is_draws_everything_once():
    population = items(5, 1, 3)
    assert [each.item for each in by_monetary_units(population, SEED, 10)] == population
    assert [each.item for each in by_strata(population, SEED, 10)] == population


def test_items_without_an_amount_have_no_units():
    population = items(0, 5, -5)
    assert [each.item.amount for each in by_monetary_units(population, SEED, 3)] == [5]
    with pytest.raises(NothingToDraw):
        by_monetary_units(items(0, -1), SEED, 3)
    with pytest.raises(NothingToDraw):
        by_strata([], SEED, 3)


def test_sums_beyond_what_a_float_holds_are_exact():
    population = items(2**53 - 1, 2**53 - 3, *[2**52 + 1] * 30)
    drawn = by_monetary_units(population, SEED, 7)
    assert len({each.item.seq for each in drawn}) == len(drawn)
    whole = sum(item.amount for item in population)
    assert whole - 7 < sum(each.stands_for for each in drawn) <= whole


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    population = items(*[9] * 500)
    assert by_monetary_units(population, SEED, 20) == by_monetary_units(list(population), SEED, 20)
    assert by_monetary_units(population, SEED, 20) != by_monetary_units(population, SEED[::-1], 20)


def test_a_ticket_does_not_depend_on_who_else_is_there():
    population = items(*[1] * 50)
    drawn = {each.item for each in by_strata(population, SEED, 10)}
    fewer = [item for item in population if item in drawn or ticket(SEED, item.key) > max(map(_ticket, drawn))]
    assert {each.item for each in by_strata(fewer, SEED, 10)} == drawn


def _ticket(item):
    return ticket(SEED, item.key)


def test_every_stratum_gives_at_least_one_and_its_share_of_the_rest():
    # One each, and four more by the rooms 59, 29 and 0 of 88: 2.68, 1.32 and nothing.
    assert shares({"TEST": 60, "RND": 30, "POC": 1}, 7) == {"POC": 1, "RND": 2, "TEST": 4}
    assert shares({"TEST": 60, "RND": 30, "POC": 1}, 3) == {"POC": 1, "RND": 1, "TEST": 1}


def test_fewer_items_than_strata_go_to_the_largest_ones():
    assert shares({"TEST": 60, "RND": 30, "POC": 1}, 2) == {"POC": 0, "RND": 1, "TEST": 1}


@pytest.mark.parametrize("wanted", range(1, 100))
def test_the_parts_add_up_to_what_was_wanted(wanted):
    sizes = {"A": 3, "B": 17, "C": 1, "D": 40, "E": 30}
    given = shares(sizes, wanted)
    assert sum(given.values()) == min(wanted, 91)
    assert all(0 <= given[name] <= sizes[name] for name in sizes)
