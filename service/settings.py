"""Where the log and the views are, and how the service runs: flags, then environment, then the data folder's file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from vouchers.refusals import Malformed, NotFound

FILE = "vouchers.toml"
SEED = "sampling.seed"
KEYS = "keys.toml"


class DataFolderMissing(NotFound):
    """There is no data folder here."""


class SettingUnknown(Malformed):
    """The settings name something that does not exist."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    `log` and `views` are URLs: sqlite:PATH (relative to the data folder), postgresql://..., and memory: for the log.
    """

    data: Path
    log: str = "sqlite:log.sqlite"
    views: str = "sqlite:views.sqlite"
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
    values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name: field.type for field in fields(Settings) if field.name != "data"}
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
    numbers = {name: int(values[name]) for name in ("port", "threads") if name in values}
    return Settings(folder, **{**values, **numbers})


def create_folder(data: str, **values: object) -> Settings:
    """Make a data folder with its settings file; an existing one is left as it is."""
    folder = Path(data).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if not path.exists():
        given = {name: value for name, value in values.items() if value is not None}
        lines = [
            f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in given.items()
        ]
        path.write_text("\n".join(["# Settings of this installation; see `vouchers serve --help`.", *lines, ""]))
    return load_settings(str(folder), {})
