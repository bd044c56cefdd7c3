"""Settlements: proposed by one, approved by another, instructed, and paid exactly once."""

from dataclasses import replace

import pytest

from tests.examples import CHANGNING, LAB, YRD_CODE, voucher_of
from tests.given import given
from vouchers.application.settling import OrderOfAnotherProgramme
from vouchers.kinds import SETTLEMENT
from vouchers.order.decisions import NotBeforePayment, OrderNotOpen, OrderUnknown
from vouchers.programme.decisions import ProgrammeUnknown
from vouchers.settlement.decisions import (
    MAX_LINES,
    ApproverNotIndependent,
    LineNotFailed,
    LineNotInstructed,
    LineUnknown,
    PaymentDayInvalid,
    SettlementApproved,
    SettlementEmpty,
    SettlementExists,
    SettlementNotApproved,
    SettlementTooLarge,
    SettlementUnknown,
    SettlementWithdrawn,
    approve,
    confirm,
    fail,
    propose,
    reinstruct,
    withdraw,
)
from vouchers.settlement.events import Approved, Confirmed, Failed, Instructed, LineAdded, Netted, Proposed, Withdrawn

LINE = LineAdded("O-1-R1", "O-1", "V-1", LAB, "account:1", 500)
BATCH = {"programme": "P", "currency": "CNY", "proposed_by": "finance:sun"}
PROPOSED = (Proposed("P", "CNY", 1, 500, "finance:sun"), LINE)
FIRST = Instructed("O-1-R1", "O-1-R1-P1", 1, "account:2")
SECOND = Instructed("O-1-R1", "O-1-R1-P2", 2, "account:3")
SIGNED = {"approved_by": "finance:qian", "accounts": {"O-1-R1": "account:2"}}
AGAIN = {"redemption_id": "O-1-R1", "account_ref": "account:3"}
WITHDRAWN = Withdrawn("finance:sun", "a mistake")
WITHDRAWAL = {"withdrawn_by": "finance:sun", "reason": "a mistake"}
APPROVED = (*PROPOSED, Approved("finance:qian"), FIRST)
FAILED = Failed("O-1-R1", "O-1-R1-P1", "closed")
PAID = Confirmed("O-1-R1", "O-1-R1-P1", "bank-1", "2026-03-31")
PAYMENT = {"redemption_id": "O-1-R1", "bank_reference": "bank-1", "paid_on": "2026-03-31", "on": "2026-03-31"}
FAILURE = {"redemption_id": "O-1-R1", "reason": "closed"}


def test_a_batch_states_its_number_of_lines_and_its_total():
    given(SETTLEMENT).when(propose, [LINE], **BATCH).then(*PROPOSED)


def test_a_batch_is_proposed_once_and_never_empty():
    given(SETTLEMENT, *PROPOSED).when(propose, [LINE], **BATCH).refused(SettlementExists)
    given(SETTLEMENT).when(propose, [], **BATCH).refused(SettlementEmpty)


def test_a_batch_has_so_many_lines_and_no_more():
    lines = [LineAdded(f"R-{n}", f"O-{n}", "V", LAB, "a", 1) for n in range(MAX_LINES + 1)]
    most = Proposed("P", "CNY", MAX_LINES, MAX_LINES, "finance:sun")
    assert propose(SETTLEMENT.empty, lines[1:], **BATCH) == [most, *lines[1:]]
    given(SETTLEMENT).when(propose, lines, **BATCH).refused(SettlementTooLarge)


def test_approval_by_a_second_person_instructs_every_line():
    state = given(SETTLEMENT, *PROPOSED).when(approve, **SIGNED).then(APPROVED[2], FIRST)
    line = state.lines["O-1-R1"]
    assert (line.status, line.added.account_ref, line.account_ref) == ("instructed", "account:1", "account:2")


def test_a_line_that_is_kept_back_whole_in_parts_is_told_to_no_bank_and_confirmed_by_none():
    kept = [Netted("O-1-R1", LAB, f"D-{number}", amount, "2026-03-31") for number, amount in enumerate((200, 300))]
    signed = [Approved("finance:qian"), *kept]
    given(SETTLEMENT, *PROPOSED).when(approve, **SIGNED, netted=kept).then(*signed)
    given(SETTLEMENT, *PROPOSED, *signed).when(confirm, **PAYMENT).refused(LineNotInstructed)
    almost = [kept[0], replace(kept[1], amount=299)]
    given(SETTLEMENT, *PROPOSED).when(approve, **SIGNED, netted=almost).then(Approved("finance:qian"), *almost, FIRST)


