"""The audit tests T01 to T26 over a long log, on each engine: the tables filled, and the tests run over them."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import report
from bench.long_log import block
from service.audit.replaying.sources import open_source
from service.audit.suite.asking import chosen
from service.audit.suite.engines import NAMES, opened
from service.audit.suite.logs import log_of
from service.audit.suite.settings import shipped
from service.audit.suite.stocking import fill

EVENTS: Final = 1_000_000
GOAL: Final = 15.0  # seconds for so many
MOST: Final = 200_001  # rows of one test


def run(*, quick: bool = False) -> bool:
    """Measure processor time, which other work on the machine changes little; tells whether the goal was reached."""
    events = 3_000 if quick else EVENTS
    tests = chosen(())
    queries = [f"{test.sql} {test.over}" for test in tests]
    goals = []
    with TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "events.jsonl")
        _write(path, events)
        report.heading(f"suite: T01 to T26 over {events:,} events, processor time")
        for name in NAMES:
            began = time.process_time()
            with opened(name) as engine:
                numbers = fill(engine, log_of(open_source(str(path))).entries, queries, shipped()).numbers.values
                filled = time.process_time()
                for test in tests:
                    engine.query(test.query(numbers), MOST)
                ended = time.process_time()
            reading = report.Series(f"{name}: the log read, its tables filled", [(filled - began) * 1000])
            asking = report.Series(f"{name}: the 26 tests", [(ended - filled) * 1000])
            report.rows([reading, asking], "ms")
            goals.append(report.verdict(f"{name}: seconds for the tests", (ended - filled), GOAL, at_most=True))
    return all(goals)


def _write(path: Path, events: int) -> None:
    with path.open("wb") as file:
        for number, row in enumerate(block().rows()):
            if number == events:
                return
            file.write(row.entry + b"\n")
