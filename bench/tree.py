"""The tree: what leaf, frontier and guards add to a grouped append, and what a proof costs in a long log."""

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from eventsourcing.sqlite import SQLiteDatastore

from bench import report
from bench.world import CLIENTS, Client, Holder, Times, found, now, share, together
from vouchers.ledger import Ledger, Tree, open_recorder
from vouchers.ledger.recorder import LogRecorder, Row
from vouchers.ledger.sqlite import SQLiteLogRecorder, SQLiteTransaction
from vouchers.merkle import verify_consistency, verify_inclusion

PEOPLE = 80
STREAMS = 1_000
PAGE = 20_000


class Bare(SQLiteTransaction):
    """A transaction that appends rows alone, as the log did before it had a tree."""

    def insert(self, rows: Sequence[Row], leaves: Sequence[bytes] = ()) -> None:  # noqa: ARG002 - it has no tree
        """Append rows in one batch."""
        statement = "INSERT INTO stored_events VALUES (?,?,?,?,?)"
        self._cursor.executemany(statement, [(number, *row) for number, row in enumerate(rows, self.size + 1)])


class Treeless(SQLiteLogRecorder):
    """The same log without tree and guards."""

    def create_table(self) -> None:
        """Create the one table of the log."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self.create_table_statements[0])

    @contextmanager
    def write(self) -> Iterator[Bare]:
        """Write as the log does, with another kind of transaction."""
        with super().write() as transaction:
            yield Bare(transaction._cursor)  # noqa: SLF001 - of our own transaction


class Slice(NamedTuple):
    """A few orders of each client: what they saw, and the processor time of a command in microseconds."""

    times: Times
    cpu: float


def play(ledger: Ledger, people: Sequence[Holder], turn: int, orders: int) -> Slice:
    """Let 8 clients redeem for a moment."""
    clients = [Client(ledger, turn * CLIENTS + number, share(people, number)) for number in range(CLIENTS)]
    gc.collect()
    began = time.process_time()
    times = together([partial(client.redeem_orders, orders) for client in clients])
    return Slice(times, (time.process_time() - began) / len(times.latencies) * 1e6)


def treeless(path: Path) -> Treeless:
    """A new log without tree."""
    recorder = Treeless(SQLiteDatastore(str(path), originator_id_type="text"))
    recorder.create_table()
    return recorder


def appends(quick: bool) -> list[bool]:
    """Measure the redeem path with and without tree, in turns so short that both have the same machine."""
    turns, orders = (1, 2) if quick else (40, 5)
    ours: list[Slice] = []
    before: list[Slice] = []
    with TemporaryDirectory(prefix="bench-") as folder:
        recorders = treeless(Path(folder, "bare.db")), open_recorder(f"sqlite:{folder}/log.db")
        with Ledger(recorders[0], now) as without, Ledger(recorders[1], now) as beside:
            people = found(without, PEOPLE)
            found(beside, PEOPLE)
            for turn in range(turns):
                pair = [(before, without), (ours, beside)]
                for slices, ledger in pair if turn % 2 else pair[::-1]:
                    slices.append(play(ledger, people, turn, orders))
    report.heading("tree: registration to payment, SQLite synchronous=FULL, 8 clients, with and without tree")
    rate = report.clients("without tree and guards", [each.times for each in before])
    mine = report.clients("with leaf, nodes, frontier and guards", [each.times for each in ours], rate)
    spent = report.Series("without: processor time", [each.cpu for each in before])
    more = report.Series("with: processor time", [each.cpu for each in ours])
    report.rows([spent, more], "us a command")
    return [
        report.verdict("time of a grouped append, with / without", rate.against(mine), 1.15, at_most=True),
        report.verdict("processor time of it, with / without", more.against(spent), 1.15, at_most=True),
    ]


def grow(recorder: LogRecorder, size: int) -> None:
    """Fill a log with entries of 400 bytes."""
    for start in range(0, size, PAGE):
        with recorder.write() as transaction:
            numbers = range(start, min(start + PAGE, size))
            transaction.insert(
                [Row(f"enterprise/{n % STREAMS}", n // STREAMS + 1, "x", b'{"n":%400d}' % n) for n in numbers]
            )


def proofs(quick: bool) -> list[bool]:
    """Measure proofs on a log that was just opened, each a new one at random sizes."""
    size, asked = (1_000, 5) if quick else (1_000_000, 200)
    chance = random.Random(7)
    with TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:{folder}/log.db"
        filling = open_recorder(url)
        grow(filling, size)
        filling.close()
        taken: dict[str, list[float]] = {"inclusion": [], "inclusion in an old tree": [], "consistency": [], "root": []}
        for _ in range(asked):
            new = chance.randint(2, size)
            for name, seconds in ask(url, chance.randint(1, new), new).items():
                taken[name].append(seconds)
    report.heading(f"tree: proofs from stored rows, {size:,} leaves, SQLite")
    series = {name: report.Series(name, [each * 1e6 for each in values]) for name, values in taken.items()}
    report.rows([*series.values()], "us")
    return [
        report.verdict(f"cold {name} proof in ms", series[name].median / 1_000, 4, at_most=True)
        for name in ("inclusion", "consistency")
    ]


def ask(url: str, old: int, new: int) -> dict[str, float]:
    """The seconds of each proof on a log that was opened for it, so that SQLite has cached nothing; all are checked."""
    asked: dict[str, Callable[[Tree], object]] = {
        "inclusion": lambda tree: tree.inclusion(old - 1),
        "inclusion in an old tree": lambda tree: tree.inclusion(old - 1, new),
        "consistency": lambda tree: tree.consistency(old, new),
        "root": lambda tree: tree.root(),
    }
    taken = {}
    for name, work in asked.items():
        recorder = open_recorder(url)
        tree = Tree(recorder)
        began = time.perf_counter()
        work(tree)
        taken[name] = time.perf_counter() - began
        if name == "root":
            verify_inclusion(old - 1, new, tree.leaf(old - 1), tree.inclusion(old - 1, new), tree.root(new))
            verify_consistency(old, new, tree.root(old), tree.root(new), tree.consistency(old, new))
        recorder.close()
    return taken


def run(*, quick: bool = False) -> bool:
    """Measure both; tells whether every goal was reached."""
    return all([*appends(quick), *proofs(quick)])
