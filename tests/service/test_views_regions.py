"""The view of regions and levels says what the states of orders and clearings say, and can be verified."""

import pytest

from service.projections import Views
from service.projections.regions import clearings, flows, level_totals, orders_due, positions
from tests.examples import LAB, PUDONG, WUJIANG, YRD, YRD_CODE, YUAN, voucher_of
from tests.neighbours import order, programme, stacked
from tests.town import a_town, an_empty_town
from vouchers import application as app
from vouchers.application.settling import ReturnPayment
from vouchers.clearing.decisions import CloseClearing, TakeFlows, WithdrawClearing

HALF = 5_000 * YUAN


def paid(town, order_id, code, firm):
    """An order all the way to payment."""
    order(town, order_id, code, firm, voucher_id=voucher_of(firm, code))
    town.deliver(order_id)
    town.invoice(order_id)
    town.redeem(order_id)
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state(order_id).status == "requested":
            town.approve(order_id, reviewer)
    town.propose(f"S-{order_id}", order_id, programme=code)
    town.sign(f"S-{order_id}")
    town.confirm(f"S-{order_id}", order_id)


@pytest.fixture
def delta():
    """A payment of Wujiang to a laboratory of Shanghai."""
    with an_empty_town() as town:
        town.adopt(YRD)
        town.record(WUJIANG)
        town.entitle(WUJIANG, programme=YRD_CODE)
        town.admit()
        town.accredit()
        town.go("2026-02-02")
        paid(town, "O-1", YRD_CODE, WUJIANG)
        order(town, "O-2", YRD_CODE, WUJIANG)
        yield town.go("2026-03-01")


@pytest.fixture
def town():
    """A town of Shanghai."""
    with a_town() as town:
        yield town


@pytest.fixture
def views():
    """Views in memory."""
    with Views("memory:") as views:
        yield views


def close(town):
    """Take the payment into February and state its positions."""
    town.do(app.take_flows, TakeFlows(YRD_CODE, "2026-02", ("O-1",)), actor="finance:sun")
    town.do(app.close_clearing, CloseClearing(YRD_CODE, "2026-02"), actor="finance:sun")


def look(views, town):
    """A session on views that are at the end of the log and verified."""
    views.catch_up(town.ledger)
    assert views.verify(town.ledger) == []
    return views.session()


def test_what_is_paid_and_not_cleared_is_due_from_its_month_on(delta, views):
    with look(views, delta) as session:
        assert orders_due(session, YRD_CODE, "2026-01") == []
        assert orders_due(session, YRD_CODE, "2026-02") == ["O-1"]
        assert orders_due(session, YRD_CODE, "2026-03") == ["O-1"]
        assert orders_due(session, "SH-STIV", "2026-02") == []


def test_what_is_cleared_is_due_no_more_until_the_bank_sends_it_back(delta, views):
    close(delta)
    with look(views, delta) as session:
        assert orders_due(session, YRD_CODE, "2026-02") == []
        assert [(each.region_from, each.region_to, each.amount) for each in flows(session, f"{YRD_CODE}/2026-02")] == [
            ("320509", "31", HALF)
        ]
    delta.do(app.return_payment, ReturnPayment("S-O-1", "O-1", "closed", delta.on, "O-1-R1-P1"), actor="finance:sun")
    with look(views, delta) as session:
        assert orders_due(session, YRD_CODE, "2026-03") == ["O-1"]


def test_positions_are_those_of_the_last_statement(delta, views):
    close(delta)
    with look(views, delta) as session:
        [row] = clearings(session, YRD_CODE)
        assert (row.status, row.flows, row.gross) == ("proposed", 1, HALF)
        [owed] = positions(session, row.clearing)
        assert (owed.region_from, owed.region_to, owed.amount) == ("320509", "31", HALF)
    delta.do(app.withdraw_clearing, WithdrawClearing(YRD_CODE, "2026-02", "again"), actor="finance:sun")
    delta.do(app.return_payment, ReturnPayment("S-O-1", "O-1", "closed", delta.on, "O-1-R1-P1"), actor="finance:sun")
    close(delta)
    with look(views, delta) as session:
        [row] = clearings(session)
        assert (row.status, row.gross) == ("proposed", 0)
        assert positions(session, row.clearing) == []


def test_levels_are_told_by_what_they_were_to_pay_and_what_is_paid(town, views):
    programme(town, "LEVELS-IV", category=stacked())
    town.entitle(programme="LEVELS-IV")
    paid(town, "O-1", "LEVELS-IV", PUDONG)
    for number in ("O-2", "O-3"):
        order(town, number, "LEVELS-IV", PUDONG, voucher_id=voucher_of(PUDONG, "LEVELS-IV"), provider_id=LAB)
    town.cancel("O-3")
    with look(views, town) as session:
        found = {each.level: each for each in level_totals(session, "LEVELS-IV", "2026")}
    assert set(found) == {"province", "city"}
    assert (found["province"].orders, found["province"].granted, found["province"].paid) == (
        2,
        12_000 * YUAN,
        6_000 * YUAN,
    )
    assert sum(each.paid for each in found.values()) == town.state("O-1").paid
