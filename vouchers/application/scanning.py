"""The scan: signals that only show over many claims, found in one pass over the log; it decides nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from vouchers.days import days_between
from vouchers.enterprise import events as enterprise
from vouchers.money import WHOLE_BP
from vouchers.order import events as order
from vouchers.policy.supervision import Signals
from vouchers.policy.wording import written
from vouchers.review import events as review
from vouchers.wire import Entry

FEWEST_PRICES: Final = 5  # of others, below which a middle says nothing
TAKEN_BACK: Final = frozenset({"order.RedemptionRejected", "order.RedemptionReversed"})
# What later became of an invoice or of the own share, by the name of its event.
AFTERWARDS: Final = {
    "order.InvoiceReversed": ("red-invoice", "An invoice of the order was reversed after the claim."),
    "order.OwnShareRefunded": ("own-share-refunded", "The own share was given back to the firm."),
}


class Finding(NamedTuple):
    """A signal about one redemption."""

    order_id: str
    redemption_id: str
    signal: str
    text: str


class Claim(NamedTuple):
    """A redemption that stands, with what the scan looks at."""

    order_id: str
    redemption_id: str
    amount: int
    requested_on: str
    registered: order.Registered


class Decided(NamedTuple):
    """An approval by a reviewer: at which local hour it was recorded, and how many older reviews were open."""

    redemption_id: str
    provider_id: str
    reviewer: str
    hour: int
    overtaken: int


class Seen:
    """What one pass over the log collects of a programme."""

    def __init__(self, programme: str, zone: str) -> None:
        """Begin with nothing."""
        self.programme = programme
        self.zone = ZoneInfo(zone)
        self.registered: dict[str, order.Registered] = {}
        self.claims: dict[str, Claim] = {}
        self.controllers: dict[str, str] = {}
        self.decided: list[Decided] = []
        self.afterwards: dict[str, list[str]] = defaultdict(list)
        self._open: dict[str, review.Assigned] = {}

    def take(self, entry: Entry[Any]) -> None:
        """Look at one entry."""
        event, key = entry.data, entry.agg.partition("/")[2]
        match event:
            case order.Registered() if event.programme == self.programme:
                self.registered[key] = event
            case order.RedemptionRequested() if key in self.registered:
                registered = self.registered[key]
                self.claims[event.redemption_id] = Claim(key, event.redemption_id, event.amount, entry.eff, registered)
            case enterprise.FactsRecorded(facts=facts) | enterprise.FactsCorrected(facts=facts):
                self.controllers[key] = str(facts.get("controller", ""))
            case review.Assigned() if event.programme == self.programme:
                self._open[key] = event
            case review.Approved(reviewer=reviewer) if key in self._open:
                self._decide(entry, key, reviewer)
            case review.Rejected() | review.Closed():
                self._open.pop(key, None)
            case _:
                self._later(entry.type, event, key)

    def _decide(self, entry: Entry[Any], key: str, reviewer: str) -> None:
        assigned = self._open[key]
        hour = datetime.fromisoformat(entry.rec).astimezone(self.zone).hour
        self.decided.append(Decided(key, assigned.provider_id, reviewer, hour, list(self._open).index(key)))
        if sum(each.redemption_id == key for each in self.decided[-5:]) >= assigned.approvals_needed:
            del self._open[key]

    def _later(self, name: str, event: Any, key: str) -> None:
        if name in TAKEN_BACK:
            self.claims.pop(event.redemption_id, None)
        elif name in AFTERWARDS and key in self.registered:
            self.afterwards[key].append(name)


def scan(entries: Iterable[Entry[Any]], programme: str, zone: str, rules: Signals, since_on: str) -> list[Finding]:
    """Every signal about a claim requested since a day, by redemption and name; each once."""
    seen = Seen(programme, zone)
    for entry in entries:
        seen.take(entry)
    recent = {number: claim for number, claim in seen.claims.items() if claim.requested_on >= since_on}
    looks = (_amounts, _prices, _agents, _controllers, _bursts, _reviewers, _afterwards)
    found = {
        (redemption_id, name): text
        for look in looks
        for redemption_id, name, text in look(seen, rules)
        if redemption_id in recent
    }
    return [Finding(recent[number].order_id, number, name, text) for (number, name), text in sorted(found.items())]


Look = Iterator[tuple[str, str, str]]


def _amounts(seen: Seen, rules: Signals) -> Look:
    """The same amount again and again with one provider."""
    if not rules.identical_amounts:
        return
    times = Counter((claim.registered.provider_id, claim.amount) for claim in seen.claims.values())
    for claim in seen.claims.values():
        count = times[claim.registered.provider_id, claim.amount]
        if count >= rules.identical_amounts:
            text = f"{count} claims with this provider are for exactly {written(claim.amount)}."
            yield claim.redemption_id, "identical-amounts", text


def _prices(seen: Seen, rules: Signals) -> Look:
    """A price for a unit far above the middle of what other providers take in the category."""
    if not rules.price_bp:
        return
    prices: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for registered in seen.registered.values():
        prices[registered.category].append((_unit_price(registered), registered.provider_id))
    for known in prices.values():
        known.sort()
    for claim in seen.claims.values():
        registered = claim.registered
        others = [price for price, provider in prices[registered.category] if provider != registered.provider_id]
        if len(others) < FEWEST_PRICES:
            continue
        middle, price = others[len(others) // 2], _unit_price(registered)
        if price * WHOLE_BP > middle * (WHOLE_BP + rules.price_bp):
            text = f"A unit costs {written(price)}; other providers take {written(middle)} in the middle."
            yield claim.redemption_id, "above-others-price", text


def _unit_price(registered: order.Registered) -> int:
    """What a unit of the service costs: by the quantity of the order's attributes, else its hours, else as a whole."""
    quantity = registered.attributes.get("quantity", registered.attributes.get("hours", 1))
    return registered.gross // quantity if isinstance(quantity, int) and quantity > 0 else registered.gross


