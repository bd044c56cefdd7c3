"""The log in memory, for tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent

from vouchers import wire
from vouchers.ledger.guards import RedactionNotOrdered
from vouchers.ledger.recorder import Row, to_rows
from vouchers.merkle import Frontier, leaf_hash


class MemoryLogRecorder:
    """A log in memory, with the write lock held for a whole transaction."""

    def __init__(self) -> None:
        """Begin with an empty log and the tree over it."""
        self._lock = RLock()
        self._rows: list[Row] = []
        self._places: dict[str, list[int]] = {}  # Where the rows of a stream are, version by version.
        self._tree = Frontier()
        self._hashes: dict[int, list[bytes]] = {}

    @contextmanager
    def write(self) -> Iterator["MemoryTransaction"]:
        """Hold the lock; rows appear all at once when the transaction ends well."""
        with self._lock:
            transaction = MemoryTransaction(self)
            yield transaction
            self._append(transaction.new)
            self._hashes.setdefault(0, []).extend(transaction.leaves)
            for level, _, node in self._tree.extend(transaction.leaves):
                self._hashes.setdefault(level, []).append(node)

    def _append(self, rows: Sequence[Row]) -> None:
        heads: dict[str, int] = {}
        for row in rows:
            if row.version != heads.get(row.stream, len(self._places.get(row.stream, ()))) + 1:
                raise IntegrityError(f"{row.stream} does not go on with version {row.version}")
            heads[row.stream] = row.version
        for place, row in enumerate(rows, len(self._rows)):
            self._places.setdefault(row.stream, []).append(place)
        self._rows += rows

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append in the library's form."""
        with self.write() as transaction:
            transaction.insert(to_rows(stored_events))
            return range(transaction.size + 1, transaction.size + 1 + len(stored_events))

    def size(self) -> int:
        """The number of entries."""
        return len(self._rows)

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """The rows with start <= seq < stop, in order, without those of some stored names."""
        with self._lock:
            found = self._rows[max(start, 0) : max(stop, 0)]
        return [row for row in found if row.topic not in without] if without else found

    def stream(self, name: str, after: int = 0) -> list[Row]:
        """The rows of one stream with a version above `after`, in order."""
        with self._lock:
            return [self._rows[place] for place in self._places.get(name, ())[after:]]

    def head(self, name: str) -> tuple[int, int]:
        """The version of one stream, and the position that its last row makes; twice 0 where it has none."""
        with self._lock:
            places = self._places.get(name)
            return (len(places), places[-1] + 1) if places else (0, 0)

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """The names of streams that begin with `prefix` and sort after `after`."""
        with self._lock:
            found = sorted(name for name in self._places if name.startswith(prefix) and name > after)
        return found[:limit]

    def frontier(self) -> Frontier:
        """The tree as the last append left it."""
        with self._lock:
            return Frontier(self._tree.size, self._tree.hashes)

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Stored hashes of perfect subtrees of 2^level leaves, start <= index < stop, in order."""
        with self._lock:
            return self._hashes.get(level, [])[start:stop]

    def unguarded(self) -> list[str]:
        """None: there is no store that another program could open."""
        return []

    def guard(self) -> None:
        """Nothing to set."""

    def redact(self, seq: int) -> bool:
        """Put what its EntryRedacted left of an entry in the entry's place. Raises RedactionNotOrdered."""
        with self._lock:
            orders = [row for row in self.stream(f"erasure/entry/{seq}") if row.topic == "erasure.EntryRedacted"]
            if not orders:
                raise RedactionNotOrdered(pointer="/seq")
            left: str = wire.parse(orders[0].entry)["data"]["left"]
            self._rows[seq] = self._rows[seq]._replace(entry=left.encode())
            return True

    def conditions(self) -> dict[str, str]:
        """Nothing lasts here."""
        return {"store": "memory"}

    def close(self) -> None:
        """Nothing is held open."""


class MemoryTransaction:
    """A write transaction on the log in memory."""

    def __init__(self, recorder: MemoryLogRecorder) -> None:
        """Begin at the log's present size."""
        self._recorder = recorder
        self.size = recorder.size()
        self.new: list[Row] = []
        self.leaves: list[bytes] = []

    def last_entry(self) -> bytes | None:
        """The newest entry, or nothing in an empty log."""
        rows = self.rows(self.size - 1, self.size)
        return rows[0].entry if rows else None

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows with start <= seq < stop, in order."""
        return self._recorder.rows(start, stop)

    def streams(self, whole: Sequence[str], tails: Sequence[str]) -> list[Row]:
        """All rows of the streams in `whole` and the last row of those in `tails`."""
        found = [row for name in whole for row in self._recorder.stream(name)]
        for name in tails:
            found += self._recorder.stream(name)[-1:]
        return found

    def insert(self, rows: Sequence[Row], leaves: Sequence[bytes] = ()) -> None:
        """Append rows when the transaction ends, each with its leaf: a given one, or that of its bytes."""
        self.new.extend(rows)
        self.leaves.extend(leaves or [leaf_hash(row.entry) for row in rows])

    def fill(self, _limit: int) -> int:
        """Nothing: a log in memory never was without leaves."""
        return 0