def test_the_one_who_proposed_cannot_approve():
    given(SETTLEMENT, *PROPOSED).when(approve, **SIGNED | {"approved_by": "finance:sun"}).refused(
        ApproverNotIndependent
    )


def test_approving_again_changes_nothing():
    given(SETTLEMENT, *APPROVED).when(approve, approved_by="finance:zhou", accounts={}).then()
    given(SETTLEMENT).when(approve, approved_by="finance:zhou", accounts={}).refused(SettlementUnknown)


@pytest.mark.parametrize("actor", ["finance:sun", "finance:zhou"])
def test_anybody_who_settles_withdraws_a_batch_until_it_is_approved(actor):
    by_actor = WITHDRAWAL | {"withdrawn_by": actor}
    state = given(SETTLEMENT, *PROPOSED).when(withdraw, **by_actor).then(Withdrawn(actor, "a mistake"))
    assert (state.withdrawn_by, state.lines["O-1-R1"].status) == (actor, "withdrawn")
    refused = given(SETTLEMENT, *APPROVED).when(withdraw, **by_actor).refused(SettlementApproved)
    assert "clawed back" in refused.remedy


def test_withdrawing_again_changes_nothing():
    given(SETTLEMENT, *PROPOSED, WITHDRAWN).when(withdraw, **WITHDRAWAL | {"withdrawn_by": "finance:zhou"}).then()
    given(SETTLEMENT).when(withdraw, **WITHDRAWAL).refused(SettlementUnknown)


def test_what_is_withdrawn_is_neither_approved_nor_paid_nor_proposed_again():
    past = given(SETTLEMENT, *PROPOSED, WITHDRAWN)
    past.when(approve, **SIGNED).refused(SettlementWithdrawn)
    past.when(confirm, **PAYMENT).refused(SettlementWithdrawn)
    past.when(fail, **FAILURE).refused(SettlementWithdrawn)
    past.when(reinstruct, **AGAIN).refused(SettlementWithdrawn)
    past.when(propose, [LINE], **BATCH).refused(SettlementExists)


def test_a_confirmed_payment_is_paid_once():
    given(SETTLEMENT, *APPROVED).when(confirm, **PAYMENT).then(PAID)
    given(SETTLEMENT, *APPROVED, PAID).when(confirm, **PAYMENT).then()


def test_the_bank_pays_today_and_not_tomorrow():
    tomorrow = PAYMENT | {"paid_on": "2026-04-01"}
    given(SETTLEMENT, *APPROVED).when(confirm, **tomorrow).refused(PaymentDayInvalid)


def test_before_approval_nothing_is_paid_or_fails():
    given(SETTLEMENT, *PROPOSED).when(confirm, **PAYMENT).refused(SettlementNotApproved)
    given(SETTLEMENT, *PROPOSED).when(fail, **FAILURE).refused(SettlementNotApproved)
    given(SETTLEMENT, *PROPOSED).when(reinstruct, **AGAIN).refused(SettlementNotApproved)


def test_a_line_that_is_not_in_the_batch_is_refused():
    given(SETTLEMENT, *APPROVED).when(confirm, **PAYMENT | {"redemption_id": "X"}).refused(LineUnknown)


def test_a_failed_payment_is_instructed_again_under_a_new_number():
    given(SETTLEMENT, *APPROVED).when(fail, **FAILURE).then(FAILED)
    given(SETTLEMENT, *APPROVED, FAILED).when(fail, **FAILURE).then()
    given(SETTLEMENT, *APPROVED, FAILED).when(reinstruct, **AGAIN).then(SECOND)
    given(SETTLEMENT, *APPROVED, FAILED, SECOND).when(reinstruct, **AGAIN).then()


