"""One model, two ways to be paid: the provider redeems the voucher's share, or the enterprise is reimbursed."""

from dataclasses import replace

import pytest

from tests.examples import LAB, PUDONG, YUAN
from tests.treasury import a_treasury
from vouchers import application as app
from vouchers.account.decisions import ApproveAccount, ProposeAccount
from vouchers.application.settling import AccountMissing, ProposeSettlement
from vouchers.order.decisions import EvidenceMissing, OrderNotOpen
from vouchers.order.own_shares import OwnShareNotProven, ProveOwnShare
from vouchers.settlement.decisions import SettlementNotApproved

REIMBURSED = {"payee": "enterprise"}
EVIDENCE = ["contract", "invoice", "full_payment_proof", "service_report", "own_share_payment_proof"]


def proven(town, amount, digest):
    command = ProveOwnShare("O-1", amount, town.on, digest)
    return town.do(app.prove_own_share, command, actor="enterprise:pudong")


def invoiced(town):
    town.order()
    town.deliver()
    town.invoice()


def test_the_provider_redeems_the_vouchers_share_on_its_own_account():
    with a_treasury() as town:
        town.paid()
        line = town.settlement("S-O-1").lines["O-1-R1"]
        assert (line.added.payee_id, line.account_ref, line.added.amount) == (LAB, "account:1", 5_000 * YUAN)


def test_the_enterprise_is_reimbursed_on_its_own_approved_account():
    with a_treasury(programme=REIMBURSED) as town:
        town.do(app.propose_account, ProposeAccount(PUDONG, "account:pudong", PUDONG), actor="finance:sun")
        town.do(app.approve_account, ApproveAccount(PUDONG, "account:pudong"), actor="finance:qian")
        town.paid()
        line = town.settlement("S-O-1").lines["O-1-R1"]
        assert (line.added.payee_id, line.account_ref, line.added.amount) == (PUDONG, "account:pudong", 5_000 * YUAN)
        assert (town.voucher().paid, town.state().paid) == (5_000 * YUAN, 5_000 * YUAN)


def test_nobody_is_paid_without_an_account_on_record():
    with a_treasury(programme=REIMBURSED) as town:
        town.approved("O-1")
        with town.refused(AccountMissing):
            town.propose("S-1", "O-1")
        town.move_account("account:firm", PUDONG)
        town.propose("S-1", "O-1")
        assert town.settlement("S-1").lines["O-1-R1"].added.account_ref == "account:firm"


def test_both_modes_move_the_same_value_through_the_same_steps():
    steps = []
    for payee in ("provider", "enterprise"):
        with a_treasury(programme={"payee": payee}) as town:
            town.move_account("account:firm", PUDONG)
            since = town.ledger.size()
            town.paid()
            steps.append((town.topics(since), town.voucher(), town.budget().committed))
    assert steps[0] == steps[1]


def test_who_is_reimbursed_shows_the_proof_that_the_whole_invoice_was_paid():
    with a_treasury(programme=REIMBURSED, order={"evidence": EVIDENCE}) as town:
        invoiced(town)
        with town.refused(EvidenceMissing) as caught:
            town.redeem(without=("full_payment_proof",))
        assert caught.value.facts["missing"] == ["full_payment_proof"]
        town.redeem()


@pytest.mark.parametrize(("payee", "needed"), [("enterprise", 10_000 * YUAN), ("provider", 5_000 * YUAN)])
def test_where_sums_are_counted_the_reimbursed_pays_all_first_and_the_other_its_share(payee, needed):
    with a_treasury(programme={"payee": payee}, order={"own_share_proof": "amount"}) as town:
        invoiced(town)
        proven(town, needed - 1, "a" * 64)
        with town.refused(OwnShareNotProven) as caught:
            town.redeem()
        assert caught.value.facts["needed"] == needed
        proven(town, 1, "b" * 64)
        town.redeem()


def test_a_debt_of_the_reimbursed_is_kept_back_from_its_next_reimbursement():
    with a_treasury(programme=REIMBURSED) as town:
        town.move_account("account:firm", PUDONG)
        town.paid("O-1")
        town.back(1_000 * YUAN)
        town.approved("O-2")
        town.propose("S-2", "O-2")
        town.sign("S-2")
        assert town.settlement("S-2").lines["O-2-R1"].netted == 1_000 * YUAN
        assert town.owes(PUDONG).status == "paid"


def test_a_claim_is_paid_to_nobody_but_its_payee():
    with a_treasury() as town:
        town.approved("O-1")
        town.propose("S-1", "O-1")
        town.sign("S-1")
        told = [event for event in town.events("settlement/S-1") if type(event).__name__ == "Instructed"]
        assert [event.account_ref for event in told] == ["account:1"]
        assert town.settlement("S-1").lines["O-1-R1"].added.payee_id == LAB


def test_a_batch_of_all_leaves_out_whose_money_may_not_leave_today():
    with a_treasury() as town:
        for order_id in ("O-1", "O-2"):
            town.approved(order_id)
        town.order("O-3")
        command = ProposeSettlement("S-1", "SH-STIV", ("O-1", "O-2", "O-3", "O-9"))
        with town.assert_quiet():
            answer = town.do(app.preview_settlement, command, actor="finance:sun")
        assert answer["payable"] == ["O-1", "O-2"]
        assert [(each["order_id"], each["code"]) for each in answer["left_out"]] == [
            ("O-3", "order-not-open"),
            ("O-9", "order-unknown"),
        ]
        town.suspend("freeze")
        answer = town.do(app.preview_settlement, replace(command, orders=("O-1",)), actor="finance:sun")
        assert (answer["payable"], len(answer["left_out"])) == ([], 1)


def test_a_claim_that_nobody_approved_is_in_no_batch_and_a_batch_that_nobody_approved_pays_nothing():
    with a_treasury() as town:
        town.order("O-1")
        town.deliver("O-1")
        town.invoice("O-1")
        with town.refused(OrderNotOpen):
            town.propose("S-1", "O-1")
        town.redeem("O-1")
        for reviewer in ("reviewer:zhao", "reviewer:feng"):
            if town.state("O-1").status == "requested":
                with town.refused(OrderNotOpen):
                    town.propose("S-1", "O-1")
                town.approve("O-1", reviewer)
        town.propose("S-1", "O-1")
        with town.refused(SettlementNotApproved):
            town.confirm("S-1", "O-1")
