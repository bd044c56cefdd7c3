"""Clearing between regions: who owes whom for the payments of a month, each payment in one month only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import JIANGSU_LAB, LAB, PUDONG, WUJIANG, YRD, YRD_CODE, YUAN
from tests.neighbours import nanjing, order
from vouchers import application as app
from vouchers.application.clearing import NoRegionPays
from vouchers.application.settling import ReturnPayment
from vouchers.clearing.decisions import (
    ApproveClearing,
    ClearingClosed,
    ClearingEmpty,
    ClearingNeedsSecondPerson,
    ClearingNotProposed,
    CloseClearing,
    MonthMalformed,
    MonthNotOver,
    TakeFlows,
    WithdrawClearing,
    net_of_pairs,
    net_of_regions,
)
from vouchers.kinds import CLEARING
from vouchers.provider.sites import AddSite

HALF = 5_000 * YUAN
SUN, QIAN = "finance:sun", "finance:qian"


@pytest.fixture
def delta(empty_town):
    """A firm of Shanghai and one of Wujiang, a laboratory of Shanghai and one of Nanjing."""
    town = empty_town
    town.adopt(YRD)
    for code in (PUDONG, WUJIANG):
        town.record(code)
        town.entitle(code, programme=YRD_CODE)
    town.admit()
    town.accredit()
    nanjing(town)
    return town.go("2026-02-02")


def pay(town, order_id, firm, lab, gross=10_000 * YUAN, *, confirmed_on="", paid_on="", **changes):
    """An order of a firm with a laboratory, all the way to payment."""
    order(town, order_id, YRD_CODE, firm, provider_id=lab, gross=gross, **changes)
    town.deliver(order_id)
    town.invoice(order_id)
    town.redeem(order_id)
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state(order_id).status == "requested":
            town.approve(order_id, reviewer)
    town.propose(f"S-{order_id}", order_id, programme=YRD_CODE)
    town.sign(f"S-{order_id}")
    town.go(confirmed_on or town.on).confirm(f"S-{order_id}", order_id, paid_on=paid_on)


def take(town, month, *orders):
    """Take payments into a month."""
    return town.do(app.take_flows, TakeFlows(YRD_CODE, month, orders), actor=SUN)


def close(town, month):
    """State the month's positions."""
    return town.do(app.close_clearing, CloseClearing(YRD_CODE, month), actor=SUN)


def approve(town, month, actor=QIAN):
    """Approve the month's positions."""
    return town.do(app.approve_clearing, ApproveClearing(YRD_CODE, month), actor=actor)


def cleared(town, month):
    """How a month's clearing stands."""
    return town.ledger.state(CLEARING, f"{YRD_CODE}/{month}")


