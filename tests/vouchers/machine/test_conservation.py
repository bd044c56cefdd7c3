"""No sequence of commands makes or loses a fen, passes a limit, pays twice, or uses an invoice twice."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.vouchers.machine.clerks import NUMBERS, OPEN, OVER, REVIEWERS, SUMS, Clerks
from vouchers.days import add_days


class TownLife(Clerks):
    """Clerks, firms, reviewers, banks and time, in any order."""

    @precondition(lambda self: self.town.on < "2027-06-01")
    @rule(days=st.sampled_from([0, 0, 0, 1, 1, 7, 30, 120]))
    def time_passes(self, days):
        self.town.on = add_days(self.town.on, days)

    @rule(data=st.data(), what=st.integers(0, 13))
    def an_office_day(self, data, what):
        days = (
            self.money_is_added,
            self.money_is_added,
            self.money_is_taken_away,
            self.money_is_taken_away,
            self.a_provider_is_suspended,
            self.providers_are_reinstated,
            self.providers_are_reinstated,
            self.a_voucher_may_expire,
            self.a_voucher_may_expire,
            self.a_voucher_is_extended,
            self.a_voucher_is_extended,
            self.value_is_returned,
            self.value_is_returned,
            self.a_voucher_is_revoked,
        )
        days[what](data)

    @rule(data=st.data(), gross=SUMS, asked=st.sampled_from([None, None, None, 0, 1, 5_000_000]))
    def a_firm_orders(self, data, gross, asked):
        self.order(data, gross, asked)

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def a_service_is_delivered(self, data):
        self.deliver(self.bill(data, "registered"))

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data(), number=NUMBERS, part=st.sampled_from([0, 1, 2, 3]))
    def an_invoice_is_filed(self, data, number, part):
        self.invoice(self.bill(data, "delivered", "delivered", "invoiced"), number, part)

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def a_claim_is_made(self, data):
        self.claim(self.bill(data, "invoiced"))

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data(), reviewer=REVIEWERS)
    def a_reviewer_approves(self, data, reviewer):
        self.approve(self.bill(data, "requested"), reviewer)

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def an_officer_lets_money_go(self, data):
        self.let_go(self.bill(data, "approved", "requested"))

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data(), reviewer=REVIEWERS)
    def a_reviewer_rejects(self, data, reviewer):
        bill = self.bill(data, "requested")
        independent = reviewer != "provider:lab" and reviewer not in bill.approvals
        if self.attempt(bill.status == "requested" and independent, lambda: self.town.reject(bill.order_id, reviewer)):
            self._claim_returns(bill)

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def a_claim_is_taken_back(self, data):
        bill = self.bill(data, "requested", "approved")
        if self.attempt(bill.status in {"requested", "approved"}, lambda: self.town.reverse(bill.order_id)):
            self._claim_returns(bill)

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def an_order_is_cancelled(self, data):
        bill = self.bill(data, *OPEN)
        if self.attempt(bill.status in OPEN | {"cancelled"}, lambda: self.town.cancel(bill.order_id)):
            self._order_ends(bill, "cancelled")

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def an_order_may_lapse(self, data):
        bill = self.bill(data, *OPEN)
        self.attempt(True, lambda: self.town.lapse(bill.order_id))
        if bill.status in OPEN and self.town.on > bill.purse.redeem_by_on:
            self._order_ends(bill, "lapsed")

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data())
    def a_batch_is_proposed(self, data):
        bills = data.draw(st.lists(st.sampled_from(list(self.books.bills.values())), min_size=1, max_size=4))
        ready = [bill for bill in self.books.bills.values() if bill.status == "approved"]
        self.propose(ready[:3] if ready and data.draw(st.integers(0, 9)) else bills)

    @precondition(lambda self: self.books.batches)
    @rule(data=st.data(), actor=st.sampled_from(["finance:sun", "finance:qian", "finance:qian"]))
    def a_batch_is_signed(self, data, actor):
        self.sign(data.draw(st.sampled_from(sorted(self.books.batches))), actor)

    @precondition(lambda self: self.books.batches)
    @rule(data=st.data(), actor=st.sampled_from(["finance:sun", "finance:qian"]))
    def a_batch_is_withdrawn(self, data, actor):
        every = sorted(self.books.batches)
        unsigned = [number for number in every if not self.books.batches[number].signed]
        some = unsigned if unsigned and data.draw(st.integers(0, 9)) else every
        self.withdraw(data.draw(st.sampled_from(some)), actor)

    @precondition(lambda self: self.books.batches)
    @rule(data=st.data(), answer=st.sampled_from(["confirm", "confirm", "fail", "reinstruct"]))
    def the_bank_answers(self, data, answer):
        number = data.draw(st.sampled_from(sorted(self.books.batches)))
        self.hear(number, data.draw(st.sampled_from(self.books.batches[number].orders)), answer)

    @precondition(lambda self: any(bill.status not in OVER for bill in self.books.bills.values()))
    @rule(data=st.data(), steps=st.integers(1, 4), number=NUMBERS)
    def an_order_moves_on(self, data, steps, number):
        bill = data.draw(st.sampled_from([bill for bill in self.books.bills.values() if bill.status not in OVER]))
        for _ in range(steps):
            self.next_step(bill, number)

    @rule(data=st.data(), gross=SUMS, steps=st.integers(1, 9), number=NUMBERS)
    def a_firm_is_served(self, data, gross, steps, number):
        before = len(self.books.bills)
        self.order(data, gross, None)
        if len(self.books.bills) > before:
            for _ in range(steps):
                self.next_step(self.books.bills[f"O-{before + 1}"], number)

    @precondition(lambda self: self.books.bills)
    @rule(data=st.data(), amount=st.sampled_from([0, 1, 2_000, 5_000_000]))
    def money_is_demanded_back(self, data, amount):
        bill = self.bill(data, "paid")
        left = bill.paid - bill.clawed_back
        fits = bill.status == "paid" and 0 < amount <= left
        if self.attempt(fits, lambda: self.town.claw_back(amount, bill.order_id)):
            bill.clawed_back += amount
            bill.purse.paid -= amount
            bill.purse.clawed_back += amount
            self.books.demand(bill, amount)


PLAYED = {"order", "deliver", "invoice", "claim", "approve", "let_go", "propose", "withdraw", "hear"}


def live(how: settings) -> None:
    """Let towns live, and see that what matters was both done and refused on the way: else it would prove little."""
    TownLife.tally.clear()
    run_state_machine_as_test(TownLife, settings=how)
    for passed in (True, False):
        often = {name for name in PLAYED if TownLife.tally[name, passed] > 5}
        assert often == PLAYED, TownLife.tally


QUICK = settings(
    max_examples=120, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def test_the_town_keeps_its_books():
    live(QUICK)


@pytest.mark.long
def test_the_town_keeps_its_books_for_long():
    live(settings(QUICK, max_examples=1_500, stateful_step_count=120))
