"""Ceilings: each level counts in its own stream, is reached exactly, and is never passed by one fen."""

import pytest

from tests.policies.cases import SH, cap_of, codes, document, firm, order, policy, used_up, with_category
from vouchers.policy import Used, assess, caps, parse, window_start

LEVELS = ("enterprise", "group", "category", "provider", "pool", "programme", "region", "lifetime")


def capped(level, **rule):
    """The Shanghai policy with one ceiling only."""
    changed = document()
    changed["cap"] = [{"level": level, "limit": 500_000, **rule}]
    for category in changed["category"].values():
        category.pop("cap", None)
    return parse(changed)


def test_an_order_in_shanghai_counts_for_the_firm_and_for_its_group():
    assert [cap.stream for cap in caps(policy(SH), order())] == [
        "cap/enterprise/SH-STIV:91310115MA1TE5T0X3/2026",
        "cap/group/SH-STIV:controller-1/2026",
    ]


@pytest.mark.parametrize(
    ("level", "key"),
    [
        ("enterprise", "SH-STIV:91310115MA1TE5T0X3"),
        ("group", "SH-STIV:controller-1"),
        ("category", "SH-STIV:91310115MA1TE5T0X3:RND"),
        ("provider", "SH-STIV:91310104MA1PE0016F"),
        ("pool", "SH-STIV:RND"),
        ("programme", "SH-STIV"),
        ("region", "SH-STIV:310115"),
        ("lifetime", "SH-STIV:91310115MA1TE5T0X3"),
    ],
)
def test_each_level_has_its_own_key(level, key):
    assert cap_of(capped(level), order(), level).key == key


@pytest.mark.parametrize("level", LEVELS)
def test_a_ceiling_that_is_reached_exactly_passes_at_every_level(level):
    rules = capped(level)
    assert codes(assess(rules, order(), used_up(rules, order(), level, 400_000))) == []


@pytest.mark.parametrize("level", LEVELS)
def test_one_fen_more_is_refused_at_every_level_and_says_what_is_left(level):
    rules = capped(level)
    found = assess(rules, order(), used_up(rules, order(), level, 400_001))
    (reason,) = found.reasons
    assert reason.code == f"cap-{level}-exceeded"
    period = "lifetime" if level == "lifetime" else "2026"
    assert reason.text == (
        f"The {level} limit of 5,000.00 for {period} would be passed: 4,000.01 used, 1,000.00 asked, 999.99 remaining."
    )
    assert reason.remedy == "Ask for at most 999.99."
    assert found.subsidy == 100_000, "a cap never trims"


def test_what_is_left_may_be_asked_for():
    rules = capped("enterprise")
    asked = order(asked=99_999)
    assert codes(assess(rules, asked, used_up(rules, asked, "enterprise", 400_001))) == []


def test_a_full_ceiling_says_that_nothing_is_left():
    rules = capped("enterprise")
    found = assess(rules, order(), used_up(rules, order(), "enterprise", 600_000))
    assert found.reasons[0].remedy == "Nothing is left to ask for in this period."


def test_all_ceilings_that_are_passed_are_named_at_once():
    rules = policy(SH)
    used = {cap.stream: Used(30_000_000, 1) for cap in caps(rules, order())}
    assert codes(assess(rules, order(), used)) == ["cap-enterprise-exceeded", "cap-group-exceeded"]


def test_a_firm_without_a_known_controller_has_no_group():
    asked = order(enterprise=firm(controller=None))
    assert [cap.level for cap in caps(policy(SH), asked)] == ["enterprise"]


def test_a_team_has_the_lower_limit_in_the_same_stream():
    asked = order(enterprise=firm(legal_form="team", controller=None, in_incubator=True), voucher_kind="team")
    (cap,) = caps(policy(SH), asked)
    assert (cap.limit, cap.stream) == (10_000_000, "cap/enterprise/SH-STIV:91310115MA1TE5T0X3/2026")


@pytest.mark.parametrize(("counted", "expected"), [(4, []), (5, ["cap-enterprise-count-exceeded"])])
def test_the_number_of_orders_has_a_ceiling_of_its_own(counted, expected):
    changed = document()
    changed["cap"] = [{"level": "enterprise", "count": 5}]
    rules = parse(changed)
    assert codes(assess(rules, order(), used_up(rules, order(), "enterprise", 0, counted))) == expected


