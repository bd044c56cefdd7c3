"""Figures as people read them: medians with their spread, and ratios taken inside one run."""

import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.world import Times


class Series(NamedTuple):
    """One figure, measured once in each round."""

    name: str
    values: list[float]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def against(self, other: "Series") -> float:
        """The median of the ratios, round by round."""
        return statistics.median([mine / theirs for mine, theirs in zip(self.values, other.values, strict=True)])


def heading(title: str) -> None:
    """Say what is measured, where and when."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    load = " ".join(_lines("/proc/loadavg")[:1]).rpartition(" ")[0].split()[:1]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    print(f"\n{title}")
    print(f"{now} UTC, Python {platform.python_version()}, {model}, load {''.join(load)}")


def rows(series: Sequence[Series], unit: str, beside: Series | None = None) -> None:
    """Print a line for each series: median, smallest, largest, and the ratio of another series to it."""
    for each in series:
        line = f"  {each.name:<54}{each.median:>12,.0f}  ({min(each.values):,.0f} to {max(each.values):,.0f}) {unit}"
        if beside is not None and each is not beside:
            line += f"   {beside.name} / this: {beside.against(each):.2f}"
        print(line)


def clients(name: str, runs: Sequence[Times], beside: Series | None = None) -> Series:
    """Print commands a second and latencies of several rounds; returns the rates."""
    series = Series(name, [run.rate for run in runs])
    rows([series], "commands/s", beside)
    parts = [
        f"{label} {statistics.median([run.quantile(of_thousand) for run in runs]):.2f}"
        for label, of_thousand in (("p50", 500), ("p99", 990), ("max", 1000))
    ]
    print(f"  {'':<54}{', '.join(parts)} ms")
    return series


def verdict(name: str, value: float, goal: float, *, at_most: bool = False) -> bool:
    """Print a goal beside what was reached."""
    reached = value <= goal if at_most else value >= goal
    bound = "at most" if at_most else "at least"
    print(f"  {'reached' if reached else 'MISSED '}  {name}: {value:,.2f} ({bound} {goal:,g})")
    return reached


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
