"""What an order keeps from its registration, whatever comes later: its category and the version of its policy."""

import pytest

from tests.vouchers.parts import A, B, adopt, approve, change, claim, file, pay
from vouchers.kinds import INVOICE
from vouchers.order.decisions import OrderNotOpen
from vouchers.programme.decisions import PolicyVersionExists

YUAN = 100


@pytest.fixture
def cheaper(town):
    """An order of 10,000 yuan, and from the next day on a policy that pays a tenth instead of a half."""
    town.order("O-1")
    adopt(town.go("2026-02-03"), "2026", "money", own_share_min_bp=9_000)
    return town


def _through(town, order_id, number):
    """Bring an order from its delivery to its payment, on its contract's sum."""
    town.deliver(order_id)
    file(town, number, 10_000 * YUAN, order_id)
    claim(town, order_id)
    approve(town, f"{order_id}-R1", order_id)
    pay(town, f"S-{order_id}", order_id)
    return town.state(order_id).paid


def test_an_order_is_claimed_and_paid_under_the_rules_of_its_registration_and_a_later_one_under_the_new(cheaper):
    cheaper.order("O-2")
    assert _through(cheaper, "O-1", A) == 5_000 * YUAN
    assert _through(cheaper, "O-2", B) == 1_000 * YUAN


def test_an_old_order_is_paid_under_its_old_rules_only_as_far_as_its_own_money_goes(cheaper):
    reserved = cheaper.budget().committed
    cheaper.cut("TEST", cheaper.budget().free)
    assert _through(cheaper, "O-1", A) == reserved == cheaper.budget().committed == 5_000 * YUAN


def test_a_version_is_never_edited_and_a_correction_is_a_version_of_its_own(cheaper):
    with cheaper.refused(PolicyVersionExists):
        adopt(cheaper, "2026", "money", own_share_min_bp=8_000)
    adopt(cheaper, "2026-corrected", "money", own_share_min_bp=8_000)
    cheaper.order("O-3")
    assert cheaper.state("O-3").held == 2_000 * YUAN


def test_an_invoice_that_fits_two_categories_counts_in_that_of_its_order(town):
    town.accredit(category="RND")
    town.order("O-1", category="TEST")
    change(town, 12_000 * YUAN)
    town.deliver()
    file(town, A, 12_000 * YUAN)
    claim(town)
    assert town.state().registered.category == "TEST"
    assert (town.voucher().held["O-1"].claimed, town.budget("TEST").committed) == (6_000 * YUAN, 6_000 * YUAN)
    assert town.budget("RND").committed == 0
    town.order("O-2", category="RND")
    assert town.budget("RND").committed == 5_000 * YUAN


def test_the_lines_of_a_mixed_invoice_pay_in_the_category_of_their_order_and_in_no_other(town):
    town.accredit(category="RND")
    for order_id, category in (("O-1", "TEST"), ("O-2", "RND")):
        town.order(order_id, category=category)
        town.deliver(order_id)
    whole = {"total_gross": 10_000 * YUAN, "total_net": 10_000 * YUAN}
    file(town, A, 7_000 * YUAN, "O-1", **whole)
    file(town, A, 3_000 * YUAN, "O-2", **whole)
    assert [claim(town, number)["claimed"] for number in ("O-1", "O-2")] == [3_500 * YUAN, 1_500 * YUAN]
    assert [town.budget(pool).committed for pool in ("TEST", "RND")] == [3_500 * YUAN, 1_500 * YUAN]
    assert town.ledger.state(INVOICE, A).used == (10_000 * YUAN, 10_000 * YUAN)
    with town.refused(OrderNotOpen):
        file(town, B, 1 * YUAN, "O-1")
