"""Money that was paid is demanded back, never more than was paid."""

import pytest

from tests.given import given
from vouchers.kinds import VOUCHER
from vouchers.money import AmountNotInteger, AmountOutOfRange
from vouchers.order.decisions import ClawbackAbovePaid, OrderNotOpen, OrderUnknown
from vouchers.voucher.decisions import NotPaid, claw_back, return_payment
from vouchers.voucher.events import Claimed, ClawedBack, Issued, Paid, Reserved

ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
PAST = (
    ISSUED,
    Reserved("P", "2026", "TEST", "O-1", 600),
    Claimed("P", "2026", "TEST", "O-1", "O-1-R1", 600),
    Paid("P", "2026", "TEST", "O-1", "O-1-R1", 600),
)
BACK = {"order_id": "O-1", "redemption_id": "O-1-R1", "category": "TEST", "amount": 600, "reason": "fraud"}


def test_it_moves_from_paid_to_clawed_back():
    clawed = ClawedBack("P", "2026", "TEST", "O-1", "O-1-R1", 600, "fraud")
    state = given(VOUCHER, *PAST).when(claw_back, **BACK).then(clawed)
    assert (state.paid, state.clawed_back, state.face) == (0, 600, 1_000)


def test_a_voucher_gives_back_no_more_than_was_paid():
    given(VOUCHER, *PAST).when(claw_back, **BACK | {"amount": 601}).refused(NotPaid)
    given(VOUCHER, *PAST).when(return_payment, **BACK | {"amount": 601}).refused(NotPaid)


def test_in_parts_up_to_the_last_fen_and_not_one_more(town):
    town.paid()
    town.claw_back(2_000_00)
    with town.refused(ClawbackAbovePaid) as caught:
        town.claw_back(3_000_01)
    assert caught.value.facts["left"] == 3_000_00
    town.claw_back(3_000_00)
    with town.refused(ClawbackAbovePaid):
        town.claw_back(1)
    assert (town.voucher().paid, town.voucher().clawed_back, town.voucher().face) == (0, 5_000_00, 300_000_00)
    assert (town.state().paid, town.state().clawed_back) == (5_000_00, 5_000_00)


def test_one_order_does_not_pay_for_anothers_fault(town):
    town.paid("O-1")
    town.paid("O-2")
    with town.refused(ClawbackAbovePaid):
        town.claw_back(5_000_01, "O-1")


def test_the_clawed_back_value_is_not_spent_again(town):
    town.paid()
    town.claw_back(5_000_00)
    assert town.voucher().available == 295_000_00
    assert town.budget().committed == 5_000_00


@pytest.mark.parametrize("amount", [0])
def test_nothing_is_not_demanded_back(town, amount):
    town.paid()
    with town.refused(ClawbackAbovePaid):
        town.claw_back(amount)


def test_a_negative_or_broken_amount_is_refused(town):
    town.paid()
    with town.refused(AmountOutOfRange):
        town.claw_back(-1)
    with town.refused(AmountNotInteger):
        town.claw_back(True)


def test_what_was_not_paid_is_not_clawed_back(town):
    with town.refused(OrderUnknown):
        town.claw_back(1)
    town.approved()
    with town.refused(OrderNotOpen):
        town.claw_back(1)
