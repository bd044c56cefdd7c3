"""What must hold of the ledger after every command, whoever gave it: nothing is made, lost, paid twice or overdrawn."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.vouchers.machine.beside import BESIDE
from vouchers import application as app
from vouchers.application.cases import facts_of
from vouchers.budget import events as budget
from vouchers.cap import events as cap
from vouchers.kinds import (
    AID,
    BUDGET,
    BY_NAME,
    CAP,
    CLEARING,
    CONTRACT,
    DEBT,
    FLOW,
    INVOICE,
    LEVEL,
    ORDER,
    PROGRAMME,
    SETTLEMENT,
    SUPPORT,
    VOUCHER,
    WINDOW,
)
from vouchers.ledger import Ledger
from vouchers.level import events as level
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.policy import Policy, caps
from vouchers.settlement.events import Instructed
from vouchers.voucher.events import PLACES
from vouchers.window import events as window


class Sums:
    """Sums over many streams under many names, of which one stream's part is put anew when it changes."""

    def __init__(self) -> None:
        self.of = Counter[str]()
        self.parts: dict[str, Counter[str]] = {}

    def put(self, stream: str, part: Counter[str]) -> set[str]:
        """Let a stream count for these amounts instead of what it did; the names whose sums may have changed."""
        before = self.parts.get(stream, Counter[str]())
        self.of.subtract(before)
        self.of.update(part)
        self.parts[stream] = part
        return {*before, *part}


