"""One contract over programmes: paid by one only, or stacked up to a ceiling where both programmes say so."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.examples import CONTRACT, PUDONG, YUAN, voucher_of
from tests.neighbours import order, programme
from vouchers.contract.decisions import ContractPaidElsewhere, StackingCeilingExceeded
from vouchers.invoice.decisions import InvoiceAlreadyUsed
from vouchers.kinds import CONTRACT as CONTRACT_KIND

CITY, DISTRICT = "CITY-IV", "DISTRICT-IV"
HALF = 5_000 * YUAN


def neighbours(town, city, district, **more):
    """Two programmes with these [stacking] tables, and one firm entitled in both."""
    for code, table in ((CITY, city), (DISTRICT, district)):
        programme(town, code, stacking=table, **more)
        town.entitle(PUDONG, programme=code)
    return town


@pytest.fixture
def strict(town):
    """Two programmes of which each pays a contract alone."""
    return neighbours(town, {"one_programme": True}, {"one_programme": True})


@pytest.fixture
def stacked(town):
    """Two programmes that may pay for one contract together, up to 90 % of it."""
    return neighbours(town, {"with": [DISTRICT], "ceiling_bp": 9_000}, {"with": [CITY], "ceiling_bp": 9_000})


def held(town):
    """The public money that a contract has, by programme."""
    return {each.programme: each.amount for each in town.ledger.state(CONTRACT_KIND, CONTRACT).supports}


def test_a_contract_is_paid_by_one_programme_only(strict):
    order(strict, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    with strict.refused(ContractPaidElsewhere):
        order(strict, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT)
    order(strict, "O-2", DISTRICT, PUDONG, contract_digest="9" * 64)


def test_one_programme_may_pay_a_contract_in_several_orders(strict):
    order(strict, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    order(strict, "O-2", CITY, PUDONG, contract_digest=CONTRACT)
    assert strict.ledger.state(CONTRACT_KIND, CONTRACT).total == 2 * HALF


def test_a_cancelled_order_sets_its_contract_free_for_another_programme(strict):
    order(strict, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    strict.cancel("O-1")
    order(strict, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT)
    assert held(strict) == {DISTRICT: HALF}


def test_an_order_that_lapses_sets_its_contract_free_too(strict):
    order(strict, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    strict.go("2027-04-01").lapse("O-1")
    assert held(strict) == {}


def test_an_order_past_its_redeem_by_day_holds_no_contract_though_it_has_not_lapsed(strict):
    order(strict, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    strict.go("2027-01-04").record(PUDONG, as_of_on="2026-12-31")
    strict.entitle(programme=DISTRICT)
    strict.appropriate("TEST", 100_000 * YUAN, DISTRICT, "2027")
    again = {
        "contract_digest": CONTRACT,
        "voucher_id": voucher_of(PUDONG, DISTRICT, "2027"),
        "ends_on": "2027-05-01",
    }
    with strict.go("2027-03-31").refused(ContractPaidElsewhere):
        order(strict, "O-2", DISTRICT, PUDONG, **again)
    order(strict.go("2027-04-01"), "O-2", DISTRICT, PUDONG, **again)


def test_of_many_orders_at_once_one_programme_gets_the_contract(strict):
    def attempt(number):
        code = (CITY, DISTRICT)[number % 2]
        try:
            order(strict, f"O-{number}", code, PUDONG, contract_digest=CONTRACT)
        except ContractPaidElsewhere:
            return ""
        return code

    with ThreadPoolExecutor(8) as pool:
        winners = set(pool.map(attempt, range(16))) - {""}
    assert len(winners) == 1


def test_a_paid_contract_is_never_free_again(strict):
    order(strict, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    strict.deliver("O-1")
    strict.invoice("O-1", 8_000 * YUAN)
    strict.redeem("O-1")
    assert held(strict) == {CITY: 4_000 * YUAN}
    with strict.refused(ContractPaidElsewhere):
        order(strict, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT)


def test_both_programmes_must_agree_to_stack(town):
    neighbours(town, {"one_programme": True}, {"with": [CITY], "ceiling_bp": 9_000})
    order(town, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    with town.refused(ContractPaidElsewhere):
        order(town, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT)


def test_a_programme_may_stack_with_any_other(town):
    neighbours(town, {"with": ["*"], "ceiling_bp": 10_000}, {"with": ["*"], "ceiling_bp": 10_000})
    order(town, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    order(town, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT)
    assert held(town) == {CITY: HALF, DISTRICT: HALF}


def test_a_district_may_top_up_to_the_ceiling_and_not_one_fen_more(stacked):
    order(stacked, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    with stacked.refused(StackingCeilingExceeded) as caught:
        order(stacked, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=4_000 * YUAN + 1)
    assert caught.value.facts["left"] == 4_000 * YUAN
    order(stacked, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=4_000 * YUAN)
    assert held(stacked) == {CITY: HALF, DISTRICT: 4_000 * YUAN}


def test_the_lower_of_two_ceilings_holds(town):
    neighbours(town, {"with": [DISTRICT], "ceiling_bp": 7_000}, {"with": [CITY], "ceiling_bp": 9_000})
    order(town, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    with town.refused(StackingCeilingExceeded):
        order(town, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=2_000 * YUAN + 1)
    order(town, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=2_000 * YUAN)


def test_the_ceiling_is_of_the_lower_cost_that_was_stated(stacked):
    order(stacked, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    with stacked.refused(StackingCeilingExceeded):
        order(stacked, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, gross=20_000 * YUAN, asked=4_000 * YUAN + 1)


def test_what_one_gives_back_the_other_may_use(stacked):
    order(stacked, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    order(stacked, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=4_000 * YUAN)
    stacked.cancel("O-2")
    order(stacked, "O-3", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=4_000 * YUAN)
    assert held(stacked) == {CITY: HALF, DISTRICT: 4_000 * YUAN}


def test_an_invoice_is_used_once_over_programmes_and_years(strict):
    order(strict, "O-1", CITY, PUDONG)
    strict.deliver("O-1")
    strict.invoice("O-1", number="dfp:26310000000000000001")
    order(strict, "O-2", DISTRICT, PUDONG)
    strict.deliver("O-2")
    with strict.refused(InvoiceAlreadyUsed):
        strict.invoice("O-2", number="dfp:26310000000000000001")
    strict.redeem("O-1")
    strict.go("2027-01-04")
    strict.record(PUDONG, as_of_on="2026-12-31")
    for code in (CITY, DISTRICT):
        strict.appropriate("TEST", 100_000 * YUAN, code, "2027")
        strict.entitle(PUDONG, programme=code)
    strict.accredit(first="2027-01-01")
    for number, code in (("O-3", CITY), ("O-4", DISTRICT)):
        order(strict, number, code, PUDONG, voucher_id=voucher_of(PUDONG, code, "2027"))
        strict.deliver(number)
        with strict.refused(InvoiceAlreadyUsed):
            strict.invoice(number, number="dfp:26310000000000000001")


def test_a_policy_without_the_table_counts_no_contracts(town):
    town.order()
    assert town.events(f"contract/{CONTRACT}") == []
