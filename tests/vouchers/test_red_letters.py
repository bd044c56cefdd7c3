"""A red-letter invoice takes an invoice back in part or whole, at whatever step its order is."""

import pytest

from tests.given import given
from tests.vouchers.parts import RED, RED2, A, B, adopt, approve, claim, file, pay, reverse
from vouchers.application.reversing import RedLetterDayInvalid
from vouchers.invoice.decisions import (
    InvoiceExceeded,
    InvoiceIsRedLetter,
    InvoiceUnknown,
    RedLetterAmbiguous,
    RedLetterTooLarge,
    RedLetterUsed,
    mark_red,
)
from vouchers.invoice.events import RedLetter
from vouchers.kinds import INVOICE
from vouchers.order.billing import InvoiceHasRedLetter
from vouchers.order.decisions import ClaimReduced, NothingToClaim

YUAN = 100


@pytest.fixture
def invoiced(town):
    town.order()  # 10,000 yuan, of which 5,000 are public
    town.deliver()
    file(town, A, 10_000 * YUAN)
    return town


@pytest.fixture
def paid(invoiced):
    claim(invoiced)
    approve(invoiced, "O-1-R1")
    pay(invoiced, "S-1")
    return invoiced


def test_before_the_claim_in_part_the_usable_amount_shrinks(invoiced):
    assert reverse(invoiced, A, 4_000 * YUAN)["gross"] == 6_000 * YUAN
    assert claim(invoiced)["claimed"] == 3_000 * YUAN


def test_before_the_claim_in_whole_nothing_is_left_to_claim(invoiced):
    reverse(invoiced, A, 10_000 * YUAN)
    with invoiced.refused(NothingToClaim):
        claim(invoiced)
    file(invoiced, B, 9_000 * YUAN)  # issued in its place
    assert claim(invoiced)["claimed"] == 4_500 * YUAN


def test_while_claimed_and_unpaid_the_claim_is_cut_and_asked_for_anew(invoiced):
    claim(invoiced)
    answer = reverse(invoiced, A, 4_000 * YUAN)
    assert answer["orders"][0]["reversed"] == ["O-1-R1"]
    assert (invoiced.state().status, invoiced.state().claims) == ("invoiced", {})
    assert claim(invoiced)["claimed"] == 3_000 * YUAN
    assert invoiced.voucher().claimed == 3_000 * YUAN


def test_while_under_review_the_review_is_closed_with_the_claim(invoiced):
    invoiced.tier("D")
    invoiced.order("O-2")
    invoiced.deliver("O-2")
    file(invoiced, B, 10_000 * YUAN, "O-2")
    claim(invoiced, "O-2")
    reverse(invoiced, B, 10_000 * YUAN)
    assert invoiced.review("O-2-R1").outcome == "closed"


def test_in_a_settlement_that_is_not_approved_no_money_leaves(invoiced):
    claim(invoiced)
    approve(invoiced, "O-1-R1")
    invoiced.propose("S-1", "O-1")
    reverse(invoiced, A, 4_000 * YUAN)
    with invoiced.refused(ClaimReduced):
        invoiced.sign("S-1")
    invoiced.withdraw("S-1")
    invoiced.reverse()
    assert claim(invoiced)["claimed"] == 3_000 * YUAN


def test_while_the_bank_pays_it_is_demanded_back_with_the_payment(invoiced):
    claim(invoiced)
    approve(invoiced, "O-1-R1")
    invoiced.propose("S-1", "O-1")
    invoiced.sign("S-1")
    reverse(invoiced, A, 4_000 * YUAN)
    assert invoiced.state().clawed_back == 0
    invoiced.confirm("S-1")
    assert (invoiced.state().paid, invoiced.state().clawed_back) == (5_000 * YUAN, 2_000 * YUAN)
    assert invoiced.voucher().clawed_back == 2_000 * YUAN


def test_after_payment_in_part_exactly_the_over_paid_part_is_demanded_back(paid):
    assert reverse(paid, A, 4_000 * YUAN)["orders"][0]["clawed_back"] == 2_000 * YUAN
    found = next(event for event in paid.events("order/O-1") if type(event).__name__ == "OverpaymentFound")
    assert (found.paid, found.due, found.amount) == (5_000 * YUAN, 3_000 * YUAN, 2_000 * YUAN)
    assert found.trace
    assert (paid.voucher().paid, paid.voucher().clawed_back) == (3_000 * YUAN, 2_000 * YUAN)


