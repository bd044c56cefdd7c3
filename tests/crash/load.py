"""A process made to be killed: it works on a log, and says what was acknowledged the moment it is.

python -m tests.crash.load ADDRESS redeem|pay|entitle FIRST [SYNCHRONOUS] prints `ready`, then one line for each
command that was acknowledged: its key, its position, and a digest of its answer.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from threading import Thread
from typing import Any, NamedTuple

from tests.examples import CONTRACT as DIGEST_OF_CONTRACT
from tests.examples import JANUARY, LAB, PROOF, REPORT, SEED, SH_CODE, YUAN, an_order, voucher_of
from vouchers import application as app
from vouchers.application.entitling import Entitle
from vouchers.application.pledging import PledgeVoucher
from vouchers.application.reviewing import ApproveReview
from vouchers.application.settling import ApproveSettlement, ConfirmPayment, ProposeSettlement
from vouchers.identifiers import make_credit_code
from vouchers.ledger import Ledger, Meta, open_recorder, sqlite
from vouchers.order.changing import ChangeOrder
from vouchers.order.decisions import AcceptDelivery, ClawBack, FileInvoice, RequestRedemption

CLIENTS, FIRMS, CHUNK = 4, 100, 20
EVIDENCE = ("acceptance", "own_share_payment_proof", "site_visit", "test_report")
SHIPPED = "shipped"
DAY = "2026-02-02"
CONTRACT = {"contract_on": DAY, "starts_on": DAY, "ends_on": DAY, "gross": 100 * YUAN, "net": 100 * YUAN}


class Step(NamedTuple):
    """One command with its key."""

    key: str
    use_case: Callable[..., Any]
    command: Any
    actor: str
    on: str


def firm(number: int) -> str:
    """Return the credit code of an invented firm."""
    return make_credit_code("9", "1", "310115", 5_000 + number)


def redemption(number: int) -> Iterator[Step]:
    """Yield the steps of one order, from its registration to the claim."""
    code, order_id = firm(number % FIRMS), f"O-{number}"
    order = an_order(order_id, voucher_id=voucher_of(code), enterprise_id=code, **CONTRACT)
    evidence = dict.fromkeys(EVIDENCE, PROOF)
    firms, lab = "enterprise:firms", f"provider:{LAB}"
    invoice = FileInvoice(order_id, f"dfp:{number:020d}", DAY, 100 * YUAN, 100 * YUAN)
    redeem = partial(app.request_redemption, seed=SEED)
    yield Step(f"{number}-register", app.register_order, order, firms, DAY)
    yield Step(f"{number}-accept", app.accept_delivery, AcceptDelivery(order_id, DAY, REPORT), firms, DAY)
    yield Step(f"{number}-invoice", app.file_invoice, invoice, lab, DAY)
    yield Step(f"{number}-redeem", redeem, RequestRedemption(order_id, evidence), lab, DAY)


def payment(number: int) -> Iterator[Step]:
    """Yield the steps of an order that two firms pay, claimed in two parts, changed between them, and paid."""
    lead, partner, order_id = firm(number % FIRMS), firm((number + 1) % FIRMS), f"O-{number}"
    firms, lab, zhao, sun, qian = "enterprise:firms", f"provider:{LAB}", "reviewer:zhao", "finance:sun", "finance:qian"
    evidence = dict.fromkeys(EVIDENCE, PROOF)
    redeem = partial(app.request_redemption, seed=SEED)
    ours = {"voucher_id": voucher_of(lead), "enterprise_id": lead, "vouchers": (voucher_of(partner),)}
    pledge = PledgeVoucher(voucher_of(partner), order_id, lead, 10 * YUAN, "2026-03-31")
    larger = ChangeOrder(order_id, 120 * YUAN, 120 * YUAN, DAY, DIGEST_OF_CONTRACT, "more was found")
    bills = [FileInvoice(order_id, f"dfp:{part}{number:019d}", DAY, part * YUAN, part * YUAN) for part in (6, 4)]
    commands = [
        ("pledge", app.pledge_voucher, pledge, firms),
        ("register", app.register_order, an_order(order_id, **(CONTRACT | ours)), firms),
        ("accept", app.accept_delivery, AcceptDelivery(order_id, DAY, REPORT), firms),
        ("invoice", app.file_invoice, bills[0], lab),
        ("redeem", redeem, RequestRedemption(order_id, evidence, more_to_come=True), lab),
        ("approve", app.approve_review, ApproveReview(order_id, "in order", f"{order_id}-R1"), zhao),
        ("change", app.change_order, larger, firms),
        ("second", app.file_invoice, bills[1], lab),
        ("again", redeem, RequestRedemption(order_id, evidence), lab),
        ("agree", app.approve_review, ApproveReview(order_id, "in order", f"{order_id}-R2"), zhao),
        ("propose", app.propose_settlement, ProposeSettlement(f"S-{number}", SH_CODE, (order_id,)), sun),
        ("sign", app.approve_settlement, ApproveSettlement(f"S-{number}"), qian),
    ]
    for part in (f"{order_id}-R1", f"{order_id}-R2"):
        paid = ConfirmPayment(f"S-{number}", order_id, f"bank-{part}", DAY, redemption_id=part)
        commands.append((f"confirm{part[-1]}", app.confirm_payment, paid, qian))
    if number % 10 == 0:  # Of one party only so many debts are on record.
        back = ClawBack(order_id, 1, "counted twice", f"{order_id}-R1")
        commands.append(("back", app.claw_back, back, "officer:li"))
    for name, use_case, command, actor in commands:
        yield Step(f"{number}-{name}", use_case, command, actor, DAY)


def entitlement(number: int) -> Iterator[Step]:
    """Yield the one step that decides a chunk of firms."""
    codes = tuple(firm(FIRMS + n) for n in range(number * CHUNK, (number + 1) * CHUNK))
    yield Step(f"{number}-entitle", app.entitle, Entitle(SH_CODE, codes), "officer:li", JANUARY)


WORK = {"redeem": (redemption, CLIENTS), "pay": (payment, CLIENTS), "entitle": (entitlement, 1)}


def clock() -> str:
    """Return the present moment."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def do(ledger: Ledger, step: Step) -> app.Outcome:
    """Run a step with its key."""
    meta = Meta(step.actor, step.actor.partition(":")[0], step.on)
    return app.run(ledger, step.use_case, step.command, meta, key=step.key)


