"""Clerks who do what is asked of them in a town, expect an answer by their books, and compare the two at every step."""

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.examples import CHANGNING, JIANGSU_LAB, LAB, PUDONG, SH, SH_CODE, YRD, YRD_CODE, revised, voucher_of
from tests.town import Town, an_empty_town
from tests.vouchers.machine.books import CAP, Batch, Bill, Books, Purse
from vouchers import application as app
from vouchers.days import add_days
from vouchers.kinds import VOUCHER
from vouchers.order.events import Paid
from vouchers.refusals import Refused
from vouchers.voucher.events import PLACES
from vouchers.voucher.state import Voucher

CODES = st.sampled_from([SH_CODE, YRD_CODE])
PROVIDERS = {SH_CODE: LAB, YRD_CODE: JIANGSU_LAB}
REDEEM_BY = {SH_CODE: "2027-03-31", YRD_CODE: "2027-03-01"}
BUDGETS = {SH_CODE: 25_000_000, YRD_CODE: 12_000_000}
POOLS = {SH_CODE: "TEST", YRD_CODE: "general:31"}
OVER = {"paid", "cancelled", "lapsed"}
OPEN = {"registered", "delivered", "invoiced"}
TIERS = {PUDONG: "B", CHANGNING: "D"}
SUMS = st.sampled_from([2, 3, 9_999, 10_001, 800_000, 1_000_000, 10_000_000, 24_000_000, 60_000_000, 60_000_002, 1])
NUMBERS = st.sampled_from([f"dfp:2631000000000000000{n}" for n in range(9)])
REVIEWERS = st.sampled_from(["reviewer:zhao", "reviewer:feng", "provider:lab"])


