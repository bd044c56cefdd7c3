"""The peer: the same story as plain aggregates of the eventsourcing library, with optimistic locking and retry.

It keeps versions, order, keys and totals. It decides nothing by policy, explains nothing and stores no envelope, so it
is flattered.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError, OperationalError

from bench.world import BATCH, CATEGORY, DAY, DIGEST, EVIDENCE, PERIOD, PROGRAMME, Holder

BUDGET = "budget"


def id_of(*parts: object) -> UUID:
    """The library's aggregates have UUIDs."""
    return uuid5(NAMESPACE_URL, "/".join(map(str, parts)))


class Exhausted(Exception):
    """There is not enough left."""


class Voucher(Aggregate):
    """What a voucher is worth, place by place."""

    @event("Issued")
    def __init__(self, number: str, face: int) -> None:
        self.number = number
        self.places = {"available": face, "reserved": 0, "claimed": 0, "paid": 0}

    @staticmethod
    def create_id(number: str) -> UUID:
        """The voucher's identity."""
        return id_of("voucher", number)

    def reserve(self, order_id: str, amount: int) -> None:
        """Set value aside, if there is enough."""
        if amount > self.places["available"]:
            raise Exhausted
        self.move(order_id, amount, "available", "reserved")

    @event("Moved")
    def move(self, order_id: str, amount: int, source: str, target: str) -> None:  # noqa: ARG002 - they are stored
        """Move value."""
        self.places[source] -= amount
        self.places[target] += amount


class Total(Aggregate):
    """What a budget or a cap has left."""

    @event("Opened")
    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self.left = limit

    @staticmethod
    def create_id(name: str) -> UUID:
        """The total's identity."""
        return id_of("total", name)

    def take(self, order_id: str, amount: int) -> None:
        """Count an amount, if there is enough."""
        if amount > self.left:
            raise Exhausted
        self.count(order_id, amount)

    @event("Counted")
    def count(self, order_id: str, amount: int) -> None:  # noqa: ARG002 - they are stored
        """Count an amount."""
        self.left -= amount


class Order(Aggregate):
    """An order with what was agreed, and the steps that it took."""

    @event("Registered")
    def __init__(self, order_id: str, voucher: str, amount: int, terms: dict[str, Any]) -> None:
        self.order_id = order_id
        self.voucher = voucher
        self.amount = amount
        self.terms = terms
        self.status = "registered"

    @staticmethod
    def create_id(order_id: str) -> UUID:
        """The order's identity."""
        return id_of("order", order_id)

    @event("Advanced")
    def advance(self, status: str, details: dict[str, Any]) -> None:  # noqa: ARG002 - they are stored
        """Take a step."""
        self.status = status


class Settlement(Aggregate):
    """A batch of payments."""

    @event("Proposed")
    def __init__(self, settlement_id: str, orders: list[str]) -> None:
        self.settlement_id = settlement_id
        self.waiting = set(orders)
        self.approved = False

    @staticmethod
    def create_id(settlement_id: str) -> UUID:
        """The settlement's identity."""
        return id_of("settlement", settlement_id)

    @event("Approved")
    def approve(self) -> None:
        """Approve the batch."""
        self.approved = True

    @event("Confirmed")
    def confirm(self, order_id: str) -> None:
        """Note a payment."""
        self.waiting.discard(order_id)


class Request(Aggregate):
    """An idempotency key with its answer."""

    @event("Answered")
    def __init__(self, key: str, answer: str) -> None:
        self.key = key
        self.answer = answer

    @staticmethod
    def create_id(key: str) -> UUID:
        """The key's identity."""
        return id_of("request", key)


