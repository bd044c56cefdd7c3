"""A ceiling on what one level of government bears: the province's half million, whatever the city adds to it."""

import pytest
from hypothesis import given as vary
from hypothesis import strategies as st

from tests.examples import INSTITUTE, LAB, PUDONG, an_order, facts_of_firm, voucher_of
from tests.given import given
from tests.policies.cases import document
from vouchers import application as app
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import CAP, LEVEL
from vouchers.level.decisions import LevelExceeded, count, uncount
from vouchers.level.events import Counted, Uncounted
from vouchers.level.state import Held, Purse, evolve
from vouchers.order.changing import ChangeOrder
from vouchers.policy import PolicyFaults, parse
from vouchers.refusals import Ineligible

DAY = "2026-02-02"
PROVINCE = f"enterprise/SD-LC:{PUDONG}:province/2026"
GROUP = f"group/SD-LC:controller-of-{PUDONG}/2026"


@pytest.fixture
def liaocheng(empty_town):
    """A firm of Liaocheng with a local provider and one from Jinan."""
    town = empty_town.go(DAY)
    town.adopt("sd-lc")
    facts = facts_of_firm(region="371502")
    town.do(app.record_facts, RecordFacts(PUDONG, DAY, "registry", "00" * 32, facts))
    assert town.entitle(programme="SD-LC")["granted"] == 1
    for provider, region in ((LAB, "371502"), (INSTITUTE, "370102")):
        town.admit(provider, region=region)
        town.accredit(provider, "SERVICE", DAY, "2027-12-31")
    return town


def buy(town, order_id, yuan=0, provider=LAB, fen=0):
    """An order of so many yuan and fen."""
    command = an_order(
        order_id,
        voucher_id=voucher_of(PUDONG, "SD-LC", "2026", "voucher"),
        category="SERVICE",
        provider_id=provider,
        gross=yuan * 100 + fen,
        net=yuan * 100 + fen,
    )
    return town.do(app.register_order, command)["subsidy"]


def borne(town):
    """What the province bears of all orders, and what the controller's firms have used, in yuan."""
    return town.ledger.state(LEVEL, PROVINCE).total // 100, town.ledger.state(CAP, GROUP).total // 100


def test_of_1_000_the_province_bears_600_and_the_controller_uses_900(liaocheng):
    assert buy(liaocheng, "O-1", 1_000) == 90_000
    assert borne(liaocheng) == (600, 900)
    assert buy(liaocheng, "O-2", 1_000, INSTITUTE) == 60_000
    assert borne(liaocheng) == (1_200, 1_500)


def test_the_provinces_half_million_counts_orders_with_local_and_other_providers_together(liaocheng):
    assert buy(liaocheng, "O-1", 700_000, INSTITUTE) == 42_000_000
    assert buy(liaocheng, "O-2", 133_333) == 11_999_970
    assert borne(liaocheng) == (499_999, 539_999)
    with liaocheng.refused(Ineligible, "cap-enterprise-exceeded"):
        buy(liaocheng, "O-3", fen=35)
    assert buy(liaocheng, "O-3", fen=34) == 30
    assert liaocheng.ledger.state(LEVEL, PROVINCE).total == 50_000_000
    with liaocheng.refused(Ineligible, "cap-enterprise-exceeded"):
        buy(liaocheng, "O-4", fen=2)


def test_the_controllers_650_000_holds_beside_it(liaocheng):
    assert buy(liaocheng, "O-1", 722_222) == 64_999_980
    with liaocheng.refused(Ineligible, "cap-group-exceeded", "voucher-too-small"):
        buy(liaocheng, "O-2", 1)


def test_a_cancelled_order_gives_each_its_own_part_back(liaocheng):
    buy(liaocheng, "O-1", 1_000)
    buy(liaocheng, "O-2", 1_000, INSTITUTE)
    liaocheng.cancel("O-1")
    assert borne(liaocheng) == (600, 600)
    liaocheng.cancel("O-2")
    assert liaocheng.ledger.state(LEVEL, PROVINCE) == Purse()


def test_an_order_that_is_changed_up_and_down_and_cancelled_leaves_nothing_with_the_level(liaocheng):
    buy(liaocheng, "O-1", 1_000)
    for yuan, part in ((1_501, 900), (777, 466)):
        change = ChangeOrder("O-1", yuan * 100, yuan * 100, "2026-02-28", "1" * 64, "the scope changes")
        liaocheng.do(app.change_order, change, actor="enterprise:liaocheng")
        assert borne(liaocheng)[0] == part
        assert liaocheng.ledger.state(LEVEL, PROVINCE).count == 1
    liaocheng.cancel("O-1")
    assert liaocheng.ledger.state(LEVEL, PROVINCE) == Purse()
    assert borne(liaocheng) == (0, 0)


PAST = Counted("O-1", DAY, 90, 2, 3, 60, 60, 1)


def test_a_limit_exactly_reached_by_the_levels_part_passes_and_one_more_is_refused():
    terms = {"order_id": "O-2", "on": DAY, "weight": 2, "whole": 3, "limit": 100}
    given(LEVEL, PAST).when(count, **terms, amount=60).then(Counted("O-2", DAY, 60, 2, 3, 40, 100, 2))
    given(LEVEL, PAST).when(count, **terms, amount=62).refused(LevelExceeded, remaining=40, limit=100)
    given(LEVEL, PAST).when(count, **{**terms, "limit": None}, amount=1, count_limit=1).refused(LevelExceeded)


def test_an_order_that_grows_is_still_one():
    grown = {"order_id": "O-1", "on": DAY, "weight": 2, "whole": 3, "orders": 0}
    state = (
        given(LEVEL, PAST).when(count, **grown, amount=30, count_limit=1).then(Counted("O-1", DAY, 30, 2, 3, 20, 80, 1))
    )
    assert state.held("O-1") == Held(120, 2, 3)


def test_nothing_is_given_back_that_was_not_counted():
    given(LEVEL, PAST).when(uncount, order_id="O-9", amount=5, on=DAY, whole=False).then()
    given(LEVEL, PAST).when(uncount, order_id="O-1", amount=500, on=DAY, whole=True).then(
        Uncounted("O-1", DAY, 90, 1, 60, 0, 0)
    )


@vary(st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 9)), min_size=1, max_size=12), st.integers(1, 10**9))
def test_whatever_is_given_back_in_parts_the_last_part_leaves_nothing(orders, step):
    state = Purse()
    for number, (amount, weight) in enumerate(orders):
        (event,) = count(state, order_id=f"O-{number}", amount=amount, weight=weight, whole=9, on=DAY)
        state = evolve(state, event)
        assert state.total == sum(held.part for held in state.orders.values())
    for number, (amount, _) in enumerate(orders):
        first = min(step, amount)
        for part, whole in ((first, amount == first), (amount - first, True)):
            for event in uncount(state, order_id=f"O-{number}", amount=part, on=DAY, whole=whole and bool(part)):
                state = evolve(state, event)
                assert state.total == sum(held.part for held in state.orders.values())
    assert state == Purse()


def test_what_a_level_bears_is_not_counted_over_rolling_months():
    changed = document("sd-lc")
    changed["cap"][0] |= {"period": "rolling", "months": 24}
    with pytest.raises(PolicyFaults, match="fixed period"):
        parse(changed)


def test_an_order_that_the_level_does_not_pay_does_not_count_for_it():
    changed = document("sd-lc")
    changed["cap"][0]["of_level"] = "city"
    rules = parse(changed)
    assert rules.cap_rules[0].of_level == "city"
