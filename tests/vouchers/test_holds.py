"""What an order holds of its voucher: never longer than the voucher, never more than was set aside, closed for ever."""

import pytest

from tests.examples import CONTRACT
from tests.vouchers.parts import A, B, adopt, approve, claim, file, pay
from vouchers.order.decisions import (
    ClawbackAbovePaid,
    ContractNotSigned,
    NotBeforePayment,
    OrderNotOpen,
    ServiceDaysInvalid,
)
from vouchers.refusals import Ineligible
from vouchers.review.decisions import ReviewClosed

YUAN = 100


@pytest.fixture
def invoiced(town):
    town.order()  # 10,000 yuan, of which 5,000 are public
    town.deliver()
    file(town, A, 10_000 * YUAN)
    return town


def test_a_hold_never_outlives_its_voucher(town):
    town.order()
    assert town.go("2027-03-31").lapse()["released"] == 0
    assert town.go("2027-04-01").lapse()["released"] == 5_000 * YUAN
    assert (town.voucher().held, town.voucher().reserved, town.voucher().expired) == ({}, 0, 5_000 * YUAN)
    assert town.budget().committed == 0


def test_an_erroneous_claim_is_released_before_payment_and_demanded_back_after_it(invoiced):
    claim(invoiced)
    invoiced.reverse()
    assert (invoiced.voucher().claimed, invoiced.voucher().reserved) == (0, 5_000 * YUAN)
    claim(invoiced)
    approve(invoiced, "O-1-R2")
    pay(invoiced, "S-1")
    with invoiced.refused(NotBeforePayment):
        invoiced.reverse()
    invoiced.claw_back(5_000 * YUAN)
    assert (invoiced.voucher().paid, invoiced.voucher().clawed_back) == (0, 5_000 * YUAN)


def test_what_is_demanded_back_in_parts_never_comes_to_more_than_was_paid(invoiced):
    claim(invoiced)
    approve(invoiced, "O-1-R1")
    pay(invoiced, "S-1")
    invoiced.claw_back(3_000 * YUAN)
    with invoiced.refused(ClawbackAbovePaid):
        invoiced.claw_back(2_000 * YUAN + 1)
    invoiced.claw_back(2_000 * YUAN)


def test_a_rejected_claim_can_neither_be_approved_nor_paid(invoiced):
    invoiced.tier("D")
    invoiced.order("O-2")
    invoiced.deliver("O-2")
    file(invoiced, B, 10_000 * YUAN, "O-2")
    claim(invoiced, "O-2")
    invoiced.reject("O-2")
    with invoiced.refused(OrderNotOpen):
        invoiced.propose("S-1", "O-2")
    with invoiced.refused(ReviewClosed):
        invoiced.approve("O-2")


def test_taking_a_claim_back_twice_is_refused_the_second_time(invoiced):
    claim(invoiced)
    invoiced.reverse()
    with invoiced.refused(NotBeforePayment):
        invoiced.reverse()


@pytest.mark.parametrize("end", ["cancel", "lapse"])
def test_an_order_that_ended_is_closed_to_everything(invoiced, end):
    invoiced.go("2027-04-01")
    getattr(invoiced, end)()
    for step in (
        lambda: claim(invoiced),
        lambda: file(invoiced, B, 1_000 * YUAN),
        invoiced.deliver,
        lambda: invoiced.propose("S-1", "O-1"),
        invoiced.reverse,
    ):
        with pytest.raises((OrderNotOpen, NotBeforePayment)):
            step()
    assert invoiced.voucher().held == {}


def test_no_more_is_paid_than_was_set_aside_unless_the_contract_is_changed(invoiced):
    file(invoiced, B, 5_000 * YUAN)
    assert claim(invoiced)["claimed"] == 5_000 * YUAN


def test_an_order_takes_a_part_of_a_voucher_and_leaves_the_rest_for_others(invoiced):
    claim(invoiced)
    invoiced.order("O-2", gross=590_000 * YUAN)
    assert (invoiced.voucher().available, invoiced.voucher().reserved) == (0, 295_000 * YUAN)


def test_a_contract_is_not_dated_after_its_registration_nor_after_its_service(town):
    with town.refused(ContractNotSigned):
        town.order(contract_on="2026-02-03", starts_on="2026-02-03")
    with town.refused(ServiceDaysInvalid):
        town.order(contract_on="2026-02-02", starts_on="2026-02-01")
    town.order(contract_on="2026-02-02", starts_on="2026-02-02")


def test_an_order_that_is_registered_late_keeps_both_days_apart(town):
    town.go("2026-03-01").order(contract_on="2026-02-02", starts_on="2026-03-01", ends_on="2026-03-31")
    entry = next(iter(town.ledger.history("order/O-1")))
    assert (entry.data.contract_on, entry.eff) == ("2026-02-02", "2026-03-01")
    assert entry.rec > entry.eff


def test_the_category_of_an_order_is_fixed_at_its_registration(invoiced):
    assert invoiced.state().registered.category == "TEST"
    with invoiced.refused(Ineligible, "category-unknown"):
        invoiced.order("O-2", category="PATENT-AND-TEST")


@pytest.mark.parametrize("never", ["statutory-testing", "official-fees", "patent-annuities"])
def test_what_is_never_supported_is_refused_by_name(town, never):
    adopt(town, "2026", "order", never=[never])
    with town.refused(Ineligible, "spend-never-eligible"):
        town.order(attributes={"exclusions": (never,)})
    town.order(attributes={"exclusions": ("travel",)})


BASES = [("gross", True, 5_300), ("net", True, 5_000), ("net_if_deductible", True, 5_000)]


@pytest.mark.parametrize(("base", "deductible", "claimed"), [*BASES, ("net_if_deductible", False, 5_300)])
def test_the_base_is_gross_or_net_as_the_policy_says_and_as_the_firm_may_deduct(town, base, deductible, claimed):
    adopt(town, "2026", "money", base=base)
    town.record(as_of_on="2026-02-01", vat_deductible=deductible)
    town.order(gross=10_600 * YUAN, net=10_000 * YUAN)
    town.deliver()
    file(town, A, 10_600 * YUAN, net=10_000 * YUAN)
    town.redeem()
    assert town.state().claimed == town.state().registered.subsidy == claimed * YUAN


def test_an_exempt_contract_has_the_same_net_as_gross(town):
    adopt(town, "2026", "money", base="net")
    town.order(net=10_000 * YUAN, contract_digest=CONTRACT)
    assert town.state().held == 5_000 * YUAN
