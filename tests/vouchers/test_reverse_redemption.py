"""A claim is taken back before it is paid."""

import pytest

from tests.examples import JANUARY
from tests.given import given
from vouchers.kinds import VOUCHER
from vouchers.order.decisions import NotBeforePayment, OrderUnknown
from vouchers.voucher.decisions import NotHeld, reverse_claim
from vouchers.voucher.events import Claimed, ClaimReversed, Issued, Reserved

ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), JANUARY, "2026-12-31", "2027-03-31")
PAST = (ISSUED, Reserved("P", "2026", "TEST", "O-1", 600), Claimed("P", "2026", "TEST", "O-1", "O-1-R1", 600))
BACK = {"order_id": "O-1", "redemption_id": "O-1-R1", "category": "TEST", "amount": 600, "reason": "mistake"}


def test_the_value_is_reserved_again():
    reversed_ = ClaimReversed("P", "2026", "TEST", "O-1", "O-1-R1", 600, "mistake")
    state = given(VOUCHER, *PAST).when(reverse_claim, **BACK).then(reversed_)
    assert (state.reserved, state.claimed, state.face) == (600, 0, 1_000)


def test_no_more_is_taken_back_than_was_claimed():
    given(VOUCHER, *PAST).when(reverse_claim, **BACK | {"amount": 601}).refused(NotHeld)


@pytest.mark.parametrize("tier", ["B", "D"])
def test_an_approved_and_a_waiting_claim_can_be_taken_back(town, tier):
    town.tier(tier)
    town.claimed()
    assert town.state().status == ("approved" if tier == "B" else "requested")
    town.reverse()
    assert (town.state().status, town.state().held) == ("invoiced", 5_000_00)
    assert (town.voucher().reserved, town.voucher().claimed) == (5_000_00, 0)


def test_it_may_be_corrected_and_claimed_again_for_less(town):
    town.claimed()
    town.reverse()
    town.invoice(gross=6_000_00, number=town.state().invoice.invoice)
    town.redeem()
    assert (town.state().redemption_id, town.state().claimed) == ("O-1-R2", 3_000_00)
    assert town.budget().committed == 3_000_00


def test_but_never_for_more_than_it_still_holds(town):
    town.order()
    town.deliver()
    town.invoice(gross=6_000_00)
    town.redeem()
    town.reverse()
    town.invoice(gross=10_000_00)
    town.redeem()
    assert town.state().claimed == 3_000_00


def test_what_a_settlement_has_taken_up_cannot_be_taken_back(town):
    town.approved()
    town.propose("S-1", "O-1")
    with town.refused(NotBeforePayment):
        town.reverse()
    town.sign("S-1")
    town.confirm("S-1")
    with town.refused(NotBeforePayment):
        town.reverse()


def test_there_must_be_a_claim_to_take_back(town):
    with town.refused(OrderUnknown):
        town.reverse()
    town.order()
    with town.refused(NotBeforePayment):
        town.reverse()


def test_after_the_redeem_by_day_a_claim_taken_back_can_only_lapse(town):
    town.claimed()
    town.go("2027-04-01").reverse()
    town.lapse()
    assert (town.state().status, town.voucher().expired) == ("lapsed", 5_000_00)
    assert town.budget().committed == 0
