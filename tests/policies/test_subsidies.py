"""Subsidy functions: worked cases of each kind, and what must hold for every cost."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.cases import SH, codes, document, order, policy, provider, with_category
from vouchers.money import MAX_AMOUNT
from vouchers.policy import Assessment, PolicyFaults, Used, assess, caps, parse, settle
from vouchers.policy.rules import Rounding
from vouchers.policy.subsidies import rounded

BRACKETS = {
    "kind": "brackets",
    "bands": [
        {"up_to": 10_000_000, "rate_bp": 8000},
        {"up_to": 50_000_000, "rate_bp": 5000},
        {"up_to": 100_000_000, "rate_bp": 4000},
    ],
}
PIECES = {"kind": "pieces", "piece": 500_000, "fewest": 1, "most": 40}
PER_DAY = {"kind": "per_day", "rate_bp": 5000, "day_ceiling": 110_000}
PROVINCE = {"name": "province", "rate_bp": 6000}
CITY = {"name": "city", "rate_bp": 3000, "when": {"of": "provider", "fact": "region", "starts_with": ["31"]}}
STACK = {"kind": "stack", "of": "base", "levels": [PROVINCE, CITY]}
MATRIX = {"kind": "matrix", "in_in_bp": 5000, "in_out_bp": 4000, "out_in_bp": 3000, "out_out_bp": 2000}


def own_share_free(**category):
    """The Shanghai policy with category X and no minimum share of the enterprise."""
    changed = document()
    changed["money"].update({"own_share_min_bp": 0, **category.pop("money", {})})
    changed["cap"] = [{"level": "programme", "limit": 2**53 - 1}]
    changed["category"]["X"] = {
        "name": "x",
        "vouchers": ["general"],
        "provider_kinds": ["firm"],
        "evidence": [],
        **category,
    }
    return parse(changed)


def asked(gross: int, **changes):
    """An order in category X."""
    return order(category="X", gross=gross, net=gross, **changes)


def subsidy(rules, gross: int, **changes) -> int:
    """The subsidy of an order in category X without any reason against it."""
    found = assess(rules, asked(gross, **changes), {})
    assert found.reasons == ()
    return found.subsidy


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (10_000_000, 8_000_000),
        (10_000_100, 8_000_050),
        (50_000_000, 28_000_000),
        (100_000_000, 48_000_000),
        (200_000_000, 48_000_000),
    ],
)
def test_brackets_add_up_band_by_band_and_pay_nothing_above_the_last(cost, expected):
    assert subsidy(own_share_free(subsidy=BRACKETS), cost) == expected


def test_brackets_round_once_half_up_to_whole_yuan():
    rules = own_share_free(subsidy=BRACKETS, money={"rounding": {"mode": "half_up", "unit": 100}})
    assert subsidy(rules, 10_000_062) == 8_000_000
    assert subsidy(rules, 10_000_099) == 8_000_000
    assert subsidy(rules, 10_000_100) == 8_000_100


def test_rounding_up_never_passes_the_cost():
    rules = own_share_free(rate_bp=10_000, money={"rounding": {"mode": "half_up", "unit": 100}})
    assert subsidy(rules, 150) == 150
    assert subsidy(rules, 149) == 100


def test_the_floor_is_taken_to_the_unit():
    rules = own_share_free(rate_bp=5000, money={"rounding": {"mode": "floor", "unit": 100}})
    assert subsidy(rules, 399) == 100
    assert subsidy(rules, 400) == 200


@pytest.mark.parametrize(
    ("days", "cost", "expected"), [(10, 2_200_000, 1_100_000), (10, 2_200_002, 1_100_000), (11, 2_200_002, 1_100_001)]
)
def test_a_day_ceiling_trims_what_the_rate_would_pay(days, cost, expected):
    assert subsidy(own_share_free(subsidy=PER_DAY), cost, attributes={"days": days}) == expected


def test_a_trimmed_subsidy_says_by_what():
    found = assess(own_share_free(subsidy=PER_DAY), asked(3_000_000, attributes={"days": 10}), {})
    assert [step.text for step in found.trace if step.rule == "subsidy"] == [
        "50 % of 30,000.00 = 15,000.00",
        "cut to 10 days x 1,100.00 = 11,000.00",
    ]


@pytest.mark.parametrize("attributes", [{}, {"days": -1}, {"days": True}, {"days": "9"}])
def test_a_day_ceiling_needs_the_days(attributes):
    found = assess(own_share_free(subsidy=PER_DAY), asked(3_000_000, attributes=attributes), {})
    assert codes(found) == ["attribute-missing"]


def lines_of(rules, gross, **changes):
    """The lines of the arithmetic."""
    found = assess(rules, asked(gross, **changes), {})
    return [step.text for step in found.trace if step.rule == "subsidy"]


def test_nothing_is_said_to_be_cut_that_is_exactly_at_its_limit():
    assert len(lines_of(own_share_free(subsidy=PER_DAY), 2_200_000, attributes={"days": 10})) == 1
    assert len(lines_of(own_share_free(rate_bp=5000, max_per_order=50_000), 100_000)) == 1
    assert len(lines_of(own_share_free(rate_bp=9000, money={"own_share_min_bp": 1000}), 100_000)) == 1
    assert len(lines_of(own_share_free(rate_bp=10_000), 100_000)) == 1
    paid = settle(policy(SH), order(), 200_000, 188_679, 100_000)
    assert "reserved" not in [step.rule for step in paid.trace]


def test_brackets_show_each_band():
    assert lines_of(own_share_free(subsidy=BRACKETS), 50_000_000) == [
        "80 % of 100,000.00 above 0.00 = 80,000.00",
        "50 % of 400,000.00 above 100,000.00 = 200,000.00",
        "sum of the bands = 280,000.00",
    ]


def test_an_order_may_take_the_most_pieces_and_the_fewest():
    assert subsidy(own_share_free(subsidy=PIECES), 20_000_000, attributes={"pieces": 40}) == 20_000_000
    few = own_share_free(subsidy={**PIECES, "fewest": 2})
    assert subsidy(few, 1_000_000) == 1_000_000
    (reason,) = assess(few, asked(1_000_000, attributes={"pieces": 1}), {}).reasons
    assert reason.remedy == "Choose up to 2 pieces for this cost."
    (reason,) = assess(few, asked(999_999), {}).reasons
    assert reason.remedy == "Order for a larger sum."


@pytest.mark.parametrize(
    ("cost", "pieces", "expected"),
    [
        (500_000, None, 500_000),
        (500_100, None, 500_000),
        (30_000_000, None, 20_000_000),
        (5_000_000, 3, 1_500_000),
        (1_200_000, 3, 1_000_000),
    ],
)
def test_pieces_give_no_change(cost, pieces, expected):
    attributes = {} if pieces is None else {"pieces": pieces}
    assert subsidy(own_share_free(subsidy=PIECES), cost, attributes=attributes) == expected


@pytest.mark.parametrize(
    ("cost", "attributes"), [(499_999, {}), (30_000_000, {"pieces": 41}), (900_000, {"pieces": 0})]
)
def test_an_order_takes_one_to_forty_pieces(cost, attributes):
    found = assess(own_share_free(subsidy=PIECES), asked(cost, attributes=attributes), {})
    assert codes(found) == ["pieces-out-of-range"]


def test_city_and_province_both_pay_of_the_whole():
    assert subsidy(own_share_free(subsidy=STACK), 100_000) == 90_000


def test_the_city_pays_only_for_a_local_provider():
    assert subsidy(own_share_free(subsidy=STACK), 100_000, provider=provider(region="370102")) == 60_000


def test_a_provider_of_unknown_place_is_not_local():
    assert subsidy(own_share_free(subsidy=STACK), 100_000, provider=provider(region=None)) == 60_000


def test_the_city_may_pay_of_what_the_province_left():
    assert subsidy(own_share_free(subsidy={**STACK, "of": "rest"}), 100_000) == 72_000


def test_levels_together_may_not_pay_more_than_everything():
    with pytest.raises(PolicyFaults, match=r"category\.X\.subsidy\.levels"):
        own_share_free(subsidy={**STACK, "levels": [PROVINCE, {**CITY, "rate_bp": 4001}]})


def test_a_tenth_always_stays_with_the_enterprise_and_the_trace_says_so():
    found = assess(with_category(rate_bp=10_000), asked(100_005), {})
    assert (found.subsidy, found.own_share) == (90_004, 10_001)
    assert "at least 10 % stays with the enterprise: 900.04" in [step.text for step in found.trace]


def test_an_enterprise_may_use_less_than_it_could():
    found = assess(policy(SH), order(asked=40_000), {})
    assert (found.reasons, found.subsidy, found.own_share) == ((), 40_000, 160_000)


@pytest.mark.parametrize("amount", [0, -1, 100_001])
def test_an_enterprise_asks_for_something_and_at_most_what_is_due(amount):
    found = assess(policy(SH), order(asked=amount), {})
    assert codes(found) == ["asked-out-of-range"]
    assert "1,000.00" in found.reasons[0].remedy


def test_all_that_is_due_may_be_asked_for():
    assert codes(assess(policy(SH), order(asked=100_000), {})) == []


def test_a_new_category_is_one_table():
    rules = with_category(rate_bp=3000, provider_kinds=["cloud"], requires=["hours"], evidence=["usage_record"])
    found = assess(rules, asked(100_000, provider=provider(kind="cloud"), attributes={"hours": 12}), {})
    assert (found.reasons, found.subsidy, found.pool) == ((), 30_000, "X")
    assert found.evidence[-1] == "usage_record"
    assert "X" in rules.voucher_types["general"].categories


EVERY_KIND = [
    pytest.param(own_share_free(**category), id=name)
    for name, category in {
        "flat": {"rate_bp": 3333},
        "half-up": {"rate_bp": 3333, "money": {"rounding": {"mode": "half_up", "unit": 100}}},
        "matrix": {"subsidy": MATRIX},
        "brackets": {"subsidy": BRACKETS},
        "per day": {"subsidy": PER_DAY},
        "pieces": {"subsidy": PIECES},
        "stack": {"subsidy": STACK},
        "stack on the rest": {"subsidy": {**STACK, "of": "rest"}},
        "maximum": {"rate_bp": 9000, "max_per_order": 777_777},
    }.items()
]
COSTS = st.integers(min_value=1, max_value=10**12)


def found_for(rules, gross: int, net: int) -> Assessment:
    """The assessment of a cost in category X with everything known that a function may ask."""
    return assess(rules, order(category="X", gross=gross, net=net, attributes={"days": 9}), {})


@pytest.mark.parametrize("rules", EVERY_KIND)
@given(cost=COSTS)
@settings(max_examples=60)
def test_the_shares_of_public_and_enterprise_are_the_whole_cost(rules, cost):
    found = found_for(rules, cost, cost)
    assert found.subsidy + found.own_share == cost
    assert 0 <= found.subsidy <= found.base == cost


@pytest.mark.parametrize("rules", EVERY_KIND)
@given(costs=st.tuples(COSTS, COSTS))
@settings(max_examples=60)
def test_a_higher_cost_never_gets_less(rules, costs):
    low, high = sorted(costs)
    assert found_for(rules, low, low).subsidy <= found_for(rules, high, high).subsidy


@pytest.mark.parametrize("rules", EVERY_KIND)
@given(cost=COSTS, actual=COSTS, reserved=COSTS)
@settings(max_examples=60)
def test_a_settlement_never_passes_the_reservation_or_the_actual_cost(rules, cost, actual, reserved):
    asked_for = order(category="X", gross=cost, net=cost, attributes={"days": 9})
    paid = settle(rules, asked_for, actual, actual, reserved)
    assert 0 <= paid.subsidy <= min(reserved, actual)
    assert paid.subsidy + paid.own_share == actual


@given(gross=COSTS, net=COSTS, used=COSTS)
def test_no_assessed_order_ever_passes_a_ceiling(gross, net, used):
    asked_for = order(gross=gross, net=net)
    spent = {cap.stream: Used(used, 1) for cap in caps(policy(SH), asked_for)}
    found = assess(policy(SH), asked_for, spent)
    if found.eligible:
        assert all(used + found.subsidy <= cap.limit for cap in found.caps)
    else:
        assert found.reasons


@given(st.integers(0, MAX_AMOUNT), st.integers(0, 20_000), st.sampled_from([1, 5, 10, 100, 10_000]))
def test_a_share_rounded_half_up_is_the_nearest_multiple(base, bp, unit):
    exact = Fraction(base * bp, 10_000)
    share = rounded(base * bp, Rounding(half_up=True, unit=unit))
    assert share % unit == 0
    assert -Fraction(unit, 2) < share - exact <= Fraction(unit, 2)


@given(st.integers(0, MAX_AMOUNT), st.integers(0, 20_000), st.sampled_from([1, 5, 10, 100, 10_000]))
def test_a_share_rounded_down_is_the_largest_multiple_that_is_not_above_it(base, bp, unit):
    exact = Fraction(base * bp, 10_000)
    share = rounded(base * bp, Rounding(half_up=False, unit=unit))
    assert share % unit == 0
    assert 0 <= exact - share < unit


def test_the_half_itself_goes_up_and_one_unit_less_goes_down():
    to_yuan, to_fen = Rounding(half_up=True, unit=100), Rounding(half_up=True, unit=1)
    assert [rounded(base * 10_000, to_yuan) for base in (49, 50)] == [0, 100]
    assert [rounded(bp, to_fen) for bp in (4_999, 5_000)] == [0, 1]
