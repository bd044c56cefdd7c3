"""Records of a text file, streamed: bounded in length, each with its line number and its own bytes."""

from collections import deque
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

from vouchers.refusals import Malformed

LONGEST: Final = 65_536  # bytes of a record
MOST_LINES: Final = 40  # lines of one record, where quoted cells hold line ends
_BLOCK: Final = 1 << 20


class RecordTooLong(Malformed):
    """The record is longer than 65,536 bytes, or a quotation mark in it is never closed."""


class Record(NamedTuple):
    """One record: the line it begins on (from 1), the byte it begins at, and its bytes without the line end."""

    line: int
    at: int
    raw: bytes
    whole: bool = True


class Lines:
    """The records of a binary stream; a record that is too long comes cut short, with `whole` false."""

    def __init__(self, stream: IO[bytes], *, quoted: bool) -> None:
        """Begin at the stream's position; `quoted` joins lines whose quotation marks are still open."""
        self._stream = stream
        self._quoted = quoted
        self._again: deque[tuple[int, int, bytes]] = deque()
        self._line = 0
        self._at = stream.tell()

    def __iter__(self) -> Iterator[Record]:
        """Every record that is not blank, in order."""
        while (first := self._next()) is not None:
            line, at, raw = first
            if len(raw) > LONGEST:
                yield Record(line, at, raw[:LONGEST], whole=False)
            elif self._quoted and raw.count(b'"') % 2:
                yield self._joined(first)
            elif raw.strip():
                yield Record(line, at, raw.rstrip(b"\r\n"))

    def _next(self) -> tuple[int, int, bytes] | None:
        if self._again:
            return self._again.popleft()
        raw = self._stream.readline(LONGEST + 1)
        if not raw:
            return None
        self._line += 1
        at = self._at
        self._at += len(raw)
        if len(raw) > LONGEST and not raw.endswith(b"\n"):
            self._skip()
        return self._line, at, raw

    def _skip(self) -> None:
        """Pass over the rest of an endless line, a block at a time."""
        while block := self._stream.readline(_BLOCK):
            self._at += len(block)
            if block.endswith(b"\n"):
                return

    def _joined(self, first: tuple[int, int, bytes]) -> Record:
        """A record whose quoted cells hold line ends; where no end is found, its first line alone, as a fault."""
        parts = [first]
        size = len(first[2])
        while len(parts) < MOST_LINES and size <= LONGEST:
            following = self._next()
            if following is None:
                break
            parts.append(following)
            size += len(following[2])
            if following[2].count(b'"') % 2:
                if size > LONGEST:
                    break
                return Record(first[0], first[1], b"".join(part[2] for part in parts).rstrip(b"\r\n"))
        self._again.extendleft(reversed(parts[1:]))
        return Record(first[0], first[1], first[2].rstrip(b"\r\n"), whole=False)
