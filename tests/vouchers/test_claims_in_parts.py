"""One order, several deliveries, invoices and redemptions: the parts never come to more than the whole."""

import pytest
from hypothesis import given as some
from hypothesis import settings
from hypothesis import strategies as st

from tests.town import a_town
from tests.vouchers.parts import A, B, C, approve, caps_of, claim, file, pay
from vouchers import application as app
from vouchers.order.billing import InvoiceClaimed, InvoiceNotOfOrder
from vouchers.order.decisions import (
    ClawbackAbovePaid,
    NothingToClaim,
    OrderNotOpen,
    RedemptionAmbiguous,
    RedemptionUnknown,
    ReverseRedemption,
)

YUAN = 100


@pytest.fixture
def delivered(town):
    town.order()  # 10,000 yuan, of which 5,000 are public
    town.deliver()
    return town


def test_a_service_is_delivered_in_parts_with_a_report_of_each(delivered):
    delivered.go("2026-02-10").deliver()
    delivered.go("2026-02-20").deliver()
    assert [part.delivered_on for part in delivered.state().parts] == ["2026-02-10", "2026-02-20"]
    with delivered.assert_quiet():
        delivered.deliver()
    file(delivered, A, 10_000 * YUAN)
    claim(delivered)
    claimed = delivered.events("order/O-1")[-1 if delivered.state().status == "requested" else -2]
    assert set(claimed.evidence) >= {"service_report", "service_report_2", "service_report_3"}


def test_a_further_invoice_is_added_and_both_are_paid_together(delivered):
    file(delivered, A, 6_000 * YUAN)
    file(delivered, B, 4_000 * YUAN)
    assert claim(delivered)["claimed"] == 5_000 * YUAN
    assert delivered.state().claims["O-1-R1"].invoices == (A, B)


def test_an_invoice_is_replaced_by_the_one_that_names_it(delivered):
    file(delivered, A, 6_000 * YUAN)
    file(delivered, B, 4_000 * YUAN)
    file(delivered, C, 3_000 * YUAN, replaces=A)
    assert {number: bill.gross for number, bill in delivered.state().bills.items()} == {
        B: 4_000 * YUAN,
        C: 3_000 * YUAN,
    }
    with delivered.refused(InvoiceNotOfOrder):
        file(delivered, A, 3_000 * YUAN, replaces="dfp:26310000000000000777")


def test_one_of_several_invoices_is_corrected_by_filing_it_again(delivered):
    file(delivered, A, 6_000 * YUAN)
    file(delivered, B, 4_000 * YUAN)
    file(delivered, A, 5_000 * YUAN)
    with delivered.assert_quiet():
        file(delivered, A, 5_000 * YUAN)
    assert sum(bill.gross for bill in delivered.state().bills.values()) == 9_000 * YUAN
    assert claim(delivered)["claimed"] == 4_500 * YUAN


