"""Paid money that comes back: who owes it, what is kept back from the next batch, and what the bank returns."""

import pytest

from tests.examples import LAB, PUDONG, YUAN
from tests.given import given
from tests.treasury import a_treasury
from vouchers.application.recovering import NothingToDemand, ShareAboveWhole
from vouchers.debt.decisions import WriteOffNotIndependent, WriteOffTooLarge
from vouchers.kinds import DEBT, SETTLEMENT
from vouchers.order.decisions import ClawbackAbovePaid, OrderNotOpen, ReturnAfterClawback
from vouchers.refusals import Refused
from vouchers.settlement.decisions import (
    ApproverNotIndependent,
    InstructionUnknown,
    LineNotInstructed,
    LineNotPaid,
    PaidUnderAnotherReference,
    PaymentAboveInstruction,
    PaymentDayInvalid,
    SettlementNotApproved,
    approve,
    confirm,
    fail,
    reinstruct,
    take_back,
)
from vouchers.settlement.events import (
    Approved,
    Confirmed,
    Endorsed,
    Failed,
    Instructed,
    LineAdded,
    PartlyPaid,
    Proposed,
    Returned,
    Withdrawn,
)

LINE = LineAdded("O-1-R1", "O-1", "V-1", LAB, "account:1", 500)
PROPOSED = (Proposed("P", "CNY", 1, 500, "finance:sun"), LINE)
FIRST = Instructed("O-1-R1", "O-1-R1-P1", 1, "account:1")
SECOND = Instructed("O-1-R1", "O-1-R1-P2", 2, "account:1")
APPROVED = (*PROPOSED, Approved("finance:qian"), FIRST)
PAID = Confirmed("O-1-R1", "O-1-R1-P1", "bank-1", "2026-03-31")
PART = PartlyPaid("O-1-R1", "O-1-R1-P1", 200, "bank-1", "2026-03-31")
BACK = Returned("O-1-R1", "O-1-R1-P1", 500, "account closed", "2026-04-03")
PAYMENT = {"redemption_id": "O-1-R1", "bank_reference": "bank-1", "paid_on": "2026-03-31", "on": "2026-03-31"}
RETURN = {"redemption_id": "O-1-R1", "instruction_id": "", "reason": "account closed"}
THREE = {"approvals": [{"from_amount": 10_000 * YUAN, "approvals": 2}, {"from_amount": 50_000 * YUAN, "approvals": 3}]}


@pytest.fixture
def town():
    """Return a town whose demands bear 3.65 % a year after ten days, and of which up to 100 yuan may be given up."""
    recovery = {"interest_bp": 365, "grace_days": 10, "instalments": 3, "write_off_up_to": 100 * YUAN}
    with a_treasury(recovery=recovery) as treasury:
        yield treasury


def batch(town, settlement_id, *orders):
    town.propose(settlement_id, *orders)
    town.sign(settlement_id)


def line_of(town, settlement_id, order_id):
    return town.settlement(settlement_id).lines[f"{order_id}-R1"]


# Approvals


def test_a_batch_below_the_threshold_needs_one_approval_and_at_it_two():
    case = {"accounts": {"O-1-R1": "account:1"}}
    past = given(SETTLEMENT, *PROPOSED)
    past.when(approve, **case, approved_by="finance:qian", needed=1).then(Approved("finance:qian"), FIRST)
    endorsed = Endorsed("finance:qian", 2)
    past.when(approve, **case, approved_by="finance:qian", needed=2).then(endorsed)
    once = given(SETTLEMENT, *PROPOSED, endorsed)
    once.when(approve, **case, approved_by="finance:zhou", needed=2).then(Approved("finance:zhou"), FIRST)


def test_the_same_person_counts_once_and_the_proposer_never():
    once = given(SETTLEMENT, *PROPOSED, Endorsed("finance:qian", 2))
    case = {"accounts": {"O-1-R1": "account:1"}, "needed": 2}
    once.when(approve, **case, approved_by="finance:Qian").then()
    once.when(approve, **case, approved_by="Finance:Sun").refused(ApproverNotIndependent)


@pytest.mark.parametrize(("gross", "needed"), [(19_999_98, 1), (20_000_00, 2), (99_999_98, 2), (100_000_00, 3)])
def test_the_policy_says_from_which_total_on_more_people_must_approve(gross, needed):
    with a_treasury(settlement=THREE) as treasury:
        treasury.approved("O-1", gross=gross)
        treasury.propose("S-1", "O-1")
        for person in ("finance:qian", "finance:zhou", "finance:wu")[: needed - 1]:
            assert treasury.sign("S-1", person)["approved"] is False
            with treasury.refused(SettlementNotApproved):
                treasury.confirm("S-1", "O-1")
            with treasury.assert_quiet():
                treasury.sign("S-1", person)
        assert treasury.sign("S-1", "finance:zheng")["approved"] is True


