"""Vouchers in pieces of 5,000 yuan: whole pieces only, and no change is given."""

import pytest

from tests.examples import YUAN
from tests.rulebooks import changed
from vouchers import application as app
from vouchers.order.decisions import NothingToClaim
from vouchers.refusals import Ineligible


def _pieces(document):
    category = document["category"]["TEST"]
    del category["rate_bp"]
    category["subsidy"] = {"kind": "pieces", "piece": 5_000 * YUAN, "fewest": 1, "most": 40}
    document["money"]["own_share_min_bp"] = 0


@pytest.fixture
def town(town):
    """The town under a policy in which tests are paid in pieces."""
    town.do(app.adopt_policy, changed(_pieces))
    return town


@pytest.mark.parametrize(
    ("cost", "paid"), [(5_000, 5_000), (5_001, 5_000), (9_999, 5_000), (10_000, 10_000), (200_001, 200_000)]
)
def test_pieces_of_5000_cannot_pay_5001_exactly_and_no_change_is_given(town, cost, paid):
    answer = town.order(gross=cost * YUAN)
    assert (answer["subsidy"], answer["own_share"]) == (paid * YUAN, (cost - paid) * YUAN)


def test_a_cost_below_one_piece_takes_none(town):
    with town.refused(Ineligible, "pieces-out-of-range"):
        town.order(gross=5_000 * YUAN - 1)


def test_pieces_are_counted_on_all_invoices_of_an_order_together(town):
    town.order(gross=15_000 * YUAN)
    town.deliver()
    town.invoice(gross=4_999 * YUAN)
    town.invoice(gross=5_001 * YUAN)
    assert town.redeem()["claimed"] == 10_000 * YUAN


@pytest.mark.parametrize(("cost", "paid"), [(5_000 * YUAN, 5_000), (10_000 * YUAN - 1, 5_000), (10_000 * YUAN, 10_000)])
def test_a_lower_actual_cost_takes_fewer_pieces(town, cost, paid):
    town.order(gross=10_000 * YUAN)
    town.deliver()
    town.invoice(gross=cost)
    assert town.redeem()["claimed"] == paid * YUAN
    assert town.voucher().available == (300_000 - paid) * YUAN


def test_an_actual_cost_below_one_piece_claims_nothing(town):
    town.order(gross=10_000 * YUAN)
    town.deliver()
    town.invoice(gross=5_000 * YUAN - 1)
    with pytest.raises((Ineligible, NothingToClaim)):
        town.redeem()