def digest(answer: object) -> str:
    """Return a short digest of an answer."""
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:16]


def client(ledger: Ledger, work: Callable[[int], Iterator[Step]], numbers: range) -> None:
    """Do all numbers, in order, and tell of each step once it is acknowledged; a refusal ends the process."""
    for number in numbers:
        for step in work(number):
            try:
                outcome = do(ledger, step)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it.
                os.write(1, f"refused {step.key} {error!r}\n".encode())
                os._exit(1)
            # One write of a short line is never torn, whoever else writes, and none waits in a buffer.
            os.write(1, f"{step.key} {outcome.position} {digest(outcome.answer)}\n".encode())


def synchronise(setting: str) -> None:
    """Open SQLite with checkpoints in the middle of the work, and with another durability than the one we ship."""
    careful = sqlite.DurablePool

    class Pool(careful):  # type: ignore[misc, valid-type]
        def _create_connection(self) -> Any:
            connection = super()._create_connection()
            if setting != SHIPPED:
                connection.cursor().execute(f"PRAGMA synchronous={setting}")
            connection.cursor().execute("PRAGMA wal_autocheckpoint=300")
            return connection

    sqlite.DurablePool = Pool  # type: ignore[misc]


def main(address: str, mode: str, first: str, setting: str = "") -> None:
    """Work until killed, or until everything is done."""
    if setting:
        synchronise(setting)
    work, clients = WORK[mode]
    last = 120 if mode == "entitle" else 20_000
    with Ledger(open_recorder(address), clock) as ledger:
        threads = [
            Thread(target=client, args=(ledger, work, range(int(first) + number, last, clients)))
            for number in range(clients)
        ]
        os.write(1, b"ready\n")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
