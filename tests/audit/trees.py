"""Logs of any size for tests of the tree, and ways into their stores past the service."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from vouchers.ledger.recorder import LogRecorder, Row
from vouchers.merkle import Frontier, leaf_hash, root_of

STREAMS = 97
PAGE = 5_000
TREE = ("audit_leaf", "audit_node", "audit_frontier")


def row(seq: int) -> Row:
    """Return the entry of a made-up log; its bytes are of no kind, for the tree asks for none."""
    return Row(f"enterprise/{seq % STREAMS}", seq // STREAMS + 1, "enterprise.CreditTierChanged", b'{"seq":%d}' % seq)


def grow(recorder: LogRecorder, size: int, page: int = PAGE) -> None:
    """Let the made-up log grow to a size, a page in each transaction."""
    start = recorder.size()
    while start < size:
        stop = min(start + page, size)
        with recorder.write() as transaction:
            transaction.insert([row(seq) for seq in range(start, stop)])
        start = stop


class Reference:
    """The tree of the made-up log in memory: every level whole, nothing stored, nothing shared with what is tested."""

    def __init__(self, size: int) -> None:
        self.levels = [[leaf_hash(row(seq).entry) for seq in range(size)]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([root_of(below[at : at + 2]) for at in range(0, len(below) // 2 * 2, 2)])

    def subtree(self, level: int, index: int) -> bytes:
        return self.levels[level][index]


def pairs(size: int, count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yield random sizes 0 < old <= new of a log, with the ones at the edges of tiles among them."""
    edges = [n for n in (1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, size - 1, size) if 0 < n <= size]
    yield from ((old, new) for new in edges for old in edges if old <= new)
    chance = random.Random(seed)
    for _ in range(count):
        new = chance.randint(1, size)
        yield chance.randint(1, new), new


def made_anew(recorder: LogRecorder) -> tuple[int, bytes]:
    """Return size and root that the entries of a log make, read one by one."""
    frontier = Frontier()
    for start in range(0, recorder.size(), PAGE):
        frontier.extend(leaf_hash(each.entry) for each in recorder.rows(start, start + PAGE))
    return frontier.size, frontier.root()


def check_whole(recorder: LogRecorder) -> int:
    """Check that leaves, nodes and frontier are those of the entries; the size."""
    frontier, size = Frontier(), recorder.size()
    leaves = [leaf_hash(each.entry) for each in recorder.rows(0, size)]
    nodes = frontier.extend(leaves)
    assert recorder.hashes(0, 0, size + 1) == leaves
    for level in (8, 16):
        assert recorder.hashes(level, 0, size) == [node for at, _, node in nodes if at == level]
    assert (recorder.frontier().size, recorder.frontier().root()) == (size, frontier.root())
    return size


@contextmanager
def inside(url: str) -> Iterator[Any]:
    """Open the store of a log as its administrator would, past the service."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:"), isolation_level=None)) as connection:
            yield connection
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


def events_of(url: str) -> str:
    """Return the name of the table of the log."""
    return "stored_events" if url.startswith("sqlite:") else "log_events"


def forget_the_tree(url: str, tables: Sequence[str] = TREE) -> None:
    """Take tables of the tree away with all guards; of all three, the log is what it was before it had a tree."""
    with inside(url) as store:
        if url.startswith("sqlite:"):
            names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
            for name in names:
                store.execute(f"DROP TRIGGER {name}")
        for table in tables:
            store.execute(f"DROP TABLE {table}")
        if not url.startswith("sqlite:"):
            for name in ("audit_entry_insert", "audit_entry_change", "audit_entry_truncate"):
                store.execute(f"DROP TRIGGER {name} ON log_events")
