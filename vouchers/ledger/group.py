"""One group of commands, decided in order inside one write transaction."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from vouchers import wire
from vouchers.kinds import BY_NAME, Kind
from vouchers.ledger.recorder import PAGE, Row, Transaction
from vouchers.ledger.unit import Pending, Slot, Unit
from vouchers.refusals import EntryTooLarge


class Cache:
    """Folded states of the streams used last, at most `limit`, as of `size` log entries."""

    def __init__(self, limit: int) -> None:
        """Begin empty, knowing nothing of the log."""
        self.limit = limit
        self.size = 0
        self.recorded_at = ""
        self.slots: OrderedDict[str, Slot] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self.size = 0
        self.recorded_at = ""
        self.slots.clear()

    def get(self, stream: str) -> Slot | None:
        """A state, marked as used."""
        slot = self.slots.get(stream)
        if slot is not None:
            self.slots.move_to_end(stream)
        return slot

    def update(self, slots: dict[str, Slot]) -> None:
        """Keep states and forget the ones unused for longest."""
        for stream, slot in slots.items():
            self.slots[stream] = slot
            self.slots.move_to_end(stream)
        while len(self.slots) > self.limit:
            self.slots.popitem(last=False)

    def catch_up(self, transaction: Transaction) -> None:
        """Fold in what other processes appended since the last group."""
        if transaction.size == self.size:
            return
        if transaction.size < self.size or transaction.size - self.size > PAGE:
            self.clear()
        elif self.size:
            for row in transaction.rows(self.size, transaction.size):
                slot = self.slots.get(row.stream)
                if slot is not None:
                    self.slots[row.stream] = fold(slot, [row])
        last = transaction.last_entry()
        self.recorded_at = wire.recorded_at(last) if last else ""
        self.size = transaction.size


class Group:
    """What the commands of one group see and append."""

    def __init__(self, cache: Cache, transaction: Transaction, now: str) -> None:
        """Begin with the cache brought forward; the recorded time never goes back."""
        cache.catch_up(transaction)
        self.transaction = transaction
        self.recorded_at = max(now, cache.recorded_at)
        self.rows: list[Row] = []
        self._cache = cache
        self._slots: dict[str, Slot] = {}
        self._loaded: dict[str, Slot] = {}

    @property
    def size(self) -> int:
        """The size of the log once this group is in it."""
        return self.transaction.size + len(self.rows)

    def slot(self, kind: Kind[Any, Any], stream: str) -> Slot:
        """The stream as the commands decided before left it."""
        slot = self._slots.get(stream) or self._cache.get(stream) or self._loaded.get(stream)
        if slot is None:
            self.prefetch([stream])
            slot = self._loaded[stream]
        return slot

    def prefetch(self, streams: Iterable[str]) -> None:
        """Load streams that are not known yet, all at once."""
        wanted = {
            name
            for name in streams
            if name not in self._slots and name not in self._cache.slots and name not in self._loaded
        }
        if not wanted:
            return
        tails = [name for name in wanted if kind_of(name).tail]
        whole = [name for name in wanted if not kind_of(name).tail]
        for name in wanted:
            self._loaded[name] = Slot(0, kind_of(name).empty, "")
        found = self.transaction.streams(whole, tails)
        for name, rows in groupby(found, key=lambda row: row.stream):
            self._loaded[name] = fold(self._loaded[name], rows)

    def accept(self, unit: Unit) -> None:
        """Give the unit's events their places in the log; a refusal here leaves the group as it was."""
        rows: list[Row] = []
        cause: int | None = None
        for number, pending in enumerate(unit.pending, self.size):
            if pending.first:
                cause = None
            rows.append(self._row(pending, number, cause))
            if pending.first:
                cause = number
        self.rows += rows
        self._slots.update(unit.changes())

    def finish(self) -> None:
        """Remember the states once the group is durable."""
        self._cache.update(self._loaded)
        self._cache.update(self._slots)
        self._cache.size = self.size
        if self.rows:
            self._cache.recorded_at = self.recorded_at

    def _row(self, pending: Pending, seq: int, cause: int | None) -> Row:
        meta = pending.meta
        topic = wire.TOPICS[type(pending.event)]
        entry = wire.encode(
            wire.Entry(
                actor=meta.actor,
                agg=pending.stream,
                auth={"role": meta.role},
                cause=cause,
                data=pending.event,
                eff=meta.on,
                occ=meta.occurred_at,
                rec=self.recorded_at,
                seq=seq,
                type=topic,
                v=1,
                ver=pending.version,
            )
        )
        if len(entry) > wire.MAX_ENTRY:
            raise EntryTooLarge(pointer="", topic=topic, size=len(entry))
        return Row(pending.stream, pending.version, topic, entry)


def kind_of(stream: str) -> Kind[Any, Any]:
    """The kind that a stream's name begins with."""
    return BY_NAME[stream.partition("/")[0]]


def fold(slot: Slot, rows: Iterable[Row]) -> Slot:
    """A stream brought forward by stored events."""
    version, state, last_on = slot
    for row in rows:
        kind = kind_of(row.stream)
        entry = wire.decode(row.topic, row.entry)
        state = kind.evolve(state, entry.data)
        version = row.version
        last_on = max(last_on, entry.eff)
    return Slot(version, state, last_on)


def state_of(kind: Kind[Any, Any], rows: Sequence[Row]) -> Any:
    """The state that stored events of one stream fold to."""
    return fold(Slot(0, kind.empty, ""), rows).state