def _agents(seen: Seen, rules: Signals) -> Look:
    """One agent who files for many firms."""
    if not rules.agent_firms:
        return
    firms: dict[str, set[str]] = defaultdict(set)
    for registered in seen.registered.values():
        firms[_agent(registered)].add(registered.enterprise_id)
    for claim in seen.claims.values():
        agent = _agent(claim.registered)
        if agent and len(firms[agent]) >= rules.agent_firms:
            yield claim.redemption_id, "one-agent", f"One agent files for {len(firms[agent])} firms."


def _agent(registered: order.Registered) -> str:
    return str(registered.attributes.get("agent", ""))


def _controllers(seen: Seen, rules: Signals) -> Look:
    """One controller behind many firms that claim."""
    if not rules.controller_firms:
        return
    firms: dict[str, set[str]] = defaultdict(set)
    for claim in seen.claims.values():
        firm = claim.registered.enterprise_id
        firms[seen.controllers.get(firm, "")].add(firm)
    for claim in seen.claims.values():
        controller = seen.controllers.get(claim.registered.enterprise_id, "")
        if controller and len(firms[controller]) >= rules.controller_firms:
            yield claim.redemption_id, "one-controller", f"One controller is behind {len(firms[controller])} firms."


def _bursts(seen: Seen, rules: Signals) -> Look:
    """Many orders with one provider within a few days."""
    if not rules.burst_orders:
        return
    days: dict[str, list[str]] = defaultdict(list)
    for registered in seen.registered.values():
        days[registered.provider_id].append(registered.registered_on)
    for claim in seen.claims.values():
        day = claim.registered.registered_on
        near = [each for each in days[claim.registered.provider_id] if 0 <= days_between(each, day) < rules.burst_days]
        if len(near) >= rules.burst_orders:
            text = f"{len(near)} orders with this provider within {rules.burst_days} days."
            yield claim.redemption_id, "burst", text


def _reviewers(seen: Seen, rules: Signals) -> Look:
    """One reviewer for one provider, approvals at odd hours, and claims that overtook older ones."""
    by_provider = Counter(each.provider_id for each in seen.decided)
    by_pair = Counter((each.provider_id, each.reviewer) for each in seen.decided)
    for each in seen.decided:
        decided, theirs = by_provider[each.provider_id], by_pair[each.provider_id, each.reviewer]
        concentrated = theirs * WHOLE_BP > decided * rules.reviewer_bp
        if rules.reviewer_bp and decided >= rules.reviewer_least and concentrated:
            text = f"{each.reviewer} decided {theirs} of {decided} claims of this provider."
            yield each.redemption_id, "reviewer-concentration", text
        if not rules.first_hour <= each.hour < rules.last_hour:
            yield each.redemption_id, "outside-hours", f"{each.reviewer} approved it at {each.hour:02d} o'clock."
        if rules.queue_jump and each.overtaken >= rules.queue_jump:
            text = f"It was approved while {each.overtaken} older ones waited."
            yield each.redemption_id, "queue-jump", text


def _afterwards(seen: Seen, rules: Signals) -> Look:
    """Invoices reversed and own shares given back after the claim."""
    for claim in seen.claims.values() if rules.own_share else ():
        for name in seen.afterwards[claim.order_id]:
            yield claim.redemption_id, *AFTERWARDS[name]