def test_after_payment_in_whole_all_of_it_is_demanded_back(paid):
    reverse(paid, A, 10_000 * YUAN)
    assert paid.state().clawed_back == paid.voucher().clawed_back == 5_000 * YUAN


def test_two_red_letters_take_back_what_each_of_them_takes_and_together_no_more_than_the_invoice(paid):
    reverse(paid, A, 4_000 * YUAN)
    reverse(paid, A, 6_000 * YUAN, RED2)
    assert paid.state().clawed_back == 5_000 * YUAN
    with paid.refused(RedLetterTooLarge) as refusal:
        reverse(paid, A, 1, "dfp:26310000000000000903")
    assert refusal.value.remedy.endswith("; 0.00 with tax and 0.00 without are left.")


def test_a_service_that_was_dearer_than_its_contract_is_over_paid_only_below_the_reservation(town):
    town.order()
    town.deliver()
    file(town, A, 12_000 * YUAN)
    claim(town)
    approve(town, "O-1-R1")
    pay(town, "S-1")
    assert reverse(town, A, 2_000 * YUAN)["orders"][0]["clawed_back"] == 0
    assert reverse(town, A, 200, RED2)["orders"][0]["clawed_back"] == 100


def test_of_two_parts_paid_the_one_whose_invoice_was_taken_back_is_cut(town):
    town.order()
    town.deliver()
    file(town, A, 6_000 * YUAN)
    claim(town, more=True)
    approve(town, "O-1-R1")
    pay(town, "S-1")
    file(town, B, 4_000 * YUAN)
    reverse(town, A, 1_000 * YUAN)
    assert town.state().claims["O-1-R1"].clawed_back == 500 * YUAN
    assert claim(town)["redemption_id"] == "O-1-R2"
    assert town.state().claims["O-1-R2"].amount == 2_000 * YUAN


def test_what_is_not_paid_yet_is_not_demanded_back_of_what_is(town):
    town.order()
    town.deliver()
    file(town, A, 6_000 * YUAN)
    claim(town, more=True)
    approve(town, "O-1-R1")
    pay(town, "S-1")
    file(town, B, 4_000 * YUAN)
    claim(town)
    approve(town, "O-1-R2")
    town.propose("S-2", "O-1")
    town.sign("S-2")
    reverse(town, A, 1_000 * YUAN)
    reverse(town, B, 1_000 * YUAN, RED2)
    assert town.state().clawed_back == 500 * YUAN
    town.confirm("S-2")
    assert [each.clawed_back for each in town.state().claims.values()] == [500 * YUAN, 500 * YUAN]


def test_the_same_red_letter_twice_changes_nothing(paid):
    reverse(paid, A, 4_000 * YUAN)
    with paid.assert_quiet():
        reverse(paid, A, 4_000 * YUAN)


def test_a_red_letter_with_other_figures_is_another_paper(paid):
    reverse(paid, A, 4_000 * YUAN)
    with paid.refused(RedLetterUsed):
        reverse(paid, A, 4_001 * YUAN)


def test_a_red_letter_is_no_invoice_and_an_invoice_no_red_letter(paid):
    reverse(paid, A, 4_000 * YUAN)
    paid.order("O-2")
    paid.deliver("O-2")
    with paid.refused(InvoiceIsRedLetter):
        file(paid, RED, 1_000 * YUAN, "O-2")
    file(paid, B, 1_000 * YUAN, "O-2")
    with paid.refused(RedLetterUsed):
        reverse(paid, A, 1_000 * YUAN, B)


