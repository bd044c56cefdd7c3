"""Rules of other programmes, written as data alone: each changes a shipped document and no code."""

import pytest

from tests.policies.cases import cap_of, codes, codes_of, document, firm, order, provider, used_up
from vouchers.policy import assess, parse

LOCAL = {"of": "provider", "fact": "region", "starts_with": ["3715"]}
FIRST = {"of": "order", "fact": "first_use", "is_true": True}
SHANDONG = {
    "kind": "stack",
    "of": "base",
    "levels": [{"name": "province", "rate_bp": 6000}, {"name": "city", "rate_bp": 3000, "when": LOCAL}],
}


def variant(caps, money=(), deadlines=(), **category):
    """The Shanghai document with other ceilings, money and deadlines, and one category X of its own."""
    changed = document()
    changed["cap"] = caps
    changed["money"].update(money)
    changed["deadlines"].update(deadlines)
    table = {"name": "x", "vouchers": ["general"], "provider_kinds": ["firm"], "evidence": [], **category}
    changed["category"]["X"] = table
    return parse(changed)


def x(gross, **changes):
    """An order in category X."""
    return order(category="X", gross=gross, net=gross, **changes)


def test_beijing_2018_pays_declining_bands_up_to_480_000():
    bands = [
        {"up_to": 10_000_000, "rate_bp": 8000},
        {"up_to": 50_000_000, "rate_bp": 5000},
        {"up_to": 100_000_000, "rate_bp": 4000},
    ]
    rules = variant(
        [{"level": "enterprise", "limit": 48_000_000}],
        {"rounding": {"mode": "half_up", "unit": 100}},
        subsidy={"kind": "brackets", "bands": bands},
    )
    asked = x(100_000_000)
    assert assess(rules, asked, {}).subsidy == 48_000_000
    assert codes(assess(rules, asked, used_up(rules, asked, "enterprise", 1))) == ["cap-enterprise-exceeded"]


@pytest.mark.parametrize(
    ("pieces", "first", "expected"), [(10, True, []), (11, True, ["cap-enterprise-exceeded"]), (11, False, [])]
)
def test_beijing_2015_gives_pieces_of_5_000_and_ten_of_them_at_first(pieces, first, expected):
    rules = variant(
        [
            {"level": "enterprise", "limit": 20_000_000},
            {
                "level": "enterprise",
                "limit": 5_000_000,
                "when": [{"of": "order", "fact": "first_use", "is_true": True}],
            },
        ],
        subsidy={"kind": "pieces", "piece": 500_000, "most": 40},
    )
    asked = x(20_000_000, attributes={"pieces": pieces, "first_use": first})
    assert codes(assess(rules, asked, {})) == expected


@pytest.mark.parametrize(("place", "expected"), [("371502", 90_000), ("370102", 60_000)])
def test_shandong_adds_the_city_for_a_local_provider(place, expected):
    caps = [{"level": "enterprise", "limit": 50_000_000}, {"level": "group", "limit": 65_000_000}]
    rules = variant(caps, {"own_share_min_bp": 0}, subsidy=SHANDONG)
    assert assess(rules, x(100_000, provider=provider(region=place)), {}).subsidy == expected


def test_shandong_counts_all_firms_of_one_controller_together():
    caps = [{"level": "enterprise", "limit": 50_000_000}, {"level": "group", "limit": 65_000_000}]
    rules = variant(caps, {"own_share_min_bp": 0}, subsidy=SHANDONG)
    asked = x(100_000, provider=provider(region="371502"))
    assert codes(assess(rules, asked, used_up(rules, asked, "group", 64_910_000))) == []
    assert codes(assess(rules, asked, used_up(rules, asked, "group", 64_910_001))) == ["cap-group-exceeded"]


def test_changning_gives_pieces_of_100_three_days_ahead():
    rules = variant(
        [{"level": "enterprise", "limit": 500_000}],
        {"own_share_min_bp": 0},
        deadlines={"days_ahead": 3},
        subsidy={"kind": "pieces", "piece": 10_000, "most": 20},
    )
    assert assess(rules, x(155_000, starts_on="2026-03-04"), {}).subsidy == 150_000
    assert codes_of(rules, x(150_000, starts_on="2026-03-03")) == ["service-already-started"]


