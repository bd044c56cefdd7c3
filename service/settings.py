"""Where the log and the views are, and how the service runs: flags, then environment, then the data folder's file."""

import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from vouchers.days import local_day
from vouchers.refusals import Malformed

FILE = "vouchers.toml"
SEED = "sampling.seed"
KEYS = "keys.toml"

# A log in memory is for tests: a data folder names a store that keeps what it is told.
_SCHEMES: Final = ("sqlite:", "postgresql:", "postgres:")
_STORES: Final = ("log", "views", "desk")
_NUMBERS: Final = {"port": 65_535, "threads": 256}
_EPOCH: Final = "1970-01-01T00:00:00Z"


class DataFolderMissing(Malformed):
    """There is no data folder here."""


class SettingUnknown(Malformed):
    """The settings name something that does not exist."""


class SettingInvalid(Malformed):
    """A setting has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    `log`, `views` and `desk` are URLs: sqlite:PATH (relative to the data folder) or postgresql://...; in tests also
    memory:.
    """

    data: Path
    log: str = "sqlite:log.sqlite"
    views: str = "sqlite:views.sqlite"
    desk: str = "sqlite:desk.sqlite"
    timezone: str = "Asia/Shanghai"
    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = 8

    @property
    def log_url(self) -> str:
        """The log's URL with an absolute path."""
        return self._absolute(self.log)

    @property
    def views_url(self) -> str:
        """The views' URL with an absolute path."""
        return self._absolute(self.views)

    @property
    def desk_url(self) -> str:
        """The desk's URL with an absolute path."""
        return self._absolute(self.desk)

    def _absolute(self, url: str) -> str:
        if not url.startswith("sqlite:"):
            return url
        return f"sqlite:{self.data / url.removeprefix('sqlite:')}"


def load_settings(data: str, environment: Mapping[str, str], **flags: object) -> Settings:
    """The settings of an existing data folder; raises DataFolderMissing or SettingUnknown."""
    folder = Path(data).resolve()
    path = folder / FILE
    if not path.is_file():
        raise DataFolderMissing(
            f"There is no {FILE} in {folder}.",
            pointer="/data",
            remedy="Run `vouchers init`, or name the folder with --data or VOUCHERS_DATA.",
        )
    values = _read(path)
    known = [field.name for field in fields(Settings) if field.name != "data"]
    for name in known:
        if f"VOUCHERS_{name.upper()}" in environment:
            values[name] = environment[f"VOUCHERS_{name.upper()}"]
        if flags.get(name) is not None:
            values[name] = flags[name]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SettingUnknown(
            f"{path} has {', '.join(unknown)}.", pointer=f"/{unknown[0]}", remedy=f"Known: {', '.join(known)}."
        )
    checked: dict[str, Any] = {name: _checked(name, value) for name, value in values.items()}
    return Settings(folder, **checked)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        remedy = 'Write one setting a line, such as timezone = "Asia/Shanghai".'
        raise SettingInvalid(f"{path} cannot be read: {fault}.", pointer="/", remedy=remedy) from fault


def _checked(name: str, value: object) -> str | int:
    """A setting in its type; raises SettingInvalid, or ZoneUnknown for the time zone."""
    if name in _NUMBERS:
        text = str(value)
        if text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= _NUMBERS[name] and type(value) is not bool:
            return int(text)
        remedy = f"Give a whole number from 1 to {_NUMBERS[name]:,}."
        raise SettingInvalid(f"The setting {name} is {value!r}.", pointer=f"/{name}", remedy=remedy)
    if not isinstance(value, str) or (name in _STORES and not value.startswith(_SCHEMES)):
        remedy = f"Begin it with one of {' '.join(_SCHEMES)}" if name in _STORES else "Give a text in quotes."
        raise SettingInvalid(f"The setting {name} is {value!r}.", pointer=f"/{name}", remedy=remedy)
    if name == "timezone":
        local_day(_EPOCH, value)
    return value


def create_folder(data: str, **values: object) -> Settings:
    """Make a data folder with its settings file; an existing one is left as it is."""
    folder = Path(data).resolve()
    path = folder / FILE
    if not path.exists():
        given = {name: _checked(name, value) for name, value in values.items() if value is not None}
        # JSON spells texts and whole numbers as TOML does.
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in given.items()]
        folder.mkdir(parents=True, exist_ok=True)
        text = "\n".join(["# Settings of this installation; docs/cli.md tells what each one means.", *lines, ""])
        write_once(path, text.encode())
    return load_settings(str(folder), {})


def write_once(path: Path, content: bytes) -> None:
    """A file for its owner only; where it exists it stays as it is.

    It is written aside and then named, so that neither a kill nor a second process leaves half a file.
    """
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(fresh)
    Path(fresh).unlink()
