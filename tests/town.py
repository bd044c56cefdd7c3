"""A town that plays the examples through the application: one verb for each command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from tests.examples import (
    DIGEST,
    JANUARY,
    LAB,
    PROOF,
    PUDONG,
    REPORT,
    SEED,
    SH,
    SH_CODE,
    YUAN,
    adoption,
    an_order,
    facts_of_firm,
    facts_of_provider,
    shipped,
    ticking,
    voucher_of,
)
from vouchers import application as app
from vouchers.account.decisions import ApproveAccount, ProposeAccount
from vouchers.application.entitling import Entitle
from vouchers.application.ordering import LapseOrder
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.settling import (
    ApproveSettlement,
    ConfirmPayment,
    FailPayment,
    ProposeSettlement,
    ReinstructPayment,
    WithdrawSettlement,
)
from vouchers.application.signalling import LiftHold
from vouchers.application.vouchering import ExpireVoucher, Extend, ReturnValue, Revoke
from vouchers.budget.decisions import Appropriate, CutBudget
from vouchers.enterprise.decisions import ChangeCreditTier, RecordFacts
from vouchers.facts import Fact
from vouchers.kinds import BUDGET, ENTITLEMENT, ORDER, REVIEW, SETTLEMENT, VOUCHER
from vouchers.ledger import Ledger, Meta, open_recorder
from vouchers.order.decisions import (
    AcceptDelivery,
    CancelOrder,
    ClawBack,
    FileInvoice,
    RequestRedemption,
    ReverseRedemption,
)
from vouchers.order.state import Order
from vouchers.policy import Policy, period_of, pools
from vouchers.programme.decisions import Announce, CloseProgramme
from vouchers.provider.decisions import Accredit, Admit, Reinstate, Suspend
from vouchers.refusals import Refused
from vouchers.voucher.state import Voucher


@dataclass
class Town:
    """A ledger with programmes adopted, money appropriated, firms entitled and providers accredited; verbs to play it.

    Every verb takes effect on the day `on`, which a test moves by hand; `go` moves it for one line.
    """

    ledger: Ledger
    on: str = JANUARY
    seed: bytes = SEED
    invoices: Iterator[int] = field(default_factory=lambda: count(1))

    def do(self, use_case: Callable[..., Any], command: Any, *, actor: str = "officer:li", key: str = "") -> Any:
        """Run any command as an actor on the present day; returns its answer."""
        role = actor.partition(":")[0]
        return app.run(self.ledger, use_case, command, Meta(actor, role, self.on), key=key).answer

    def go(self, day: str) -> "Town":
        """Move on to a day."""
        self.on = day
        return self

    def adopt(self, name: str = SH, amount: int = 10_000_000 * YUAN, *, period: str = "") -> Policy:
        """Announce a programme, adopt its shipped policy and fill every pool of a period, or of the present one."""
        policy = shipped(name)[0]
        self.do(app.announce, Announce(policy.programme, policy.title, policy.authority, policy.currency, DIGEST))
        self.do(app.adopt_policy, adoption(name))
        for pool in pools(policy):
            self.appropriate(pool, amount, policy.programme, period or period_of(policy, self.on))
        return policy

    def appropriate(self, pool: str, amount: int, programme: str = SH_CODE, period: str = "2026") -> Any:
        """Make money available."""
        return self.do(app.appropriate, Appropriate(programme, period, pool, amount, "budget act 2026"))

    def cut(self, pool: str, amount: int, programme: str = SH_CODE, period: str = "2026") -> Any:
        """Take money away that nobody has committed."""
        return self.do(app.cut_budget, CutBudget(programme, period, pool, amount, "supplementary act 2026"))

    def record(self, code: str = PUDONG, *, as_of_on: str = "2025-12-31", **changes: Fact) -> Any:
        """Record what the registry says of a firm."""
        return self.do(
            app.record_facts, RecordFacts(code, as_of_on, "registry", DIGEST, facts_of_firm(code, **changes))
        )

    def entitle(self, *codes: str, programme: str = SH_CODE) -> Any:
        """Decide entitlements."""
        return self.do(app.entitle, Entitle(programme, codes or (PUDONG,)))

    def admit(self, code: str = LAB, *, account: str = "account:1", **changes: Fact) -> Any:
        """Enter a provider in the directory."""
        return self.do(
            app.admit, Admit(code, "Lab of the town", "register", DIGEST, facts_of_provider(**changes), account)
        )

    def move_account(self, account: str, code: str = LAB, *, site: str = "") -> Any:
        """Pay a party to another account, proposed by one person and approved by another."""
        self.do(app.propose_account, ProposeAccount(code, account, code, site))
        return self.do(app.approve_account, ApproveAccount(code, account, site), actor="finance:qian")

    def accredit(
        self, code: str = LAB, category: str = "TEST", first: str = "2026-01-01", last: str = "2027-12-31"
    ) -> Any:
        """Let a provider serve a category."""
        return self.do(app.accredit, Accredit(code, category, first, last))

    def suspend(self, effect: str, code: str = LAB, from_on: str = "") -> Any:
        """Suspend a provider."""
        return self.do(app.suspend, Suspend(code, from_on or self.on, effect, "an inspection found faults"))

    def reinstate(self, code: str = LAB, from_on: str = "") -> Any:
        """End a suspension."""
        return self.do(app.reinstate, Reinstate(code, from_on or self.on, "the faults are mended"))

    def tier(self, tier: str, code: str = PUDONG) -> Any:
        """Move a firm to a credit tier."""
        return self.do(app.change_credit_tier, ChangeCreditTier(code, tier, "yearly assessment"))

    def close_programme(self, closed_on: str, programme: str = SH_CODE) -> Any:
        """Close a programme from a day on."""
        return self.do(app.close_programme, CloseProgramme(programme, closed_on, "the measures end"))

    def order(self, order_id: str = "O-1", *, key: str = "", **changes: Any) -> Any:
        """Register a contract of today."""
        today = {"contract_on": self.on, "starts_on": self.on, "ends_on": max(self.on, "2026-02-28")}
        if "gross" in changes:
            today["net"] = changes["gross"]
        command = an_order(order_id, **(today | changes))
        return self.do(app.register_order, command, actor="enterprise:pudong", key=key)

    def deliver(self, order_id: str = "O-1", delivered_on: str = "") -> Any:
        """Accept the service."""
        command = AcceptDelivery(order_id, delivered_on or self.on, REPORT)
        return self.do(app.accept_delivery, command, actor="enterprise:pudong")

    def invoice(self, order_id: str = "O-1", gross: int = 0, *, number: str = "", **changes: Any) -> Any:
        """File an invoice over the contract's sum, or another."""
        registered = self.state(order_id).registered
        gross = gross or (registered.gross if registered else 1)
        key = number or f"dfp:{next(self.invoices):020d}"
        command = replace(FileInvoice(order_id, key, self.on, gross, gross), **changes)
        return self.do(app.file_invoice, command, actor="provider:lab")

    def redeem(self, order_id: str = "O-1", *, without: tuple[str, ...] = (), key: str = "") -> Any:
        """Claim the subsidy, with all evidence that is asked for but what is left out."""
        registered = self.state(order_id).registered
        needed = (*registered.evidence, "acceptance", "site_visit") if registered else ()
        evidence = {kind: PROOF for kind in needed if kind not in without}
        command = RequestRedemption(order_id, evidence)
        return self.do(partial(app.request_redemption, seed=self.seed), command, actor="provider:lab", key=key)

    def approve(self, order_id: str = "O-1", reviewer: str = "reviewer:zhao") -> Any:
        """Approve a redemption as a reviewer."""
        return self.do(app.approve_review, ApproveReview(order_id, "in order"), actor=reviewer)

    def reject(self, order_id: str = "O-1", reviewer: str = "reviewer:zhao") -> Any:
        """Reject a redemption as a reviewer."""
        return self.do(app.reject_review, RejectReview(order_id, "the report is of another firm"), actor=reviewer)

    def let_go(self, order_id: str = "O-1") -> Any:
        """Let held money go, as an officer."""
        return self.do(app.lift_hold, LiftHold(order_id, "looked at on site"))

    def reverse(self, order_id: str = "O-1") -> Any:
        """Take a redemption back."""
        return self.do(app.reverse_redemption, ReverseRedemption(order_id, "claimed by mistake"), actor="provider:lab")

    def cancel(self, order_id: str = "O-1") -> Any:
        """Cancel an order."""
        return self.do(app.cancel_order, CancelOrder(order_id, "no longer needed"), actor="enterprise:pudong")

    def lapse(self, order_id: str = "O-1") -> Any:
        """Let an order lapse if its time is over."""
        return self.do(app.lapse_order, LapseOrder(order_id))

    def propose(self, settlement_id: str, *orders: str, programme: str = SH_CODE) -> Any:
        """Put redemptions in a batch."""
        return self.do(app.propose_settlement, ProposeSettlement(settlement_id, programme, orders), actor="finance:sun")

    def withdraw(self, settlement_id: str, actor: str = "finance:qian") -> Any:
        """Withdraw a batch before its approval."""
        return self.do(app.withdraw_settlement, WithdrawSettlement(settlement_id, "nobody approves it"), actor=actor)

    def sign(self, settlement_id: str, actor: str = "finance:qian") -> Any:
        """Approve a batch as a second person."""
        return self.do(app.approve_settlement, ApproveSettlement(settlement_id), actor=actor)

    def confirm(self, settlement_id: str, order_id: str = "O-1", *, paid_on: str = "", instruction: str = "") -> Any:
        """Record that the bank paid."""
        command = ConfirmPayment(settlement_id, order_id, f"bank-{order_id}", paid_on or self.on, instruction)
        return self.do(app.confirm_payment, command, actor="finance:qian")

    def fail(self, settlement_id: str, order_id: str = "O-1", *, instruction: str = "") -> Any:
        """Record that the bank could not pay."""
        command = FailPayment(settlement_id, order_id, "account closed", instruction)
        return self.do(app.fail_payment, command, actor="finance:qian")

    def reinstruct(self, settlement_id: str, order_id: str = "O-1") -> Any:
        """Tell the bank again."""
        return self.do(app.reinstruct_payment, ReinstructPayment(settlement_id, order_id), actor="finance:qian")

    def claw_back(self, amount: int, order_id: str = "O-1") -> Any:
        """Demand money back."""
        return self.do(app.claw_back, ClawBack(order_id, amount, "the invoice was cancelled"))

    def expire(self, voucher_id: str = "") -> Any:
        """Let unused value lapse if its time is over."""
        return self.do(app.expire_voucher, ExpireVoucher(voucher_id or voucher_of()))

    def give_back(self, amount: int, voucher_id: str = "") -> Any:
        """Return unused value."""
        command = ReturnValue(voucher_id or voucher_of(), amount, "the project ended")
        return self.do(app.return_value, command, actor="enterprise:pudong")

    def revoke(self, voucher_id: str = "") -> Any:
        """Take unused value back."""
        return self.do(app.revoke_voucher, Revoke(voucher_id or voucher_of(), "the firm moved away"))

    def extend(self, use_by_on: str, redeem_by_on: str, voucher_id: str = "") -> Any:
        """Move the last days of a voucher."""
        command = Extend(voucher_id or voucher_of(), use_by_on, redeem_by_on, "the laboratory was flooded")
        return self.do(app.extend_voucher, command)

    def claimed(self, order_id: str = "O-1", gross: int = 10_000 * YUAN) -> Any:
        """Order, deliver, invoice and claim on one day."""
        self.order(order_id, gross=gross)
        self.deliver(order_id)
        self.invoice(order_id)
        return self.redeem(order_id)

    def approved(self, order_id: str = "O-1", gross: int = 10_000 * YUAN) -> None:
        """Bring an order to an approved claim, whoever has to approve it."""
        self.claimed(order_id, gross)
        for reviewer in ("reviewer:zhao", "reviewer:feng"):
            if self.state(order_id).status == "requested":
                self.approve(order_id, reviewer)

    def paid(self, order_id: str = "O-1", gross: int = 10_000 * YUAN) -> None:
        """Bring an order all the way to payment."""
        self.approved(order_id, gross)
        self.propose(f"S-{order_id}", order_id)
        self.sign(f"S-{order_id}")
        self.confirm(f"S-{order_id}", order_id)

    def state(self, order_id: str = "O-1") -> Order:
        """How an order stands."""
        return self.ledger.state(ORDER, order_id)

    def voucher(self, voucher_id: str = "") -> Voucher:
        """How a voucher stands."""
        return self.ledger.state(VOUCHER, voucher_id or voucher_of())

    def budget(self, pool: str = "TEST", programme: str = SH_CODE) -> Any:
        """How a budget stands."""
        return self.ledger.state(BUDGET, f"{programme}/2026/{pool}")

    def review(self, redemption_id: str = "O-1-R1") -> Any:
        """How a review stands."""
        return self.ledger.state(REVIEW, redemption_id)

    def settlement(self, settlement_id: str) -> Any:
        """How a settlement stands."""
        return self.ledger.state(SETTLEMENT, settlement_id)

    def decision(self, code: str = PUDONG, programme: str = SH_CODE) -> Any:
        """The latest decision on an entitlement."""
        return self.ledger.state(ENTITLEMENT, f"{programme}/2026/{code}").decision

    def events(self, stream: str) -> list[Any]:
        """What happened to a stream."""
        return [entry.data for entry in self.ledger.history(stream)]

    def topics(self, since: int = 0) -> list[str]:
        """The names of what happened, in order, from a position on."""
        return [entry.type for entry in self.ledger.entries(since)]

    @contextmanager
    def refused(self, refusal: type[Refused], *codes: str) -> Iterator[Any]:
        """Expect a refusal with these causes in any order, and a log that is the same to the last byte."""
        before = self.ledger.size(), self.ledger.last_hash()
        with pytest.raises(refusal) as caught:
            yield caught
        refused = caught.value
        assert type(refused) is refusal
        assert refused.detail.endswith("."), refused.detail
        if codes:
            assert sorted(cause.code for cause in refused.causes) == sorted(codes)
            assert all(cause.text and cause.remedy for cause in refused.causes)
        assert (self.ledger.size(), self.ledger.last_hash()) == before

    @contextmanager
    def assert_quiet(self) -> Iterator[None]:
        """Expect that nothing is recorded."""
        before = self.ledger.size(), self.ledger.last_hash()
        yield
        assert (self.ledger.size(), self.ledger.last_hash()) == before


@contextmanager
def an_empty_town(url: str = "memory:", clock: Callable[[], str] | None = None) -> Iterator[Town]:
    """A town in which nothing has happened."""
    with Ledger(open_recorder(url), clock or ticking()) as ledger:
        yield Town(ledger)


@contextmanager
def a_town(url: str = "memory:", clock: Callable[[], str] | None = None) -> Iterator[Town]:
    """A town on 2 February 2026: Shanghai adopted, one firm entitled, one laboratory accredited for tests."""
    with an_empty_town(url, clock) as town:
        town.adopt()
        town.record()
        town.entitle()
        town.admit()
        town.accredit()
        yield town.go("2026-02-02")
