"""Sums: what one course of events comes to, by programme, pool, order, enterprise and provider; in minor units."""

from collections import defaultdict
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple

from vouchers.budget import events as budget
from vouchers.entitlement import events as entitlement
from vouchers.order import events as order
from vouchers.voucher import events as voucher


@dataclass(slots=True)
class Programme:
    """One programme: decisions, orders and where the value of its vouchers is."""

    currency: str = ""
    granted: int = 0
    denied: int = 0
    orders: int = 0
    subsidy: int = 0
    face: int = 0
    places: dict[str, int] = field(default_factory=lambda: dict.fromkeys(voucher.PLACES, 0))
    categories: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    months: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(slots=True)
class Pool:
    """One pool of a budget: the totals of its last event, and the least that was ever free."""

    appropriated: int = 0
    committed: int = 0
    least_free: int | None = None


class Note(NamedTuple):
    """An entry about an order's money: its registration, or what was paid for a redemption or taken back."""

    seq: int
    redemption_id: str
    amount: int


@dataclass(slots=True)
class Order:
    """One order: whose it is, what was set aside for it at first, and what was paid and taken back."""

    programme: str
    enterprise_id: str
    provider_id: str
    category: str
    registered_on: str
    subsidy: int
    paid: int = 0
    clawed_back: int = 0
    status: str = "registered"
    notes: tuple[Note, ...] = field(default=(), compare=False)

    @property
    def claims(self) -> dict[str, int]:
        """What was paid for each redemption and not taken back."""
        sums: dict[str, int] = {}
        for note in self.notes[1:]:
            sums[note.redemption_id] = sums.get(note.redemption_id, 0) + note.amount
        return sums

    def note(self, seq: int | None, redemption_id: str = "", amount: int = 0) -> None:
        """Remember an entry that says something of the order's money; only the history's have a place in the log."""
        if seq is not None:
            self.notes = (*self.notes, Note(seq, redemption_id, amount))


@dataclass(slots=True)
class Voucher:
    """One voucher: whose it is, what it was issued for, and what is unused."""

    programme: str
    enterprise_id: str
    face: int
    available: int


@dataclass
class Sums:
    """What happened, added up event by event."""

    programmes: dict[str, Programme] = field(default_factory=lambda: defaultdict(Programme))
    pools: dict[str, Pool] = field(default_factory=lambda: defaultdict(Pool))
    orders: dict[str, Order] = field(default_factory=dict)
    vouchers: dict[str, Voucher] = field(default_factory=dict)

    def take(self, stream: str, event: Any, on: str, seq: int | None = None) -> None:
        """Add one event that takes effect on a day, with its place in the log where it has one."""
        if type(event) in voucher.MOVES:
            self._move(stream.partition("/")[2], event, on, seq)
        elif isinstance(event, voucher.Issued):
            self._issue(stream.partition("/")[2], event)
        elif isinstance(event, entitlement.Granted | entitlement.Denied):
            about = self.programmes[event.programme]
            about.granted += isinstance(event, entitlement.Granted)
            about.denied += isinstance(event, entitlement.Denied)
        elif isinstance(event, order.Registered):
            self._register(stream.partition("/")[2], event, seq)
        elif isinstance(event, order.Cancelled | order.Lapsed):
            self.orders[stream.partition("/")[2]].status = type(event).__name__.lower()
        elif isinstance(event, order.RedemptionRequested):
            self.orders[stream.partition("/")[2]].status = "claimed"
        elif stream.startswith("budget/"):
            self._draw(stream.partition("/")[2], event)

    def _issue(self, voucher_id: str, event: voucher.Issued) -> None:
        about = self.programmes[event.programme]
        about.currency = event.currency
        about.face += event.face
        about.places["available"] += event.face
        self.vouchers[voucher_id] = Voucher(
            intern(event.programme), intern(event.enterprise_id), event.face, event.face
        )

    def _register(self, order_id: str, event: order.Registered, seq: int | None) -> None:
        about = self.programmes[event.programme]
        about.orders += 1
        about.subsidy += event.subsidy
        parties = intern(event.enterprise_id), intern(event.provider_id)
        told = (intern(event.programme), *parties, intern(event.category), intern(event.registered_on))
        made = self.orders[order_id] = Order(*told, event.subsidy)
        made.note(seq)

    def _move(self, voucher_id: str, event: Any, on: str, seq: int | None) -> None:
        about = self.programmes[event.programme]
        source, target = voucher.MOVES[type(event)]
        about.places[source] -= event.amount
        about.places[target] += event.amount
        changed = (target == "available") - (source == "available")
        self.vouchers[voucher_id].available += changed * event.amount
        sign = (target == "paid") - (source == "paid" and target == "claimed")
        known = self.orders.get(getattr(event, "order_id", ""))
        if sign and known:
            about.categories[event.category] += sign * event.amount
            about.months[on[:7]] += sign * event.amount
            known.paid += sign * event.amount
            known.note(seq, event.redemption_id, sign * event.amount)
            known.status = "paid" if known.paid else "claimed"
        elif target == "clawed_back" and known:
            known.clawed_back += event.amount
            known.note(seq, event.redemption_id, -event.amount)

    def _draw(self, key: str, event: Any) -> None:
        pool = self.pools[key]
        pool.appropriated, pool.committed = event.appropriated, event.committed
        free = pool.appropriated - pool.committed
        if isinstance(event, budget.Committed):
            pool.least_free = free if pool.least_free is None else min(pool.least_free, free)
