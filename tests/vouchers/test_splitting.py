"""Split orders: the same pair and service within some days are summed for every threshold."""

import pytest

from tests.examples import INSTITUTE, YUAN, shipped
from tests.supervised import a_watched_town
from tests.vouchers.parts import change
from vouchers.refusals import Ineligible

RULES = {"splitting": {"days": 30}, "approvals": [{"from_amount": 10_000 * YUAN, "approvals": 2}]}
LIMITED = {"category": {"TEST": {"max_per_order": 8_000 * YUAN}}}


@pytest.fixture
def limited():
    with a_watched_town(RULES, **LIMITED) as both:
        yield both


@pytest.mark.parametrize(("gross", "fits"), [(6_000 * YUAN, True), (6_002 * YUAN, False)])
def test_two_orders_of_a_pair_are_summed_for_the_ceiling_of_one(limited, gross, fits):
    town, _ = limited
    town.order("O-1", gross=10_000 * YUAN)
    if fits:
        assert town.order("O-2", gross=gross)
    else:
        with town.refused(Ineligible, "order-split") as caught:
            town.order("O-2", gross=gross)
        assert "2 orders with this provider within 30 days count as one" in caught.value.causes[0].text


@pytest.mark.parametrize(("day", "fits"), [("2026-03-03", False), ("2026-03-04", True)])
def test_on_the_thirtieth_day_orders_are_still_summed_and_on_the_next_not(limited, day, fits):
    town, _ = limited
    town.order("O-1", gross=10_000 * YUAN)
    town.go(day)
    if fits:
        assert town.order("O-2", ends_on="2026-04-01")
    else:
        with town.refused(Ineligible, "order-split"):
            town.order("O-2", ends_on="2026-04-01")


def test_orders_with_another_provider_or_in_another_category_are_not_summed(limited):
    town, _ = limited
    town.admit(INSTITUTE)
    town.accredit(INSTITUTE)
    town.accredit(category="RND")
    town.order("O-1", gross=10_000 * YUAN)
    assert town.order("O-2", provider_id=INSTITUTE)
    assert town.order("O-3", category="RND")


def test_a_cancelled_order_is_not_summed(limited):
    town, _ = limited
    town.order("O-1")
    town.cancel("O-1")
    assert town.order("O-2")


@pytest.mark.parametrize(("grows", "gross", "fits"), [
    ("O-1", 8_000, True), ("O-1", 8_002, False), ("O-2", 8_000, True), ("O-2", 8_002, False),
])  # fmt: skip
def test_an_order_that_grows_is_summed_with_those_before_and_after_it(limited, grows, gross, fits):
    town, _ = limited
    town.order("O-1", gross=6_000 * YUAN)
    town.go("2026-02-10").order("O-2", gross=8_000 * YUAN)
    change(town, 8_000 * YUAN, "O-1")
    change(town, 7_900 * YUAN, grows)
    town.go("2026-04-20")
    if fits:
        assert change(town, gross * YUAN, grows)["subsidy"] == 4_000 * YUAN
    else:
        with town.refused(Ineligible, "order-split"):
            change(town, gross * YUAN, grows)


def test_an_order_counts_with_its_present_terms(limited):
    town, _ = limited
    town.order("O-1", gross=10_000 * YUAN)
    with town.refused(Ineligible, "order-split"):
        town.order("O-2", gross=8_000 * YUAN)
    change(town, 8_000 * YUAN, "O-1")
    assert town.order("O-2", gross=8_000 * YUAN)
    assert change(town, 8_000 * YUAN, "O-1", ends_on="2026-03-31")["reserved_more"] == 0


def test_an_order_grows_beside_one_that_is_thirty_days_away(limited):
    town, _ = limited
    town.order("O-1", gross=10_000 * YUAN)
    town.go("2026-03-04").order("O-2", gross=10_000 * YUAN, ends_on="2026-04-01")
    assert change(town, 16_000 * YUAN, "O-1")["subsidy"] == 8_000 * YUAN


def test_split_orders_are_summed_for_the_number_of_offers():
    quotes = [{"above": 50_000 * YUAN, "count": 2, "clause": "offers"}]
    rules = {"splitting": {"days": 30}}
    with a_watched_town(rules, quotes=quotes) as (town, _):
        town.order("O-1", gross=40_000 * YUAN)
        with town.refused(Ineligible, "order-split") as caught:
            town.order("O-2", gross=20_000 * YUAN)
        assert caught.value.causes[0].clause == "offers"
        shown = ("a" * 64, "b" * 64)
        assert town.order("O-2", gross=20_000 * YUAN, attributes={"quotes": shown})


def test_split_orders_are_summed_for_the_number_of_approvals():
    with a_watched_town(RULES) as (town, _):
        town.order("O-1", gross=10_000 * YUAN)
        town.claimed("O-2", 10_000 * YUAN)
        assert town.review("O-2-R1").assigned.approvals_needed == 2


def test_the_first_of_two_orders_is_summed_with_the_second_when_it_is_claimed_later():
    with a_watched_town(RULES) as (town, _):
        town.order("O-1", gross=10_000 * YUAN)
        town.order("O-2", gross=10_000 * YUAN)
        town.deliver("O-1")
        town.invoice("O-1")
        town.redeem("O-1")
        assert town.review("O-1-R1").assigned.approvals_needed == 2


def test_one_order_below_the_threshold_needs_no_second_approval():
    with a_watched_town(RULES) as (town, _):
        town.claimed("O-2", 10_000 * YUAN)
        assert town.state("O-2").status == "approved"


def test_without_the_table_nothing_is_summed_and_nothing_more_is_kept(town):
    town.order("O-1")
    town.order("O-2")
    assert not [topic for topic in town.topics() if topic.startswith("pair.")]


def test_hong_kong_counts_the_offers_of_a_month_together():
    rules = shipped("hk-tvp-2020")[0].supervision.splitting
    assert (rules.days, rules.quotes, rules.max_per_order) == (30, True, False)