# What the bank says


def test_a_payment_in_part_leaves_the_rest_owed_and_moves_nothing_yet(town):
    town.approved("O-1")
    batch(town, "S-1", "O-1")
    town.confirm_part("S-1", 2_000 * YUAN)
    assert (town.voucher().paid, town.state("O-1").status, line_of(town, "S-1", "O-1").due) == (
        0,
        "settling",
        3_000 * YUAN,
    )
    with town.assert_quiet():
        town.confirm_part("S-1", 2_000 * YUAN)
    town.reinstruct("S-1", "O-1")
    with town.refused(PaymentAboveInstruction):
        town.confirm_part("S-1", 3_000 * YUAN + 1, ref="part-2")
    town.confirm_part("S-1", 3_000 * YUAN, ref="part-2")
    assert (town.voucher().paid, town.state("O-1").status) == (5_000 * YUAN, "paid")


def test_a_part_is_less_than_the_whole_and_the_whole_is_no_part():
    past = given(SETTLEMENT, *APPROVED)
    past.when(confirm, **PAYMENT, amount=499).then(PartlyPaid("O-1-R1", "O-1-R1-P1", 499, "bank-1", "2026-03-31"))
    past.when(confirm, **PAYMENT, amount=500).then(PAID)
    past.when(confirm, **PAYMENT, amount=501).refused(PaymentAboveInstruction, due=500)
    past.when(confirm, **PAYMENT, amount=0).refused(PaymentAboveInstruction)


def test_a_second_confirmation_under_another_reference_is_no_repetition():
    past = given(SETTLEMENT, *APPROVED, PAID)
    past.when(confirm, **PAYMENT).then()
    past.when(confirm, **PAYMENT | {"bank_reference": "bank-2"}).refused(PaidUnderAnotherReference, known="bank-1")


def test_an_instruction_that_was_never_given_is_refused_in_every_answer_of_the_bank():
    past = given(SETTLEMENT, *APPROVED)
    strange = {"instruction_id": "O-1-R1-P2"}
    past.when(confirm, **PAYMENT, **strange).refused(InstructionUnknown)
    past.when(fail, redemption_id="O-1-R1", reason="closed", **strange).refused(InstructionUnknown)
    given(SETTLEMENT, *APPROVED, PAID).when(
        take_back, **RETURN | strange, returned_on="2026-04-03", on="2026-04-03"
    ).refused(InstructionUnknown)


def test_a_payment_comes_back_between_its_day_and_today():
    past = given(SETTLEMENT, *APPROVED, PAID)
    for day in ("2026-03-31", "2026-04-03"):
        [event] = take_back(past.state, **RETURN, returned_on=day, on="2026-04-03")
        assert (event.amount, event.returned_on) == (500, day)
    for day in ("2026-03-30", "2026-04-04"):
        past.when(take_back, **RETURN, returned_on=day, on="2026-04-03").refused(PaymentDayInvalid)
    given(SETTLEMENT, *APPROVED, PAID, BACK).when(take_back, **RETURN, returned_on="2026-04-03", on="2026-04-03").then()


def test_a_returned_payment_is_claimed_again_and_paid_once_more_under_a_new_number(town):
    town.approved("O-1")
    batch(town, "S-1", "O-1")
    town.confirm("S-1", "O-1")
    town.go("2026-02-09").comes_back("S-1", "O-1")
    assert (town.voucher().paid, town.voucher().claimed, town.state("O-1").paid) == (0, 5_000 * YUAN, 0)
    assert town.voucher().face == 300_000 * YUAN
    with town.assert_quiet():
        town.comes_back("S-1", "O-1")
    with town.refused(OrderNotOpen):
        town.back(1)
    town.reinstruct("S-1", "O-1")
    with town.refused(LineNotInstructed):
        town.confirm("S-1", "O-1", instruction="O-1-R1-P1")
    town.confirm("S-1", "O-1", instruction="O-1-R1-P2")
    assert (town.voucher().paid, town.state("O-1").status, town.state("O-1").paid) == (
        5_000 * YUAN,
        "paid",
        5_000 * YUAN,
    )


def test_a_part_that_comes_back_is_owed_again_with_the_rest():
    state = given(SETTLEMENT, *APPROVED, PART, Returned("O-1-R1", "O-1-R1-P1", 200, "closed", "2026-04-01")).state
    assert (state.lines["O-1-R1"].due, state.lines["O-1-R1"].status) == (500, "returned")


def test_money_that_comes_back_after_a_demand_is_a_repayment_of_the_debt(town):
    town.paid("O-1")
    town.back(1)
    with town.refused(ReturnAfterClawback):
        town.comes_back("S-O-1", "O-1")
    town.repay(1)
    assert town.owes().status == "paid"


