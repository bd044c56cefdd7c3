"""Replay, what-if and as-of: decisions decided again on one core and on two, and what stood when in a long log."""

import resource
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

from bench import report
from bench.long_log import block, fill
from bench.world import PROGRAMME
from service.audit.asof.points import Point
from service.audit.asof.streams import standing
from service.audit.replaying.parts import replay
from service.audit.replaying.sources import open_source
from service.audit.whatif.asking import played, read_log
from vouchers.ledger import open_recorder
from vouchers.replay import programme_as_of
from vouchers.voucher.events import Paid


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, events, long = (1, 3_000, 6_000) if quick else (5, 100_000, 1_000_000)
    with TemporaryDirectory(prefix="bench-") as folder:
        goals = [*_decided_again(f"sqlite:{folder}/log.db", rounds, events), *_as_of(f"sqlite:{folder}/long.db", long)]
    return all(goals)


def _decided_again(address: str, rounds: int, events: int) -> list[bool]:
    """Entries that are compared with what their decision comes to again, a second of the processor and of the clock."""
    log = open_recorder(address)
    fill(log, block().rows(), events)
    log.close()
    alone = report.Series("levels 1 to 3, one core", [])
    first = report.Series("level 1 only, one core", [])
    both = report.Series("levels 1 to 3, two cores, by the clock", [])
    clock = report.Series("levels 1 to 3, one core, by the clock", [])
    turns = report.Series("replay, levels 1 to 3", [])
    asked = report.Series("what-if with nothing otherwise", [])
    for _ in range(rounds):
        began, found = time.process_time(), replay(address, processes=1)
        took = time.process_time() - began
        alone.values.append(found.agreeing / took)
        turns.values.append(found.turns / took)
        began = time.process_time()
        asked.values.append(_played(address) / (time.process_time() - began))
        clock.values.append(found.agreeing / seconds(lambda: replay(address, processes=1)))
        both.values.append(found.agreeing / seconds(lambda: replay(address, processes=2)))
        began, found = time.process_time(), replay(address, level=1, processes=1)
        first.values.append(found.agreeing / (time.process_time() - began))
    report.heading(f"replay: {events:,} events, what is compared a second")
    report.rows([alone, first], "entries/s")
    report.rows([both, clock], "entries/s", clock)
    report.rows([turns, asked], "decisions/s")
    print(f"  most memory of one process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB")
    return [report.verdict("entries/s on one core", alone.median, 30_000)]


def _played(address: str) -> int:
    """Play a history with nothing otherwise; how many decisions it has."""
    source = open_source(address)
    found, _ = played(read_log(source), [])
    source.close()
    return found.decisions


def _as_of(address: str, events: int) -> list[bool]:
    """A voucher and a whole programme in the middle of a long log."""
    log = open_recorder(address)
    fill(log, block().rows(), events)
    log.close()
    source = open_source(address)
    paid = next(entry for entry in source.entries(events // 2, events) if isinstance(entry.data, Paid))
    point = Point(events // 2, "2026-06-30")
    voucher = report.Series("a voucher as of an entry and a day, us", [])
    for _ in range(20):
        voucher.values.append(1e6 * seconds(lambda: standing(source, paid.agg, point)))
    programme = seconds(lambda: programme_as_of(source.entries(0, events), PROGRAMME, "2026-06-30"))
    report.heading(f"as of: {events:,} events")
    report.rows([voucher], "us")
    print(f"  a whole programme as of a day: {programme:.1f} s")
    source.close()
    return [report.verdict("vouchers/s", 1e6 / voucher.median, 100), report.verdict("programmes/s", 1 / programme, 0.1)]


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
