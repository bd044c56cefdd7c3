"""One group of commands, decided in order inside one write transaction."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

from eventsourcing.persistence import OperationalError, PersistenceError

from vouchers import wire
from vouchers.kinds import BY_NAME, Kind
from vouchers.ledger.recorder import PAGE, Row, Transaction
from vouchers.ledger.unit import NameNotStorable, Pending, Slot, Unit
from vouchers.refusals import EntryTooLarge

MAX_NAME = 500
_EMPTY = {name: Slot(0, kind.empty, "") for name, kind in BY_NAME.items()}


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
        elif self.slots:
            self._fold_in(transaction.rows(self.size, transaction.size))
        last = transaction.last_entry()
        self.recorded_at = wire.recorded_at(last) if last else ""
        self.size = transaction.size

    def _fold_in(self, rows: Iterable[Row]) -> None:
        newer: dict[str, Slot] = {}
        try:
            for row in rows:
                slot = newer.get(row.stream) or self.slots.get(row.stream)
                if slot is not None:
                    newer[row.stream] = fold(slot, [row])
        except Exception:  # noqa: BLE001 - an unreadable entry stops the commands that load its stream, not all.
            self.slots.clear()
        else:
            self.slots.update(newer)


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

    def slot(self, stream: str) -> Slot:
        """The stream as the commands decided before left it."""
        slot = self._slots.get(stream) or self._cache.get(stream) or self._loaded.get(stream)
        if slot is None:
            if not is_storable(stream):
                raise NameNotStorable(remedy=f"Use at most {MAX_NAME} printable characters.")
            self._load([stream])
            slot = self._loaded[stream]
        return slot

    def prefetch(self, jobs_reads: Iterable[Iterable[str]]) -> None:
        """Load the streams that jobs will read, all at once, as far as that can be done."""
        try:
            known = self._cache.slots
            wanted = {name for reads in jobs_reads for name in reads if name not in known and is_storable(name)}
            if wanted:
                self._load(wanted)
        except PersistenceError:
            raise
        except Exception:  # noqa: BLE001 - what one job cannot read must not fail the others; it will meet it again.
            return

    def accept(self, unit: Unit) -> None:
        """Give the unit's events their places in the log; a refusal here leaves the group as it was."""
        rows: list[Row] = []
        cause: int | None = None
        auth = {"role": unit.meta.role}
        for number, pending in enumerate(unit.pending, self.size):
            if pending.first:
                rows.append(self._row(pending, number, None, auth))
                cause = number
            else:
                rows.append(self._row(pending, number, cause, auth))
        self.rows += rows
        self._slots.update(unit.changes())

    def finish(self) -> None:
        """Remember the states once the group is durable."""
        self._cache.update(self._loaded | self._slots)
        self._cache.size = self.size
        if self.rows:
            self._cache.recorded_at = self.recorded_at

    def _load(self, streams: Collection[str]) -> None:
        whole: list[str] = []
        tails: list[str] = []
        loaded: dict[str, Slot] = {}
        for name in streams:
            kind = kind_of(name)
            (tails if kind.tail else whole).append(name)
            loaded[name] = _EMPTY[kind.name]
        try:
            found = self.transaction.streams(whole, tails)
        except Exception as error:  # The drivers have errors of their own; whichever it is, no job is at fault.
            raise OperationalError(str(error)) from error
        for name, rows in groupby(found, key=lambda row: row.stream):
            loaded[name] = fold(loaded[name], rows)
        self._loaded.update(loaded)

    def _row(self, pending: Pending, seq: int, cause: int | None, auth: dict[str, str]) -> Row:
        stream, version, event, meta = pending.stream, pending.version, pending.event, pending.meta
        topic = wire.TOPICS[type(event)]
        entry = wire.seal(
            wire.Entry(
                actor=meta.actor,
                agg=stream,
                auth=auth,
                cause=cause,
                data=event,
                eff=meta.on,
                occ=meta.occurred_at,
                rec=self.recorded_at,
                seq=seq,
                type=topic,
                v=1,
                ver=version,
            )
        )
        if len(entry) > wire.MAX_ENTRY:
            raise EntryTooLarge(pointer="", topic=topic, size=len(entry))
        return Row(stream, version, topic, entry)


def kind_of(stream: str) -> Kind[Any, Any]:
    """The kind that a stream's name begins with."""
    return BY_NAME[stream.partition("/")[0]]


def is_storable(stream: str) -> bool:
    """Whether every store can hold a stream of this name."""
    return stream.partition("/")[0] in BY_NAME and len(stream) <= MAX_NAME and stream.isprintable()


def fold(slot: Slot, rows: Iterable[Row]) -> Slot:
    """A stream brought forward by stored events."""
    version, state, last_on = slot.version, slot.state, slot.last_on
    for row in rows:
        kind = kind_of(row.stream)
        entry = wire.decode(row.topic, row.entry)
        state = kind.evolve(state, entry.data)
        version = row.version
        last_on = max(last_on, entry.eff)
    return Slot(version, state, last_on)
