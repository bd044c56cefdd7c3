"""An order is cancelled before anything is claimed, and everything it held returns."""

import pytest

from vouchers.order.decisions import OrderNotOpen, OrderUnknown


@pytest.mark.parametrize("steps", [(), ("deliver",), ("deliver", "invoice")])
def test_value_caps_and_budget_are_given_back(town, steps):
    town.order()
    for step in steps:
        getattr(town, step)()
    answer = town.cancel()
    assert (answer["status"], answer["released"]) == ("cancelled", 5_000_00)
    assert (town.voucher().available, town.voucher().reserved, town.voucher().held) == (300_000_00, 0, {})
    assert town.budget().committed == 0
    last = [town.events(cap)[-1] for cap in town.state().registered.caps]
    assert [(event.total, event.count) for event in last] == [(0, 0), (0, 0)]


def test_cancelling_again_changes_nothing(town):
    town.order()
    town.cancel()
    with town.assert_quiet():
        assert town.cancel()["released"] == 0


def test_a_claimed_or_paid_order_is_not_cancelled(town):
    town.claimed()
    with town.refused(OrderNotOpen):
        town.cancel()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    with town.refused(OrderNotOpen):
        town.cancel()


def test_what_was_never_ordered_cannot_be_cancelled(town):
    with town.refused(OrderUnknown):
        town.cancel()


def test_the_limit_is_free_for_another_order(town):
    town.order("O-1", gross=600_000_00)
    town.cancel("O-1")
    town.order("O-2", gross=600_000_00)
    assert town.voucher().held["O-2"].reserved == 300_000_00


def test_after_the_use_by_day_what_returns_lapses_at_once(town):
    town.order()
    town.go("2027-01-01").cancel()
    assert (town.voucher().expired, town.voucher().reserved, town.voucher().face) == (5_000_00, 0, 300_000_00)
    assert town.budget().committed == 0


def test_on_the_use_by_day_what_returns_may_be_used_again(town):
    town.order()
    town.go("2026-12-31").cancel()
    town.order("O-2", gross=600_000_00, ends_on="2026-12-31")
    assert town.voucher().reserved == 300_000_00
