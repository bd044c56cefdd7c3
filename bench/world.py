"""The world that is measured: one programme, its providers, enterprises with a voucher each, and what clients do."""

import hashlib
import threading
import time
import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from vouchers import application, wire
from vouchers.application.entitling import Entitle
from vouchers.application.reviewing import ApproveReview
from vouchers.application.sampling import CommitSeed
from vouchers.application.settling import ApproveSettlement, ConfirmPayment, ProposeSettlement
from vouchers.budget.decisions import Appropriate
from vouchers.enterprise.decisions import RecordFacts
from vouchers.facts import Fact
from vouchers.identifiers import make_code, make_credit_code
from vouchers.ledger import Ledger, Meta, open_recorder
from vouchers.order.decisions import AcceptDelivery, FileInvoice, RegisterOrder, RequestRedemption
from vouchers.programme.decisions import AdoptPolicy, Announce
from vouchers.provider.decisions import Accredit, Admit

POLICY = Path(__file__).parent.parent / "vouchers" / "policies" / "sh-stiv-2025.toml"
PROGRAMME, PERIOD, CATEGORY = "SH-STIV", "2026", "TEST"
CLIENTS = 8
PROVIDERS = 20
BATCH = 10  # Orders in one settlement.
PLENTY = 10**13  # Fen: no budget ends while we measure.
DAY = "2026-03-02"
DIGEST = "d" * 64
EVIDENCE = dict.fromkeys(
    ("acceptance", "contract", "invoice", "own_share_payment_proof", "service_report", "test_report"), DIGEST
)

UseCase = Callable[..., dict[str, Any]]
SEED = b"a seed that is no secret here"
redeem = partial(application.request_redemption, seed=SEED)


class Holder(NamedTuple):
    """An enterprise with its voucher."""

    enterprise_id: str
    voucher_id: str


