"""A backup: one file with the log, the desk and the files of an installation, made while it runs.

The file is a compressed tar whose first member, manifest.json, tells the size and SHA-256 of every other. The log is
in it entry by entry, so that a backup of one kind of store can be restored into another. What the views hold is left
out: they are made again from the log.
"""

import base64
import gzip
import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import inspect, select

from service import clock
from service.desk import TABLES
from service.settings import Settings
from service.wiring import Service
from vouchers import wire
from vouchers.ledger.recorder import PAGE
from vouchers.refusals import Conflict, Unavailable

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LOG: Final = "log.ndjson"
DESK: Final = "desk.ndjson"
FILES: Final = "files/"
EVIDENCE: Final = "evidence"
CHUNK: Final = 1024 * 1024
# The databases come as entries and rows; locks and half-written files belong to processes that run.
# The key of the vault is kept apart from what it opens: what was erased stays closed in old backups.
_LEFT_OUT: Final = (".kek", ".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal", ".lock", ".new", ".partial")
# Results of jobs are kept for a while and can be made again.
_PASSING: Final = ("audit", "jobs")
# The modules whose tables the desk holds.
KEEPERS: Final = ("service.app", "service.audit.outsiders", "service.leasing")


class BackupExists(Conflict):
    """There is a file of this name already, and a backup overwrites nothing."""

    remedy = "Name another file."


class BackupInside(Conflict):
    """The backup would lie in the folder that it is a copy of."""

    remedy = "Name a file outside of the data folder, best on another disk."


class FileVanished(Unavailable):
    """A file of the installation changed while it was copied."""

    remedy = "Make the backup again."


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a backup: its name in it, its size and its SHA-256."""

    name: str
    size: int
    sha256: str


def make_backup(service: Service, target: Path, *, evidence: bool = True) -> dict[str, Any]:
    """Write a backup; what it holds. Everything acknowledged before the call is in it.

    Files come first, then the desk, then the log: so the log knows everything that the others speak of.
    """
    if target.exists():
        raise BackupExists(pointer="/file")
    if target.resolve().is_relative_to(service.settings.data):
        raise BackupInside(pointer="/file")
    with tempfile.TemporaryDirectory(dir=target.resolve().parent, prefix=f".{target.name}.") as folder:
        parts = Path(folder)
        members = [*_copy_files(service.settings, parts, evidence=evidence), _copy_desk(service, parts / DESK)]
        log, size, last = _copy_log(service, parts / LOG)
        manifest = {
            "format": FORMAT,
            "made_at": clock.now(),
            "entries": size,
            "last_leaf_hash": last.hex(),
            "evidence": evidence,
            "members": [asdict(member) for member in (*members, log)],
        }
        (parts / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        _pack(parts, [MANIFEST, *(member.name for member in (*members, log))], parts / "whole")
        os.link(parts / "whole", target)  # It is there whole or not at all, and replaces nothing.
    _sync(target.resolve().parent)
    return {**manifest, "bytes": target.stat().st_size}


def _copy_files(settings: Settings, parts: Path, *, evidence: bool) -> Iterator[Member]:
    """The settings, the keys, the seed, and the evidence unless it is kept elsewhere."""
    for path in sorted(settings.data.rglob("*")):
        inside = path.relative_to(settings.data)
        if not path.is_file() or path.is_symlink() or path.name.endswith(_LEFT_OUT):
            continue
        if str(path) == settings.audit.vault_key:
            continue
        if inside.parts[0] == EVIDENCE and not evidence:
            continue
        if inside.parts[:2] == _PASSING:
            continue
        place = parts / FILES / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("rb") as source, place.open("wb") as copy:
                yield _copied(f"{FILES}{inside.as_posix()}", iter(lambda: source.read(CHUNK), b""), copy)
        except FileNotFoundError as gone:
            raise FileVanished(f"{inside} is gone.") from gone


def _copy_desk(service: Service, place: Path) -> Member:
    """Every row of the desk as it stood at one moment, a line of JSON each."""
    for module in KEEPERS:
        import_module(module)
    with service.desk.reading() as connection, place.open("wb") as copy:
        there = set(inspect(connection).get_table_names())

        def lines() -> Iterator[bytes]:
            for table in TABLES.sorted_tables:
                if table.name in there:
                    for row in connection.execute(select(table)).mappings():
                        values = {name: _plain(value) for name, value in row.items()}
                        line = json.dumps({"table": table.name, "row": values}, ensure_ascii=False)
                        yield line.encode() + b"\n"

        return _copied(DESK, lines(), copy)


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _copy_log(service: Service, place: Path) -> tuple[Member, int, bytes]:
    """Every entry up to the present end, byte for byte, a line each."""
    ledger = service.ledger
    size = ledger.size()
    last = b""

    def lines() -> Iterator[bytes]:
        nonlocal last
        for start in range(0, size, PAGE):
            for row in ledger.rows(start, min(start + PAGE, size)):
                last = row.entry
                yield row.entry + b"\n"

    with place.open("wb") as copy:
        member = _copied(LOG, lines(), copy)
    return member, size, wire.leaf_hash(last) if last else b""


def _copied(name: str, parts: Iterator[bytes], copy: IO[bytes]) -> Member:
    digest, size = hashlib.sha256(), 0
    for part in parts:
        copy.write(part)
        digest.update(part)
        size += len(part)
    return Member(name, size, digest.hexdigest())


def _pack(parts: Path, names: list[str], target: Path) -> None:
    """The parts as one compressed file that only its owner may read; it has the secrets of the installation."""
    with (
        _synced(target) as raw,
        gzip.GzipFile("", "wb", 1, raw) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        for name in names:
            archive.add(parts / name, name, recursive=False)


@contextmanager
def _synced(path: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