class Clerks(RuleBasedStateMachine):
    """Two programmes, two firms of one controller, two laboratories; clerks, banks and time in any order."""

    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.town: Town = self.stack.enter_context(an_empty_town())
        self.books = Books()
        self.seen = 0
        self.shadows: dict[str, Voucher] = {}
        self.payments: dict[str, int] = {}
        self._open_the_town()

    def teardown(self) -> None:
        """Close the ledger."""
        self.stack.close()

    def _open_the_town(self) -> None:
        town = self.town
        for name, code in ((SH, SH_CODE), (YRD, YRD_CODE)):
            town.adopt(name, amount=BUDGETS[code])
            self.books.budgets[code] = BUDGETS[code]
        longer = revised(SH, "2026", {"extensions": 1, "extension_months": 6})
        town.do(app.adopt_policy, longer)
        for firm in (PUDONG, CHANGNING):
            town.record(firm, controller="one", credit_tier=TIERS[firm])
            for code in (SH_CODE, YRD_CODE):
                town.entitle(firm, programme=code)
                self.books.purses[voucher_of(firm, code)] = Purse(code, firm, redeem_by_on=REDEEM_BY[code])
        for provider, region in ((LAB, "310104"), (JIANGSU_LAB, "320102")):
            town.admit(provider, region=region)
            town.accredit(provider)
        town.go("2026-02-02")

    def attempt(self, expected: bool, action: Callable[[], object]) -> bool:
        """Do something that the books expect to pass or to be refused; what is refused leaves no trace."""
        before = self.town.ledger.size(), self.town.ledger.last_hash()
        refusal: Refused | None = None
        try:
            action()
        except Refused as refused:
            refusal = refused
        self.tally[sys._getframe(1).f_code.co_name, refusal is None] += 1
        after = self.town.ledger.size(), self.town.ledger.last_hash()
        assert after == before if refusal else after[0] >= before[0]
        assert expected == (refusal is None), refusal or "the books would have refused this"
        return refusal is None

    def bill(self, data: st.DataObject, *wanted: str) -> Bill:
        """Any order, mostly one at a step where the command makes sense."""
        bills = list(self.books.bills.values())
        fitting = [bill for bill in bills if bill.status in wanted]
        return data.draw(st.sampled_from(fitting if fitting and data.draw(st.integers(0, 9)) else bills))

    def purse(self, data: st.DataObject) -> tuple[str, Purse]:
        """Any voucher."""
        number = data.draw(st.sampled_from(sorted(self.books.purses)))
        return number, self.books.purses[number]

    def money_is_added(self, data: st.DataObject) -> None:
        code, amount = data.draw(CODES), data.draw(st.sampled_from([1, 4_000_000]))
        self.attempt(True, lambda: self.town.appropriate(POOLS[code], amount, programme=code))
        self.books.budgets[code] += amount

    def money_is_taken_away(self, data: st.DataObject) -> None:
        code, amount = data.draw(CODES), data.draw(st.sampled_from([1, 5_000_000]))
        free = self.books.budgets[code] - self.books.committed(code)
        if self.attempt(amount <= free, lambda: self.town.cut(POOLS[code], amount, programme=code)):
            self.books.budgets[code] -= amount

    def a_provider_is_suspended(self, data: st.DataObject) -> None:
        provider = data.draw(st.sampled_from([LAB, JIANGSU_LAB]))
        effect = data.draw(st.sampled_from(["finish", "freeze"]))
        new = (add_days(self.town.on, data.draw(st.sampled_from([0, 0, 9]))), effect)
        end = self.books.reinstated.get(provider, "9999" if provider in self.books.suspended else "")
        same = end == "9999" and self.books.suspended[provider] == new
        if self.attempt(same or end <= self.town.on, lambda: self.town.suspend(effect, provider, new[0])):
            self.books.suspended[provider] = new
            self.books.reinstated.pop(provider, "")

    def providers_are_reinstated(self, data: st.DataObject) -> None:
        day = add_days(self.town.on, data.draw(st.sampled_from([0, 0, 5])))
        for provider in self.books.suspended:
            self.attempt(True, lambda provider=provider: self.town.reinstate(provider, day))
            if self.books.reinstated.get(provider, "9999") > self.town.on:
                self.books.reinstated[provider] = day

    def order(self, data: st.DataObject, gross: int, asked: int | None) -> None:
        number, purse = self.purse(data)
        code, order_id, on = purse.programme, f"O-{len(self.books.bills) + 1}", self.town.on
        provider, most = PROVIDERS[code], gross // 2
        amount = most if asked is None else asked
        fits = (
            0 < amount <= min(most, purse.available)
            and on <= purse.use_by_on
            and not self.books.effect(provider, on)
            and amount <= self.books.budgets[code] - self.books.committed(code)
            and self.books.used_by(code, purse.firm) + amount <= CAP
            and (code == YRD_CODE or self.books.used_together(code) + amount <= CAP)
        )
        days = {"starts_on": on, "ends_on": on, "contract_on": on, "asked": asked, "gross": gross}
        who = {"voucher_id": number, "enterprise_id": purse.firm, "provider_id": provider}
        if self.attempt(fits, lambda: self.town.order(order_id, key=order_id, **who, **days)):
            self.books.bills[order_id] = Bill(order_id, purse, provider, amount, gross, TIERS[purse.firm], on)
            purse.available -= amount
            purse.reserved += amount
            with self.town.assert_quiet():
                self.town.order(order_id, key=order_id, **who, **days)

    def deliver(self, bill: Bill) -> None:
        if self.attempt(bill.status in OPEN, lambda: self.town.deliver(bill.order_id)):
            # What is delivered later is a further part of the service.
            bill.status = "delivered" if bill.status == "registered" else bill.status

    def invoice(self, bill: Bill, number: str, part: int) -> None:
        gross = (1, bill.gross // 3 + 1, bill.gross, bill.gross + 7)[part]
        free = self.books.invoice_user(number) in {None, bill} if bill.status in OPEN else False
        in_time = self.town.on <= bill.purse.redeem_by_on
        fits = bill.status in {"delivered", "invoiced"} and free and in_time
        leaving = bill.invoice[0] if bill.invoice and bill.status == "invoiced" else ""
        if self.attempt(fits, lambda: self.town.invoice(bill.order_id, gross, number=number, replaces=leaving)):
            bill.status, bill.invoice = "invoiced", (number, self.town.on, gross)

    def claim(self, bill: Bill) -> None:
        on = self.town.on
        amount = min(bill.invoice[2] // 2, bill.held) if bill.invoice else 0
        in_time = on <= bill.purse.redeem_by_on and not self.books.frozen(bill.provider, on)
        fits = bill.status == "invoiced" and amount > 0 and in_time
        if self.attempt(fits, lambda: self.town.redeem(bill.order_id)):
            bill.purse.give_back(bill.held - amount, on)
            bill.purse.reserved -= amount
            bill.purse.claimed += amount
            bill.held, bill.claimed, bill.claims = 0, amount, bill.claims + 1
            bill.approvals = set()
            bill.waits = bill.tier == "D" and bill.purse.programme == SH_CODE
            # Whether the sample draws it is not the clerk's to know; the strictest tier is always drawn.
            bill.status = self.town.state(bill.order_id).status
            assert bill.status == "requested" if bill.tier == "D" else bill.status in {"requested", "approved"}

    def approve(self, bill: Bill, reviewer: str) -> None:
        independent = reviewer != "provider:lab" and reviewer not in bill.approvals
        if self.attempt(bill.status == "requested" and independent, lambda: self.town.approve(bill.order_id, reviewer)):
            bill.approvals.add(reviewer)
            if len(bill.approvals) == (2 if bill.tier == "D" else 1):
                bill.status = "approved"

    def let_go(self, bill: Bill) -> None:
        if self.attempt(bill.waits, lambda: self.town.let_go(bill.order_id)):
            bill.waits = False

    def _claim_returns(self, bill: Bill) -> None:
        bill.purse.claimed -= bill.claimed
        bill.purse.reserved += bill.claimed
        bill.held, bill.claimed, bill.status = bill.claimed, 0, "invoiced"

    def _order_ends(self, bill: Bill, status: str) -> None:
        bill.purse.give_back(bill.held, self.town.on)
        bill.held, bill.status = 0, status

    def propose(self, bills: list[Bill]) -> None:
        code, number = bills[0].purse.programme, f"S-{len(self.books.batches) + 1}"
        bills = list({bill.order_id: bill for bill in bills}.values())
        fits = all(
            bill.status == "approved"
            and not bill.waits
            and bill.purse.programme == code
            and not self.books.frozen(bill.provider, self.town.on)
            for bill in bills
        )
        orders = [bill.order_id for bill in bills]
        if self.attempt(fits, lambda: self.town.propose(number, *orders, programme=code)):
            self.books.batches[number] = Batch(bills)
            for bill in bills:
                bill.status = "settling"

    def sign(self, number: str, actor: str) -> None:
        batch = self.books.batches[number]
        free = not any(self.books.frozen(bill.provider, self.town.on) for bill in batch.orders)
        fits = batch.signed or (free and not batch.withdrawn and actor != "finance:sun")
        if self.attempt(fits, lambda: self.town.sign(number, actor)):
            if not batch.signed:
                for bill in batch.orders:
                    batch.answers[bill.order_id] = "instructed"
                    if self.books.keep_back(bill):
                        batch.answers[bill.order_id] = "kept back"
                        bill.pay()
            batch.signed = True

    def withdraw(self, number: str, actor: str) -> None:
        batch = self.books.batches[number]
        if self.attempt(not batch.signed, lambda: self.town.withdraw(number, actor)) and not batch.withdrawn:
            batch.withdrawn = True
            for bill in batch.orders:
                bill.status = "approved"

    def hear(self, number: str, bill: Bill, answer: str) -> None:
        batch = self.books.batches[number]
        now = batch.answers.get(bill.order_id, "")
        after = {"confirm": "paid", "fail": "failed", "reinstruct": "instructed"}[answer]
        before = "failed" if answer == "reinstruct" else "instructed"
        act = {"confirm": self.town.confirm, "fail": self.town.fail, "reinstruct": self.town.reinstruct}[answer]
        told = now == "failed" and answer == "reinstruct"
        fits = now in {before, after} and not (told and self.books.frozen(bill.provider, self.town.on))
        if self.attempt(fits, lambda: act(number, bill.order_id)):
            batch.answers[bill.order_id] = after
            if (now, after) == ("instructed", "paid"):
                bill.pay()

    def next_step(self, bill: Bill, number: str) -> None:
        """What usually comes next for an order."""
        batch = next((key for key, it in self.books.batches.items() if bill in it.orders and not it.withdrawn), "")
        match bill.status:
            case "registered":
                self.deliver(bill)
            case "delivered":
                self.invoice(bill, number, 2)
            case "invoiced":
                self.claim(bill)
            case "requested":
                self.approve(bill, "reviewer:feng" if bill.approvals else "reviewer:zhao")
            case "approved" if bill.waits:
                self.let_go(bill)
            case "approved":
                self.propose([bill])
            case "settling" if not self.books.batches[batch].signed:
                self.sign(batch, "finance:qian")
            case "settling":
                failed = self.books.batches[batch].answers[bill.order_id] == "failed"
                self.hear(batch, bill, "reinstruct" if failed else "confirm")
            case _:
                pass

    def a_voucher_may_expire(self, data: st.DataObject) -> None:
        number, purse = self.purse(data)
        self.attempt(True, lambda: self.town.expire(number))
        if self.town.on > purse.use_by_on:
            purse.expired, purse.available = purse.expired + purse.available, 0

    def value_is_returned(self, data: st.DataObject) -> None:
        amount = data.draw(st.sampled_from([0, 1, 1_000, 1_000_000, CAP]))
        number, purse = self.purse(data)
        fits = 0 < amount <= purse.available and self.town.on <= purse.use_by_on
        if self.attempt(fits, lambda: self.town.give_back(amount, number)):
            purse.available -= amount
            purse.returned += amount

    def a_voucher_is_revoked(self, data: st.DataObject) -> None:
        number, purse = self.purse(data)
        self.attempt(True, lambda: self.town.revoke(number))
        if self.town.on <= purse.use_by_on:
            purse.revoked, purse.available = purse.revoked + purse.available, 0

    def a_voucher_is_extended(self, data: st.DataObject) -> None:
        number, purse = self.purse(data)
        fits = (
            purse.programme == SH_CODE
            and purse.extensions == 0
            and self.town.on <= purse.use_by_on
            and purse.reserved + purse.claimed + purse.paid > 0
        )
        if self.attempt(fits, lambda: self.town.extend("2027-03-31", "2027-06-30", number)):
            purse.use_by_on, purse.redeem_by_on, purse.extensions = "2027-03-31", "2027-06-30", 1

    @invariant()
    def no_event_makes_or_loses_a_fen(self):
        for entry in self.town.ledger.entries(self.seen):
            assert entry.seq == self.seen
            self.seen += 1
            kind, _, key = entry.agg.partition("/")
            if kind == "voucher":
                state = VOUCHER.evolve(self.shadows.get(key, VOUCHER.empty), entry.data)
                assert state.terms is not None
                assert state.face == state.terms.face
                assert min(getattr(state, place) for place in PLACES) >= 0
                self.shadows[key] = state
            elif isinstance(entry.data, Paid):
                self.payments[key] = self.payments.get(key, 0) + 1

    @invariant()
    def vouchers_are_as_in_the_books(self):
        for number, purse in self.books.purses.items():
            state = self.shadows[number]
            assert {place: getattr(state, place) for place in PLACES} == {
                place: getattr(purse, place) for place in PLACES
            }
            assert (state.use_by_on, state.redeem_by_on) == (purse.use_by_on, purse.redeem_by_on)
            mine = [bill for bill in self.books.bills.values() if bill.purse is purse]
            held = {bill.order_id: (bill.held, bill.claimed) for bill in mine if bill.held or bill.claimed}
            assert {order: (it.reserved, it.claimed) for order, it in state.held.items()} == held

    @invariant()
    def orders_are_as_in_the_books(self):
        for bill in self.books.bills.values():
            state = self.town.state(bill.order_id)
            assert state.status == bill.status
            assert (state.held, state.claimed, state.paid) == (bill.held, bill.claimed, bill.paid)
            assert state.clawed_back == bill.clawed_back <= bill.paid
            assert self.payments.get(bill.order_id, 0) == (bill.status == "paid")

    @invariant()
    def no_budget_and_no_cap_is_passed(self):
        for code in (SH_CODE, YRD_CODE):
            budget = self.town.budget(POOLS[code], code)
            assert budget.committed == self.books.committed(code) <= budget.appropriated == self.books.budgets[code]
            for firm in (PUDONG, CHANGNING):
                used = self.books.used_by(code, firm)
                assert self._counted(f"cap/enterprise/{code}:{firm}/2026") == used <= CAP
        assert self._counted(f"cap/group/{SH_CODE}:one/2026") == self.books.used_together(SH_CODE) <= CAP

    @invariant()
    def no_invoice_is_used_twice(self):
        living = [bill for bill in self.books.bills.values() if bill.status not in {"cancelled", "lapsed"}]
        numbers = [bill.invoice[0] for bill in living if bill.invoice]
        assert len(numbers) == len(set(numbers))

    def _counted(self, stream: str) -> int:
        events = self.town.events(stream)
        return events[-1].total if events else 0