def test_the_enterprises_region_owes_what_the_providers_region_performed(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1")
    answer = close(delta, "2026-02")
    assert answer["positions"] == [{"region_from": "320509", "region_to": "31", "amount": HALF}]
    assert answer["nets"] == {"31": HALF, "320509": -HALF}


def test_flows_in_both_directions_are_set_against_one_another(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    pay(delta, "O-2", WUJIANG, LAB, 20_000 * YUAN)
    delta.admit(JIANGSU_LAB, region="320509", account="account:2")
    pay(delta, "O-3", PUDONG, JIANGSU_LAB, 16_000 * YUAN)
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1", "O-2", "O-3")
    answer = close(delta, "2026-02")
    assert (answer["flows"], answer["gross"]) == (3, 23_000 * YUAN)
    assert answer["positions"] == [{"region_from": "320509", "region_to": "31", "amount": 7_000 * YUAN}]


def test_a_province_that_pays_for_no_firm_of_its_own_still_receives(delta):
    pay(delta, "O-1", PUDONG, JIANGSU_LAB)
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1")
    assert close(delta, "2026-02")["nets"] == {"31": -HALF, "32": HALF}


def test_the_region_of_the_contracting_branch_is_the_one_that_performed(delta):
    delta.do(app.add_site, AddSite(JIANGSU_LAB, "jiashan", "the branch in Jiashan", "330421"))
    pay(delta, "O-1", PUDONG, JIANGSU_LAB, attributes={"site_id": "jiashan"})
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1")
    assert close(delta, "2026-02")["nets"] == {"31": -HALF, "330421": HALF}


@pytest.mark.parametrize(("day", "over"), [("2026-02-28", False), ("2026-03-01", True)])
def test_a_month_is_cleared_once_it_is_over(delta, day, over):
    pay(delta, "O-1", WUJIANG, LAB)
    delta.go(day)
    if over:
        assert take(delta, "2026-02", "O-1")["taken"] == 1
    else:
        with delta.refused(MonthNotOver):
            take(delta, "2026-02", "O-1")


@pytest.mark.parametrize(("paid_on", "month"), [("2026-02-28", "2026-02"), ("2026-03-01", "2026-03")])
def test_a_payment_belongs_to_the_month_of_its_day(delta, paid_on, month):
    pay(delta, "O-1", WUJIANG, LAB, confirmed_on="2026-03-02", paid_on=paid_on)
    assert take(delta, "2026-02", "O-1")["taken"] == (month == "2026-02")
    delta.go("2026-04-01")
    assert take(delta, "2026-03", "O-1")["taken"] == (month == "2026-03")


def test_a_payment_is_cleared_once_only(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    delta.go("2026-04-01")
    assert take(delta, "2026-02", "O-1", "O-1")["taken"] == 1
    with delta.assert_quiet():
        assert take(delta, "2026-02", "O-1")["taken"] == 0
        assert take(delta, "2026-03", "O-1")["taken"] == 0


def test_a_late_payment_falls_in_the_next_month(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    pay(delta, "O-2", WUJIANG, LAB)
    delta.go("2026-03-02")
    take(delta, "2026-02", "O-1")
    close(delta, "2026-02")
    with delta.refused(ClearingClosed):
        take(delta, "2026-02", "O-2")
    delta.go("2026-04-01")
    take(delta, "2026-03", "O-2")
    assert close(delta, "2026-03")["nets"] == {"31": HALF, "320509": -HALF}


def test_a_payment_that_the_bank_sends_back_is_taken_out_again_and_may_be_cleared_anew(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1")
    close(delta, "2026-02")
    returned = ReturnPayment("S-O-1", "O-1", "account closed", "2026-03-01", "O-1-R1-P1")
    delta.do(app.return_payment, returned, actor=SUN)
    delta.go("2026-04-01")
    assert take(delta, "2026-03", "O-1")["taken"] == 1
    assert close(delta, "2026-03")["nets"] == {"31": -HALF, "320509": HALF}
    delta.reinstruct("S-O-1", "O-1")
    delta.confirm("S-O-1", "O-1")
    delta.go("2026-05-01")
    take(delta, "2026-04", "O-1")
    assert close(delta, "2026-04")["nets"] == {"31": HALF, "320509": -HALF}


def test_what_is_not_paid_is_not_cleared(delta):
    order(delta, "O-1", YRD_CODE, WUJIANG, provider_id=LAB)
    delta.go("2026-03-01")
    with delta.assert_quiet():
        assert take(delta, "2026-02", "O-1")["taken"] == 0
    with delta.refused(ClearingEmpty):
        close(delta, "2026-02")


def test_the_positions_need_a_second_person(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1")
    with delta.refused(ClearingNotProposed):
        approve(delta, "2026-02")
    close(delta, "2026-02")
    with delta.refused(ClearingNeedsSecondPerson):
        approve(delta, "2026-02", SUN)
    assert approve(delta, "2026-02")["status"] == "approved"
    with delta.assert_quiet():
        approve(delta, "2026-02")
    with delta.refused(ClearingNotProposed):
        approve(delta, "2026-02", "finance:zhou")


def test_withdrawn_positions_are_stated_anew_with_more(delta):
    pay(delta, "O-1", WUJIANG, LAB)
    pay(delta, "O-2", WUJIANG, LAB)
    delta.go("2026-03-01")
    take(delta, "2026-02", "O-1")
    close(delta, "2026-02")
    withdrawn = WithdrawClearing(YRD_CODE, "2026-02", "a payment was forgotten")
    delta.do(app.withdraw_clearing, withdrawn, actor=QIAN)
    take(delta, "2026-02", "O-2")
    assert close(delta, "2026-02")["gross"] == 2 * HALF
    approve(delta, "2026-02")
    with delta.refused(ClearingNotProposed):
        delta.do(app.withdraw_clearing, withdrawn, actor=QIAN)


def test_a_programme_that_pays_itself_has_nothing_to_clear(town):
    town.paid("O-1")
    town.go("2026-03-01")
    with town.refused(NoRegionPays):
        town.do(app.take_flows, TakeFlows("SH-STIV", "2026-02", ("O-1",)), actor=SUN)
    with town.refused(NoRegionPays):
        take(town, "2026-02", "O-1")


@pytest.mark.parametrize("month", ["2026-13", "2026-2", "2026", "", "2026-02-01"])
def test_a_month_is_written_in_one_way(delta, month):
    with delta.refused(MonthMalformed):
        take(delta, month, "O-1")


REGIONS = st.sampled_from(["31", "310118", "320509", "330421", "3405", "32"])


@given(st.dictionaries(st.tuples(REGIONS, REGIONS), st.integers(0, 10**12), max_size=30))
def test_nets_add_up_to_nothing_and_no_two_regions_owe_one_another(gross):
    owed = net_of_pairs(gross)
    nets = net_of_regions(owed)
    assert sum(nets.values()) == 0
    assert all(amount > 0 and (other, one) not in owed for (one, other), amount in owed.items())
    for region, net in nets.items():
        received = sum(amount for (_, to), amount in gross.items() if to == region)
        paid = sum(amount for (by, _), amount in gross.items() if by == region)
        assert net == received - paid