class Auditor:
    """Follows a ledger and asks of everything that a command touched whether its sums still agree."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.seen = 0
        self.keys: dict[str, list[str]] = {kind: [] for kind in BY_NAME}
        self.appropriated = Counter[str]()
        self.moved = Counter[str]()
        self.blocked: set[str] = set()
        self.instructions: set[str] = set()
        self.policies: dict[tuple[str, str], Policy] = {}
        self.late: set[str] = set()
        self.counting: list[tuple[str, Any]] = []
        self.since: dict[str, str] = {}
        self.drawn, self.cleared, self.flows = Sums(), Sums(), Sums()
        self.bills: dict[str, set[str]] = {}
        self.counted, self.owed, self.paid, self.debts = Sums(), Sums(), Sums(), Sums()

    def look(self) -> None:
        """Look at what was appended since the last time, and at everything it touched."""
        touched: dict[str, set[str]] = {}
        for entry in self.ledger.entries(self.seen):
            assert entry.seq == self.seen
            kind, _, key = entry.agg.partition("/")
            touched.setdefault(kind, set()).add(key)
            if entry.ver == 1:
                self.keys[kind].append(key)
            self.seen += 1
            self._read(kind, key, entry.data)
        if not touched:
            return
        self._orders(touched.get("order", ()))
        self._vouchers(touched.get("voucher", ()))
        self._counted(touched)
        self._limits()
        self._invoices(touched.get("invoice", ()))
        self._payments(touched)
        self._clearings(touched)
        for kind, keys in touched.items():
            for look in BESIDE.get(kind, ()):
                for key in keys:
                    look(self.ledger, key)

    def _read(self, kind: str, key: str, event: Any) -> None:
        """Add the event up, independent of what any state says."""
        match event:
            case budget.Appropriated(amount=amount):
                self.appropriated[key] += amount
            case budget.Cut(amount=amount):
                self.appropriated[key] -= amount
            case budget.TransferredIn(amount=amount) | budget.TransferredOut(amount=amount):
                into = amount if isinstance(event, budget.TransferredIn) else -amount
                self.appropriated[key] += into
                self.moved[key.rpartition("/")[0]] += into
            case Instructed(instruction_id=instruction_id):
                assert instruction_id not in self.instructions, "an instruction has a number of its own"
                self.instructions.add(instruction_id)
            case cap.Counted() | window.Counted() | level.Counted():
                self.counting.append((f"{kind}/{key}", event))
            case _:
                pass
        if kind == "window":
            self.since[key] = event.since
        if kind == "budget":
            assert not (key in self.blocked and isinstance(event, budget.Committed)), "a blocked pool takes no orders"
            if isinstance(event, budget.Blocked):
                self.blocked.add(key)
            elif isinstance(event, budget.Reopened):
                self.blocked.discard(key)

    def _vouchers(self, keys: Iterable[str]) -> None:
        for key in keys:
            state = self.ledger.state(VOUCHER, key)
            assert state.terms is not None
            assert state.face == state.terms.face
            assert min(getattr(state, place) for place in PLACES) >= 0
            assert sum(held.reserved for held in state.held.values()) == state.reserved
            assert sum(held.claimed for held in state.held.values()) == state.claimed
            # What orders took out of it and have not given back, the vouchers of a firm that shares an order included.
            assert state.paid + state.clawed_back == self.drawn.of[key]

    def _orders(self, keys: Iterable[str]) -> None:
        """What an order holds and claims is what its vouchers hold for it; no claim is paid above its amount."""
        for key in keys:
            state = self.ledger.state(ORDER, key)
            held = [self.ledger.state(VOUCHER, share.voucher_id).held.get(key) for share in state.shares]
            assert sum(each.reserved for each in held if each) == state.held
            assert sum(each.claimed for each in held if each) == state.claimed
            claims = state.claims.values()
            assert all(0 <= claim.clawed_back <= claim.paid <= claim.amount for claim in claims)
            assert sum(claim.paid for claim in claims) == state.paid
            assert sum(claim.clawed_back for claim in claims) == state.clawed_back
            assert sum(claim.amount for claim in claims if not claim.paid) == state.claimed
            assert state.registered is not None
            assert state.held + state.claimed + state.paid <= state.registered.subsidy
            assert all(sum(claim.shares.values()) in (0, claim.amount) for claim in claims)
            self._stacked(key, state, state.registered)
            self.drawn.put(key, _paid_of(state))
            for number in self.bills.get(key, set()) - set(state.bills):
                left = self.ledger.state(INVOICE, number)
                assert key not in left.parts, "an invoice that leaves an order is free"
                assert key not in left.besides
            self.bills[key] = set(state.bills)
            if state.status not in ("cancelled", "lapsed"):
                for number in state.bills:
                    filed = self.ledger.state(INVOICE, number)
                    kept = any(number in claim.invoices for claim in claims) or state.held > 0
                    assert key in filed.parts or key in filed.besides or not kept

    def _stacked(self, key: str, state: Order, registered: Registered) -> None:
        """What counts as aid, and as support of the contract, is what the order holds and its claims took."""
        policy, holds = self._policy(registered), state.held + state.taken
        if policy.aid is not None and policy.aid.counts_at == "reservation":
            firms = {share.enterprise_id for share in state.shares}
            entries = [self.ledger.state(AID, f"{policy.aid.scope}/{firm}").entries.get(key) for firm in firms]
            assert sum(entry.amount for entry in entries if entry) == holds
        if policy.stacking is not None and policy.stacking.counts_contracts:
            own = self.ledger.state(CONTRACT, registered.contract_digest).of(key)
            assert (own.amount if own else 0) == holds

    def _counted(self, touched: Mapping[str, Iterable[str]]) -> None:
        """What counts in a pool or against a ceiling is what orders hold, claim and were paid, and support decided."""
        names = {f"{kind}/{key}" for kind in ("budget", "cap", "window", "level") for key in touched.get(kind, ())}
        for key in touched.get("order", ()):
            names |= self.counted.put(f"order/{key}", self._of_order(key))
        for key in touched.get("support", ()):
            years = self.ledger.state(SUPPORT, key).years.items()
            part = Counter[str]()
            for period, year in years:
                if year.decided:
                    part[f"budget/{year.decided.programme}/{period}/{year.decided.pool}"] += year.decided.amount
            names |= self.counted.put(f"support/{key}", part)
        for name in names:
            kind, _, key = name.partition("/")
            getattr(self, f"_{kind}")(key, self.counted.of[name])
        assert not any(self.moved.values()), "what one pool gives another one gets"

    def _budget(self, key: str, counted: int) -> None:
        """A pool's commitments are its orders', and never above what there is."""
        state = self.ledger.state(BUDGET, key)
        assert 0 <= state.committed <= state.appropriated
        assert state.committed == counted
        assert state.appropriated == self.appropriated[key]
        assert bool(state.blocked_since) == (key in self.blocked)

    def _cap(self, key: str, counted: int) -> None:
        total = self.ledger.state(CAP, key).total
        assert total >= counted if key in self.late else total == counted

    def _window(self, key: str, counted: int) -> None:
        """What has rolled out of a window counts no more; of an order that has not, all counts."""
        state = self.ledger.state(WINDOW, key)
        assert 0 <= state.total <= counted or key in self.late
        for order_id in {part.order_id for part in state.parts}:
            registered = self.ledger.state(ORDER, order_id).registered
            if registered.registered_on >= self.since[key] and key not in self.late:
                counts = sum(part.amount for part in state.parts if part.order_id == order_id)
                assert counts == self.counted.parts[f"order/{order_id}"][f"window/{key}"]

    def _limits(self) -> None:
        """Nothing was counted above the limit that the order's own policy sets."""
        for stream, event in self.counting:
            registered = self.ledger.state(ORDER, event.order_id).registered
            facts = facts_of(registered, registered.registered_on)
            limits = {each.stream: each for each in caps(self._policy(registered), facts)}
            if stream in limits:
                limit, most = limits[stream].limit, limits[stream].count_limit
                assert limit is None or event.total <= limit
                assert most is None or event.count <= most
        self.counting.clear()

    def _level(self, key: str, counted: int) -> None:
        purse = self.ledger.state(LEVEL, key)
        assert purse.total == sum(held.part for held in purse.orders.values())
        assert sum(held.amount for held in purse.orders.values()) == counted

    def _of_order(self, key: str) -> Counter[str]:
        """Where an order counts, and how much."""
        state = self.ledger.state(ORDER, key)
        registered = state.registered
        assert registered is not None
        parts = Counter({f"budget/{registered.programme}/{registered.period}/{registered.pool}": _counts(state)})
        for stream in registered.caps:
            parts[stream] += _counts(state)
        for share in state.several:
            for stream in share.caps:
                parts[stream] += self._paid_by(key, state, share.voucher_id)
        if self._policy(registered).deadlines.caps_freed == "within_use_by":
            self.late |= {stream.partition("/")[2] for stream in parts}
        return parts

    def _policy(self, registered: Registered) -> Policy:
        """The policy that an order was registered under."""
        known = registered.programme, registered.policy_version
        if known not in self.policies:
            adopted = self.ledger.state(PROGRAMME, known[0]).policy(known[1])
            assert adopted is not None
            self.policies[known] = app.compiled(adopted)
        return self.policies[known]

    def _paid_by(self, order_id: str, state: Order, voucher_id: str) -> int:
        """What one of several vouchers holds and paid for an order."""
        held = self.ledger.state(VOUCHER, voucher_id).held.get(order_id)
        paid = sum(claim.shares.get(voucher_id, 0) for claim in state.claims.values() if claim.paid)
        return paid + (held.reserved + held.claimed if held else 0)

    def _invoices(self, keys: Iterable[str]) -> None:
        """The parts of an invoice are no more than what is left of it, and each is what its order has."""
        for key in keys:
            state = self.ledger.state(INVOICE, key)
            for index in (0, 1):
                assert 0 <= state.used[index] <= state.left[index] or not state.parts
                assert state.left[index] >= 0
            providers = set[str]()
            for order_id, part in state.parts.items():
                order = self.ledger.state(ORDER, order_id)
                bill = order.bills[key]
                assert (bill.gross - bill.red_gross, bill.net - bill.red_net) == part
                providers.add(order.registered.provider_id)
            assert len(providers) <= 1, "an invoice is one provider's"

    def _payments(self, touched: Mapping[str, Iterable[str]]) -> None:
        """What banks confirmed and debts kept back is what orders were paid: each order, and each payee over all."""
        orders, payees = set[str](), set[str]()
        for key in touched.get("settlement", ()):
            payees |= self.paid.put(key, self._of_batch(key))
        for key in touched.get("debt", ()):
            found = self.ledger.state(DEBT, key).debts.values()
            part = Counter({f"netted {key}": sum(each.netted for each in found)})
            for each in found:
                part[f"demanded {each.demanded.order_id}"] += each.demanded.amount
            payees |= self.debts.put(key, part)
        for key in touched.get("order", ()):
            state = self.ledger.state(ORDER, key)
            registered = state.registered
            assert registered is not None
            payee = registered.provider_id if registered.payee == "provider" else registered.enterprise_id
            part = Counter({f"payee {payee}": state.paid, f"order {key}": state.paid})
            orders |= self.owed.put(key, part + Counter({f"demanded {key}": state.clawed_back}))
        for name in orders | payees:
            if name.startswith("netted"):
                assert self.paid.of[name] == self.debts.of[name], "what is kept back comes off a debt"
            elif name.startswith("demanded"):
                assert self.owed.of[name] == self.debts.of[name], "what is demanded is a debt"
            else:
                assert self.paid.of[name] == self.owed.of[name], "what is paid, banks or debts have paid"

    def _clearings(self, touched: Mapping[str, Iterable[str]]) -> None:
        """What all clearings hold together is what the payments that are in one come to."""
        for key in touched.get("clearing", ()):
            self.cleared.put(key, Counter({"all": sum(self.ledger.state(CLEARING, key).gross.values())}))
        for key in touched.get("flow", ()):
            found = self.ledger.state(FLOW, key).cleared
            self.flows.put(key, Counter({"all": found.amount if found else 0}))
        assert self.cleared.of["all"] == self.flows.of["all"]

    def _of_batch(self, key: str) -> Counter[str]:
        """What a settlement has paid, by payee and by order, and what it kept back."""
        part = Counter[str]()
        for line in self.ledger.state(SETTLEMENT, key).lines.values():
            assert line.received >= 0
            assert line.netted >= 0
            assert line.received + line.netted <= line.added.amount
            assert line.due == 0 or line.status != "paid"
            part[f"netted {line.added.payee_id}"] += line.netted
            if line.status == "paid":
                part[f"payee {line.added.payee_id}"] += line.received + line.netted
                part[f"order {line.added.order_id}"] += line.received + line.netted
        return part


def _paid_of(state: Order) -> Counter[str]:
    """What each voucher has paid of an order's claims."""
    paid = Counter[str]()
    for claim in state.claims.values():
        if claim.paid:
            assert state.registered is not None
            paid.update(claim.shares or {state.registered.voucher_id: claim.paid})
    return paid


def _counts(state: Order) -> int:
    return state.held + state.claimed + state.paid