def test_of_several_orders_the_one_that_loses_is_named(town):
    for order_id in ("O-1", "O-2"):
        town.order(order_id)
        town.deliver(order_id)
    whole = {"total_gross": 10_000 * YUAN, "total_net": 10_000 * YUAN}
    file(town, A, 6_000 * YUAN, "O-1", **whole)
    file(town, A, 4_000 * YUAN, "O-2", **whole)
    with town.refused(RedLetterAmbiguous) as caught:
        reverse(town, A, 1_000 * YUAN)
    assert caught.value.facts["orders"] == ["O-1", "O-2"]
    reverse(town, A, 1_000 * YUAN, order_id="O-2")
    assert claim(town, "O-1")["claimed"] == 3_000 * YUAN
    assert claim(town, "O-2")["claimed"] == 1_500 * YUAN


def test_the_whole_invoice_is_taken_back_from_all_of_its_orders(town):
    for order_id in ("O-1", "O-2"):
        town.order(order_id)
        town.deliver(order_id)
    whole = {"total_gross": 10_000 * YUAN, "total_net": 10_000 * YUAN}
    file(town, A, 6_000 * YUAN, "O-1", **whole)
    file(town, A, 4_000 * YUAN, "O-2", **whole)
    reverse(town, A, 10_000 * YUAN)
    assert [town.state(key).bills[A].red_gross for key in ("O-1", "O-2")] == [6_000 * YUAN, 4_000 * YUAN]


def test_what_no_order_claims_is_taken_back_first(town):
    town.order()
    town.deliver()
    file(town, A, 6_000 * YUAN, total_gross=10_000 * YUAN, total_net=10_000 * YUAN)
    assert reverse(town, A, 4_000 * YUAN)["orders"] == []
    reverse(town, A, 1_000 * YUAN, RED2)
    assert claim(town)["claimed"] == 2_500 * YUAN


def test_what_a_red_letter_took_cannot_be_filed_again(invoiced):
    reverse(invoiced, A, 4_000 * YUAN)
    with invoiced.refused(InvoiceHasRedLetter):
        file(invoiced, A, 9_000 * YUAN)
    invoiced.cancel()
    invoiced.order("O-2")
    invoiced.deliver("O-2")
    with invoiced.refused(InvoiceExceeded):
        file(invoiced, A, 10_000 * YUAN, "O-2")
    file(invoiced, A, 6_000 * YUAN, "O-2", total_gross=10_000 * YUAN, total_net=10_000 * YUAN)
    assert claim(invoiced, "O-2")["claimed"] == 3_000 * YUAN


def test_an_invoice_that_nobody_filed_has_no_red_letter(town):
    with town.refused(InvoiceUnknown):
        reverse(town, A, 1)


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-03"])
def test_a_red_letter_is_dated_from_its_invoice_to_today(invoiced, day):
    with invoiced.refused(RedLetterDayInvalid):
        reverse(invoiced, A, 1, issued_on=day)
    reverse(invoiced, A, 1)


def test_the_over_paid_part_follows_the_brackets_of_the_order_as_a_whole(town):
    town.go("2026-03-01")
    bands = {"kind": "brackets", "bands": [{"up_to": 500_000, "rate_bp": 8_000}, {"rate_bp": 2_000}]}
    adopt(town, "2026", "category.TEST", "rate_bp", subsidy=bands)
    town.order(gross=10_000 * YUAN)  # 80% of 5,000 + 20% of 5,000
    town.deliver()
    file(town, A, 6_000 * YUAN)
    claim(town, more=True)
    assert town.state().claimed == 4_200 * YUAN
    approve(town, "O-1-R1")
    file(town, B, 4_000 * YUAN)
    claim(town)
    assert town.state().claims["O-1-R2"].amount == 800 * YUAN
    approve(town, "O-1-R2")
    pay(town, "S-1")
    reverse(town, B, 4_000 * YUAN)
    assert town.state().clawed_back == 800 * YUAN


def test_a_number_is_used_once():
    letter = RedLetter(A, "2026-02-20", 100, 94)
    given(INVOICE).when(mark_red, letter).then(letter)
    given(INVOICE, letter).when(mark_red, letter).then()
    given(INVOICE, letter).when(mark_red, RedLetter(B, "2026-02-20", 100, 94)).refused(RedLetterUsed)


def test_a_refused_red_letter_moves_nothing(paid):
    with paid.refused(RedLetterTooLarge):
        reverse(paid, A, 10_000 * YUAN + 1)
    assert paid.voucher().clawed_back == 0
