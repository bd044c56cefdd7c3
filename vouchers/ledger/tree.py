"""The tree over the log, read from its stored rows: a leaf per entry, a node per 256^k leaves, one frontier.

An append writes them in the transaction of its entries, so the tree has the size of the log at every moment.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from vouchers.merkle import (
    STEP,
    Frontier,
    consistency_proof,
    inclusion_proof,
    root_of,
    split,
    tree_head,
)
from vouchers.refusals import NotFound, Unavailable

TILE = 1 << STEP
FILLED_AT_ONCE = 5_000
TOLD_EACH = 20 * FILLED_AT_ONCE

_log = logging.getLogger("vouchers.ledger")


class LeafNotInLog(NotFound):
    """The log has no entry of this number yet."""

    remedy = "Ask for a number below the size of the tree."


class SizeNotReached(NotFound):
    """The log never had this size."""

    remedy = "Ask for a size up to the present one."


class LogCut(Unavailable):
    """The log is shorter than its tree: entries were removed from its end, and nothing is written behind the gap."""

    remedy = (
        "Stop the service, keep the database as evidence, and restore a backup; `vouchers doctor` says what is missing."
    )


class TreeDamaged(Unavailable):
    """The stored rows of the tree do not fit together: somebody changed them past the service."""

    remedy = (
        "Stop the service, keep the database as evidence, and restore a backup; `vouchers doctor` says what is wrong."
    )


class Filling(Protocol):
    """A write transaction that can give leaves to entries without any."""

    def fill(self, limit: int) -> int:
        """Give leaves to at most `limit` entries that have none; how many it were."""


class Stored(Protocol):
    """Where the rows of a tree are."""

    def size(self) -> int:
        """The number of entries."""

    def write(self) -> AbstractContextManager[Filling]:
        """Take the write lock, and commit at the end unless an exception passes."""

    def frontier(self) -> Frontier:
        """The tree as the last append left it."""

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Stored hashes of perfect subtrees of 2^level leaves, start <= index < stop, in order."""


class Tree:
    """The tree over a log at any size that it ever had; each answer reads a few hundred rows at most."""

    def __init__(self, stored: Stored) -> None:
        """Read from these rows."""
        self._stored = stored

    def size(self) -> int:
        """The number of leaves."""
        return self._stored.frontier().size

    def root(self, size: int | None = None) -> bytes:
        """The root now, or when the log had `size` entries; raises SizeNotReached."""
        frontier = self._stored.frontier()
        if size is None or size == frontier.size:
            return frontier.root()
        return tree_head(0, _within(size, frontier.size), Tiles(self._stored).subtree)

    def head(self) -> tuple[int, bytes]:
        """The present size and its root, of one moment."""
        frontier = self._stored.frontier()
        return frontier.size, frontier.root()

    def leaf(self, seq: int) -> bytes:
        """The leaf of one entry; raises LeafNotInLog."""
        found = self.leaves(seq, seq + 1)
        if not found:
            raise LeafNotInLog(f"The log has no entry {seq:,}.")
        return found[0]

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """The leaves with start <= seq < stop, as far as there are any."""
        return self.hashes(0, start, stop)

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """The stored hashes of a level (0, 8, 16, ...) with start <= index < stop, as far as there are any."""
        if level % STEP:
            raise ValueError(f"level {level} is not stored")
        return self._stored.hashes(level, max(start, 0), max(stop, 0))

    def inclusion(self, seq: int, size: int | None = None) -> list[bytes]:
        """The proof that an entry is in the tree of `size` entries; raises LeafNotInLog, SizeNotReached."""
        size = self._reached(size)
        if not 0 <= seq < size:
            raise LeafNotInLog(f"A log of {size:,} entries has no entry {seq:,}.")
        return inclusion_proof(seq, size, Tiles(self._stored).subtree)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the log only grew from `old` to `new` entries, empty from 0; raises SizeNotReached."""
        new = self._reached(new)
        if _within(old, new) == 0:
            return []
        return consistency_proof(old, new, Tiles(self._stored).subtree)

    def _reached(self, size: int | None) -> int:
        present = self.size()
        return present if size is None else _within(size, present)


class Tiles:
    """Perfect subtrees of any level made from stored ones: a read brings 256 hashes, and is made once."""

    def __init__(self, stored: Stored) -> None:
        """Begin with nothing read."""
        self._stored = stored
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of the perfect subtree of 2^level leaves."""
        above = level % STEP
        first = index << above
        tile, inside = divmod(first, TILE)
        hashes = self._tile(level - above, tile)[inside : inside + (1 << above)]
        if len(hashes) != 1 << above:
            raise TreeDamaged(f"The tree lacks rows of level {level - above} behind {first + len(hashes):,}.")
        return root_of(hashes)

    def _tile(self, level: int, tile: int) -> list[bytes]:
        found = self._read.get((level, tile))
        if found is None:
            found = self._stored.hashes(level, tile * TILE, (tile + 1) * TILE)
            self._read[level, tile] = found
        return found


def frontier_of(row: Sequence[Any] | None) -> Frontier:
    """The tree of a stored row of size and hashes, empty where there is none; raises TreeDamaged."""
    if row is None or row[0] is None:
        return Frontier()
    try:
        return Frontier(row[0], split(row[1]))
    except ValueError as fault:
        raise TreeDamaged(f"The last row of the tree cannot be right: {fault}.") from fault


def fill(stored: Stored) -> int:
    """Give leaves to the entries of an old log, a page in each transaction, so that it can go on where it stopped."""
    filled = 0
    while (done := stored.frontier().size) < (size := stored.size()):
        # Of a large log this takes minutes, once, before anything else is heard of it.
        if size - done > FILLED_AT_ONCE and filled % TOLD_EACH == 0:
            _log.warning("The log is from before it had a tree: %s of %s entries have a leaf", f"{done:,}", f"{size:,}")
        with stored.write() as transaction:
            filled += transaction.fill(FILLED_AT_ONCE)
    return filled


def missing(frontier: Frontier, size: int, limit: int) -> tuple[int, int]:
    """The entries without a leaf, first and end, at most `limit`; raises LogCut where a leaf has no entry."""
    if frontier.size > size:
        raise LogCut(f"The log ends at {size:,}, and its tree has {frontier.size:,} leaves.")
    return frontier.size, min(size, frontier.size + limit)


def _within(size: int, present: int) -> int:
    if not 0 <= size <= present:
        raise SizeNotReached(f"The tree has {present:,} leaves, and never had {size:,}.")
    return size
