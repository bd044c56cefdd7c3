"""The places of all vouchers folded from the log, beside the limit of reading and decoding it."""

import time
from collections.abc import Callable, Iterable
from tempfile import TemporaryDirectory

from bench import report
from bench.long_log import block, fill
from vouchers import wire
from vouchers.ledger import open_recorder
from vouchers.ledger.recorder import LogRecorder, Row
from vouchers.replay import voucher_places

PAGE = 1_000


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, events = (1, 3_000) if quick else (5, 300_000)
    whole = report.Series("ours: the whole log read and its vouchers folded", [])
    stored = report.Series("ours: only events of vouchers, already read", [])
    typed = report.Series("limit: these decoded as typed events, nothing folded", [])
    read = report.Series("limit: the whole log read, nothing decoded", [])
    with TemporaryDirectory(prefix="bench-") as folder:
        log = open_recorder(f"sqlite:{folder}/log.db")
        fill(log, block().rows(), events)
        rows = [row for row in pages(log, events) if row.stream.startswith("voucher/")]
        for _ in range(rounds):
            whole.values.append(events / seconds(lambda: voucher_places(pages(log, events))))
            stored.values.append(len(rows) / seconds(lambda: voucher_places(rows)))
            typed.values.append(len(rows) / seconds(lambda: [wire.decode(row.topic, row.entry) for row in rows]))
            read.values.append(events / seconds(lambda: sum(1 for _ in pages(log, events))))
        log.close()
    report.heading(f"folding: {events:,} events, {len(rows):,} of them of vouchers")
    report.rows([whole, read], "events/s", whole)
    report.rows([stored, typed], "events/s", stored)
    goals = [
        report.verdict("events/s, whole log", whole.median, 500_000),
        report.verdict("events/s, only vouchers", stored.median, 500_000),
    ]
    return all(goals)


def pages(log: LogRecorder, events: int) -> Iterable[Row]:
    """Every row, read in pages."""
    for start in range(0, events, PAGE):
        yield from log.rows(start, min(start + PAGE, events))


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
