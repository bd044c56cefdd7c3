"""Paid money comes back with interest, in parts, from the next payment, or is given up by two people."""

from dataclasses import replace

from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.given import given
from vouchers.days import add_days
from vouchers.debt.decisions import (
    MAX_DEBTS,
    DebtEnded,
    DebtUnknown,
    InstalmentsInvalid,
    MoreThanOwed,
    ReceiptDayInvalid,
    Terms,
    TooManyDebts,
    TooManyInstalments,
    WriteOffNotIndependent,
    WriteOffNotProposed,
    WriteOffTooLarge,
    agree_instalments,
    approve_write_off,
    demand,
    miss_instalment,
    net,
    propose_write_off,
    receive,
)
from vouchers.debt.events import (
    Demanded,
    Instalment,
    InstalmentMissed,
    InstalmentsAgreed,
    Netted,
    Received,
    WriteOffProposed,
    WrittenOff,
)
from vouchers.kinds import DEBT
from vouchers.money import WHOLE_BP

# 1,000.00 at 3.65 % a year: ten fen a day from 3 March on.
DEMANDED = Demanded(
    "R-C1", "P", "CNY", "O-1", "R", 1_000_00, "fraud", "2026-02-01", "2026-03-02", "2026-03-03", 365, 365
)
CASE = {"programme": "P", "currency": "CNY", "order_id": "O-1", "redemption_id": "R", "reason": "fraud"}
TERMS = Terms(29, 365, 365)
RECEIPT = {"debt_id": "R-C1", "reference": "bank-1"}
LINE = {"programme": "P", "currency": "CNY", "settlement_id": "S-1", "redemption_id": "O-2-R1"}
PLAN = (Instalment("2026-04-01", 400_00), Instalment("2026-05-01", 600_00))
AGREED = InstalmentsAgreed("R-C1", PLAN, "short of cash", "officer:li")
GIVEN_UP = WriteOffProposed("R-C1", "dissolved", "[D]", "finance:sun")


def paid(amount, on, *, to_interest=0, reference="bank-1"):
    return Received("R-C1", amount, to_interest, amount - to_interest, on, reference)


def test_a_demand_gives_days_to_pay_and_is_numbered_after_its_redemption():
    given(DEBT).when(demand, **CASE, amount=1_000_00, on="2026-02-01", terms=TERMS).then(DEMANDED)
    again = demand(given(DEBT, DEMANDED).state, **CASE, amount=1, on="2026-02-01", terms=TERMS)
    assert [each.debt_id for each in again] == ["R-C2"]
    given(DEBT).when(demand, **CASE, amount=0, on="2026-02-01", terms=TERMS).then()


def test_interest_may_run_from_the_payment_instead():
    [opened] = demand(DEBT.empty, **CASE, amount=1_000_00, on="2026-02-01", terms=TERMS, bears_from_on="2025-02-01")
    state = given(DEBT, opened).state.debts["R-C1"]
    assert (state.interest("2025-01-31"), state.interest("2025-02-01"), state.interest("2026-01-31")) == (0, 10, 3_650)


def test_a_party_owes_so_many_debts_at_a_time_and_no_more_and_what_is_paid_counts_no_longer():
    many = [
        Demanded(f"R-{n}", "P", "CNY", "O", f"R-{n}", 1, "x", "2026-01-01", "2026-01-02", "2026-01-03", 0, 365)
        for n in range(MAX_DEBTS)
    ]
    assert demand(given(DEBT, *many[1:]).state, **CASE, amount=1, on="2026-02-01", terms=TERMS)
    given(DEBT, *many).when(demand, **CASE, amount=1, on="2026-02-01", terms=TERMS).refused(TooManyDebts)
    paid = Received("R-0", 1, 0, 1, "2026-01-02", "bank-1")
    assert demand(given(DEBT, *many, paid).state, **CASE, amount=1, on="2026-02-01", terms=TERMS)


def test_until_the_last_day_to_pay_there_is_no_interest_and_from_the_next_day_on_there_is():
    state = given(DEBT, DEMANDED).state.debts["R-C1"]
    assert [state.interest(day) for day in ("2026-02-01", "2026-03-02", "2026-03-03", "2026-03-12")] == [0, 0, 10, 100]


def test_interest_is_simple_and_only_its_last_broken_fen_is_dropped():
    third = replace(DEMANDED, rate_bp=121)
    state = given(DEBT, third).state.debts["R-C1"]
    days = [add_days("2026-03-02", n) for n in (1, 2, 3, 365)]
    assert [state.interest(day) for day in days] == [3, 6, 9, 1_210]


def test_a_payment_covers_the_interest_first_and_then_the_demand():
    state = (
        given(DEBT, DEMANDED)
        .when(receive, **RECEIPT, amount=500_00, received_on="2026-03-12", on="2026-03-15")
        .then(paid(500_00, "2026-03-12", to_interest=100))
    )
    left = state.debts["R-C1"]
    assert (left.principal, left.interest("2026-03-12"), left.owed("2026-03-13")) == (501_00, 0, 501_05)


