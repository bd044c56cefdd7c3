"""The ceiling of a group counts by the controller on the order's day; one that comes to light later is a finding."""

import pytest

from tests.examples import CHANGNING, PUDONG, SH_CODE, YUAN, voucher_of
from tests.vouchers.changing import correct, firm, learn
from vouchers import application as app
from vouchers.application.regrouping import OrderOfAnotherEnterprise, RecheckGroup
from vouchers.enterprise.decisions import CloseOverCap, NoSuchFinding
from vouchers.kinds import CAP
from vouchers.refusals import Ineligible

GROUP = f"cap/group/{SH_CODE}:the-group/2026"
FULL = 600_000 * YUAN  # half of it is the ceiling of the group


@pytest.fixture
def two_firms(town):
    """Pudong of the group, and a firm in Changning whose controller is not known to be the same."""
    town.record(PUDONG, as_of_on="2026-01-06", controller="the-group")
    town.record(CHANGNING)
    town.entitle(CHANGNING)
    return town


def theirs(town, order_id, gross):
    return town.order(order_id, enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING), gross=gross)


def recheck(town, *orders, code=CHANGNING):
    return town.do(app.recheck_group, RecheckGroup(code, orders))


def test_two_firms_of_one_controller_have_one_ceiling(two_firms):
    town = two_firms
    learn(town, CHANGNING, controller="the-group")
    town.order("O-1", gross=FULL - 10_000 * YUAN)
    theirs(town, "O-2", 10_000 * YUAN)
    with town.refused(Ineligible, "cap-group-exceeded"):
        theirs(town, "O-3", 10_000 * YUAN)


def test_the_controller_of_the_orders_day_counts_and_not_a_later_one(two_firms):
    town = two_firms
    town.order("O-1", gross=FULL)
    theirs(town, "O-2", 10_000 * YUAN)
    learn(town.go("2026-03-01"), CHANGNING, controller="the-group")
    assert recheck(town, "O-2")["over"] == []
    with town.refused(Ineligible, "cap-group-exceeded"):
        theirs(town, "O-3", 10_000 * YUAN)


@pytest.mark.parametrize(("gross", "over"), [(10_000, False), (10_002, True)])
def test_a_controller_that_comes_to_light_late_is_a_finding_once_the_group_is_over_its_ceiling(two_firms, gross, over):
    town = two_firms
    town.order("O-1", gross=FULL - 10_000 * YUAN)
    theirs(town, "O-2", gross * YUAN)
    correct(town, code=CHANGNING, controller="the-group")
    used = town.ledger.state(CAP, GROUP.removeprefix("cap/")).total
    answer = recheck(town, "O-2")
    assert [found["cap"] for found in answer["over"]] == ([GROUP] if over else [])
    assert [found.used - found.limit for found in firm(town, CHANGNING).over_caps] == ([1 * YUAN] if over else [])
    assert town.ledger.state(CAP, GROUP.removeprefix("cap/")).total == used
    assert town.state("O-2").held == gross * YUAN // 2


def over_the_ceiling(town):
    town.order("O-1", gross=FULL)
    theirs(town, "O-2", 10_000 * YUAN)
    correct(town, code=CHANGNING, controller="the-group")
    recheck(town, "O-2")


def test_a_finding_takes_no_money_back_and_is_recorded_once(two_firms):
    over_the_ceiling(two_firms)
    assert not [topic for topic in two_firms.topics() if "Claw" in topic or topic == "voucher.Released"]
    with two_firms.assert_quiet():
        recheck(two_firms, "O-2")


def test_a_finding_is_closed_by_an_officer_with_what_came_of_it(two_firms):
    over_the_ceiling(two_firms)
    two_firms.do(app.close_over_cap, CloseOverCap(CHANGNING, GROUP, "the firm gives the difference back"))
    assert firm(two_firms, CHANGNING).over_caps == ()
    with two_firms.assert_quiet():
        recheck(two_firms, "O-2")
    with two_firms.refused(NoSuchFinding):
        two_firms.do(app.close_over_cap, CloseOverCap(CHANGNING, GROUP, "again"))


def test_an_order_that_was_cancelled_uses_nothing_of_the_group(two_firms):
    town = two_firms
    town.order("O-1", gross=FULL)
    theirs(town, "O-2", 10_000 * YUAN)
    town.cancel("O-2")
    correct(town, code=CHANGNING, controller="the-group")
    assert recheck(town, "O-2")["over"] == []


def test_only_the_firms_own_orders_are_held_against_its_controllers(two_firms):
    two_firms.order("O-1")
    with two_firms.refused(OrderOfAnotherEnterprise):
        recheck(two_firms, "O-1")
