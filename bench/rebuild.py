"""All views rebuilt from the log, beside the limit of reading and decoding it."""

import time
from tempfile import TemporaryDirectory

from bench import report
from bench.long_log import block, fill
from service.projections import Views
from vouchers import wire
from vouchers.ledger import open_recorder
from vouchers.ledger.recorder import LogRecorder

PAGE = 1_000


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, events = (1, 3_000) if quick else (5, 300_000)
    rebuilt = report.Series("ours: all views rebuilt, SQLite", [])
    decoded = report.Series("limit: read and decoded, nothing added up", [])
    with TemporaryDirectory(prefix="bench-") as folder:
        log = open_recorder(f"sqlite:{folder}/log.db")
        fill(log, block().rows(), events)
        with Views(f"sqlite:{folder}/views.db") as views:
            for _ in range(rounds):
                started = time.perf_counter()
                views.rebuild(log)
                rebuilt.values.append(events / (time.perf_counter() - started))
                decoded.values.append(events / read(log, events))
            differences = views.verify(log)
        size = sum(len(row.entry) for row in log.rows(0, PAGE)) / min(events, PAGE)
        log.close()
    report.heading(f"rebuild: {events:,} events, {size:,.0f} bytes each")
    report.rows([rebuilt, decoded], "events/s", rebuilt)
    print(f"  verified afterwards: {len(differences)} differences")
    goals = [
        report.verdict("events/s, lower bound", rebuilt.median, 100_000),
        report.verdict("events/s, goal", rebuilt.median, 300_000),
    ]
    return all(goals) and not differences


def read(log: LogRecorder, events: int) -> float:
    """The seconds that it takes to read and decode every entry."""
    started = time.perf_counter()
    for start in range(0, events, PAGE):
        for row in log.rows(start, min(start + PAGE, events)):
            wire.decode(row.topic, row.entry)
    return time.perf_counter() - started