def test_what_is_owed_may_be_paid_to_the_last_fen_and_not_one_more():
    day = {"received_on": "2026-03-12", "on": "2026-03-12"}
    state = (
        given(DEBT, DEMANDED)
        .when(receive, **RECEIPT, amount=1_001_00, **day)
        .then(paid(1_001_00, "2026-03-12", to_interest=100))
    )
    assert (state.debts["R-C1"].status, state.debts["R-C1"].owed("2036-01-01")) == ("paid", 0)
    given(DEBT, DEMANDED).when(receive, **RECEIPT, amount=1_001_01, **day).refused(MoreThanOwed, owed=1_001_00)
    given(DEBT, DEMANDED).when(receive, **RECEIPT, amount=0, **day).refused(MoreThanOwed)


def test_the_same_receipt_in_a_repeated_bank_file_counts_once():
    past = given(DEBT, DEMANDED, paid(500_00, "2026-03-02"))
    past.when(receive, **RECEIPT, amount=500_00, received_on="2026-03-02", on="2026-03-05").then()
    other = RECEIPT | {"reference": "bank-2"}
    past.when(receive, **other, amount=500_00, received_on="2026-03-02", on="2026-03-05").then(
        paid(500_00, "2026-03-02", reference="bank-2")
    )


def test_money_comes_in_between_the_last_receipt_and_today():
    past = given(DEBT, DEMANDED, paid(100_00, "2026-02-20", reference="bank-0"))
    for day in ("2026-02-20", "2026-02-25"):
        past.when(receive, **RECEIPT, amount=1, received_on=day, on="2026-02-25").then(paid(1, day))
    for day in ("2026-02-19", "2026-02-26"):
        past.when(receive, **RECEIPT, amount=1, received_on=day, on="2026-02-25").refused(ReceiptDayInvalid)


def test_a_debt_that_is_paid_or_unknown_takes_nothing_more():
    day = {"received_on": "2026-03-01", "on": "2026-03-01"}
    past = given(DEBT, DEMANDED, paid(1_000_00, "2026-03-01", reference="bank-0"))
    past.when(receive, **RECEIPT, amount=1, **day).refused(DebtEnded)
    given(DEBT).when(receive, **RECEIPT, amount=1, **day).refused(DebtUnknown)


def test_the_next_payment_to_a_debtor_is_reduced_by_what_it_owes_and_never_below_nothing():
    past = given(DEBT, DEMANDED)
    past.when(net, **LINE, available=300_00, on="2026-02-10").then(
        Netted("R-C1", 300_00, 0, 300_00, "2026-02-10", "S-1", "O-2-R1")
    )
    past.when(net, **LINE, available=5_000_00, on="2026-03-12").then(
        Netted("R-C1", 1_001_00, 1_00, 1_000_00, "2026-03-12", "S-1", "O-2-R1")
    )
    past.when(net, **LINE, available=0, on="2026-02-10").then()


def test_the_oldest_debt_is_set_off_first_and_only_those_of_the_same_programme_and_money():
    second = Demanded("R2-C1", "P", "CNY", "O-2", "R2", 50_00, "x", "2026-02-02", "2026-03-03", "2026-03-04", 0, 365)
    other = Demanded("R3-C1", "Q", "CNY", "O-3", "R3", 50_00, "x", "2026-02-02", "2026-03-03", "2026-03-04", 0, 365)
    past = given(DEBT, DEMANDED, other, second)
    events = net(past.state, **LINE, available=1_020_00, on="2026-02-10")
    assert [(each.debt_id, each.amount) for each in events] == [("R-C1", 1_000_00), ("R2-C1", 20_00)]
    given(DEBT, other).when(net, **LINE, available=1, on="2026-02-10").then()
    given(DEBT, replace(DEMANDED, currency="EUR")).when(net, **LINE, available=1, on="2026-02-10").then()


def test_a_set_off_takes_effect_on_no_day_before_the_last_receipt():
    past = given(DEBT, DEMANDED, paid(100_00, "2026-02-20"))
    past.when(net, **LINE, available=1, on="2026-02-19").then(Netted("R-C1", 1, 0, 1, "2026-02-20", "S-1", "O-2-R1"))
    past.when(net, **LINE, available=1, on="2026-02-21").then(Netted("R-C1", 1, 0, 1, "2026-02-21", "S-1", "O-2-R1"))


def test_a_plan_that_is_kept_protects_from_set_off():
    given(DEBT, DEMANDED, AGREED).when(net, **LINE, available=100, on="2026-02-10").then()
    missed = InstalmentMissed("R-C1", "2026-04-01", 400_00, 0)
    [netted] = net(given(DEBT, DEMANDED, AGREED, missed).state, **LINE, available=100, on="2026-04-02")
    assert netted.amount == 100


