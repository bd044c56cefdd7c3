"""The town's treasury: the Shanghai programme under other rules of money, and the verbs of finance officers."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from schemas import policies
from tests.examples import CHANGNING, DIGEST, LAB, PUDONG, SH, SH_CODE, YUAN, an_order, voucher_of
from tests.town import Town, an_empty_town
from vouchers import application as app
from vouchers.application.debts import (
    AgreeInstalments,
    ApproveWriteOff,
    CheckInstalments,
    ProposeWriteOff,
    ReceiveRepayment,
)
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.rounds import CloseRound, LeaveRound, ServeQueue
from vouchers.application.settling import ConfirmPayment, ReturnPayment
from vouchers.budget.decisions import BlockPool, ReopenPool, TransferBudget
from vouchers.debt.events import Instalment
from vouchers.debt.state import Debt
from vouchers.identifiers import make_credit_code
from vouchers.kinds import DEBT, ROUND
from vouchers.order.decisions import ClawBack
from vouchers.policy import Policy, pools
from vouchers.programme.decisions import AdoptPolicy, Announce
from vouchers.round.decisions import OpenRound


def adoption_with(**tables: dict[str, Any]) -> tuple[Policy, AdoptPolicy]:
    """The Shanghai policy with other values in these tables, and its adoption by two people."""
    _, document = policies.load_policy(policies.shipped()[SH])
    document.pop("examples", None)
    for table, values in tables.items():
        document.setdefault(table, {}).update(values)
    text = policies.canonical(document)
    policy, _ = policies.load_policy(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return policy, AdoptPolicy(
        policy.programme, policy.version, policy.effective_on, policy.ends_on, digest, text, "officer:li", "officer:wu"
    )


class Treasury(Town):
    """A town that is played by its finance officers as well."""

    def back(self, amount: int, order_id: str = "O-1", **changes: Any) -> Any:
        """Demand paid money back, of the payee or by shares."""
        command = ClawBack(order_id, amount, "the invoice was cancelled", **changes)
        return self.do(app.claw_back, command)

    def breach(self, order_id: str = "O-1", enterprise_bp: int | None = None) -> Any:
        """Demand what the policy takes back on a breach."""
        return self.do(app.claw_back_breach, ClawBackBreach(order_id, "a false order", enterprise_bp))

    def repay(self, amount: int, debt_id: str = "O-1-R1-C1", party: str = LAB, *, ref: str = "", day: str = "") -> Any:
        """Record that a party paid on its debt."""
        command = ReceiveRepayment(party, debt_id, amount, day or self.on, ref or f"receipt-{self.ledger.size()}")
        return self.do(app.receive_repayment, command, actor="finance:qian")

    def plan(self, *parts: tuple[str, int], debt_id: str = "O-1-R1-C1", party: str = LAB) -> Any:
        """Agree on instalments."""
        instalments = tuple(Instalment(*part) for part in parts)
        return self.do(app.agree_instalments, AgreeInstalments(party, debt_id, instalments, "short of cash"))

    def check_plan(self, debt_id: str = "O-1-R1-C1", party: str = LAB) -> Any:
        """End a plan that is not kept."""
        return self.do(app.check_instalments, CheckInstalments(party, debt_id))

    def give_up(self, debt_id: str = "O-1-R1-C1", party: str = LAB, actor: str = "finance:sun") -> Any:
        """Propose a write-off."""
        command = ProposeWriteOff(party, debt_id, "the firm was dissolved", "budget act, article 59")
        return self.do(app.propose_write_off, command, actor=actor)

    def agree_to_give_up(self, debt_id: str = "O-1-R1-C1", party: str = LAB, actor: str = "finance:qian") -> Any:
        """Approve a write-off."""
        return self.do(app.approve_write_off, ApproveWriteOff(party, debt_id), actor=actor)

    def owes(self, party: str = LAB, debt_id: str = "O-1-R1-C1") -> Debt:
        """A debt as it stands."""
        debt: Debt = self.ledger.state(DEBT, party).debts[debt_id]
        return debt

    def comes_back(self, settlement_id: str, order_id: str = "O-1", *, day: str = "", instruction: str = "") -> Any:
        """Record that a payment came back from the payee's bank."""
        command = ReturnPayment(settlement_id, order_id, "account closed", day or self.on, instruction)
        return self.do(app.return_payment, command, actor="finance:qian")

    def confirm_part(self, settlement_id: str, amount: int, order_id: str = "O-1", ref: str = "part-1") -> Any:
        """Record that the bank paid this amount."""
        command = ConfirmPayment(settlement_id, order_id, ref, self.on, amount=amount)
        return self.do(app.confirm_payment, command, actor="finance:qian")

    def transfer(self, pool: str, to_pool: str, amount: int, actor: str = "officer:wu") -> Any:
        """Let money go from one pool to another."""
        command = TransferBudget(SH_CODE, "2026", pool, to_pool, amount, "transfer act 3", "officer:li")
        return self.do(app.transfer_budget, command, actor=actor)

    def block(self, amount: int, pool: str = "TEST") -> Any:
        """Close a pool that cannot pay this amount."""
        return self.do(app.block_pool, BlockPool(SH_CODE, "2026", pool, amount, "the money is used up"))

    def reopen(self, pool: str = "TEST") -> Any:
        """Open a pool again."""
        return self.do(app.reopen_pool, ReopenPool(SH_CODE, "2026", pool, "orders gave money back"))

    def join(self, order_id: str, **changes: Any) -> Any:
        """Let an order wait for money."""
        today = {"contract_on": self.on, "starts_on": self.on, "ends_on": "2026-12-20"}
        if "gross" in changes:
            today["net"] = changes["gross"]
        return self.do(app.join_round, an_order(order_id, **(today | changes)), actor="enterprise:pudong")

    def leave(self, order_id: str, pool: str = "general") -> Any:
        """Take a waiting order back."""
        command = LeaveRound(SH_CODE, "2026", pool, order_id, "bought elsewhere")
        return self.do(app.leave_round, command, actor="enterprise:pudong")

    def leave_of(self, programme: str, order_id: str) -> Any:
        """Take a waiting order of another programme back."""
        command = LeaveRound(programme, "2026", "general", order_id, "bought elsewhere")
        return self.do(app.leave_round, command, actor="enterprise:pudong")

    def serve(self, pool: str = "general") -> Any:
        """Serve the queue."""
        return self.do(app.serve_queue, ServeQueue(SH_CODE, "2026", pool))

    def open_round(self, closes_on: str, pool: str = "general") -> Any:
        """Collect requests up to a day."""
        return self.do(app.open_round, OpenRound(SH_CODE, "2026", pool, closes_on))

    def close_round(self, pool: str = "general") -> Any:
        """Share the money."""
        return self.do(app.close_round, CloseRound(SH_CODE, "2026", pool))

    def waiting(self, pool: str = "general") -> list[str]:
        """Who waits, in the order of their places."""
        return list(self.ledger.state(ROUND, f"{SH_CODE}/2026/{pool}").waiting)

    def firm(self, number: int, **changes: Any) -> dict[str, str]:
        """Another entitled firm: what an order of it names."""
        code = make_credit_code("9", "1", "310115", 400 + number)
        self.record(code, **changes)
        self.entitle(code)
        return {"enterprise_id": code, "voucher_id": voucher_of(code)}


@contextmanager
def a_treasury(amount: int = 10_000_000 * YUAN, **tables: dict[str, Any]) -> Iterator[Treasury]:
    """A town on 2 February 2026 whose policy has other values in these tables, with so much in every pool."""
    policy, adopted = adoption_with(**tables)
    with an_empty_town() as empty:
        town = Treasury(empty.ledger)
        town.do(app.announce, Announce(policy.programme, policy.title, policy.authority, policy.currency, DIGEST))
        town.do(app.adopt_policy, adopted)
        for pool in pools(policy):
            town.appropriate(pool, amount)
        for code in (PUDONG, CHANGNING):
            town.record(code)
        town.entitle(PUDONG, CHANGNING)
        town.admit()
        town.accredit()
        yield town.go("2026-02-02")  # type: ignore[misc]
