"""A backup restored: checked digest by digest into a new folder and empty stores; nothing is overwritten."""

import base64
import hashlib
import json
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select, text

from service.backup import CHUNK, DESK, FILES, FORMAT, KEEPERS, LOG, MANIFEST
from service.desk import TABLES, Desk
from service.settings import FILE, Settings, load_settings
from service.wiring import Service
from vouchers.ledger import copy_into, open_recorder
from vouchers.refusals import Conflict, Malformed, Refused

LARGEST_MANIFEST: Final = 64 * 1024 * 1024  # bytes
MOST_MEMBERS: Final = 1_000_000
ROWS: Final = 1_000


class BackupBroken(Refused):
    """The backup is not what its manifest says."""

    remedy = "Use another backup; this one was damaged or changed after it was made."


class BackupUnreadable(Malformed):
    """This is no backup of an installation."""

    remedy = "Name a file that `vouchers backup` made."


class FolderNotEmpty(Conflict):
    """The data folder exists and is not empty, and a restoration overwrites nothing."""

    remedy = "Name a new folder with --data."


def restore(file: Path, data: Path, environment: Mapping[str, str], **stores: str | None) -> dict[str, Any]:
    """Restore a backup; `stores` are other addresses for log, views and desk. What was restored and checked.

    The folder gets its name when all is checked. A store that is no file keeps what was written before a fault.
    """
    if data.exists() and any(data.iterdir()):
        raise FolderNotEmpty(pointer="/data")
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data.parent, prefix=f".{data.name}.restoring.") as folder:
        manifest = _unpack(file, Path(folder))
        fresh = Path(folder) / FILES
        fresh.mkdir(mode=0o700, exist_ok=True)
        fresh.chmod(0o700)
        _name_stores(fresh, {name: url for name, url in stores.items() if url})
        settings = load_settings(str(fresh), environment, **stores)
        _restore_log(settings, Path(folder) / LOG, manifest)
        rows = _restore_desk(settings, Path(folder) / DESK)
        if data.exists():
            data.rmdir()
        fresh.rename(data)
    with Service(replace(settings, data=data.resolve())) as service:
        position = service.catch_up()
    return {**{name: manifest[name] for name in ("made_at", "entries", "last_leaf_hash")}, **rows, "views": position}


def read_manifest(file: Path) -> dict[str, Any]:
    """What a backup says of itself, unchecked; raises BackupUnreadable."""
    with _opened(file) as archive:
        return _manifest(archive)


def _opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file, "r|gz")
    except (tarfile.TarError, EOFError, OSError) as fault:
        if isinstance(fault, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        raise BackupUnreadable(pointer="/file") from fault


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    try:
        first = archive.next()
        source = archive.extractfile(first) if first and first.name == MANIFEST else None
        found = json.loads(source.read(LARGEST_MANIFEST)) if source else None
    except (tarfile.TarError, EOFError, OSError, ValueError) as fault:
        raise BackupUnreadable(pointer="/file") from fault
    if not isinstance(found, dict) or found.get("format") != FORMAT or len(found["members"]) > MOST_MEMBERS:
        raise BackupUnreadable(pointer="/file")
    return found


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Every member that the manifest names, each checked; raises BackupBroken for any other and for none."""
    with _opened(file) as archive:
        manifest = _manifest(archive)
        promised = {member["name"]: member for member in manifest["members"]}
        try:
            while (member := archive.next()) is not None:
                _extract(archive, member, promised, folder)
        except (tarfile.TarError, EOFError, OSError) as fault:
            raise BackupBroken(f"It cannot be read to its end: {fault}.") from fault
    if promised:
        raise BackupBroken(f"{next(iter(promised))} is missing.")
    return manifest


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, promised: dict[str, Any], folder: Path) -> None:
    expected = promised.pop(member.name, None)
    parts = PurePosixPath(member.name).parts
    if expected is None or not member.isfile() or member.size != expected["size"]:
        raise BackupBroken(f"{member.name} is not what the manifest says.")
    if member.name not in (LOG, DESK) and (f"{parts[0]}/" != FILES or ".." in parts or member.name != "/".join(parts)):
        raise BackupBroken(f"{member.name} may not be in a backup.")
    place = folder.joinpath(*parts)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source, digest = archive.extractfile(member), hashlib.sha256()
    place.touch(mode=0o600)
    with place.open("wb") as copy:
        for part in iter(lambda: source.read(CHUNK) if source else b"", b""):
            copy.write(part)
            digest.update(part)
    if digest.hexdigest() != expected["sha256"]:
        raise BackupBroken(f"{member.name} has another digest than the manifest says.")


def _name_stores(folder: Path, stores: Mapping[str, str]) -> None:
    """Write other addresses of the stores into the settings file; what it says of them otherwise goes."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() not in stores]
    # JSON spells texts as TOML does; a plain setting has to stand before the first table.
    head = [f"{name} = {json.dumps(url, ensure_ascii=False)}" for name, url in stores.items()]
    path.write_text("\n".join([*head, *kept, ""]), encoding="utf-8")


def _restore_log(settings: Settings, file: Path, manifest: Mapping[str, Any]) -> None:
    with closing(open_recorder(settings.log_url)) as recorder, file.open("rb") as lines:
        size, last = copy_into(recorder, (line.rstrip(b"\n") for line in lines))
    if (size, last.hex()) != (manifest["entries"], manifest["last_leaf_hash"]):
        raise BackupBroken("The log does not end as the manifest says.")


def _restore_desk(settings: Settings, file: Path) -> dict[str, int]:
    for module in KEEPERS:
        import_module(module)
    desk, counted = Desk(settings.desk_url), {"desk_rows": 0, "desk_rows_unknown": 0}
    with closing(desk), desk.writing() as connection, file.open("rb") as lines:
        for table in TABLES.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                raise FolderNotEmpty(f"The desk has rows in {table.name} already.", remedy="Name an empty desk.")
        rows = (json.loads(line) for line in lines)
        while some := list(islice(rows, ROWS)):
            _insert(connection, some, counted)
        for table in TABLES.sorted_tables:
            _count_on(connection, table)
    return counted


def _insert(connection: Connection, rows: list[dict[str, Any]], counted: dict[str, int]) -> None:
    for each in rows:
        table = TABLES.tables.get(each["table"])
        if table is None:  # Of a version that has a part more than this one.
            counted["desk_rows_unknown"] += 1
            continue
        values = {name: _value(value) for name, value in each["row"].items() if name in table.columns}
        connection.execute(table.insert(), values)
        counted["desk_rows"] += 1


def _value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def _count_on(connection: Connection, table: Table) -> None:
    """Let numbers that the database gives go on after those that were restored."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    highest = connection.execute(select(func.max(column))).scalar()
    if highest is not None:
        name = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
        if name:
            connection.execute(text("SELECT setval(:name, :number)"), {"name": name, "number": highest})
