"""The days of an order: contract after grant, registration before service, the year it counts in, and two last days."""

import pytest

from tests.examples import SH, shipped, voucher_of
from tests.vouchers.parts import A, adopt, approve, caps_of, claim, file, pay
from vouchers.order.billing import DeliveryTooLate, InvoiceTooLate
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import RedeemByPassed

YUAN = 100


def _ordered(town, on="2026-12-20", **changes):
    town.go(on)
    town.order(ends_on="2026-12-31", **changes)
    town.deliver()


def test_an_invoice_of_the_redeem_by_day_passes(town):
    _ordered(town)
    file(town.go("2027-03-31"), A, 10_000 * YUAN)
    assert claim(town)["claimed"] == 5_000 * YUAN


def test_an_invoice_dated_after_the_redeem_by_day_is_late(town):
    _ordered(town)
    with town.go("2027-04-01").refused(InvoiceTooLate) as caught:
        file(town, A, 10_000 * YUAN)
    assert caught.value.facts["redeem_by_on"] == "2027-03-31"


def test_an_invoice_in_time_is_claimed_too_late_after_the_redeem_by_day(town):
    _ordered(town)
    file(town.go("2027-03-31"), A, 10_000 * YUAN)
    with town.go("2027-04-01").refused(RedeemByPassed):
        claim(town)


@pytest.mark.parametrize(
    ("deliver_by", "last", "late"),
    [("use_by", "2026-12-31", "2027-01-01"), ("redeem_by", "2027-03-31", "2027-04-01")],
)
def test_a_delivery_is_late_after_the_day_that_the_policy_says(town, deliver_by, last, late):
    town.go("2026-12-01")
    adopt(town, "2026", "deadlines", deliver_by=deliver_by)
    town.order(ends_on="2026-12-31")
    with town.go(late).refused(DeliveryTooLate):
        town.deliver()
    town.deliver(delivered_on=last)
    assert town.state().status == "delivered"


def test_where_the_policy_says_nothing_a_delivery_after_the_use_by_day_passes(town):
    town.go("2026-12-20")
    town.order(ends_on="2026-12-31")
    town.go("2027-02-01").deliver()
    assert town.state().status == "delivered"


def test_an_order_of_december_counts_in_its_own_year_and_its_cash_in_the_year_of_payment(town):
    _ordered(town)
    town.go("2027-01-15")
    file(town, A, 10_000 * YUAN)
    claim(town)
    approve(town, "O-1-R1")
    pay(town, "S-1")
    registered = town.state().registered
    assert registered.period == "2026"
    assert all(stream.endswith("/2026") for stream in registered.caps)
    assert caps_of(town) == {5_000 * YUAN}
    assert town.budget().committed == 5_000 * YUAN  # of the order's year
    assert town.state().claims["O-1-R1"].paid_on == "2027-01-15"  # of the payment's year


def test_an_order_of_january_counts_in_the_new_year(town):
    _ordered(town)
    town.go("2027-01-01")
    town.appropriate("TEST", 1_000_000 * YUAN, period="2027")
    town.entitle()
    town.order("O-2", voucher_id=voucher_of(period="2027"), ends_on="2027-01-31")
    assert {stream[-4:] for stream in town.state("O-2").registered.caps} == {"2027"}
    assert caps_of(town, "O-1") == caps_of(town, "O-2") == {5_000 * YUAN}


def test_an_order_is_registered_on_the_day_on_which_its_service_starts(town):
    town.order(starts_on="2026-02-02")
    assert town.state().held == 5_000 * YUAN


def test_not_a_day_after_its_service_started(town):
    with town.go("2026-02-03").refused(Ineligible, "service-already-started"):
        town.order(contract_on="2026-02-02", starts_on="2026-02-02")


def test_a_contract_of_the_day_of_the_grant_is_supported(town):
    town.order(contract_on="2026-01-05")
    assert town.state().held == 5_000 * YUAN


def test_a_contract_of_the_day_before_the_grant_is_not(town):
    with town.refused(Ineligible, "contract-before-grant"):
        town.order(contract_on="2026-01-04")


def test_the_irish_voucher_pays_for_work_completed_within_its_time():
    assert shipped("ie-iv")[0].deadlines.deliver_by == "use_by"
    assert shipped(SH)[0].deadlines.deliver_by == "any"
