"""The exact bytes of a log's entries, from an installation or from the events.jsonl of a bundle, with size and root."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final, NamedTuple, Protocol
from zipfile import BadZipFile, ZipFile

from vouchers.erasure.events import EntryRedacted
from vouchers.ledger import Ledger
from vouchers.merkle import Frontier
from vouchers.refusals import Malformed
from vouchers.wire import TOPICS, decode, leaf_hash, redacted_leaf

EVENTS: Final = "events.jsonl"
_PAGE: Final = 2_000
_LONGEST: Final = 65_535 + 64  # bytes of a line
_BATCH: Final = 5_000
_REDACTED: Final = b'{"redacted":"'
_ORDER: Final = b'"type":"erasure.EntryRedacted"'  # its quotation marks are escaped where a text holds it


class LogFileFaulty(Malformed):
    """This is not a log: each line of an events.jsonl is one entry."""

    remedy = "Name a bundle, as a folder or a ZIP file, or its events.jsonl."


class Log(Protocol):
    """A log as it is at one size."""

    @property
    def size(self) -> int:
        """How many entries it has."""

    def root(self) -> str:
        """The root of the Merkle tree over all entries, in hexadecimal digits."""

    def entries(self) -> Iterator[bytes]:
        """Every entry's bytes in order, without a newline; of a redacted one what the log says is left of it."""


class Stored(NamedTuple):
    """The log of an installation up to a size."""

    ledger: Ledger
    size: int

    def root(self) -> str:
        """The root from the stored tree."""
        return self.ledger.tree.root(self.size).hex()

    def entries(self) -> Iterator[bytes]:
        """Every entry, read in pages."""
        for start in range(0, self.size, _PAGE):
            for row in self.ledger.rows(start, min(start + _PAGE, self.size)):
                yield row.entry


class Lines:
    """The first lines of an events.jsonl, all of them where no size is named; a bundle is a folder or a ZIP file."""

    def __init__(self, path: Path, size: int | None = None) -> None:
        """Count the lines of a file, or of the file in a bundle."""
        self._path = path / EVENTS if path.is_dir() else path
        self._left: dict[tuple[int, str], bytes] = {}
        present = 0
        with self._opened() as file:
            for present, line in enumerate(file, 1):
                if _ORDER in line:
                    self._note(present, line)
        self.size = present if size is None else size
        if self.size > present:
            raise LogFileFaulty(f"It has {present:,} entries.", pointer="/size", remedy="Name a smaller size.")

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            if self._path.suffix != ".zip":
                with self._path.open("rb") as file:
                    yield file
                return
            with ZipFile(self._path) as archive, archive.open(EVENTS) as file:
                yield file
        except (OSError, BadZipFile, KeyError, zlib.error) as fault:
            said = fault.strerror if isinstance(fault, OSError) else fault
            raise LogFileFaulty(f"{self._path} cannot be read: {said}.", pointer="/log") from fault

    def _note(self, number: int, line: bytes) -> None:
        """What a redaction that the log orders left of an entry."""
        try:
            event: EntryRedacted = decode(TOPICS[EntryRedacted], line).data
        except ValueError as fault:
            raise LogFileFaulty(f"Line {number:,} is no entry of a log.", pointer="/log") from fault
        self._left[event.seq, event.leaf_hash] = event.left.encode()

    def root(self) -> str:
        """The root over the lines."""
        frontier, lines = Frontier(), self._lines()
        while leaves := [leaf_of(line) for line in islice(lines, _BATCH)]:
            frontier.extend(leaves)
        return frontier.root().hex()

    def entries(self) -> Iterator[bytes]:
        """Every line without its end; in the place of a redacted one, what the log says is left of it."""
        for number, line in enumerate(self._lines()):
            told = _told(line)
            yield self._left.get((number, told), line) if told else line

    def _lines(self) -> Iterator[bytes]:
        """Every line without its end."""
        with self._opened() as file:
            for number in range(self.size):
                line = file.readline(_LONGEST)
                if not line.endswith(b"\n"):
                    raise LogFileFaulty(f"Line {number + 1:,} does not end, or is too long.", pointer="/log")
                if not line.startswith(_REDACTED) and _told(line):
                    # Its leaf could not be told from its bytes: a redacted entry is handed out as its leaf alone.
                    raise LogFileFaulty(f"Line {number + 1:,} tells a leaf of its own.", pointer="/log")
                yield line[:-1]


def leaf_of(line: bytes) -> bytes:
    """The leaf of an entry; one that was redacted says what its leaf is, alone or beside what was left of it."""
    try:
        return leaf_hash(line)
    except ValueError as fault:
        raise LogFileFaulty("A line is no entry of a log.", pointer="/log") from fault


def _told(line: bytes) -> str | None:
    try:
        return redacted_leaf(line)
    except ValueError as fault:
        raise LogFileFaulty("A line is no entry of a log.", pointer="/log") from fault
