"""Logs to decide again: a small demo year, written as the lines of a bundle, with records that were tampered with."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from service.audit.replaying.parts import Replayed, replay
from service.settings import load_settings
from service.wiring import Service
from tests.audit.whatif_worlds import Kept, small_year
from vouchers import wire
from vouchers.redeciding import Past
from vouchers.redeciding.coverage import covered
from vouchers.wire import Entry


@cache
def a_year() -> Path:
    """The data folder of a small demo year, played once and left as it is."""
    folder = Path(tempfile.mkdtemp(prefix="vouchers-year-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return small_year(folder)


@cache
def entries_of_a_year() -> tuple[Entry[Any], ...]:
    """All entries of the small year."""
    with Service(load_settings(str(a_year()), {})) as service:
        return tuple(service.ledger.entries())


def past_of(entries: Iterable[Entry[Any]]) -> Past:
    """The past at the end of some entries."""
    past = Past(Kept(()))
    for entry in entries:
        past.add(entry)
    return past


def tampered(entries: list[Entry[Any]], seq: int, **fields: Any) -> list[Entry[Any]]:
    """The entries, with some fields of one event changed as a forger would who writes correct bytes."""
    entry = entries[seq]
    other = msgspec.structs.replace(entry, data=replace(entry.data, **fields))
    return [*entries[:seq], other, *entries[seq + 1 :]]


def written(folder: Path, entries: Iterable[Entry[Any]]) -> Path:
    """The entries as the lines of an events.jsonl."""
    path = folder / "events.jsonl"
    path.write_bytes(b"".join(wire.encode(entry) + b"\n" for entry in entries))
    return path


def replayed(folder: Path, entries: Iterable[Entry[Any]], level: int = 3) -> Replayed:
    """What a replay of these entries finds."""
    return replay(str(written(folder, entries)), level=level, processes=1)


def first(entries: list[Entry[Any]], kind: type, fits: Callable[[Any], bool] = lambda _: True) -> Entry[Any]:
    """The first entry with an event of a type that fits."""
    return next(entry for entry in entries if isinstance(entry.data, kind) and fits(entry.data))


def coverage_page() -> str:
    """What is decided again, as docs/audit-replay.md has it: a line for each way, with its events."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in covered():
        groups.setdefault((each.told, each.how), []).append(f"`{each.event}`")
    lines = ["| levels | how | events |", "|---|---|---|"]
    ordered = sorted(groups.items(), key=lambda group: (group[0][0] == "-", -len(group[0][0]), group[0]))
    lines += [f"| {told} | {how} | {', '.join(sorted(events))} |" for (told, how), events in ordered]
    return "\n".join(lines)


if __name__ == "__main__":
    print(coverage_page())
