"""Across regions: the enterprise's place pays, each with money of its own, and a provider's admission counts in all."""

import pytest

from tests.examples import (
    CHANGNING,
    JIANGSU_LAB,
    PUDONG,
    WUJIANG,
    YRD,
    YRD_CODE,
    YUAN,
    facts_of_firm,
    shipped,
    voucher_of,
)
from vouchers.application import record_facts
from vouchers.application.programmes import PoolNotOfPolicy
from vouchers.budget.decisions import BudgetExhausted, BudgetMissing
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_credit_code
from vouchers.policy import pools
from vouchers.refusals import Ineligible

QINGPU = make_credit_code("9", "1", "310118", 5)
HALF = 5_000 * YUAN  # of a test of 10,000 yuan


@pytest.fixture
def delta(empty_town):
    """The delta programme with firms of Shanghai, Qingpu and Wujiang, and laboratories of Nanjing and Xuhui."""
    town = empty_town
    town.adopt(YRD, 100_000 * YUAN)
    for code in (PUDONG, CHANGNING, QINGPU, WUJIANG):
        town.record(code)
        town.entitle(code, programme=YRD_CODE)
    town.admit(JIANGSU_LAB, region="320102", account="account:2")
    town.accredit(JIANGSU_LAB)
    return town.go("2026-02-02")


def order(town, order_id, code, **changes):
    """A test at the Nanjing laboratory, paid by the delta programme."""
    given = {"voucher_id": voucher_of(code, YRD_CODE), "enterprise_id": code, "provider_id": JIANGSU_LAB}
    return town.order(order_id, **(given | changes))


def committed(town, area):
    """What an area has committed."""
    return town.budget(f"general:{area}", YRD_CODE).committed


def test_the_enterprises_place_pays(delta):
    order(delta, "O-1", WUJIANG)
    assert (committed(delta, "320509"), committed(delta, "31")) == (HALF, 0)
    assert delta.state("O-1").registered.pool == "general:320509"


def test_the_narrowest_area_that_holds_the_address_pays(delta):
    order(delta, "O-1", QINGPU)
    order(delta, "O-2", PUDONG)
    assert (committed(delta, "310118"), committed(delta, "31")) == (HALF, HALF)


def test_what_is_given_back_returns_to_the_region_that_paid(delta):
    order(delta, "O-1", WUJIANG)
    delta.cancel("O-1")
    assert committed(delta, "320509") == 0


def test_one_empty_regional_budget_blocks_nobody_else(delta):
    delta.cut("general:320509", delta.budget("general:320509", YRD_CODE).free - HALF, YRD_CODE)
    order(delta, "O-1", WUJIANG)
    with delta.refused(BudgetExhausted):
        order(delta, "O-2", WUJIANG)
    for number, code in (("O-3", PUDONG), ("O-4", QINGPU), ("O-5", CHANGNING)):
        order(delta, number, code)
    assert (committed(delta, "31"), committed(delta, "310118")) == (2 * HALF, HALF)


def test_the_last_fen_of_a_region_is_spent_and_one_fen_more_is_not(delta):
    delta.cut("general:320509", delta.budget("general:320509", YRD_CODE).free - HALF + 1, YRD_CODE)
    with delta.refused(BudgetExhausted):
        order(delta, "O-1", WUJIANG)
    order(delta, "O-1", WUJIANG, asked=HALF - 1)
    assert delta.budget("general:320509", YRD_CODE).free == 0


def test_money_of_the_programme_as_a_whole_does_not_stand_in_for_a_region(empty_town):
    empty_town.adopt(YRD, 1)
    with empty_town.refused(PoolNotOfPolicy):
        empty_town.appropriate("general", 100_000 * YUAN, YRD_CODE)
    empty_town.cut("general:320509", 1, YRD_CODE)
    empty_town.record(WUJIANG)
    empty_town.entitle(WUJIANG, programme=YRD_CODE)
    empty_town.admit(JIANGSU_LAB, region="320102")
    empty_town.accredit(JIANGSU_LAB)
    with empty_town.go("2026-02-02").refused(BudgetMissing):
        order(empty_town, "O-1", WUJIANG)


def test_a_firm_that_moves_is_paid_for_by_the_region_of_the_orders_day(delta):
    order(delta, "O-1", WUJIANG)
    moved = facts_of_firm(WUJIANG, region="330421")
    delta.do(record_facts, RecordFacts(WUJIANG, "2026-02-02", "registry", "11" * 32, moved))
    order(delta, "O-2", WUJIANG)
    assert (committed(delta, "320509"), committed(delta, "330421")) == (HALF, HALF)
    delta.cancel("O-1")
    assert (committed(delta, "320509"), committed(delta, "330421")) == (0, HALF)


def test_a_firm_that_moved_where_no_area_pays_is_told_so(delta):
    moved = facts_of_firm(WUJIANG, region="330102")
    delta.do(record_facts, RecordFacts(WUJIANG, "2026-02-02", "registry", "11" * 32, moved))
    with delta.refused(Ineligible, "no-region-pays", "budget-missing"):
        order(delta, "O-1", WUJIANG)


@pytest.mark.parametrize("department", ["31", "32", "33", "34", "320102"])
def test_a_provider_admitted_by_any_of_the_departments_counts_in_all(delta, department):
    delta.admit(JIANGSU_LAB, region="320102", account="account:2", admitted_by=department)
    order(delta, "O-1", PUDONG)
    assert delta.state("O-1").status == "registered"


def test_a_provider_admitted_elsewhere_does_not_count(delta):
    delta.admit(JIANGSU_LAB, region="320102", account="account:2", admitted_by="37")
    with delta.refused(Ineligible, "provider-not-recognised"):
        order(delta, "O-1", PUDONG)


def test_a_programme_that_pays_itself_has_no_pools_of_regions(town):
    town.order()
    assert town.state().registered.pool == "TEST"


def test_every_area_has_a_pool_of_its_own():
    assert pools(shipped(YRD)[0]) == tuple(f"general:{area}" for area in ("31", "310118", "320509", "330421", "3405"))
