"""From a registry file to vouchers: rows a second, memory, and whether a row costs the same in a long file.

python -m bench.entitlement [--quick] [--rows N ...]: each size runs in a process of its own, smallest first; a row's
cost is CPU time of both processes and elapsed time. Half of the invented firms are entitled.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import report
from service.demo.founding import LI, adopt
from service.demo.population import make_enterprises, write_enterprises
from service.registry.importing import import_enterprises
from service.settings import create_folder
from service.wiring import Service

SIZES = (10_000, 100_000, 1_000_000)
SEED = 1
MEMORY_GOAL, FLAT_GOAL, RATE_GOAL = 300, 1.2, 1_000_000 / 60


def measure(folder: Path, count: int) -> dict[str, float]:
    """Write a registry file of so many enterprises and read it back into an empty installation, entitling each."""
    path = folder / "enterprises.csv"
    write_enterprises(path, make_enterprises(count, SEED))
    with Service(create_folder(str(folder / "data"))) as service:
        adopt(service, "sh-stiv-2025")
        before, started = _cpu(), time.perf_counter()
        told = import_enterprises(service, path, LI, as_of="2025-12-31", on="2026-01-05", entitle=("SH-STIV",))
        seconds, cpu = time.perf_counter() - started, _cpu() - before
        assert told.recorded == count
        events = service.ledger.size()
    size = (folder / "data" / "log.sqlite").stat().st_size
    memory = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return {"rows": count, "seconds": seconds, "cpu": cpu, "events": events, "bytes": size, "memory": memory}


def run(*, quick: bool = False, sizes: tuple[int, ...] = ()) -> bool:
    """Measure every size and print the figures; False when a goal was missed."""
    sizes = sizes or ((1_000, 8_000) if quick else SIZES)
    report.heading("entitlement: registry file to facts, decisions and vouchers, SQLite synchronous=FULL")
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            command = [sys.executable, "-m", "bench.entitlement", "--measure", folder, "--rows", str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3_600)
        figures = json.loads(done.stdout)
        found.append(figures)
        print(
            f"  {size:>9,} rows: {figures['seconds']:>7.1f} s, {size / figures['seconds']:>7,.0f} rows/s, "
            f"{figures['seconds'] / size * 1e6:>5.1f} us and {figures['cpu'] / size * 1e6:>5.1f} us of CPU a row, "
            f"{figures['memory']:>4.0f} MB in two processes, {figures['bytes'] / size:,.0f} bytes a row"
        )
    first, last = found[0], found[-1]
    goals = [report.verdict("memory in MB", last["memory"], MEMORY_GOAL, at_most=True)]
    if not quick:
        elapsed, cpu = (last[name] / last["rows"] / (first[name] / first["rows"]) for name in ("seconds", "cpu"))
        goals.append(
            report.verdict("a row in the longest file / in the shortest, elapsed", elapsed, FLAT_GOAL, at_most=True)
        )
        goals.append(report.verdict("a row in the longest file / in the shortest, CPU", cpu, FLAT_GOAL, at_most=True))
        goals.append(report.verdict("rows a second", last["rows"] / last["seconds"], RATE_GOAL))
    return all(goals)


def _cpu() -> float:
    """Seconds of CPU of this process and of those that it has waited for."""
    return sum(
        getattr(resource.getrusage(who), kind)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for kind in ("ru_utime", "ru_stime")
    )


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="python -m bench.entitlement", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run, not how fast")
    parser.add_argument("--rows", type=int, nargs="+", default=[], help="sizes instead of the usual ones")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure, chosen.rows[0])))
        return 0
    return 0 if run(quick=chosen.quick, sizes=tuple(chosen.rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
