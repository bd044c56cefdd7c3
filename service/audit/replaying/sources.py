"""Where a replay reads a log: from the store of an installation, or from the lines of an events.jsonl."""

import mmap
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from heapq import nsmallest
from itertools import islice
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol
from zipfile import BadZipFile, ZipFile, is_zipfile

from vouchers import wire
from vouchers.erasure.events import EntryRedacted
from vouchers.kinds import BY_NAME
from vouchers.ledger import Ledger, Tree, open_recorder
from vouchers.ledger.recorder import PAGE, LogRecorder, Row
from vouchers.merkle import Frontier
from vouchers.refusals import Malformed
from vouchers.wire import Entry

EVENTS: Final = "events.jsonl"
LARGEST: Final = 64 * 2**30  # bytes of the events of a packed bundle
STORES: Final = ("sqlite:", "postgresql:", "postgres:")
_REDACTED: Final = b'{"redacted":"'
_REDACTED_ANYWHERE: Final = b'"redacted":"'
LONGEST: Final = wire.MAX_ENTRY + 64  # bytes of a line
_ORDERED: Final = wire.TOPICS[EntryRedacted]


class LogNotReadable(Malformed):
    """This is not a log: each line of an events.jsonl is one entry, in the order of their numbers from 0 on."""

    remedy = "Name a bundle, its events.jsonl, or a data folder with --data."


