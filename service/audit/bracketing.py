"""Between which two outside times an event was written, whatever this installation's clock said."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, NamedTuple

from vouchers.days import instant_of, microseconds_of

SECOND: Final = 1_000_000  # microseconds
TOLERANCE: Final = 5 * SECOND  # that honest clocks may differ by


class Vouched(NamedTuple):
    """A size of the log that outsiders vouched for at these instants, and the entry that recorded it, if one did."""

    size: int
    times: tuple[str, ...]
    seq: int | None = None


class Bracket(NamedTuple):
    """An entry was written after one instant and before another; an open side is empty.

    `anchor` is the entry before it that records the earlier instant, `size` the size that was vouched for at the later.
    """

    seq: int
    not_before: str = ""
    not_after: str = ""
    anchor: int | None = None
    size: int | None = None

    def fault(self, recorded: str) -> str:
        """What speaks against an entry having been recorded when it says, in a sentence; empty where nothing does."""
        told = microseconds_of(recorded)
        if self.not_before and told < microseconds_of(self.not_before) - TOLERANCE:
            return (
                f"Entry {self.seq:,} says that it was recorded at {recorded}, and it follows entry {self.anchor:,}, "
                f"which holds what a witness signed at {self.not_before}."
            )
        if self.not_after and told > microseconds_of(self.not_after) + TOLERANCE:
            return (
                f"Entry {self.seq:,} says that it was recorded at {recorded}, and a witness had vouched for "
                f"{self.size:,} entries, this one among them, at {self.not_after}."
            )
        return ""


class Brackets:
    """The brackets of all entries of a log.

    An entry that follows a recorded cosignature was written after it, because nobody can foretell a signature; an entry
    that is among those that were vouched for was written before. Where several vouched, the widest time is taken: it
    holds as long as the clock of one of them is right.
    """

    def __init__(self, vouched: Iterable[Vouched]) -> None:
        """Take what outsiders vouched for, in the order of the log; whoever brings it has verified it."""
        known = [each for each in vouched if each.times]
        recorded = [(each.seq, min(each.times)) for each in known if each.seq is not None]
        self._seqs = [seq for seq, _ in recorded]
        self._earliest = [*accumulate(recorded, _later)]
        by_size = sorted((each.size, _end(max(each.times))) for each in known)
        self._sizes = [size for size, _ in by_size]
        self._latest = [*accumulate(reversed(by_size), _earlier)][::-1]

    def of(self, seq: int) -> Bracket:
        """The bracket of an entry."""
        before, after = bisect_left(self._seqs, seq) - 1, bisect_right(self._sizes, seq)
        anchor, not_before = self._earliest[before] if before >= 0 else (None, "")
        size, not_after = self._latest[after] if after < len(self._latest) else (None, "")
        return Bracket(seq, not_before, not_after, anchor, size)


def _later(one: tuple[int, str], other: tuple[int, str]) -> tuple[int, str]:
    return max(one, other, key=lambda each: each[1])


def _earlier(one: tuple[int, str], other: tuple[int, str]) -> tuple[int, str]:
    return min(one, other, key=lambda each: each[1])


def _end(instant: str) -> str:
    """The end of the second that a cosignature states: it was made within it."""
    return instant_of(microseconds_of(instant) // SECOND * SECOND + SECOND)