def go_inno():
    """Half of the cost, 1,100 a day; 20,000 and five vouchers for a firm, 350,000 for a consultancy."""
    caps = [
        {"level": "enterprise", "limit": 2_000_000, "count": 5, "period": "calendar_year"},
        {"level": "provider", "limit": 35_000_000, "period": "calendar_year"},
    ]
    return variant(caps, subsidy={"kind": "per_day", "rate_bp": 5000, "day_ceiling": 110_000})


@pytest.mark.parametrize(
    ("level", "amount", "count", "expected"),
    [
        ("enterprise", 900_000, 4, []),
        ("enterprise", 900_001, 4, ["cap-enterprise-exceeded"]),
        ("enterprise", 0, 5, ["cap-enterprise-count-exceeded"]),
        ("provider", 33_900_000, 99, []),
        ("provider", 33_900_001, 99, ["cap-provider-exceeded"]),
    ],
)
def test_go_inno_bounds_the_firm_and_the_consultancy(level, amount, count, expected):
    asked = x(5_000_000, attributes={"days": 10})
    found = assess(go_inno(), asked, used_up(go_inno(), asked, level, amount, count))
    assert (found.subsidy, codes(found)) == (1_100_000, expected)


@pytest.mark.parametrize(("staff", "expected"), [(9, 600_000), (10, 400_000)])
def test_bavaria_adds_for_micro_firms_and_stops_at_three_fifths(staff, expected):
    levels = [
        {"name": "base", "rate_bp": 4000},
        {"name": "micro firm", "rate_bp": 2000, "when": {"of": "enterprise", "fact": "staff", "below": 10}},
        {"name": "needy region", "rate_bp": 1000, "when": {"of": "enterprise", "fact": "staff", "below": 10}},
    ]
    caps = [{"level": "enterprise", "count": 3, "period": "rolling", "months": 24}]
    rules = variant(
        caps,
        {"own_share_min_bp": 4000},
        subsidy={"kind": "stack", "of": "base", "levels": levels},
        min_cost=400_000,
        max_cost=3_000_000,
    )
    asked = x(1_000_000, enterprise=firm(staff=staff))
    assert assess(rules, asked, {}).subsidy == expected
    assert cap_of(rules, asked, "enterprise").period == "rolling-24m"
    assert codes(assess(rules, asked, used_up(rules, asked, "enterprise", 0, 3))) == ["cap-enterprise-count-exceeded"]


@pytest.mark.parametrize(
    ("rate_bp", "most", "cost", "expected"),
    [(7000, 525_000, 750_000, 525_000), (7000, 525_000, 900_000, 525_000), (4000, 900_000, 2_250_000, 900_000)],
)
def test_the_dutch_vouchers_are_a_rate_up_to_a_sum(rate_bp, most, cost, expected):
    caps = [{"level": "enterprise", "count": 9}]
    rules = variant(caps, deadlines={"order_by_months": 4}, rate_bp=rate_bp, max_per_order=most)
    assert assess(rules, x(cost), {}).subsidy == expected
    late = x(cost, on="2026-05-06", contract_on="2026-05-06", starts_on="2026-05-06")
    assert codes_of(rules, late) == ["order-too-late"]


@pytest.mark.parametrize(("used", "expected"), [(4_999_980_000, []), (4_999_980_001, ["cap-programme-exceeded"])])
def test_henan_shares_a_fifth_one_to_one_under_one_yearly_pool(used, expected):
    levels = [{"name": "province", "rate_bp": 1000}, {"name": "city", "rate_bp": 1000}]
    rules = variant(
        [{"level": "programme", "limit": 5_000_000_000}, {"level": "enterprise", "limit": 100_000_000}],
        subsidy={"kind": "stack", "of": "base", "levels": levels},
    )
    asked = x(100_000)
    found = assess(rules, asked, used_up(rules, asked, "programme", used))
    assert (found.subsidy, codes(found)) == (20_000, expected)
    lines = [step.text for step in found.trace if step.rule == "subsidy"]
    assert lines[:2] == ["province: 10 % of 1,000.00 = 100.00", "city: 10 % of 1,000.00 = 100.00"]