class Source(Protocol):
    """A log that is read from its beginning or from the middle, by entry, by stored row, and by stream."""

    def size(self) -> int:
        """The number of entries."""

    def entries(self, start: int, stop: int) -> Iterator[Entry[Any]]:
        """The entries with start <= seq < stop, in order; lines that have nothing but a leaf left out."""

    def told(self, start: int, stop: int) -> Iterator[tuple[Entry[Any], bytes]]:
        """As `entries`, each with its bytes."""

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """Stored rows with start <= seq < stop, in order, without those of some stored names."""

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries, in order; of a redacted one what the log says is left of it, else its leaf alone."""

    def root(self, size: int) -> bytes:
        """The root of the Merkle tree over the first so many entries."""

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """So many names of streams that begin so, in order, behind one of them."""

    def begun(self, before: int) -> Iterator[str]:
        """The streams of the entries with a number below `before`, some more than once."""

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`, in order; of a tail kind the last one."""

    def history(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """Every entry of one stream with a number below `before`, in order."""

    def close(self) -> None:
        """Give the log up."""


def open_source(address: str) -> Source:
    """Open a log by the address of its store, or by the path of an events.jsonl or of the folder that holds one."""
    if address.startswith(STORES):
        return Store(open_recorder(address))
    path = Path(address)
    return Lines(path / EVENTS if path.is_dir() else path)


@contextmanager
def opened(address: str) -> Iterator[Source]:
    """A log by its address, or by a bundle, packed or not, or its events.jsonl; given up at the end."""
    with unpacked(address) as found, closing(open_source(found)) as source:
        yield source


@contextmanager
def unpacked(address: str) -> Iterator[str]:
    """The address to open a log by: of a packed bundle that of its events, unpacked; of anything else its own."""
    if address.startswith(STORES) or not is_zipfile(address):
        yield address
        return
    with TemporaryDirectory(prefix="vouchers-bundle-") as folder:
        path = Path(folder) / EVENTS
        try:
            _unpack(address, path)
        except (BadZipFile, RuntimeError, zlib.error) as fault:
            raise LogNotReadable(f"{address} is broken: {fault}.", pointer="/log") from fault
        yield str(path)


def _unpack(address: str, path: Path) -> None:
    with ZipFile(address) as archive:
        name = next((each for each in archive.namelist() if PurePosixPath(each).name == EVENTS), "")
        if not name or archive.getinfo(name).file_size > LARGEST:
            raise LogNotReadable(f"{address} holds no {EVENTS} of a bundle.", pointer="/log")
        with archive.open(name) as packed, path.open("wb") as file:
            copyfileobj(packed, file)


class Store:
    """The log of an installation, read through its own recorder."""

    def __init__(self, recorder: LogRecorder) -> None:
        """Read what this recorder holds."""
        self._recorder = recorder

    def size(self) -> int:
        """The number of entries."""
        return self._recorder.size()

    def entries(self, start: int, stop: int) -> Iterator[Entry[Any]]:
        """The entries with start <= seq < stop, read in pages."""
        return (entry for entry, _ in self.told(start, stop))

    def told(self, start: int, stop: int) -> Iterator[tuple[Entry[Any], bytes]]:
        """The entries with their bytes, read in pages."""
        for first in range(start, stop, PAGE):
            for row in self._recorder.rows(first, min(first + PAGE, stop)):
                yield wire.decode(row.topic, row.entry), row.entry

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """Stored rows with start <= seq < stop, in order, without those of some stored names."""
        return self._recorder.rows(start, stop, without)

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries, read in pages."""
        for first in range(start, stop, PAGE):
            yield from (row.entry for row in self._recorder.rows(first, min(first + PAGE, stop)))

    def root(self, size: int) -> bytes:
        """The root from the stored tree."""
        return Tree(self._recorder).root(size)

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """So many names of streams that begin so, in order, behind one of them."""
        return self._recorder.names(prefix, after, limit)

    def begun(self, before: int) -> Iterator[str]:
        """The streams of the rows before a number."""
        for first in range(0, before, PAGE):
            yield from [row.stream for row in self._recorder.rows(first, min(first + PAGE, before))]

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`; of a tail kind the last one."""
        rows = self._rows_of(name, before)
        return _decoded(rows[-1:] if _is_tail(name) else rows)

    def history(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """Every entry of one stream with a number below `before`, in order."""
        return _decoded(self._rows_of(name, before))

    def _rows_of(self, name: str, before: int) -> list[Row]:
        rows = self._recorder.stream(name)
        return rows[: bisect_left(rows, before, key=_seq_of)]

    def close(self) -> None:
        """Give up all connections."""
        self._recorder.close()


class Opened:
    """The log of a service that runs, read through its ledger; whoever opened the ledger closes it."""

    def __init__(self, ledger: Ledger) -> None:
        """Read what this ledger holds."""
        self._ledger = ledger

    def size(self) -> int:
        """The number of entries."""
        return self._ledger.size()

    def entries(self, start: int, stop: int) -> Iterator[Entry[Any]]:
        """The entries with start <= seq < stop."""
        return self._ledger.entries(start, stop)

    def told(self, start: int, stop: int) -> Iterator[tuple[Entry[Any], bytes]]:
        """The entries with their bytes, read in pages."""
        for first in range(start, stop, PAGE):
            for row in self._ledger.rows(first, min(first + PAGE, stop)):
                yield wire.decode(row.topic, row.entry), row.entry

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """Stored rows with start <= seq < stop, in order, without those of some stored names."""
        return self._ledger.rows(start, stop, without)

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries, read in pages."""
        for first in range(start, stop, PAGE):
            yield from (row.entry for row in self._ledger.rows(first, min(first + PAGE, stop)))

    def root(self, size: int) -> bytes:
        """The root from the stored tree."""
        return self._ledger.tree.root(size)

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """So many names of streams that begin so, in order, behind one of them."""
        return self._ledger.names(prefix, after, limit)

    def begun(self, before: int) -> Iterator[str]:
        """The streams of the rows before a number."""
        for first in range(0, before, PAGE):
            yield from [row.stream for row in self._ledger.rows(first, min(first + PAGE, before))]

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`; of a tail kind the last one."""
        entries = self.history(name, before)
        return entries[-1:] if _is_tail(name) else entries

    def history(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """Every entry of one stream with a number below `before`, in order."""
        entries = self._ledger.history(name)
        return entries[: bisect_left(entries, before, key=lambda entry: entry.seq)]

    def close(self) -> None:
        """Leave the ledger open."""


def _decoded(rows: Sequence[Row]) -> list[Entry[Any]]:
    return [wire.decode(row.topic, row.entry) for row in rows]


def _is_tail(stream: str) -> bool:
    return BY_NAME[stream.partition("/")[0]].tail


def _seq_of(row: Row) -> int:
    return wire.decode(row.topic, row.entry).seq


class Lines:
    """The lines of an events.jsonl, which stay where they are: what is kept of each is where it begins."""

    def __init__(self, path: Path) -> None:
        """Open a file; its streams are looked up once one of them is asked for."""
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as fault:
            raise LogNotReadable(f"{path} cannot be read as a log.", pointer="/log") from fault
        self._begins = _beginnings(self._map)
        self._orders = {order.seq: order for order in self._ordered()}
        self._streams: dict[bytes, array[int]] = {}
        self._indexed = 0

    def size(self) -> int:
        """The number of lines."""
        return len(self._begins) - 1

    def entries(self, start: int, stop: int) -> Iterator[Entry[Any]]:
        """The entries of the lines from `start` to `stop`; a line that is no entry is named."""
        return (entry for entry, _ in self.told(start, stop))

    def told(self, start: int, stop: int) -> Iterator[tuple[Entry[Any], bytes]]:
        """The entries with their lines."""
        for number in range(start, stop):
            line = self._line(number)
            entry = self._read(number, line)
            if entry is not None:
                yield entry, line

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """The lines from `start` to `stop` as stored rows, without those of some stored names."""
        told = self.told(start, stop)
        return [Row(each.agg, each.ver, each.type, line) for each, line in told if each.type not in without]

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """The lines from `start` to `stop`; in the place of a redacted one, what the log says is left of it."""
        return map(self._line, range(start, stop))

    def root(self, size: int) -> bytes:
        """The root over the first so many lines."""
        frontier, lines = Frontier(), self.lines(0, size)
        while some := [*islice(lines, PAGE)]:
            frontier.extend([wire.leaf_hash(line) for line in some])
        return frontier.root()

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """So many names of streams that begin so, in order, behind one of them."""
        self._index(self.size())
        begin, behind = prefix.encode(), after.encode()
        found = (name for name in self._streams if name.startswith(begin) and name > behind)
        return [name.decode() for name in nsmallest(limit, found)]

    def begun(self, before: int) -> Iterator[str]:
        """The streams of the lines before a number."""
        self._index(before)
        return (name.decode(errors="replace") for name, numbers in self._streams.items() if numbers[0] < before)

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`; of a tail kind the last one."""
        numbers = self._numbers_of(name, before)
        return self._entries(numbers[-1:] if _is_tail(name) else numbers)

    def history(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """Every entry of one stream with a number below `before`, in order."""
        return self._entries(self._numbers_of(name, before))

    def close(self) -> None:
        """Give the file up."""
        self._map.close()

    def _line(self, number: int) -> bytes:
        """A line; of one that was redacted, what the log itself says is left of it."""
        begin, end = self._begins[number], self._begins[number + 1] - 1
        line = self._map[begin : min(end, begin + LONGEST + 1)]
        if len(line) > LONGEST:
            raise LogNotReadable(f"Line {number + 1:,} is too long for an entry.", pointer="/log")
        if _REDACTED_ANYWHERE not in line:
            return line
        order = self._orders.get(number)
        if order and line == b'{"redacted":"%b"}' % order.leaf_hash.encode():
            return order.left.encode()
        try:
            alone = line == wire.line_of(line)
        except ValueError as fault:
            raise LogNotReadable(f"Line {number + 1:,} is no entry of a log.", pointer="/log") from fault
        if not alone:
            # Its leaf would be its own word; a redacted entry is handed out as its leaf alone.
            raise LogNotReadable(f"Line {number + 1:,} tells a leaf of its own.", pointer="/log")
        return line

    def _entries(self, numbers: Sequence[int]) -> list[Entry[Any]]:
        found = (self._read(number, self._line(number)) for number in numbers)
        return [entry for entry in found if entry is not None]

    def _read(self, number: int, line: bytes) -> Entry[Any] | None:
        if line.startswith(_REDACTED):
            return None
        try:
            entry = wire.decode(_topic_of(line), line)
        except (ValueError, wire.UnknownEvent) as fault:
            raise LogNotReadable(f"Line {number + 1:,} is no entry of a log.", pointer="/log") from fault
        if entry.seq != number:
            detail = f"Line {number + 1:,} holds the entry of number {entry.seq:,}, and not {number:,}."
            raise LogNotReadable(detail, pointer="/log")
        return entry

    def _numbers_of(self, name: str, before: int) -> "array[int]":
        """The lines that a stream has before a line."""
        self._index(before)
        numbers = self._streams.get(name.encode(), array("Q"))
        return numbers[: bisect_left(numbers, before)]

    def _index(self, before: int) -> None:
        """Look up which stream each line before one belongs to."""
        for number in range(self._indexed, before):
            line = self._line(number)
            agg = line[line.find(b'","agg":"') + 9 :].partition(b'"')[0]
            self._streams.setdefault(agg, array("Q")).append(number)
        self._indexed = max(self._indexed, before)

    def _ordered(self) -> Iterator[EntryRedacted]:
        """The redactions that the log orders, where a line has nothing but a leaf."""
        if self._map[: len(_REDACTED)] != _REDACTED and self._map.find(b"\n" + _REDACTED) < 0:
            return
        for number in range(self.size()):
            line = self._map[self._begins[number] : self._begins[number + 1] - 1]
            if not line.startswith(_REDACTED) and _topic_of(line) == _ORDERED:
                try:
                    yield wire.decode(_ORDERED, line).data
                except ValueError as fault:
                    raise LogNotReadable(f"Line {number + 1:,} is no entry of a log.", pointer="/log") from fault


def _topic_of(line: bytes) -> str:
    """The stored name is the last member but two; no text can hold its quotation marks unescaped."""
    return line[line.rfind(b'"type":"') + 8 :].partition(b'"')[0].decode(errors="replace")


def _beginnings(lines: mmap.mmap) -> "array[int]":
    """Where each line begins, and where the last one ends; a last line must end as well."""
    begins = array("Q", [0])
    at = lines.find(b"\n")
    while at >= 0:
        begins.append(at + 1)
        at = lines.find(b"\n", at + 1)
    if begins[-1] != len(lines):
        raise LogNotReadable("The last line does not end.", pointer="/log")
    return begins
