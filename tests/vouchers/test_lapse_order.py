"""An order that nobody claimed in time lapses."""

import pytest

from tests.examples import voucher_of
from vouchers.order.decisions import OrderNotOpen, OrderUnknown


@pytest.mark.parametrize("day", ["2026-02-02", "2026-12-31", "2027-03-31"])
def test_until_the_redeem_by_day_nothing_lapses(town, day):
    town.order()
    with town.go(day).assert_quiet():
        assert town.lapse()["status"] == "registered"


@pytest.mark.parametrize("steps", [(), ("deliver",), ("deliver", "invoice")])
def test_the_day_after_it_everything_returns_and_expires(town, steps):
    town.order()
    for step in steps:
        getattr(town, step)()
    assert town.go("2027-04-01").lapse() == {"order_id": "O-1", "status": "lapsed", "released": 5_000_00}
    assert (town.voucher().reserved, town.voucher().expired) == (0, 5_000_00)
    assert town.budget().committed == 0


def test_lapsing_again_changes_nothing(town):
    town.order()
    town.go("2027-04-01").lapse()
    with town.assert_quiet():
        assert town.lapse()["released"] == 0


def test_a_claim_made_in_time_does_not_lapse(town):
    town.claimed()
    with town.go("2027-04-01").assert_quiet():
        assert town.lapse()["status"] == "approved"


def test_a_lapsed_order_is_over(town):
    town.order()
    town.go("2027-04-01").lapse()
    with town.refused(OrderNotOpen):
        town.deliver()
    with town.refused(OrderNotOpen):
        town.cancel()


def test_what_was_never_ordered_cannot_lapse(town):
    with town.refused(OrderUnknown):
        town.lapse()


def test_expiry_of_the_voucher_first_makes_no_difference(town):
    town.order()
    town.go("2027-04-01").expire()
    assert town.voucher(voucher_of()).expired == 295_000_00
    town.lapse()
    assert town.voucher().expired == town.voucher().face == 300_000_00
