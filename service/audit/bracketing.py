"""Between which two outside times an event was written, whatever this installation's clock said."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from vouchers.days import instant_of, microseconds_of

SECOND: Final = 1_000_000  # microseconds
LOOKED_AT: Final = 200  # that do not hold, before a side of a bracket is left open
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

    def __init__(
        self, vouched: Iterable[Vouched], times_of: Callable[[Vouched], tuple[str, ...]] | None = None
    ) -> None:
        """Take what outsiders vouched for, in the order of the log.

        `times_of` tells the times of one that holds, none of one that does not; it is asked for the nearest ones alone.
        """
        known = [*vouched]
        self._recorded = [each for each in known if each.seq is not None]
        self._seqs = [each.seq for each in self._recorded if each.seq is not None]
        self._by_size = sorted(known, key=lambda each: each.size)
        self._sizes = [each.size for each in self._by_size]
        self._times_of = cache(times_of or (lambda each: each.times))

    def of(self, seq: int) -> Bracket:
        """The bracket of an entry."""
        before = bisect_left(self._seqs, seq)
        after = bisect_right(self._sizes, seq)
        earlier = self._first(self._recorded[place] for place in range(before - 1, -1, -1))
        later = self._first(self._by_size[place] for place in range(after, len(self._by_size)))
        return Bracket(
            seq,
            min(self._times_of(earlier)) if earlier else "",
            _end(max(self._times_of(later))) if later else "",
            earlier.seq if earlier else None,
            later.size if later else None,
        )

    def _first(self, vouched: Iterable[Vouched]) -> Vouched | None:
        """The first that holds and states a time, as far as is looked."""
        return next((each for each in islice(vouched, LOOKED_AT) if self._times_of(each)), None)


def _end(instant: str) -> str:
    """The end of the second that a cosignature states: it was made within it."""
    return instant_of(microseconds_of(instant) // SECOND * SECOND + SECOND)