def test_instalments_together_are_the_whole_demand_and_lie_ahead():
    terms = {"debt_id": "R-C1", "most": 2, "reason": "short of cash", "by": "officer:li"}
    past = given(DEBT, DEMANDED)
    past.when(agree_instalments, **terms, instalments=PLAN, on="2026-03-31").then(AGREED)
    given(DEBT, DEMANDED, AGREED).when(agree_instalments, **terms, instalments=PLAN, on="2026-03-31").then()
    past.when(agree_instalments, **terms, instalments=PLAN, on="2026-04-01").refused(InstalmentsInvalid)
    on_one_day = tuple(replace(part, due_on="2026-04-01") for part in PLAN)
    with_nothing = (Instalment("2026-04-01", 0), Instalment("2026-05-01", 1_000_00))
    for wrong in ((), PLAN[:1], PLAN[::-1], on_one_day, with_nothing):
        past.when(agree_instalments, **terms, instalments=wrong, on="2026-03-31").refused(InstalmentsInvalid)
    three = (Instalment("2026-04-01", 1), *PLAN)
    past.when(agree_instalments, **terms, instalments=three, on="2026-03-01").refused(TooManyInstalments)


def test_an_instalment_paid_on_its_day_is_in_time_and_the_day_after_it_is_missed():
    past = given(DEBT, DEMANDED, AGREED)
    past.when(miss_instalment, debt_id="R-C1", on="2026-04-01").then()
    past.when(miss_instalment, debt_id="R-C1", on="2026-04-02").then(InstalmentMissed("R-C1", "2026-04-01", 400_00, 0))
    given(DEBT, DEMANDED).when(miss_instalment, debt_id="R-C1", on="2026-04-02").then()
    kept = given(DEBT, DEMANDED, AGREED, paid(402_90, "2026-03-31", to_interest=2_90))
    kept.when(miss_instalment, debt_id="R-C1", on="2026-05-01").then()
    kept.when(miss_instalment, debt_id="R-C1", on="2026-05-02").then(
        InstalmentMissed("R-C1", "2026-05-01", 1_000_00, 400_00)
    )


def test_a_debt_is_given_up_by_two_people_up_to_the_limit_of_the_policy():
    words = {"debt_id": "R-C1", "reason": "dissolved", "clause": "[D]", "by": "finance:sun", "on": "2026-03-12"}
    past = given(DEBT, DEMANDED)
    past.when(propose_write_off, **words, limit=1_001_00).then(GIVEN_UP)
    past.when(propose_write_off, **words, limit=1_000_99).refused(WriteOffTooLarge, owed=1_001_00)
    proposed = given(DEBT, DEMANDED, GIVEN_UP)
    proposed.when(propose_write_off, **words, limit=1_001_00).then()
    yes = {"debt_id": "R-C1", "limit": 1_001_00, "on": "2026-03-12"}
    proposed.when(approve_write_off, **yes, by="Finance:Sun").refused(WriteOffNotIndependent)
    lost = WrittenOff("R-C1", 1_000_00, 1_00, "dissolved", "[D]", "finance:sun", "finance:qian", "2026-03-12")
    state = proposed.when(approve_write_off, **yes, by="finance:qian").then(lost)
    assert (state.debts["R-C1"].status, state.debts["R-C1"].owed("2027-01-01")) == ("written_off", 0)
    given(DEBT, DEMANDED, GIVEN_UP, lost).when(approve_write_off, **yes, by="finance:qian").then()
    past.when(approve_write_off, **yes, by="finance:qian").refused(WriteOffNotProposed)
    tomorrow = yes | {"on": "2026-03-13"}
    proposed.when(approve_write_off, **tomorrow, by="finance:qian").refused(WriteOffTooLarge)


@for_all(
    st.integers(1, 10**12),
    st.integers(0, WHOLE_BP),
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 10**12)), max_size=8),
)
def test_however_it_is_paid_back_the_parts_are_the_whole(amount, rate_bp, payments):
    terms = Terms(10, rate_bp, 365)
    [opened] = demand(DEBT.empty, **CASE, amount=amount, on="2026-01-01", terms=terms)
    state, day = DEBT.evolve(DEBT.empty, opened), "2026-01-01"
    to_principal = to_interest = 0
    for number, (days, sum_) in enumerate(payments):
        day = add_days(day, days)
        owed = state.debts["R-C1"].owed(day)
        if owed == 0:
            break
        case = {"debt_id": "R-C1", "reference": str(number), "received_on": day, "on": day}
        [received] = receive(state, **case, amount=min(sum_, owed))
        assert received.to_interest + received.to_principal == received.amount
        to_principal += received.to_principal
        to_interest += received.to_interest
        state = DEBT.evolve(state, received)
    each = state.debts["R-C1"]
    assert each.principal + to_principal == amount
    assert min(each.principal, each.interest(day)) >= 0
    assert each.interest_paid == to_interest
    assert each.interest_paid + each.interest(day) == each.accrued_by(day) // (WHOLE_BP * 365)
    assert each.ended is (each.owed(day) == 0)
