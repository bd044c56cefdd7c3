"""A turn of events about money: pools that give and are blocked, a queue and a round, parts, returns and set-off."""

from contextlib import suppress
from typing import Any

from tests.examples import DIGEST, LAB, PUDONG, YUAN, voucher_of
from tests.service.tellers import tell
from tests.town import Town
from tests.treasury import Treasury, adoption_with
from vouchers import application as app
from vouchers.application.rounds import ServeQueue
from vouchers.budget.decisions import BlockPool, ReopenPool, TransferBudget
from vouchers.debt.decisions import DebtUnknown
from vouchers.programme.decisions import Announce
from vouchers.refusals import Refused

CODE = "SH-QUEUE"


def account(town: Town) -> None:
    """Everything that can happen to money beside a plain year, on some days from now on."""
    treasury = Treasury(town.ledger, town.on, town.seed, town.invoices)
    block(treasury)
    queue(treasury)
    pay(treasury)
    owe(treasury)
    town.go(treasury.on)


def block(town: Treasury) -> None:
    """A pool gives to another, is blocked, and is opened again by an officer and by a top-up."""
    year = ("SH-STIV", "2026")
    with suppress(Refused):
        town.do(
            app.transfer_budget, TransferBudget(*year, "RND", "TEST", 100, "act 9", "officer:li"), actor="officer:wu"
        )
    town.do(app.block_pool, BlockPool(*year, "POC", 10**15, "used up"))
    town.do(app.reopen_pool, ReopenPool(*year, "POC", "orders gave money back"))
    town.do(app.block_pool, BlockPool(*year, "POC", 10**15, "used up"))
    town.appropriate("POC", 100)


def queue(town: Treasury) -> None:
    """A programme with a queue, in which one order waits, one leaves, and a top-up serves the first."""
    policy, command = adoption_with(
        programme={"code": CODE}, money={"exhaustion": "queue"}, recovery={"write_off_up_to": 100 * YUAN}
    )
    town.do(app.announce, Announce(CODE, policy.title, policy.authority, policy.currency, DIGEST))
    town.do(app.adopt_policy, command)
    town.appropriate("general", 1, CODE)
    town.tier("B", PUDONG)
    town.entitle(PUDONG, programme=CODE)
    ours = {"voucher_id": voucher_of(programme=CODE), "ends_on": "2026-12-20"}
    town.join("queue-1", **ours)
    town.join("queue-2", **ours)
    town.leave_of(CODE, "queue-2")
    town.appropriate("general", 100_000 * YUAN, CODE)
    town.do(app.serve_queue, ServeQueue(CODE, "2026", "general"))


def pay(town: Treasury) -> None:
    """The bank pays in two parts, and both come back; once more it pays and sends back before it pays for good."""
    approve(town, "queue-1")
    town.propose("S-queue-1", "queue-1", programme=CODE)
    town.sign("S-queue-1")
    town.confirm_part("S-queue-1", 1_000 * YUAN, "queue-1")
    town.reinstruct("S-queue-1", "queue-1")
    town.confirm("S-queue-1", "queue-1")
    town.comes_back("S-queue-1", "queue-1")
    town.reinstruct("S-queue-1", "queue-1")
    tell(town, "S-queue-1", "queue-1-R1")
    town.reinstruct("S-queue-1", "queue-1")
    town.confirm("S-queue-1", "queue-1", instruction="queue-1-R1-P4")


def owe(town: Treasury) -> None:
    """Half of it is demanded back, paid in part, and kept back from the next payment; a trifle is given up."""
    town.back(2_500 * YUAN, "queue-1")
    with suppress(DebtUnknown):
        town.repay(500 * YUAN, "queue-1-R1-C1")
    order(town, "queue-3")
    approve(town, "queue-3")
    town.propose("S-queue-3", "queue-3", programme=CODE)
    town.sign("S-queue-3")
    town.confirm("S-queue-3", "queue-3")
    assert town.owes(LAB, "queue-1-R1-C1").status == "paid"
    town.back(50 * YUAN, "queue-3")
    town.give_up("queue-3-R1-C1")
    town.agree_to_give_up("queue-3-R1-C1")


def order(town: Treasury, order_id: str, **changes: Any) -> None:
    """An order of the programme with the queue."""
    town.order(order_id, voucher_id=voucher_of(programme=CODE), ends_on="2026-12-20", **changes)


def approve(town: Treasury, order_id: str) -> None:
    """Bring an order of today to an approved claim."""
    town.deliver(order_id)
    town.invoice(order_id)
    town.redeem(order_id)
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state(order_id).status == "requested":
            town.approve(order_id, reviewer)
