"""Where a replay reads a log: from the store of an installation, or from the lines of an events.jsonl."""

import mmap
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from vouchers import wire
from vouchers.kinds import BY_NAME
from vouchers.ledger import open_recorder
from vouchers.ledger.recorder import PAGE, LogRecorder, Row
from vouchers.refusals import Malformed
from vouchers.wire import Entry

EVENTS: Final = "events.jsonl"
STORES: Final = ("sqlite:", "postgresql:", "postgres:")
_REDACTED: Final = b'{"redacted":"'


class LogNotReadable(Malformed):
    """This is not a log: each line of an events.jsonl is one entry, in the order of their numbers from 0 on."""

    remedy = "Name the folder of a bundle, its events.jsonl, or a data folder with --data."


class Source(Protocol):
    """A log that is read from its beginning or from the middle, and stream by stream."""

    def size(self) -> int:
        """The number of entries."""

    def entries(self, start: int, stop: int) -> Iterator[Entry[Any]]:
        """The entries with start <= seq < stop, in order; redacted lines, which have nothing but a leaf, left out."""

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`, in order; of a tail kind the last one."""

    def close(self) -> None:
        """Give the log up."""


def open_source(address: str) -> Source:
    """Open a log by the address of its store, or by the path of an events.jsonl or of the folder that holds one."""
    if address.startswith(STORES):
        return Store(open_recorder(address))
    path = Path(address)
    return Lines(path / EVENTS if path.is_dir() else path)


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
        for first in range(start, stop, PAGE):
            for row in self._recorder.rows(first, min(first + PAGE, stop)):
                yield wire.decode(row.topic, row.entry)

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`; of a tail kind the last one."""
        rows = self._recorder.stream(name)
        rows = rows[: bisect_left(rows, before, key=_seq_of)]
        if BY_NAME[name.partition("/")[0]].tail:
            rows = rows[-1:]
        return [wire.decode(row.topic, row.entry) for row in rows]

    def close(self) -> None:
        """Give up all connections."""
        self._recorder.close()


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
        self._streams: dict[bytes, array[int]] = {}
        self._indexed = 0

    def size(self) -> int:
        """The number of lines."""
        return len(self._begins) - 1

    def entries(self, start: int, stop: int) -> Iterator[Entry[Any]]:
        """The entries of the lines from `start` to `stop`; a line that is no entry is named."""
        for number in range(start, stop):
            entry = self._entry(number)
            if entry is not None:
                yield entry

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`; of a tail kind the last one."""
        self._index(before)
        numbers = self._streams.get(name.encode(), array("Q"))
        numbers = numbers[: bisect_left(numbers, before)]
        if BY_NAME[name.partition("/")[0]].tail:
            numbers = numbers[-1:]
        return [entry for entry in map(self._entry, numbers) if entry is not None]

    def close(self) -> None:
        """Give the file up."""
        self._map.close()

    def _line(self, number: int) -> bytes:
        return self._map[self._begins[number] : self._begins[number + 1] - 1]

    def _entry(self, number: int) -> Entry[Any] | None:
        line = self._line(number)
        if line.startswith(_REDACTED):
            return None
        # The stored name is the last member but two; no text can hold its quotation marks unescaped.
        topic = line[line.rfind(b'"type":"') + 8 :].partition(b'"')[0]
        try:
            entry = wire.decode(topic.decode(), line)
        except (ValueError, wire.UnknownEvent) as fault:
            raise LogNotReadable(f"Line {number + 1:,} is no entry of a log.", pointer="/log") from fault
        if entry.seq != number:
            detail = f"Line {number + 1:,} holds the entry of number {entry.seq:,}, and not {number:,}."
            raise LogNotReadable(detail, pointer="/log")
        return entry

    def _index(self, before: int) -> None:
        """Note which lines each stream has, up to a line."""
        for number in range(self._indexed, before):
            line = self._line(number)
            name = line[line.find(b'","agg":"') + 9 :].partition(b'"')[0]
            self._streams.setdefault(name, array("Q")).append(number)
        self._indexed = max(self._indexed, before)


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