def test_a_ceiling_on_the_number_says_which_order_this_is():
    changed = document()
    changed["cap"] = [{"level": "enterprise", "count": 5, "clause": "five orders"}]
    rules = parse(changed)
    found = assess(rules, order(), used_up(rules, order(), "enterprise", 0, 2))
    assert [(step.clause, step.text) for step in found.trace if step.rule == "cap-enterprise"] == [
        ("five orders", "order 3 of 5")
    ]


@pytest.mark.parametrize(("period", "words"), [("programme", "next period."), ("lifetime", "no next period.")])
def test_a_full_number_of_orders_says_whether_waiting_helps(period, words):
    changed = document()
    changed["cap"] = [{"level": "enterprise", "count": 5, "period": period}]
    rules = parse(changed)
    (reason,) = assess(rules, order(), used_up(rules, order(), "enterprise", 0, 5)).reasons
    assert reason.remedy.endswith(words)
    assert ("there is no" in reason.remedy) is (period == "lifetime")


@pytest.mark.parametrize(
    ("first", "second", "limit", "count", "clause"),
    [
        ({"limit": 5}, {"limit": 7}, 5, None, "first"),
        ({"limit": 7}, {"limit": 5}, 5, None, "second"),
        ({"limit": 7}, {"count": 3}, 7, 3, "first"),
        ({"count": 3}, {"limit": 7}, 7, 3, "second"),
        ({"count": 3}, {"count": 2}, None, 2, "first"),
    ],
)
def test_two_ceilings_in_one_stream_are_one_with_the_lower_limits(first, second, limit, count, clause):
    changed = document()
    changed["cap"] = [
        {"level": "enterprise", "clause": "first", **first},
        {"level": "enterprise", "clause": "second", **second},
    ]
    (cap,) = caps(parse(changed), order())
    assert (cap.limit, cap.count_limit, cap.clause) == (limit, count, clause)


def test_a_full_number_of_orders_is_named_even_where_the_sum_fits():
    changed = document()
    changed["cap"] = [{"level": "enterprise", "count": 5, "limit": 1_000_000}]
    rules = parse(changed)
    assert codes(assess(rules, order(), used_up(rules, order(), "enterprise", 0, 5))) == [
        "cap-enterprise-count-exceeded"
    ]


def test_a_passed_sum_and_a_full_number_are_both_named():
    changed = document()
    changed["cap"] = [{"level": "enterprise", "count": 5, "limit": 50_000}]
    rules = parse(changed)
    assert codes(assess(rules, order(), used_up(rules, order(), "enterprise", 0, 5))) == [
        "cap-enterprise-count-exceeded",
        "cap-enterprise-exceeded",
    ]


@pytest.mark.parametrize(
    ("period", "expected"),
    [("programme", "2026"), ("calendar_year", "2026"), ("lifetime", "lifetime"), ("rolling", "rolling-24m")],
)
def test_a_ceiling_names_the_period_that_it_counts_over(period, expected):
    rule = {"months": 24} if period == "rolling" else {}
    assert cap_of(capped("enterprise", period=period, **rule), order(), "enterprise").period == expected


def test_a_rolling_window_looks_back_to_the_day_after_the_same_day():
    assert window_start("rolling-24m", "2026-03-01") == "2024-03-02"
    assert window_start("rolling-12m", "2024-02-29") == "2023-03-01"
    assert window_start("2026", "2026-03-01") == ""


def test_two_programmes_may_share_one_limit():
    changed = document("yrd-stiv")
    changed["programme"]["cap_scope"] = "SH-STIV"
    shared = cap_of(parse(changed), order(programme="YRD-STIV"), "enterprise")
    assert shared.stream == cap_of(policy(SH), order(), "enterprise").stream
    own = cap_of(policy("yrd-stiv"), order(programme="YRD-STIV"), "enterprise")
    assert own.key == "YRD-STIV:91310115MA1TE5T0X3"


def test_a_region_may_be_counted_by_province():
    assert cap_of(capped("region", region_digits=2), order(), "region").key == "SH-STIV:31"


def test_the_ceiling_of_a_category_comes_with_its_table():
    rules = with_category(rate_bp=5000, cap=70_000)
    asked = order(category="X")
    assert cap_of(rules, asked, "category").limit == 70_000
    assert codes(assess(rules, asked, {})) == ["cap-category-exceeded"]
    assert [cap.level for cap in caps(rules, order())] == ["enterprise"]


def test_a_ceiling_may_concern_one_pool_only():
    rules = capped("pool", pool="TEST")
    assert caps(rules, order()) == ()
    assert cap_of(rules, order(category="TEST"), "pool").key == "SH-STIV:TEST"
