"""Size classes: every threshold of the Chinese table and of the European one, on both sides."""

import pytest

from vouchers.policy.sizes import CHINA_2011_300, china_2011_300, china_measures, eu_sme

WAN = 1_000_000
MILLION = 100_000_000

# As printed in the table of 2011: sector, (measure, ceiling, medium floor, small floor), money in 10,000 yuan.
TABLE = {
    1: (("revenue", 20000, 500, 50),),
    2: (("staff", 1000, 300, 20), ("revenue", 40000, 2000, 300)),
    3: (("revenue", 80000, 6000, 300), ("assets", 80000, 5000, 300)),
    4: (("staff", 200, 20, 5), ("revenue", 40000, 5000, 1000)),
    5: (("staff", 300, 50, 10), ("revenue", 20000, 500, 100)),
    6: (("staff", 1000, 300, 20), ("revenue", 30000, 3000, 200)),
    7: (("staff", 200, 100, 20), ("revenue", 30000, 1000, 100)),
    8: (("staff", 1000, 300, 20), ("revenue", 30000, 2000, 100)),
    9: (("staff", 300, 100, 10), ("revenue", 10000, 2000, 100)),
    10: (("staff", 300, 100, 10), ("revenue", 10000, 2000, 100)),
    11: (("staff", 2000, 100, 10), ("revenue", 100000, 1000, 100)),
    12: (("staff", 300, 100, 10), ("revenue", 10000, 1000, 50)),
    13: (("revenue", 200000, 1000, 100), ("assets", 10000, 5000, 2000)),
    14: (("staff", 1000, 300, 100), ("revenue", 5000, 1000, 500)),
    15: (("staff", 300, 100, 10), ("assets", 120000, 8000, 100)),
    16: (("staff", 300, 100, 10),),
}
CEILING, MEDIUM, SMALL = 1, 2, 3
EDGES = [
    pytest.param(sector, column, measure, id=f"sector {sector} {measure[0]} {measure[column]}")
    for sector, measures in TABLE.items()
    for measure in measures
    for column in (CEILING, MEDIUM, SMALL)
]
AT_AND_BELOW = {CEILING: ("large", "medium"), MEDIUM: ("medium", "small"), SMALL: ("small", "micro")}


def firm_at(sector, column, edge):
    """A firm of a sector with every measure just at the mark of a column, one of them a unit lower for `edge`."""
    facts = {"sector": sector}
    for measure in TABLE[sector]:
        facts[measure[0]] = measure[column] * (1 if measure[0] == "staff" else WAN) - (measure[0] == edge)
    return facts


def test_the_table_has_all_sixteen_sectors():
    assert set(CHINA_2011_300) == set(TABLE) == set(range(1, 17))


@pytest.mark.parametrize(("sector", "column", "measure"), EDGES)
def test_each_mark_counts_as_reached_at_its_number_and_not_one_below(sector, column, measure):
    at, below = AT_AND_BELOW[column]
    assert china_2011_300(firm_at(sector, column, "")) == at
    assert china_2011_300(firm_at(sector, column, measure[0])) == below


@pytest.mark.parametrize(
    ("sector", "staff", "revenue", "expected"),
    [
        (2, 1200, 30000, "medium"),
        (2, 280, 50000, "small"),
        (2, 1000, 40000, "large"),
        (2, 999, 40000, "medium"),
        (12, 9, 9000, "micro"),
        (16, 100, 0, "medium"),
        (16, 99, 0, "small"),
        (16, 300, 0, "large"),
    ],
)
def test_the_cases_that_are_easily_got_wrong(sector, staff, revenue, expected):
    assert china_2011_300({"sector": sector, "staff": staff, "revenue": revenue * WAN}) == expected


@pytest.mark.parametrize("sector", [0, 17, 99, "software"])
def test_an_unknown_sector_counts_as_other(sector):
    assert china_2011_300({"sector": sector, "staff": 99}) == "small"


def test_a_class_asks_only_for_what_its_sector_measures():
    assert china_measures({"sector": 16}) == ("sector", "staff")
    assert china_measures({"sector": 15}) == ("sector", "staff", "assets")
    assert china_measures({}) == ("sector",)


@pytest.mark.parametrize(
    ("staff", "turnover", "balance", "expected"),
    [
        (9, 2 * MILLION, 2 * MILLION, "micro"),
        (10, 2 * MILLION, 2 * MILLION, "small"),
        (9, 2 * MILLION + 100, 2 * MILLION, "micro"),
        (9, 2 * MILLION, 2 * MILLION + 1, "micro"),
        (9, 2 * MILLION + 1, 2 * MILLION + 1, "small"),
        (49, 10 * MILLION, 99 * MILLION, "small"),
        (49, 99 * MILLION, 10 * MILLION, "small"),
        (50, 10 * MILLION, 10 * MILLION, "medium"),
        (49, 10 * MILLION + 1, 10 * MILLION + 1, "medium"),
        (249, 50 * MILLION, 99 * MILLION, "medium"),
        (249, 99 * MILLION, 43 * MILLION, "medium"),
        (249, 50 * MILLION + 1, 43 * MILLION + 1, "large"),
        (250, 0, 0, "large"),
    ],
)
def test_europe_counts_heads_and_the_better_of_turnover_and_balance(staff, turnover, balance, expected):
    assert eu_sme({"staff": staff, "revenue": turnover, "assets": balance}) == expected