class Times(NamedTuple):
    """What clients saw: seconds from first to last command, and the latency of each command in seconds, sorted."""

    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Commands a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, of_thousand: int) -> float:
        """A latency in milliseconds."""
        return 1000 * self.latencies[min(len(self.latencies) - 1, len(self.latencies) * of_thousand // 1000)]


def now() -> str:
    """The present instant, as the service writes it."""
    return f"{datetime.now(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def open_ledger(url: str) -> Ledger:
    """A ledger with a real clock."""
    return Ledger(open_recorder(url), now)


def provider_ids() -> list[str]:
    """The providers of this world."""
    return [make_credit_code("1", "2", "310104", number) for number in range(PROVIDERS)]


def holders(count: int) -> list[Holder]:
    """The enterprises of this world, with the numbers that their vouchers get."""
    codes = [make_credit_code("9", "1", "310115", number) for number in range(count)]
    return [Holder(code, make_code("V", PROGRAMME, PERIOD, code, "general")) for code in codes]


def found(ledger: Ledger, count: int, face: int = 30_000_000) -> list[Holder]:
    """Adopt the policy, admit the providers, record and entitle `count` enterprises to `face` fen each."""
    document = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    document["voucher"]["general"]["face"] = face
    text = wire.canonical(document).decode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    act = partial(_act, ledger)
    act(application.announce, Announce(PROGRAMME, "Shanghai", "STCSM", "CNY", "00"))
    act(
        application.adopt_policy,
        AdoptPolicy(PROGRAMME, "2025", "2025-09-01", "2030-08-31", digest, text, "li", "wang"),
    )
    act(application.appropriate, Appropriate(PROGRAMME, PERIOD, CATEGORY, PLENTY, "budget act"))
    act(partial(application.commit_seed, seed=SEED), CommitSeed(PROGRAMME, DAY))
    facts: dict[str, Fact] = {"region": "310104", "kind": "lab", "qualifications": ("CMA",), "founded_on": "2010-01-01"}
    for provider_id in provider_ids():
        act(application.admit, Admit(provider_id, "Testing Laboratory", "providers.csv", DIGEST, facts, "acct:1"))
        act(application.accredit, Accredit(provider_id, CATEGORY, "2026-01-01", "2026-12-31"))
    people = holders(count)
    for holder in people:
        act(application.record_facts, RecordFacts(holder.enterprise_id, "2025-12-31", "f", DIGEST, _facts(holder)))
    act(application.entitle, Entitle(PROGRAMME, tuple([holder.enterprise_id for holder in people])))
    return people


class Client:
    """One client: it sends commands one after the other, each with a key of its own, and times them."""

    def __init__(self, ledger: Ledger, number: int, people: Sequence[Holder], day: str = DAY) -> None:
        """Serve these enterprises, on this day."""
        self.ledger = ledger
        self.number = number
        self.people = people
        self.day = day
        self.latencies: list[float] = []
        self.providers = provider_ids()
        self._sent = 0

    def send(self, use_case: UseCase, command: object, actor: str) -> dict[str, Any]:
        """Run one command as one actor and note how long it took."""
        self._sent += 1
        key = f"{self.number}-{self._sent}"
        started = time.perf_counter()
        meta = Meta(actor, actor.partition(":")[0], self.day)
        outcome = application.run(self.ledger, use_case, command, meta, key=key)
        self.latencies.append(time.perf_counter() - started)
        return outcome.answer

    def redeem_orders(self, orders: int) -> list[float]:
        """Play `orders` orders from registration to payment, settled in batches; returns the latencies in seconds."""
        batch: list[str] = []
        for number in range(orders):
            order_id = f"O-{self.number}-{number}"
            self.redeem(order_id, number)
            batch.append(order_id)
            if len(batch) == BATCH or number == orders - 1:
                self.settle(f"S-{self.number}-{number}", batch)
                batch = []
        return self.latencies

    def redeem(self, order_id: str, number: int, gross: int = 200) -> None:
        """Play one order from registration to approval."""
        provider = self.prepare(order_id, number, gross)
        answer = self.send(redeem, RequestRedemption(order_id, EVIDENCE), provider)
        if answer["status"] == "requested":
            self.send(application.approve_review, ApproveReview(order_id), "reviewer:zhao")

    def prepare(self, order_id: str, number: int, gross: int = 200) -> str:
        """Play one order until its redemption can be asked for; its provider, as an actor."""
        holder = self.people[number % len(self.people)]
        provider_id = self.providers[(self.number + number) % len(self.providers)]
        invoice = f"dfp:{self.number:04}{number:016}"
        firm, provider = f"enterprise:{holder.enterprise_id}", f"provider:{provider_id}"
        net, day = gross * 94 // 100, self.day
        order = RegisterOrder(
            order_id, holder.voucher_id, holder.enterprise_id, provider_id, CATEGORY, DIGEST, day, day, day, gross, net
        )
        self.send(application.register_order, order, firm)
        self.send(application.accept_delivery, AcceptDelivery(order_id, day, DIGEST), firm)
        self.send(application.file_invoice, FileInvoice(order_id, invoice, day, gross, net), provider)
        return provider

    def settle(self, settlement_id: str, batch: list[str]) -> None:
        """Pay approved orders."""
        self.send(
            application.propose_settlement, ProposeSettlement(settlement_id, PROGRAMME, tuple(batch)), "finance:qian"
        )
        self.send(application.approve_settlement, ApproveSettlement(settlement_id), "finance:sun")
        for order_id in batch:
            paid = ConfirmPayment(settlement_id, order_id, f"B-{order_id}", DAY)
            self.send(application.confirm_payment, paid, "finance:sun")


def share(people: Sequence[Holder], number: int) -> Sequence[Holder]:
    """The enterprises of one client."""
    return people[number::CLIENTS]


def together(tasks: Sequence[Callable[[], list[float]]]) -> Times:
    """Run tasks at once, a thread each; each returns its latencies."""
    gate = threading.Barrier(len(tasks) + 1)
    latencies: list[float] = []
    errors: list[BaseException] = []

    def run(task: Callable[[], list[float]]) -> None:
        gate.wait()
        try:
            latencies.extend(task())
        except BaseException as error:  # noqa: BLE001 - a thread cannot raise; the caller does.
            errors.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if errors:
        raise errors[0]
    return Times(seconds, sorted(latencies))


def _act(ledger: Ledger, use_case: UseCase, command: object) -> None:
    application.run(ledger, use_case, command, Meta("officer:li", "officer", "2026-01-02"))


def _facts(holder: Holder) -> dict[str, Fact]:
    return {
        "credit_code": holder.enterprise_id,
        "region": "310115",
        "registered_on": "2019-01-01",
        "sector": 12,
        "staff": 9,
        "revenue": 900_000_000,
        "assets": 100_000_000,
        "registered_capital": 100_000_000,
        "legal_form": "company",
        "controller": f"c-{holder.enterprise_id}",
        "lists": (),
        "status": "active",
        "credit_tier": "B",
        "linked_providers": (),
    }
