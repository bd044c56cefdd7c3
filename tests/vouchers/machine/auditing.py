"""What must hold of the ledger after every command, whoever gave it: nothing is made, lost, paid twice or overdrawn."""

from collections import Counter
from collections.abc import Iterable, Iterator

from vouchers.kinds import BUDGET, BY_NAME, CAP, ORDER, SETTLEMENT, VOUCHER
from vouchers.ledger import Ledger
from vouchers.voucher.events import PLACES


class Auditor:
    """Follows a ledger and asks of everything that a command touched whether its sums still agree."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.seen = 0
        self.keys: dict[str, list[str]] = {kind: [] for kind in BY_NAME}

    def look(self) -> None:
        """Look at what was appended since the last time, and at everything it touched."""
        touched: dict[str, set[str]] = {kind: set() for kind in BY_NAME}
        for entry in self.ledger.entries(self.seen):
            kind, _, key = entry.agg.partition("/")
            if key not in touched[kind]:
                touched[kind].add(key)
                if entry.ver == 1 and key not in self.keys[kind]:
                    self.keys[kind].append(key)
            self.seen += 1
        self._vouchers(touched["voucher"])
        self._orders(touched["order"])
        if touched["budget"]:
            self._budgets()
        if touched["cap"]:
            self._caps()
        if touched["settlement"]:
            self._payments()

    def _vouchers(self, keys: Iterable[str]) -> None:
        for key in keys:
            state = self.ledger.state(VOUCHER, key)
            assert state.terms is not None
            assert state.face == state.terms.face
            assert min(getattr(state, place) for place in PLACES) >= 0
            assert sum(held.reserved for held in state.held.values()) == state.reserved
            assert sum(held.claimed for held in state.held.values()) == state.claimed

    def _orders(self, keys: Iterable[str]) -> None:
        """What an order holds and claims is what its vouchers hold for it; no claim is paid above its amount."""
        for key in keys:
            state = self.ledger.state(ORDER, key)
            held = [self.ledger.state(VOUCHER, share.voucher_id).held.get(key) for share in state.shares]
            assert sum(each.reserved for each in held if each) == state.held
            assert sum(each.claimed for each in held if each) == state.claimed
            assert all(0 <= claim.clawed_back <= claim.paid <= claim.amount for claim in state.claims.values())
            assert sum(claim.paid for claim in state.claims.values()) == state.paid

    def _budgets(self) -> None:
        """What is committed of a pool is what its orders hold, claim and were paid, and never above what there is."""
        committed = Counter[str]()
        for registered, amount in self._counting():
            committed[f"{registered.programme}/{registered.period}/{registered.pool}"] += amount
        for key in self.keys["budget"]:
            state = self.ledger.state(BUDGET, key)
            assert 0 <= state.committed <= state.appropriated
            assert state.committed == committed[key]

    def _caps(self) -> None:
        """What is counted against a ceiling is what the orders that count in it hold, claim and were paid."""
        counted = Counter[str]()
        for registered, amount in self._counting():
            for stream in registered.caps:
                counted[stream.removeprefix("cap/")] += amount
        for key in self.keys["cap"]:
            assert self.ledger.state(CAP, key).total == counted[key]

    def _payments(self) -> None:
        """What banks confirmed for an order is what it was paid."""
        paid = Counter[str]()
        for key in self.keys["settlement"]:
            for line in self.ledger.state(SETTLEMENT, key).lines.values():
                paid[line.added.order_id] += line.added.amount if line.status == "paid" else 0
        for key in self.keys["order"]:
            assert self.ledger.state(ORDER, key).paid == paid[key]

    def _counting(self) -> Iterator[tuple[object, int]]:
        for key in self.keys["order"]:
            state = self.ledger.state(ORDER, key)
            yield state.registered, state.held + state.claimed + state.paid
