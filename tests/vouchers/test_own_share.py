"""The enterprise pays its own share first, in sums where the policy counts them; when it comes back, it is void."""

import pytest

from tests.vouchers.parts import A, B, adopt, approve, claim, file, pay, prove, refund
from vouchers import application as app
from vouchers.order.decisions import OrderUnknown, OwnShareCameBack
from vouchers.order.own_shares import NothingPaid, OwnShareNotProven, PaymentDayUnlikely, ProofUsed, ProveOwnShare

YUAN = 100
PAPER, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def counted(town):
    """A town whose policy counts the sums of the own share."""
    adopt(town, "2026", "order", own_share_proof="amount")
    town.order()  # 10,000 yuan, of which 5,000 are the enterprise's own
    town.deliver()
    file(town, A, 10_000 * YUAN)
    return town


def test_the_own_share_is_proven_before_the_claim_to_the_last_fen(counted):
    prove(counted, 5_000 * YUAN - 1)
    with counted.refused(OwnShareNotProven) as caught:
        claim(counted)
    assert (caught.value.facts["needed"], caught.value.facts["proven"]) == (5_000 * YUAN, 5_000 * YUAN - 1)
    prove(counted, 1)
    assert claim(counted)["claimed"] == 5_000 * YUAN


def test_the_own_share_is_that_of_the_actual_cost(counted):
    file(counted, A, 6_000 * YUAN)
    prove(counted, 3_000 * YUAN)
    assert claim(counted)["claimed"] == 3_000 * YUAN


def test_of_a_part_the_own_share_of_the_part_is_needed(counted):
    file(counted, A, 6_000 * YUAN)
    prove(counted, 3_000 * YUAN)
    claim(counted, more=True)
    file(counted, B, 4_000 * YUAN)
    with counted.refused(OwnShareNotProven):
        claim(counted)
    prove(counted, 2_000 * YUAN)
    assert claim(counted)["claimed"] == 5_000 * YUAN


def test_where_the_policy_asks_for_a_document_no_sums_are_counted(town):
    town.order()
    town.deliver()
    file(town, A, 10_000 * YUAN)
    assert claim(town)["claimed"] == 5_000 * YUAN


def test_a_document_counts_once(counted):
    prove(counted, 3_000 * YUAN, PAPER)
    with counted.assert_quiet():
        prove(counted, 3_000 * YUAN, PAPER)
    with counted.refused(ProofUsed):
        prove(counted, 2_000 * YUAN, PAPER)
    with counted.refused(ProofUsed):
        refund(counted, 3_000 * YUAN, PAPER)


def test_a_refund_before_the_claim_makes_the_proof_void(counted):
    prove(counted, 5_000 * YUAN)
    assert refund(counted, 1)["void"]
    with counted.refused(OwnShareCameBack):
        claim(counted)
    prove(counted, 1)
    assert claim(counted)["claimed"] == 5_000 * YUAN


def test_a_refund_of_what_was_paid_too_much_voids_nothing(counted):
    prove(counted, 6_000 * YUAN)
    claim(counted)
    assert not refund(counted, 1_000 * YUAN)["void"]
    approve(counted, "O-1-R1")
    pay(counted, "S-1")
    assert counted.state().paid == 5_000 * YUAN


def test_a_refund_after_the_claim_stops_its_approval(counted):
    counted.tier("D")
    counted.order("O-2")
    counted.deliver("O-2")
    file(counted, B, 10_000 * YUAN, "O-2")
    prove(counted, 5_000 * YUAN, order_id="O-2")
    claim(counted, "O-2")
    refund(counted, 1, order_id="O-2")
    with counted.refused(OwnShareCameBack):
        counted.approve("O-2")
    prove(counted, 1, order_id="O-2")
    approve(counted, "O-2-R1", "O-2")
    assert counted.state("O-2").status == "approved"


def test_a_refund_after_the_approval_stops_its_settlement(counted):
    prove(counted, 5_000 * YUAN)
    claim(counted)
    approve(counted, "O-1-R1")
    counted.propose("S-1", "O-1")
    refund(counted, 1)
    with counted.refused(OwnShareCameBack):
        counted.sign("S-1")
    counted.withdraw("S-1")
    with counted.refused(OwnShareCameBack):
        counted.propose("S-2", "O-1")


def test_a_refund_after_payment_is_a_ground_to_demand_it_back(counted):
    prove(counted, 5_000 * YUAN)
    claim(counted)
    approve(counted, "O-1-R1")
    pay(counted, "S-1")
    assert refund(counted, 5_000 * YUAN)["clawback_ground"] == 5_000 * YUAN
    counted.claw_back(5_000 * YUAN)
    assert counted.state().clawed_back == 5_000 * YUAN


def test_where_a_document_was_enough_a_refund_voids_it_too(town):
    town.order()
    town.deliver()
    file(town, A, 10_000 * YUAN)
    claim(town)
    approve(town, "O-1-R1")
    refund(town, 1)
    with town.refused(OwnShareCameBack):
        town.propose("S-1", "O-1")


def test_a_refund_is_measured_by_the_invoices_that_were_claimed(counted):
    file(counted, A, 6_000 * YUAN)
    prove(counted, 3_000 * YUAN)
    claim(counted, more=True)
    file(counted, B, 4_000 * YUAN)
    assert refund(counted, 1)["needed"] == 3_000 * YUAN
    prove(counted, 1)
    approve(counted, "O-1-R1")
    pay(counted, "S-1")
    assert counted.state().paid == 3_000 * YUAN


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-21"])
def test_a_payment_is_dated_from_the_contract_to_today(counted, day):
    counted.go("2026-02-20")
    with counted.refused(PaymentDayUnlikely):
        _prove_on(counted, day)
    for within in ("2026-02-02", "2026-02-20"):
        _prove_on(counted, within)


def test_nothing_proves_nothing_and_an_unknown_order_has_no_own_share(counted):
    with counted.refused(NothingPaid):
        prove(counted, 0)
    with counted.refused(OrderUnknown):
        prove(counted, 1, order_id="O-9")


def _prove_on(town, day):
    command = ProveOwnShare("O-1", 1, day, f"{int(day.replace('-', '')):064x}")
    town.do(app.prove_own_share, command)