def test_a_failed_payment_is_not_confirmed_and_a_paid_one_does_not_fail():
    given(SETTLEMENT, *APPROVED, FAILED).when(confirm, **PAYMENT).refused(LineNotInstructed)
    given(SETTLEMENT, *APPROVED, PAID).when(fail, **FAILURE).refused(LineNotInstructed)
    given(SETTLEMENT, *APPROVED, PAID).when(reinstruct, **AGAIN).refused(LineNotFailed)


def test_a_failure_of_an_earlier_instruction_changes_nothing_for_the_present_one():
    stale = FAILURE | {"instruction_id": "O-1-R1-P1"}
    given(SETTLEMENT, *APPROVED, FAILED, SECOND).when(fail, **stale).then()
    present = FAILURE | {"instruction_id": "O-1-R1-P2"}
    second_failed = Failed("O-1-R1", "O-1-R1-P2", "closed")
    given(SETTLEMENT, *APPROVED, FAILED, SECOND).when(fail, **present).then(second_failed)


def test_a_confirmation_of_another_instruction_is_not_taken_for_this_one():
    stale = PAYMENT | {"instruction_id": "O-1-R1-P1"}
    given(SETTLEMENT, *APPROVED, FAILED, SECOND).when(confirm, **stale).refused(LineNotInstructed)


@pytest.fixture
def approved(town):
    for order_id in ("O-1", "O-2"):
        town.approved(order_id)
    return town


def test_a_claim_is_settled_and_paid_to_the_provider(approved):
    answer = approved.propose("S-1", "O-1", "O-2", "O-1")
    assert (answer["count"], answer["total"]) == (2, 10_000_00)
    line = approved.settlement("S-1").lines["O-1-R1"].added
    assert (line.payee_id, line.account_ref, line.amount) == (LAB, "account:1", 5_000_00)
    approved.sign("S-1")
    assert approved.confirm("S-1", "O-1")["paid"] == 1
    assert (approved.state("O-1").status, approved.state("O-1").paid) == ("paid", 5_000_00)
    assert (approved.voucher().paid, approved.voucher().claimed) == (5_000_00, 5_000_00)


def test_no_claim_is_in_two_batches(approved):
    approved.propose("S-1", "O-1")
    with approved.refused(OrderNotOpen):
        approved.propose("S-2", "O-2", "O-1")
    approved.propose("S-2", "O-2")
    assert approved.state("O-2").settlement_id == "S-2"


def test_a_batch_number_is_used_once(approved):
    approved.propose("S-1", "O-1")
    with approved.refused(SettlementExists):
        approved.propose("S-1", "O-2")


def test_a_batch_needs_approved_claims_of_its_programme(approved):
    approved.order("O-3")
    with approved.refused(OrderNotOpen):
        approved.propose("S-1", "O-3")
    with approved.refused(OrderUnknown):
        approved.propose("S-1", "O-9")
    with approved.refused(SettlementEmpty):
        approved.propose("S-1")
    with approved.refused(ProgrammeUnknown):
        approved.propose("S-1", "O-1", programme=YRD_CODE)
    with approved.refused(SettlementTooLarge):
        approved.propose("S-1", *[f"O-{n}" for n in range(MAX_LINES + 1)])


def test_a_batch_is_of_one_programme(approved):
    approved.adopt("yrd-stiv")
    with approved.refused(OrderOfAnotherProgramme):
        approved.propose("S-1", "O-1", programme=YRD_CODE)


def test_two_people_settle(approved):
    approved.propose("S-1", "O-1")
    with approved.refused(SettlementNotApproved):
        approved.confirm("S-1", "O-1")
    with approved.refused(ApproverNotIndependent):
        approved.sign("S-1", actor="finance:sun")
    approved.sign("S-1")
    assert approved.settlement("S-1").approved_by == "finance:qian"


def test_a_repeated_confirmation_pays_nothing_again(approved):
    approved.propose("S-1", "O-1")
    approved.sign("S-1")
    approved.confirm("S-1", "O-1")
    with approved.assert_quiet():
        assert approved.confirm("S-1", "O-1")["paid"] == 1
    assert approved.voucher().paid == 5_000_00