STATES = {
    "proposed": PROPOSED,
    "withdrawn": (*PROPOSED, Withdrawn("finance:sun", "a mistake")),
    "instructed": APPROVED,
    "failed": (*APPROVED, Failed("O-1-R1", "O-1-R1-P1", "closed")),
    "partly_paid": (*APPROVED, PART),
    "paid": (*APPROVED, PAID),
    "returned": (*APPROVED, PAID, BACK),
}
LATER = {"on": "2026-04-03"}
STEPS = {
    "confirm": (confirm, PAYMENT | LATER | {"bank_reference": "bank-9"}),
    "fail": (fail, {"redemption_id": "O-1-R1", "reason": "closed"}),
    "reinstruct": (reinstruct, {"redemption_id": "O-1-R1", "account_ref": "account:1"}),
    "take_back": (take_back, RETURN | LATER | {"returned_on": "2026-04-03"}),
}
# What each step leads to from each state; all else is refused or changes nothing.
LEADS = {
    ("instructed", "confirm"): "paid",
    ("instructed", "fail"): "failed",
    ("failed", "reinstruct"): "instructed",
    ("partly_paid", "reinstruct"): "instructed",
    ("partly_paid", "take_back"): "returned",
    ("returned", "reinstruct"): "instructed",
    ("paid", "take_back"): "returned",
}


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_a_payment_goes_from_proforma_over_approval_to_the_bank_and_no_other_way(before, step):
    decision, case = STEPS[step]
    state = given(SETTLEMENT, *STATES[before]).state
    try:
        events = decision(state, **case)
    except Refused:
        events = []
    for event in events:
        state = SETTLEMENT.evolve(state, event)
    assert state.lines["O-1-R1"].status == LEADS.get((before, step), before)
    assert sum(type(event) is Confirmed for event in events) <= (before == "instructed")


# Debts


def test_a_demand_opens_a_debt_of_who_was_paid(town):
    town.paid("O-1")
    answer = town.back(2_000 * YUAN)
    [opened] = answer["debts"]
    assert opened == {"party_id": LAB, "debt_id": "O-1-R1-C1", "amount": 2_000 * YUAN, "due_on": "2026-02-12"}
    assert town.back(3_000 * YUAN)["debts"][0]["debt_id"] == "O-1-R1-C2"
    with town.refused(ClawbackAbovePaid):
        town.back(1)


def test_enterprise_and_provider_owe_their_shares_of_the_fault_and_together_the_whole(town):
    town.paid("O-1")
    answer = town.back(2_000 * YUAN, enterprise_amount=700 * YUAN)
    assert {each["party_id"]: each["amount"] for each in answer["debts"]} == {PUDONG: 700 * YUAN, LAB: 1_300 * YUAN}
    [only] = town.back(100, enterprise_amount=100)["debts"]
    assert only["party_id"] == PUDONG
    with town.refused(ShareAboveWhole):
        town.back(100, enterprise_amount=101)


def test_a_breach_takes_back_what_the_policy_says_less_what_was_demanded_before():
    with a_treasury(settlement={"clawback_bp": 5_000}) as treasury:
        treasury.paid("O-1")
        treasury.back(500 * YUAN)
        answer = treasury.breach(enterprise_bp=3_333)
        assert answer["clawed_back"] == 2_000 * YUAN
        assert sorted(each["amount"] for each in answer["debts"]) == [666_60, 2_000_00 - 666_60]
        with treasury.refused(NothingToDemand):
            treasury.breach()


def test_a_breach_of_an_unpaid_order_demands_nothing(town):
    town.approved("O-1")
    with town.refused(NothingToDemand):
        town.breach()


def test_interest_runs_from_the_payment_where_the_policy_says_so():
    with a_treasury(recovery={"interest_bp": 365, "interest_from": "payment"}) as treasury:
        treasury.paid("O-1")
        treasury.go("2027-02-02").back(1_000 * YUAN)
        assert treasury.owes().interest("2027-02-02") == 36_50


def test_what_a_provider_owes_is_kept_back_from_its_next_payment(town):
    town.paid("O-1")
    town.approved("O-2")
    town.back(2_000 * YUAN)
    town.propose("S-2", "O-2")
    answer = town.sign("S-2")
    assert answer["total"] == 5_000 * YUAN
    assert (line_of(town, "S-2", "O-2").netted, line_of(town, "S-2", "O-2").due) == (2_000 * YUAN, 3_000 * YUAN)
    assert (town.owes().status, town.owes().netted) == ("paid", 2_000 * YUAN)
    with town.refused(PaymentAboveInstruction):
        town.confirm_part("S-2", 5_000 * YUAN, "O-2")
    town.confirm("S-2", "O-2")
    assert (town.state("O-2").paid, town.voucher().paid) == (5_000 * YUAN, 8_000 * YUAN)


