"""Two programmes that stack pay on one invoice, beside one another and never above their ceiling of the actual cost."""

from dataclasses import replace

import pytest

from tests.examples import CONTRACT, PUDONG, SH_CODE, YUAN
from tests.neighbours import order, programme
from vouchers import application as app
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.stacking import NotATopUp
from vouchers.contract.decisions import ContractPaidElsewhere, StackingCeilingExceeded
from vouchers.invoice.decisions import InvoiceAlreadyUsed, InvoiceExceeded, InvoiceTotalsDiffer
from vouchers.kinds import CONTRACT as CONTRACT_KIND
from vouchers.kinds import INVOICE
from vouchers.order.changing import ChangeOrder

CITY, DISTRICT, THIRD = "CITY-IV", "DISTRICT-IV", "THIRD-IV"
NUMBER, RED = "dfp:26310000000000000001", "dfp:26310000000000000002"


@pytest.fixture
def stacked(town):
    """A contract of 10,000 for which a city pays 5,000 and its district 4,000; both are delivered."""
    for code, other in ((CITY, DISTRICT), (DISTRICT, CITY)):
        programme(town, code, stacking={"with": [other], "ceiling_bp": 9_000})
        town.entitle(programme=code)
    order(town, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    order(town, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=4_000 * YUAN)
    town.deliver("O-1")
    town.deliver("O-2")
    return town


def both(town, gross=10_000 * YUAN):
    """Both orders file the one invoice."""
    town.invoice("O-1", gross, number=NUMBER)
    town.invoice("O-2", gross, number=NUMBER)


def invoice(town):
    """How the invoice stands."""
    return town.ledger.state(INVOICE, NUMBER)


def held(town):
    """What each order has of the contract."""
    return {each.order_id: each.amount for each in town.ledger.state(CONTRACT_KIND, CONTRACT).supports}


def test_the_second_programme_pays_on_the_same_invoice(stacked):
    both(stacked)
    assert (invoice(stacked).used.gross, [*invoice(stacked).besides]) == (10_000 * YUAN, ["O-2"])
    for number in ("O-1", "O-2"):
        stacked.redeem(number)
    assert stacked.state("O-1").claimed + stacked.state("O-2").claimed == 9_000 * YUAN


def test_the_same_filing_again_changes_nothing(stacked):
    both(stacked)
    with stacked.assert_quiet():
        stacked.invoice("O-2", 10_000 * YUAN, number=NUMBER)


def test_a_further_order_may_not_use_the_invoice(stacked):
    both(stacked)
    programme(stacked, THIRD, stacking={"with": ["*"], "ceiling_bp": 9_000})
    stacked.entitle(programme=THIRD)
    order(stacked, "O-3", THIRD, PUDONG)
    stacked.deliver("O-3")
    with stacked.refused(InvoiceAlreadyUsed):
        stacked.invoice("O-3", number=NUMBER)


def test_the_second_programme_is_told_no_more_than_the_first(stacked):
    stacked.invoice("O-1", 9_000 * YUAN, number=NUMBER)
    with stacked.refused(InvoiceExceeded):
        stacked.invoice("O-2", 9_000 * YUAN + 1, number=NUMBER)
    with stacked.refused(InvoiceTotalsDiffer):
        stacked.go("2026-02-03").invoice("O-2", 9_000 * YUAN, number=NUMBER)


def test_on_a_lower_actual_cost_both_together_stay_below_the_ceiling(stacked):
    both(stacked, 8_000 * YUAN)
    stacked.redeem("O-1")
    assert stacked.state("O-1").claimed == 4_000 * YUAN
    stacked.redeem("O-2")
    assert stacked.state("O-2").claimed == 3_200 * YUAN  # 90 % of 8,000 less the 4,000 of the city
    assert held(stacked) == {"O-1": 4_000 * YUAN, "O-2": 3_200 * YUAN}
    lines = [entry for entry in stacked.events("order/O-2") if hasattr(entry, "trace")][-1].trace
    assert "not above what all programmes together may pay of it: 3,200.00" in [line.text for line in lines]


def test_whoever_claims_first_the_sum_stays_below_the_ceiling(stacked):
    both(stacked, 8_000 * YUAN)
    stacked.redeem("O-2")
    assert stacked.state("O-2").claimed == 2_200 * YUAN  # The city still holds 5,000.
    stacked.redeem("O-1")
    assert stacked.state("O-1").claimed + stacked.state("O-2").claimed <= 7_200 * YUAN


def test_an_order_that_leaves_hands_its_part_of_the_invoice_to_the_one_beside_it(stacked):
    both(stacked)
    stacked.cancel("O-1")
    assert ([*invoice(stacked).parts], [*invoice(stacked).besides]) == (["O-2"], [])
    order(stacked, "O-3", CITY, PUDONG)
    stacked.deliver("O-3")
    with stacked.refused(InvoiceAlreadyUsed):
        stacked.invoice("O-3", number=NUMBER)


def test_an_order_beside_another_may_leave_alone(stacked):
    both(stacked)
    stacked.cancel("O-2")
    assert ([*invoice(stacked).parts], [*invoice(stacked).besides]) == (["O-1"], [])


def test_a_red_letter_takes_back_from_both(stacked):
    both(stacked)
    letter = ReverseInvoice(NUMBER, RED, 2_000 * YUAN, 2_000 * YUAN, stacked.on)
    stacked.do(app.reverse_invoice, letter, actor="officer:li")
    state = invoice(stacked)
    assert (state.parts["O-1"].gross, state.besides["O-2"].part.gross) == (8_000 * YUAN, 8_000 * YUAN)
    for number in ("O-1", "O-2"):
        stacked.redeem(number)
    assert stacked.state("O-1").claimed + stacked.state("O-2").claimed == 7_200 * YUAN


def test_an_order_that_grows_stays_below_the_ceiling(town):
    for code, other in ((CITY, DISTRICT), (DISTRICT, CITY)):
        programme(town, code, stacking={"with": [other], "ceiling_bp": 9_000})
        town.entitle(programme=code)
    order(town, "O-1", CITY, PUDONG, contract_digest=CONTRACT)
    order(town, "O-2", DISTRICT, PUDONG, contract_digest=CONTRACT, asked=3_000 * YUAN)
    more = ChangeOrder(
        "O-2", 10_000 * YUAN, 10_000 * YUAN, "2026-02-28", CONTRACT, "a further sample", 4_000 * YUAN + 1
    )
    with town.refused(StackingCeilingExceeded):
        town.do(app.change_order, more)
    town.do(app.change_order, replace(more, asked=4_000 * YUAN))
    assert held(town) == {"O-1": 5_000 * YUAN, "O-2": 4_000 * YUAN}


def test_an_order_that_shrinks_states_its_new_cost(stacked):
    less = ChangeOrder("O-3", 8_000 * YUAN, 8_000 * YUAN, "2026-02-28", CONTRACT, "fewer samples")
    order(stacked, "O-3", CITY, PUDONG)
    old = stacked.state("O-3").registered.contract_digest
    stacked.do(app.change_order, replace(less, contract_digest=old))
    [support] = stacked.ledger.state(CONTRACT_KIND, old).supports
    assert (support.gross, support.amount) == (8_000 * YUAN, 4_000 * YUAN)


def test_a_changed_document_is_the_contract_that_counts_from_then_on(stacked):
    order(stacked, "O-3", CITY, PUDONG)
    old = stacked.state("O-3").registered.contract_digest
    stacked.do(
        app.change_order, ChangeOrder("O-3", 8_000 * YUAN, 8_000 * YUAN, "2026-02-28", "7" * 64, "another document")
    )
    assert stacked.ledger.state(CONTRACT_KIND, old).supports == ()
    assert [each.order_id for each in stacked.ledger.state(CONTRACT_KIND, "7" * 64).supports] == ["O-3"]
    stacked.cancel("O-3")
    assert stacked.ledger.state(CONTRACT_KIND, "7" * 64).supports == ()


def test_a_changed_document_may_not_be_one_that_a_stranger_pays(stacked):
    programme(stacked, THIRD, stacking={"one_programme": True})
    stacked.entitle(programme=THIRD)
    order(stacked, "O-3", THIRD, PUDONG)
    change = ChangeOrder("O-3", 8_000 * YUAN, 8_000 * YUAN, "2026-02-28", CONTRACT, "another document")
    with stacked.refused(ContractPaidElsewhere):
        stacked.do(app.change_order, change)


@pytest.fixture
def topped(town):
    """A Shanghai order over 10,000, whose programme counts no contracts, and a district that tops it up."""
    programme(town, DISTRICT, stacking={"with": [SH_CODE], "ceiling_bp": 10_000})
    town.entitle(programme=DISTRICT)
    town.order("O-1", contract_digest=CONTRACT)
    return town


def top_up(town, order_id="O-2", **changes):
    """An order of the district for the same contract."""
    given = {"contract_digest": CONTRACT, "asked": 4_000 * YUAN, "attributes": {"tops_up": "O-1"}}
    return order(town, order_id, DISTRICT, PUDONG, **(given | changes))


def test_a_district_tops_a_shanghai_order_up_to_the_own_share_of_the_firm(topped):
    with topped.refused(StackingCeilingExceeded):
        top_up(topped, asked=4_000 * YUAN + 1)
    top_up(topped)
    for number in ("O-1", "O-2"):
        topped.deliver(number)
    both(topped)
    for number in ("O-1", "O-2"):
        topped.redeem(number)
    assert topped.state("O-1").claimed + topped.state("O-2").claimed == 9_000 * YUAN


def test_a_top_up_counts_what_the_base_holds_now(topped):
    topped.deliver("O-1")
    topped.invoice("O-1", 8_000 * YUAN, number=NUMBER)
    topped.redeem("O-1")
    top_up(topped)
    topped.deliver("O-2")
    topped.invoice("O-2", 8_000 * YUAN, number=NUMBER)
    topped.redeem("O-2")
    assert topped.state("O-2").claimed == 3_200 * YUAN


def test_an_order_that_does_not_say_what_it_tops_up_may_not_use_the_invoice(topped):
    top_up(topped, attributes={})
    for number in ("O-1", "O-2"):
        topped.deliver(number)
    topped.invoice("O-1", number=NUMBER)
    with topped.refused(InvoiceAlreadyUsed):
        topped.invoice("O-2", number=NUMBER)


@pytest.mark.parametrize(
    "changes",
    [
        {"attributes": {"tops_up": "O-9"}},
        {"attributes": {"tops_up": 7}},
        {"contract_digest": "8" * 64},
    ],
)
def test_only_an_open_order_for_the_same_contract_is_topped_up(topped, changes):
    with topped.refused(NotATopUp):
        top_up(topped, **changes)


def test_a_cancelled_order_is_not_topped_up(topped):
    topped.cancel("O-1")
    with topped.refused(NotATopUp):
        top_up(topped)