def test_a_failed_payment_is_told_again_and_paid_once(approved):
    approved.propose("S-1", "O-1")
    approved.sign("S-1")
    assert approved.fail("S-1", "O-1")["failed"] == 1
    with approved.refused(LineNotInstructed):
        approved.confirm("S-1", "O-1")
    assert approved.state("O-1").claimed == 5_000_00
    approved.reinstruct("S-1", "O-1")
    with approved.assert_quiet():
        approved.reinstruct("S-1", "O-1")
        approved.fail("S-1", "O-1", instruction="O-1-R1-P1")
    with approved.refused(LineNotInstructed):
        approved.confirm("S-1", "O-1", instruction="O-1-R1-P1")
    approved.confirm("S-1", "O-1", instruction="O-1-R1-P2")
    with approved.refused(LineNotInstructed):
        approved.fail("S-1", "O-1")
    assert (approved.voucher().paid, approved.state("O-1").paid) == (5_000_00, 5_000_00)
    instructions = [event.instruction_id for event in approved.events("settlement/S-1") if type(event) is Instructed]
    assert instructions == ["O-1-R1-P1", "O-1-R1-P2"]


def test_claims_of_a_withdrawn_batch_are_paid_by_another(approved):
    approved.propose("S-1", "O-1", "O-2")
    answer = approved.withdraw("S-1")
    assert (answer["withdrawn"], answer["approved"], answer["paid"]) == (True, False, 0)
    assert [approved.state(number).status for number in ("O-1", "O-2")] == ["approved", "approved"]
    assert approved.state("O-1").settlement_id == ""
    assert approved.voucher().claimed == 10_000_00
    with approved.assert_quiet():
        approved.withdraw("S-1", actor="finance:sun")
    approved.propose("S-2", "O-1")
    with approved.refused(SettlementWithdrawn):
        approved.sign("S-1")
    approved.sign("S-2")
    with approved.refused(SettlementWithdrawn):
        approved.confirm("S-1", "O-1")
    approved.confirm("S-2", "O-1")
    assert (approved.state("O-1").settlement_id, approved.voucher().paid) == ("S-2", 5_000_00)
    with approved.assert_quiet():
        approved.withdraw("S-1")
    assert approved.topics().count("order.SettlementWithdrawn") == 2


def test_an_approved_batch_is_not_withdrawn(approved):
    approved.propose("S-1", "O-1")
    approved.sign("S-1")
    with approved.refused(SettlementApproved):
        approved.withdraw("S-1")
    assert approved.state("O-1").status == "settling"
    with approved.refused(SettlementUnknown):
        approved.withdraw("S-9")


def test_a_claim_whose_batch_was_withdrawn_can_be_taken_back(approved):
    approved.propose("S-1", "O-1")
    with approved.refused(NotBeforePayment):
        approved.reverse("O-1")
    approved.withdraw("S-1")
    approved.reverse("O-1")
    assert (approved.state("O-1").status, approved.voucher().claimed) == ("invoiced", 5_000_00)


def test_the_bank_pays_to_the_account_of_the_day_on_which_it_is_told(approved):
    approved.propose("S-1", "O-1")
    approved.move_account("account:2")
    approved.sign("S-1")
    approved.fail("S-1", "O-1")
    approved.move_account("account:3")
    approved.reinstruct("S-1", "O-1")
    line = approved.settlement("S-1").lines["O-1-R1"]
    assert (line.added.account_ref, line.account_ref) == ("account:1", "account:3")
    told = [event.account_ref for event in approved.events("settlement/S-1") if type(event) is Instructed]
    assert told == ["account:2", "account:3"]


def test_an_order_is_paid_in_its_own_batch_only(approved):
    approved.propose("S-1", "O-1")
    approved.propose("S-2", "O-2")
    approved.sign("S-2")
    with approved.refused(LineUnknown):
        approved.confirm("S-2", "O-1")
    with approved.refused(SettlementUnknown):
        approved.confirm("S-9", "O-1")


def test_one_firms_claims_do_not_hold_up_anothers(approved):
    approved.record(CHANGNING)
    approved.entitle(CHANGNING)
    approved.order("O-3", enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING))
    approved.deliver("O-3")
    approved.invoice("O-3")
    approved.redeem("O-3")
    approved.propose("S-1", "O-1", "O-3")
    approved.sign("S-1")
    approved.fail("S-1", "O-1")
    approved.confirm("S-1", "O-3")
    assert approved.voucher(voucher_of(CHANGNING)).paid == 5_000_00
    assert approved.voucher().claimed == 10_000_00