def test_where_more_is_owed_than_paid_the_bank_is_told_nothing_and_the_claim_is_settled(town):
    town.paid("O-1")
    town.approved("O-2", gross=4_000 * YUAN)
    town.back(5_000 * YUAN)
    batch(town, "S-2", "O-2")
    line = line_of(town, "S-2", "O-2")
    assert (line.status, line.attempt, line.netted, line.due) == ("paid", 0, 2_000 * YUAN, 0)
    assert town.state("O-2").status == "paid"
    assert town.owes().principal == 3_000 * YUAN
    with town.refused(LineNotPaid):
        town.comes_back("S-2", "O-2")


def test_set_off_covers_the_interest_of_the_day_first(town):
    town.paid("O-1")
    town.back(1_000 * YUAN)
    town.go("2026-02-22").approved("O-2")
    batch(town, "S-2", "O-2")
    [netted] = [event for event in town.events(f"debt/{LAB}") if type(event).__name__ == "Netted"]
    assert (netted.amount, netted.to_interest, netted.to_principal) == (1_001_00, 1_00, 1_000_00)


def test_the_debt_of_an_enterprise_is_not_kept_back_from_a_provider(town):
    town.paid("O-1")
    town.back(2_000 * YUAN, enterprise_amount=2_000 * YUAN)
    town.approved("O-2")
    batch(town, "S-2", "O-2")
    assert line_of(town, "S-2", "O-2").due == 5_000 * YUAN


def test_a_debtor_whose_plan_is_kept_is_paid_in_full_and_after_a_missed_instalment_is_not(town):
    town.paid("O-1")
    town.back(2_000 * YUAN)
    town.plan(("2026-02-20", 500 * YUAN), ("2026-03-20", 1_500 * YUAN))
    town.approved("O-2")
    batch(town, "S-2", "O-2")
    assert line_of(town, "S-2", "O-2").netted == 0
    with town.assert_quiet():
        town.go("2026-02-20").check_plan()
    town.go("2026-02-21").check_plan()
    assert town.owes().status == "open"
    town.approved("O-3")
    batch(town, "S-3", "O-3")
    assert line_of(town, "S-3", "O-3").netted == 2_000 * YUAN + town.owes().interest_paid


def test_a_policy_may_leave_set_off_to_the_courts():
    with a_treasury(recovery={"netting": False}) as treasury:
        treasury.paid("O-1")
        treasury.back(2_000 * YUAN)
        treasury.approved("O-2")
        batch(treasury, "S-2", "O-2")
        assert line_of(treasury, "S-2", "O-2").netted == 0


def test_nothing_is_kept_back_before_the_last_approval():
    with a_treasury(settlement=THREE) as treasury:
        treasury.paid("O-1")
        treasury.approved("O-2", gross=20_000 * YUAN)
        treasury.back(2_000 * YUAN)
        treasury.propose("S-2", "O-2")
        treasury.sign("S-2", "finance:qian")
        assert treasury.owes().netted == 0
        treasury.withdraw("S-2")
        assert treasury.owes().netted == 0


def test_a_returned_payment_pays_the_rest_again_and_the_set_off_stands(town):
    town.paid("O-1")
    town.approved("O-2")
    town.back(2_000 * YUAN)
    batch(town, "S-2", "O-2")
    town.confirm("S-2", "O-2")
    assert town.comes_back("S-2", "O-2")["due"] == 3_000 * YUAN
    town.reinstruct("S-2", "O-2")
    town.confirm("S-2", "O-2", instruction="O-2-R1-P2")
    assert (town.owes().netted, town.state("O-2").paid) == (2_000 * YUAN, 5_000 * YUAN)


def test_a_debt_is_paid_down_in_instalments_and_its_small_rest_given_up(town):
    town.paid("O-1")
    town.back(1_000 * YUAN)
    town.plan(("2026-02-10", 400 * YUAN), ("2026-02-11", 600 * YUAN))
    town.go("2026-02-10").repay(400 * YUAN)
    town.go("2026-02-11").repay(500 * YUAN)
    town.give_up()
    town.agree_to_give_up()
    assert (town.owes().status, town.owes().written_off) == ("written_off", 100 * YUAN)
    assert town.ledger.state(DEBT, LAB).debts["O-1-R1-C1"].owed("2030-01-01") == 0


def test_a_debt_above_the_limit_of_the_policy_is_not_given_up(town):
    town.paid("O-1")
    town.back(100 * YUAN + 1)
    with town.refused(WriteOffTooLarge):
        town.give_up()
    town.repay(1)
    town.give_up()
    with town.refused(WriteOffNotIndependent):
        town.agree_to_give_up(actor="finance:sun")
