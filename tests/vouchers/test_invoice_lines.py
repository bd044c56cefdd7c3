"""One invoice over several orders and categories, line by line: never more than the invoice, to the last fen."""

import pytest

from tests.examples import CHANGNING, PUDONG, voucher_of
from tests.given import given
from tests.vouchers.parts import A, B, claim, file
from vouchers.invoice.decisions import (
    InvoiceAlreadyUsed,
    InvoiceExceeded,
    InvoiceFiledDifferently,
    InvoiceIsRedLetter,
    InvoiceTotalsDiffer,
    file_part,
)
from vouchers.invoice.decisions import file as file_whole
from vouchers.invoice.events import Filed, PartFiled, RedLetter, Withdrawn
from vouchers.kinds import INVOICE

YUAN = 100
WHOLE = {"total_gross": 10_000 * YUAN, "total_net": 10_000 * YUAN}


def _part(order_id, gross, total=100, **changes):
    figures = {"issued_on": "2026-02-20", "gross": total, "net": total, "part_gross": gross, "part_net": gross}
    parties = {"enterprise_id": PUDONG, "provider_id": "lab", "currency": "CNY"}
    return PartFiled(order_id=order_id, **(parties | figures | changes))


@pytest.fixture
def two(town):
    for order_id in ("O-1", "O-2"):
        town.order(order_id)
        town.deliver(order_id)
    return town


def test_two_orders_share_an_invoice_up_to_its_last_fen(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)
    file(two, A, 4_000 * YUAN, "O-2", **WHOLE)
    assert claim(two, "O-1")["claimed"] == 3_000 * YUAN
    assert claim(two, "O-2")["claimed"] == 2_000 * YUAN


def test_one_fen_more_than_the_invoice_is_refused(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)
    with two.refused(InvoiceExceeded) as caught:
        file(two, A, 4_000 * YUAN + 1, "O-2", **WHOLE)
    assert caught.value.facts["gross"] == 4_000 * YUAN


def test_only_the_service_amount_of_an_invoice_is_supported(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)  # the other 4,000 are for something else
    assert claim(two, "O-1")["claimed"] == 3_000 * YUAN


def test_a_mixed_invoice_is_split_by_line_over_the_categories_of_its_orders(town):
    town.accredit(category="RND")
    for order_id, category in (("O-1", "TEST"), ("O-2", "RND")):
        town.order(order_id, category=category)
        town.deliver(order_id)
    file(town, A, 7_000 * YUAN, "O-1", **WHOLE)
    file(town, A, 3_000 * YUAN, "O-2", **WHOLE)
    assert set(town.ledger.state(INVOICE, A).parts) == {"O-1", "O-2"}


@pytest.mark.parametrize(
    ("other", "told"), [({"total_gross": 11_000 * YUAN}, "total with tax"), ({"issued_on": "2026-02-03"}, "day")]
)
def test_every_line_tells_the_same_day_and_totals(two, other, told):
    two.go("2026-02-10")
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE, issued_on="2026-02-10")
    with two.refused(InvoiceTotalsDiffer) as caught:
        file(two, A, 3_000 * YUAN, "O-2", **(WHOLE | {"issued_on": "2026-02-10"} | other))
    assert caught.value.detail == f"Another line of this invoice was filed with another {told}."


def test_an_invoice_filed_as_a_whole_has_no_lines_left(two):
    file(two, A, 10_000 * YUAN, "O-1")
    with two.refused(InvoiceAlreadyUsed):
        file(two, A, 1 * YUAN, "O-2", **WHOLE)


def test_an_invoice_filed_by_line_is_not_filed_as_a_whole_by_another_order(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)
    with two.refused(InvoiceAlreadyUsed):
        file(two, A, 10_000 * YUAN, "O-2")


def test_the_line_of_a_cancelled_order_is_free_for_another(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)
    two.cancel("O-1")
    file(two, A, 10_000 * YUAN, "O-2", **WHOLE)
    assert two.ledger.state(INVOICE, A).used == (10_000 * YUAN, 10_000 * YUAN)


def test_a_line_is_corrected_before_the_claim(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)
    file(two, A, 5_000 * YUAN, "O-1", **WHOLE)
    file(two, A, 5_000 * YUAN, "O-2", **WHOLE)
    with two.assert_quiet():
        file(two, A, 5_000 * YUAN, "O-2", **WHOLE)


def test_an_invoice_counts_once_over_enterprises_and_years(two):
    file(two, A, 6_000 * YUAN, "O-1", **WHOLE)
    two.record(CHANGNING)
    two.entitle(CHANGNING)
    two.order("O-3", enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING))
    two.deliver("O-3")
    with two.refused(InvoiceTotalsDiffer) as caught:  # an invoice has one buyer
        file(two, A, 1_000 * YUAN, "O-3", **WHOLE)
    assert caught.value.detail == "Another line of this invoice was filed with another enterprise."
    two.go("2026-12-31")
    two.order("O-4", ends_on="2026-12-31")
    two.deliver("O-4")
    with two.refused(InvoiceTotalsDiffer):
        file(two.go("2027-01-02"), A, 1_000 * YUAN, "O-4", **WHOLE)  # of another day


def test_the_past_of_an_invoice_is_read_as_before():
    filed = Filed("O-1", PUDONG, "lab", "2026-02-20", 100, 94, "CNY")
    again = Filed("O-2", PUDONG, "lab", "2026-02-20", 100, 94, "CNY")
    given(INVOICE, filed, Withdrawn("O-1", "cancelled")).when(file_whole, again).then(again)
    given(INVOICE, filed).when(file_whole, again).refused(InvoiceAlreadyUsed)
    given(INVOICE, filed).when(file_part, _part("O-2", 1)).refused(InvoiceAlreadyUsed)


def test_the_lines_come_to_the_invoice_and_not_beyond_it():
    given(INVOICE, _part("O-1", 60)).when(file_part, _part("O-2", 40)).then(_part("O-2", 40))
    given(INVOICE, _part("O-1", 60)).when(file_part, _part("O-2", 41)).refused(InvoiceExceeded)
    given(INVOICE, _part("O-1", 60)).when(file_part, _part("O-1", 60)).then()
    given(INVOICE, _part("O-1", 60)).when(file_part, _part("O-1", 61)).refused(InvoiceFiledDifferently)
    given(INVOICE).when(file_part, _part("O-1", 101)).refused(InvoiceExceeded)


def test_a_red_letter_pays_for_nothing():
    red = RedLetter(B, "2026-02-21", 10, 10)
    given(INVOICE, red).when(file_part, _part("O-1", 60)).refused(InvoiceIsRedLetter)
