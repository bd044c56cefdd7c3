"""Histories to ask what-if of: the small demo year, and a course that decides every command again."""

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console

from service.audit.whatif.gathering import gathered
from service.audit.whatif.playing import Course
from service.demo import run_demo
from service.settings import SEED
from vouchers.kinds import BY_NAME
from vouchers.recalling import Past
from vouchers.wire import Entry

SCALE, NUMBER = 60, 7
SECRET = hashlib.sha256(f"demo {NUMBER}".encode()).digest()


def small_year(folder: Path) -> Path:
    """Play a small demo year in a folder and return its data folder."""
    screen = Console(file=io.StringIO(), width=160)
    run_demo(folder / "data", scale=SCALE, seed=NUMBER, console=screen)
    assert (folder / "data" / SEED).read_bytes() == SECRET
    return folder / "data"


class Kept:
    """A history that is held in memory."""

    def __init__(self, entries: Iterable[Entry[Any]]) -> None:
        """Hold these entries."""
        self.entries = list(entries)

    def stream(self, name: str, before: int) -> list[Entry[Any]]:
        """The entries of one stream with a number below `before`."""
        found = [entry for entry in self.entries if entry.agg == name and entry.seq < before]
        return found[-1:] if BY_NAME[name.partition("/")[0]].tail else found


def both(entries, seed=SECRET, **what):
    """A course of the same events, and every step of it."""
    kept = list(entries)
    course = Course(Past(Kept(kept)), gathered(kept), seed, **what)
    return course, list(course.play(kept))


def anew(_turn, call):
    """Ask for the same command once more, so that it is decided in the other course too."""
    return call._replace()


def two_orders(town):
    """Let a firm have an order paid in February and one in April, each half of 10,000 yuan."""
    town.go("2026-02-02").paid("O-february")
    town.go("2026-04-01").paid("O-april")
    return town
