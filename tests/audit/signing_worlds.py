"""Installations whose log is signed, and what somebody with the disk in hand does to them."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from service.settings import FILE, Settings, load_settings
from service.wiring import Service
from tests.town import Town
from vouchers.ledger import copy_into, open_recorder


def an_installation(folder: Path, settings: str = "", **stores: str) -> Settings:
    """A data folder with these lines of settings and these stores."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'{name} = "{address}"' for name, address in stores.items()]
    (folder / FILE).write_text("\n".join([*lines, settings, ""]), encoding="utf-8")
    return load_settings(str(folder), {})


def happen(service: Service, times: int = 1) -> int:
    """Let something happen so often, an entry each time or more; how long the log is then."""
    town = Town(service.ledger, seed=service.seed)
    for _ in range(times):
        town.record(staff=1 + service.ledger.size())
    return service.ledger.size()


@contextmanager
def at(settings: Settings) -> Iterator[Service]:
    """The open installation."""
    with Service(settings) as service:
        yield service


def copy_of_log(settings: Settings, target: Path) -> Path:
    """The file of the log, set aside."""
    with closing(sqlite3.connect(settings.data / "log.sqlite")) as log, closing(sqlite3.connect(target)) as copy:
        log.backup(copy)
    return target


def put_log(settings: Settings, source: Path) -> None:
    """Put a file in the place of the log, as who restores a backup by hand."""
    for part in settings.data.glob("log.sqlite*"):
        part.unlink()
    shutil.copy(source, settings.data / "log.sqlite")


def rewrite(settings: Settings, folder: Path, change: dict[int, tuple[bytes, bytes]]) -> None:
    """Write the whole log anew with some bytes of entries changed: leaves, nodes and frontier fit again."""
    entries = entries_of(settings)
    for seq, (before, after) in change.items():
        assert before in entries[seq]
        entries[seq] = entries[seq].replace(before, after, 1)
    forge(settings, folder, entries)


def entries_of(settings: Settings) -> list[bytes]:
    """Every entry of the log."""
    with at(settings) as service:
        return [row.entry for row in service.ledger.rows(0, service.ledger.size())]


def forge(settings: Settings, folder: Path, entries: list[bytes]) -> None:
    """Put a log of these entries in the place of the log, numbered anew, with a tree that fits."""
    versions: dict[bytes, int] = {}
    numbered = []
    for seq, entry in enumerate(entries):
        stream = re.search(rb'"agg":"([^"]+)"', entry)[1]
        versions[stream] = versions.get(stream, 0) + 1
        renumbered = re.sub(rb'"seq":\d+', b'"seq":%d' % seq, entry, count=1)
        numbered.append(re.sub(rb'"ver":\d+}$', b'"ver":%d}' % versions[stream], renumbered))
    forged = folder / "forged.sqlite"
    with closing(open_recorder(f"sqlite:{forged}")) as recorder:
        copy_into(recorder, numbered)
    put_log(settings, copy_of_file(forged, folder / "whole.sqlite"))


def copy_of_file(source: Path, target: Path) -> Path:
    """A database in one file, whatever was in its journal."""
    with closing(sqlite3.connect(source)) as log, closing(sqlite3.connect(target)) as copy:
        log.backup(copy)
    return target


def tamper(settings: Settings, *statements: str) -> None:
    """Change the file of the log as its owner may: what refuses changes is dropped first."""
    with closing(sqlite3.connect(settings.data / "log.sqlite")) as log:
        for (name,) in log.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            log.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert log.execute(statement).rowcount
        log.commit()
