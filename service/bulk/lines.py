"""The lines of a batch as they come in: bounded in length, number and time."""

import time
from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple

from vouchers.refusals import Refused

LONGEST: Final = 65_536  # bytes of a line
_BLOCK: Final = 1 << 16
_MARK: Final = b"\xef\xbb\xbf"


class LineTooLong(Refused):
    """The line is longer than 65,536 bytes."""

    status = 413
    remedy = "Send less in it; documents are named by their digests."


class BatchTooLong(Refused):
    """The batch has more lines than may be sent at once; those before this one were done."""

    status = 413


class BatchTooSlow(Refused):
    """The batch took longer than it may; the lines before this one were done."""

    status = 408
    remedy = "Send the rest as a batch of its own, or all of it again with the same keys."


class Line(NamedTuple):
    """One line: its number (from 1) and its bytes without the line end; one that is too long is not `whole`."""

    number: int
    raw: bytes
    whole: bool = True


class Lines:
    """Every line of a stream that is not blank; `number` is that of the last one that was read, blank or not."""

    def __init__(self, stream: IO[bytes], most: int, seconds: int, now: Callable[[], float] = time.monotonic) -> None:
        """Read at most so many lines for so many seconds."""
        self.number = 0
        self._stream = stream
        self._most = most
        self._now = now
        self._until = now() + seconds

    def __iter__(self) -> Iterator[Line]:
        """Every line in order; raises BatchTooLong or BatchTooSlow, or what the stream raises."""
        while raw := self._stream.readline(LONGEST + 1):
            if self._now() > self._until:
                raise BatchTooSlow
            if self.number == self._most:
                raise BatchTooLong(remedy=f"Send at most {self._most:,} lines, and the rest as a batch of its own.")
            self.number += 1
            if len(raw) > LONGEST and not raw.endswith(b"\n"):
                self._skip()
                yield Line(self.number, b"", whole=False)
            elif bare := self._bare(raw):
                yield Line(self.number, bare)

    def _bare(self, raw: bytes) -> bytes:
        """A line without blanks around it, and without the mark that some programs begin a file with."""
        return (raw.removeprefix(_MARK) if self.number == 1 else raw).strip()

    def _skip(self) -> None:
        """Pass over the rest of an endless line, a block at a time."""
        while (block := self._stream.readline(_BLOCK)) and not block.endswith(b"\n"):
            if self._now() > self._until:
                raise BatchTooSlow