def test_a_part_is_claimed_and_the_rest_is_kept_for_what_is_to_come(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    assert (delivered.state().claimed, delivered.state().held) == (3_000 * YUAN, 2_000 * YUAN)
    assert (delivered.voucher().claimed, delivered.voucher().reserved) == (3_000 * YUAN, 2_000 * YUAN)
    file(delivered, B, 4_000 * YUAN)
    claim(delivered)
    assert (delivered.state().claimed, delivered.state().held) == (5_000 * YUAN, 0)
    assert delivered.budget().committed == 5_000 * YUAN
    assert caps_of(delivered) == {5_000 * YUAN}


def test_without_more_to_come_the_rest_is_released_at_once(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered)
    assert (delivered.state().held, delivered.voucher().reserved) == (0, 0)
    assert delivered.budget().committed == 3_000 * YUAN
    with delivered.refused(OrderNotOpen):
        file(delivered, B, 4_000 * YUAN)


def test_the_last_part_below_the_contract_releases_what_is_not_needed(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    file(delivered, B, 2_000 * YUAN)
    claim(delivered)
    assert delivered.state().claimed == 4_000 * YUAN
    assert delivered.voucher().available == 300_000 * YUAN - 4_000 * YUAN
    assert caps_of(delivered) == {4_000 * YUAN}


def test_parts_above_the_contract_end_at_the_reservation(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    file(delivered, B, 9_000 * YUAN)
    claim(delivered)
    assert delivered.state().claimed == 5_000 * YUAN


@settings(max_examples=15, deadline=None)
@some(st.lists(st.integers(3, 400_000), min_size=1, max_size=4))
def test_the_sum_of_the_parts_is_the_whole_to_the_last_fen(parts):
    with a_town() as town:
        town.order(gross=10_000 * YUAN)
        town.deliver()
        for number, gross in enumerate(parts, 1):
            file(town, f"dfp:2631000000000000{number:04d}", gross)
            claim(town, more=number < len(parts))
            assert town.state().taken == min(sum(parts[:number]) // 2, 5_000 * YUAN)
        assert town.voucher().face == 300_000 * YUAN


def test_nothing_is_claimed_twice_for_the_same_invoice(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    with delivered.refused(NothingToClaim):
        claim(delivered)
    with delivered.refused(InvoiceClaimed):
        file(delivered, A, 7_000 * YUAN)


def test_each_redemption_is_approved_and_paid_by_its_own_number(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    file(delivered, B, 4_000 * YUAN)
    claim(delivered)
    approve(delivered, "O-1-R1")
    approve(delivered, "O-1-R2")
    pay(delivered, "S-1")
    assert [claim.status for claim in delivered.state().claims.values()] == ["paid", "paid"]
    assert delivered.state().paid == delivered.voucher().paid == 5_000 * YUAN


def test_without_a_number_the_redemption_must_be_the_only_one_it_can_be(delivered):
    delivered.tier("D")
    delivered.order("O-2")
    delivered.deliver("O-2")
    file(delivered, A, 6_000 * YUAN, "O-2")
    claim(delivered, "O-2", more=True)
    file(delivered, B, 4_000 * YUAN, "O-2")
    claim(delivered, "O-2")
    with delivered.refused(RedemptionAmbiguous) as caught:
        delivered.reverse("O-2")
    assert caught.value.facts["redemptions"] == ["O-2-R1", "O-2-R2"]
    with delivered.refused(RedemptionAmbiguous):
        delivered.approve("O-2")


def test_one_part_is_rejected_and_the_other_stays(delivered):
    delivered.tier("D")
    delivered.order("O-2")
    delivered.deliver("O-2")
    file(delivered, A, 6_000 * YUAN, "O-2")
    claim(delivered, "O-2", more=True)
    approve(delivered, "O-2-R1", "O-2")
    file(delivered, B, 4_000 * YUAN, "O-2")
    claim(delivered, "O-2")
    delivered.reject("O-2")  # only the second waits
    assert list(delivered.state("O-2").claims) == ["O-2-R1"]
    assert delivered.state("O-2").held == 2_000 * YUAN
    assert claim(delivered, "O-2")["redemption_id"] == "O-2-R3"


def test_what_is_left_after_a_part_is_cancelled_and_the_part_stays(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    answer = delivered.cancel()
    assert answer["released"] == 2_000 * YUAN
    assert (delivered.state().claimed, delivered.state().held) == (3_000 * YUAN, 0)
    assert delivered.voucher().available == 300_000 * YUAN - 3_000 * YUAN
    assert caps_of(delivered) == {3_000 * YUAN}
    assert {delivered.events(cap)[-1].count for cap in delivered.state().registered.caps} == {1}


def test_what_is_left_lapses_with_the_redeem_by_day_and_not_before(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    assert delivered.go("2027-03-31").lapse()["released"] == 0
    assert delivered.go("2027-04-01").lapse()["released"] == 2_000 * YUAN
    assert delivered.voucher().reserved == 0
    with delivered.assert_quiet():
        delivered.lapse()


def test_no_more_is_demanded_back_than_each_redemption_was_paid(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    approve(delivered, "O-1-R1")
    pay(delivered, "S-1")
    with delivered.refused(ClawbackAbovePaid):
        delivered.claw_back(3_000 * YUAN + 1)
    delivered.claw_back(3_000 * YUAN)
    with delivered.refused(ClawbackAbovePaid):
        delivered.claw_back(1)


def test_a_redemption_that_does_not_exist_is_unknown(delivered):
    file(delivered, A, 6_000 * YUAN)
    claim(delivered, more=True)
    with delivered.refused(RedemptionUnknown):
        delivered.do(app.reverse_redemption, ReverseRedemption("O-1", "by mistake", "O-1-R9"), actor="provider:lab")


def test_an_invoice_that_left_with_the_rest_does_not_come_back_with_a_rejected_claim(delivered):
    town = delivered
    file(town, A, 4_000 * YUAN)
    claim(town, more=True)
    file(town, B, 2_000 * YUAN)
    town.cancel()
    town.order("O-2")
    town.deliver("O-2")
    file(town, B, 2_000 * YUAN, "O-2")
    town.do(app.reverse_redemption, ReverseRedemption("O-1", "claimed by mistake"))
    assert list(town.state().bills) == [A]
    claim(town)
    assert town.state().claims["O-1-R2"].invoices == (A,)