class Plain(Application):
    """The story's commands."""

    def found(self, people: Sequence[Holder], face: int, budget: int) -> None:
        """Issue vouchers; a budget of zero means that none is kept."""
        for holder in people:
            self.save(Voucher(holder.voucher_id, face), Total(f"firm/{holder.enterprise_id}", face))
        if budget:
            self.save(Total(BUDGET, budget))
        self.keeps_budget = budget > 0

    def register(self, key: str, order_id: str, holder: Holder, amount: int, terms: dict[str, Any]) -> None:
        """Reserve value in the voucher, the cap and the budget."""
        voucher = self.repository.get(Voucher.create_id(holder.voucher_id))
        voucher.reserve(order_id, amount)
        totals = [self.repository.get(Total.create_id(f"firm/{holder.enterprise_id}"))]
        if self.keeps_budget:
            totals.append(self.repository.get(Total.create_id(BUDGET)))
        for total in totals:
            total.take(order_id, amount)
        self._save(key, Order(order_id, holder.voucher_id, amount, terms), voucher, *totals)

    def advance(self, key: str, order_id: str, status: str, details: dict[str, Any]) -> None:
        """Accept a delivery, or file an invoice."""
        order = self.repository.get(Order.create_id(order_id))
        order.advance(status, details)
        self._save(key, order)

    def move(self, key: str, order_id: str, status: str, source: str, target: str) -> None:
        """Claim, or pay."""
        order = self.repository.get(Order.create_id(order_id))
        voucher = self.repository.get(Voucher.create_id(order.voucher))
        order.advance(status, {"evidence": EVIDENCE})
        voucher.move(order_id, order.amount, source, target)
        self._save(key, order, voucher)

    def propose(self, key: str, settlement_id: str, orders: list[str]) -> None:
        """Take approved orders up in a batch."""
        found = [self.repository.get(Order.create_id(order_id)) for order_id in orders]
        for order in found:
            order.advance("settling", {"settlement_id": settlement_id})
        self._save(key, Settlement(settlement_id, orders), *found)

    def approve(self, key: str, settlement_id: str) -> None:
        """Approve a batch."""
        settlement = self.repository.get(Settlement.create_id(settlement_id))
        settlement.approve()
        self._save(key, settlement)

    def confirm(self, key: str, settlement_id: str, order_id: str) -> None:
        """Note that an order was paid."""
        order = self.repository.get(Order.create_id(order_id))
        voucher = self.repository.get(Voucher.create_id(order.voucher))
        settlement = self.repository.get(Settlement.create_id(settlement_id))
        settlement.confirm(order_id)
        order.advance("paid", {"paid_on": DAY})
        voucher.move(order_id, order.amount, "claimed", "paid")
        self._save(key, settlement, order, voucher)

    def _save(self, key: str, *aggregates: Aggregate) -> None:
        try:
            self.repository.get(Request.create_id(key))
        except AggregateNotFoundError:
            self.save(Request(key, "done"), *aggregates)


class PlainClient:
    """One client of the plain application: it repeats a command that lost a race, as often as it takes."""

    def __init__(self, app: Plain, number: int, people: Sequence[Holder]) -> None:
        self.app = app
        self.number = number
        self.people = people
        self.latencies: list[float] = []
        self.retries = 0

    def send(self, command: Callable[..., None], *arguments: object) -> None:
        """Run one command under a key of its own."""
        key = f"{self.number}-{len(self.latencies)}"
        started = time.perf_counter()
        while True:
            try:
                command(key, *arguments)
            except (IntegrityError, OperationalError):
                self.retries += 1
            else:
                break
        self.latencies.append(time.perf_counter() - started)

    def redeem_orders(self, orders: int) -> list[float]:
        """Play `orders` orders from registration to payment; returns the latencies in seconds."""
        batch: list[str] = []
        for number in range(orders):
            order_id = f"O-{self.number}-{number}"
            self._redeem(order_id, self.people[number % len(self.people)])
            batch.append(order_id)
            if len(batch) == BATCH or number == orders - 1:
                self._settle(f"S-{self.number}-{number}", batch)
                batch = []
        return self.latencies

    def _redeem(self, order_id: str, holder: Holder) -> None:
        app = self.app
        terms = {"programme": PROGRAMME, "period": PERIOD, "category": CATEGORY, "contract_digest": DIGEST}
        self.send(app.register, order_id, holder, 100, terms)
        self.send(app.advance, order_id, "delivered", {"delivered_on": DAY, "report_digest": DIGEST})
        self.send(app.advance, order_id, "invoiced", {"issued_on": DAY, "gross": 200, "net": 188})
        self.send(app.move, order_id, "approved", "reserved", "claimed")

    def _settle(self, settlement_id: str, batch: list[str]) -> None:
        self.send(self.app.propose, settlement_id, list(batch))
        self.send(self.app.approve, settlement_id)
        for order_id in batch:
            self.send(self.app.confirm, settlement_id, order_id)
