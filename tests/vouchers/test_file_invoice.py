"""An invoice pays for one order, anywhere, once."""

import pytest

from tests.examples import CHANGNING, JIANGSU_LAB, PUDONG, YRD, YRD_CODE, voucher_of
from tests.given import given
from vouchers.invoice.decisions import InvoiceAlreadyUsed, InvoiceFiledDifferently, file, withdraw
from vouchers.invoice.events import Filed, Withdrawn
from vouchers.kinds import INVOICE
from vouchers.money import AmountOutOfRange
from vouchers.order.decisions import InvoiceDayInvalid, NetAboveGross, OrderNotOpen, OrderUnknown

NUMBER = "dfp:26310000000000000001"
OTHER = "dfp:26310000000000000002"
FILED = Filed("O-1", PUDONG, "lab", "2026-02-20", 100, 94, "CNY")


def test_an_invoice_is_filed_for_one_order():
    given(INVOICE).when(file, FILED).then(FILED)
    given(INVOICE, FILED).when(file, FILED).then()


def test_a_second_order_with_the_same_invoice_is_refused():
    other = Filed("O-2", PUDONG, "lab", "2026-02-20", 100, 94, "CNY")
    given(INVOICE, FILED).when(file, other).refused(InvoiceAlreadyUsed)


def test_the_same_invoice_with_other_figures_is_refused():
    other = Filed("O-1", PUDONG, "lab", "2026-02-20", 101, 94, "CNY")
    given(INVOICE, FILED).when(file, other).refused(InvoiceFiledDifferently)


def test_a_withdrawn_invoice_is_free_again():
    withdrawn = Withdrawn("O-1", "cancelled")
    given(INVOICE, FILED).when(withdraw, "O-1", "cancelled").then(withdrawn)
    given(INVOICE, FILED, withdrawn).when(file, FILED).then(FILED)


def test_an_order_withdraws_its_own_invoice_only():
    given(INVOICE, FILED).when(withdraw, "O-2", "cancelled").then()
    given(INVOICE).when(withdraw, "O-1", "cancelled").then()


@pytest.fixture
def delivered(town):
    for order_id in ("O-1", "O-2"):
        town.order(order_id)
        town.deliver(order_id)
    return town


def test_the_same_filing_again_changes_nothing(delivered):
    delivered.invoice(number=NUMBER)
    with delivered.assert_quiet():
        delivered.invoice(number=NUMBER)
    assert delivered.state().status == "invoiced"


def test_an_invoice_is_not_used_for_a_second_order_of_the_firm(delivered):
    delivered.invoice("O-1", number=NUMBER)
    with delivered.refused(InvoiceAlreadyUsed):
        delivered.invoice("O-2", number=NUMBER)


def test_nor_by_another_enterprise(delivered):
    delivered.invoice("O-1", number=NUMBER)
    delivered.record(CHANGNING)
    delivered.entitle(CHANGNING)
    delivered.order("O-3", enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING))
    delivered.deliver("O-3")
    with delivered.refused(InvoiceAlreadyUsed):
        delivered.invoice("O-3", number=NUMBER)


def test_nor_in_another_programme(delivered):
    delivered.invoice("O-1", number=NUMBER)
    delivered.adopt(YRD)
    delivered.entitle(programme=YRD_CODE)
    delivered.admit(JIANGSU_LAB, region="320102")
    delivered.accredit(JIANGSU_LAB)
    delivered.order("O-3", voucher_id=voucher_of(programme=YRD_CODE), provider_id=JIANGSU_LAB)
    delivered.deliver("O-3")
    with delivered.refused(InvoiceAlreadyUsed):
        delivered.invoice("O-3", number=NUMBER)


def test_nor_after_it_was_paid_and_clawed_back(town):
    town.order()
    town.deliver()
    town.invoice(number=NUMBER)
    town.redeem()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    town.claw_back(5_000_00)
    town.order("O-2")
    town.deliver("O-2")
    with town.refused(InvoiceAlreadyUsed):
        town.invoice("O-2", number=NUMBER)


def test_a_replaced_invoice_is_free_for_another_order(delivered):
    delivered.invoice("O-1", number=NUMBER)
    delivered.invoice("O-1", number=OTHER, replaces=NUMBER)
    delivered.invoice("O-2", number=NUMBER)
    assert [delivered.state(number).invoice.invoice for number in ("O-1", "O-2")] == [OTHER, NUMBER]


def test_an_order_keeps_its_invoice_when_the_new_one_is_taken(delivered):
    delivered.invoice("O-1", number=NUMBER)
    delivered.invoice("O-2", number=OTHER)
    with delivered.refused(InvoiceAlreadyUsed):
        delivered.invoice("O-1", number=OTHER)
    with delivered.refused(InvoiceAlreadyUsed):
        delivered.invoice("O-2", number=NUMBER)


def test_figures_are_corrected_before_the_claim(delivered):
    delivered.invoice("O-1", gross=9_000_00, number=NUMBER)
    delivered.invoice("O-1", gross=8_000_00, number=NUMBER)
    assert delivered.state().invoice.gross == 8_000_00
    assert delivered.ledger.state(INVOICE, NUMBER).filed.gross == 8_000_00


def test_an_invoice_of_a_cancelled_order_is_free_again(delivered):
    delivered.invoice("O-1", number=NUMBER)
    delivered.cancel("O-1")
    delivered.invoice("O-2", number=NUMBER)
    assert delivered.ledger.state(INVOICE, NUMBER).filed.order_id == "O-2"


def test_an_invoice_needs_a_delivered_order(town):
    town.order()
    with town.refused(OrderNotOpen):
        town.invoice()
    with town.refused(OrderUnknown):
        town.invoice("O-9", gross=1)


def test_after_the_claim_no_invoice_is_changed(delivered):
    delivered.invoice()
    delivered.redeem()
    with delivered.refused(OrderNotOpen):
        delivered.invoice()


@pytest.mark.parametrize("day", ["2026-02-02", "2026-02-20"])
def test_dated_from_the_contract_to_today(delivered, day):
    delivered.go("2026-02-20").invoice(issued_on=day)
    assert delivered.state().invoice.issued_on == day


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-21"])
def test_not_before_the_contract_and_not_in_the_future(delivered, day):
    with delivered.go("2026-02-20").refused(InvoiceDayInvalid):
        delivered.invoice(issued_on=day)


def test_net_is_not_above_gross_and_money_is_not_negative(delivered):
    with delivered.refused(NetAboveGross):
        delivered.invoice(gross=100, net=101)
    with delivered.refused(AmountOutOfRange):
        delivered.invoice(gross=100, net=-1)
