"""What an import tells: how far it is, what it did, and every fault in a file that a clerk can open."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Self

from schemas.registry import RowFault

KEPT: Final = 100  # faults shown; the file beside the input has them all
_FORMULA: Final = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long run is: units done of all (bytes of a file, or enterprises), rows, rows a second, time left."""

    done: int
    total: int
    rows: int
    rate: int  # rows a second
    seconds_left: int


OnProgress = Callable[[Progress], None]


class FaultFile:
    """The report of faults beside the input, made when the first fault is found; in a dry run there is none."""

    def __init__(self, path: Path | None) -> None:
        """Write to the path, or nowhere; an older report is removed."""
        self.path = path
        self.counts: Counter[str] = Counter()
        self.first: list[RowFault] = []
        self._stream: IO[str] | None = None
        if path is not None:
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """The report itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()

    def add(self, faults: Iterable[RowFault]) -> None:
        """Count faults, keep the first ones, and write all of them."""
        for fault in faults:
            self.counts[fault.code] += 1
            if len(self.first) < KEPT:
                self.first.append(fault)
            if self.path is not None:
                cells = (fault.line, fault.column, fault.code, fault.value, fault.detail, fault.remedy)
                csv.writer(self._open(self.path)).writerow([_harmless(cell) for cell in cells])

    def _open(self, path: Path) -> IO[str]:
        if self._stream is None:
            # Spreadsheet programs know UTF-8 by its mark.
            self._stream = path.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._stream).writerow(["line", "column", "code", "value", "what is wrong", "what helps"])
        return self._stream


@dataclass
class Tally:
    """Counts by name that grow while a run goes on."""

    counts: Counter[str] = field(default_factory=Counter)
    by_programme: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)  # enterprises whose controller of a past day came to light

    def add(self, answer: dict[str, object]) -> None:
        """Add what one unit of work answered."""
        for name, value in answer.items():
            if isinstance(value, int):
                self.counts[name] += value
        moved = answer.get("moved")
        if isinstance(moved, list):
            self.moved += moved
        programmes = answer.get("programmes")
        if isinstance(programmes, dict):
            for code, decided in programmes.items():
                numbers = {name: value for name, value in decided.items() if name != "reasons"}
                self.by_programme.setdefault(code, Counter()).update(numbers)
                self.reasons.setdefault(code, Counter()).update(decided["reasons"])

    def counted(self, wait: Callable[[], tuple[dict[str, Any], int]]) -> Callable[[], int]:
        """A wait for a unit of work that adds its answer and gives the position after it."""

        def position() -> int:
            answer, reached = wait()
            self.add(answer)
            return reached

        return position


def _harmless(cell: object) -> object:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
