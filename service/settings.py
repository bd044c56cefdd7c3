"""Where the log and the views are, and how the service runs: flags, then environment, then the data folder's file.

A part of the service declares its settings beside its code, as a frozen dataclass whose fields are `setting(...)`, in a
module that imports nothing heavy; here it gets one line, `name: Its = table(Its)`. That makes [name] of the file,
VOUCHERS_NAME__FIELD of the environment, `vouchers config show` and the table of docs/running.md.
"""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from service.api.settings import Contact, Limits
from service.audit.jobs.settings import Jobs
from service.audit.settings import Audit
from service.audit.witness.settings import Anchoring, Witness
from service.banking.settings import Banking
from service.bulk.settings import Bulk
from service.configuring import SettingInvalid, SettingUnknown, build, leaves, masked, named, setting, table, tables
from service.counter.settings import Counter
from service.evidence.settings import Evidence
from service.front.settings import Front
from service.identity.settings import Issuer, Login
from service.observing.settings import Observing
from service.outward.settings import Feed, Webhooks, Working
from vouchers.days import local_day
from vouchers.refusals import Malformed

FILE = "vouchers.toml"
SEED = "sampling.seed"
PREFIX: Final = "VOUCHERS_"
STORE: Final = "VOUCHERS_STORE"
UNSAFE: Final = "POSTGRES_ENABLE_DB_FUNCTIONS"  # The event library's own way to insert on PostgreSQL.
MAIN: Final = "main"
# Variables of ours that are no settings of an installation.
_OTHERS: Final = frozenset(
    {"VOUCHERS_DATA", "VOUCHERS_AS", "VOUCHERS_SERVING", "VOUCHERS_STORE", "VOUCHERS_URL", "VOUCHERS_TOKEN"}
)

# A log in memory is for tests: a data folder names a store that keeps what it is told.
_SCHEMES: Final = ("sqlite:", "postgresql:", "postgres:")
_EPOCH: Final = "1970-01-01T00:00:00Z"
_LARGEST_SECRET: Final = 65_536  # characters of a file that holds one setting


class UnsafeOption(Malformed):
    """An option is set with which events are lost for readers of the log."""


class DataFolderMissing(Malformed):
    """There is no data folder here."""


def _store(address: str) -> None:
    if not address.startswith(_SCHEMES):
        raise SettingInvalid("This is no address of a store.", remedy=f"Begin it with one of {' '.join(_SCHEMES)}")


def _zone(name: str) -> None:
    local_day(_EPOCH, name)


def _store_or_none(address: str) -> None:
    if address:
        _store(address)


@dataclass(frozen=True, slots=True)
class Store:
    """A store of its own for some programmes; an address that is left out is a file named for the store."""

    log: str = setting("", "Its log.", check=_store_or_none)
    views: str = setting("", "Its views.", check=_store_or_none)
    desk: str = setting("", "Its subscriptions and leases.", check=_store_or_none)
    programmes: tuple[str, ...] = setting((), "Codes of the programmes that live in it.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    `log`, `views` and `desk` are URLs: sqlite:PATH (relative to the data folder) or postgresql://...; in tests also
    memory:.
    """

    data: Path
    log: str = setting("sqlite:log.sqlite", "The log: sqlite:PATH or postgresql://...", check=_store)
    views: str = setting("sqlite:views.sqlite", "The views: sqlite:PATH or postgresql://...", check=_store)
    desk: str = setting("sqlite:desk.sqlite", "Sessions, subscriptions, leases: as the views.", check=_store)
    timezone: str = setting("Asia/Shanghai", "Time zone of the local days.", check=_zone)
    host: str = setting("127.0.0.1", "Address to listen on.")
    port: int = setting(8080, "Port to listen on.", least=1, most=65_535)
    threads: int = setting(8, "Requests that one process answers at a time.", least=1, most=256)
    workers: int = setting(0, "Processes that answer; 0 is two on SQLite, one per core on PostgreSQL.", most=64)
    stores: Mapping[str, Store] = named("Stores of their own for some programmes.")
    front: Front = table(Front)
    limits: Limits = table(Limits)
    contact: Contact = table(Contact)
    observing: Observing = table(Observing)
    feed: Feed = table(Feed)
    webhooks: Webhooks = table(Webhooks)
    worker: Working = table(Working)
    issuer: tuple[Issuer, ...] = tables("OpenID providers whose tokens are accepted.")
    login: Login = table(Login)
    counter: Counter = table(Counter)
    banking: Banking = table(Banking)
    bulk: Bulk = table(Bulk)
    evidence: Evidence = table(Evidence)
    audit: Audit = table(Audit)
    jobs: Jobs = table(Jobs)
    anchoring: Anchoring = table(Anchoring)
    witness: tuple[Witness, ...] = tables("Witnesses that cosign the log's checkpoints.")
    store: str = MAIN  # Which of several this is; not said in the file.

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


def refuse_unsafe(environment: Mapping[str, str]) -> None:
    """Refuse to start beside an option with which readers of the log would miss events."""
    if environment.get(UNSAFE, "").lower() not in ("", "n", "no", "f", "false", "off", "0"):
        remedy = "Unset it for every program that uses this database."
        raise UnsafeOption(f"{UNSAFE} is set.", pointer=f"/{UNSAFE}", remedy=remedy)


def load_settings(data: str, environment: Mapping[str, str], **flags: object) -> Settings:
    """The settings of an existing data folder; raises DataFolderMissing, SettingUnknown or SettingInvalid."""
    return trace_settings(data, environment, **flags)[0]


def trace_settings(data: str, environment: Mapping[str, str], **flags: object) -> tuple[Settings, dict[str, str]]:
    """The settings of an existing data folder, and where each that is no default comes from.

    VOUCHERS_STORE names the store whose log, views and desk are meant, where there are several.
    """
    folder = Path(data).resolve()
    path = folder / FILE
    if not path.is_file():
        raise DataFolderMissing(
            f"There is no {FILE} in {folder}.",
            pointer="/data",
            remedy="Run `vouchers init`, or name the folder with --data or VOUCHERS_DATA.",
        )
    values = _read(path)
    origins = dict.fromkeys(_names(values), FILE)
    for name, value, origin in (*_of_environment(environment), *_of_flags(flags)):
        _put(values, name, value)
        origins[name] = origin
    settings = build(Settings, values, data=folder)
    _check_stores(settings)
    return settings_of_store(settings, environment.get(STORE, "")), origins


def settings_of_store(settings: Settings, name: str) -> Settings:
    """The settings of one store: the main one's with its addresses. Raises SettingUnknown."""
    if name in ("", MAIN):
        return settings
    if name not in settings.stores:
        remedy = f"Known: {', '.join([MAIN, *settings.stores])}."
        raise SettingUnknown(f"There is no store {name[:40]}.", pointer="/stores", remedy=remedy)
    store = settings.stores[name]
    addresses: dict[str, Any] = {
        part: getattr(store, part) or f"sqlite:{part}-{name}.sqlite" for part in ("log", "views", "desk")
    }
    return replace(settings, **addresses, stores={}, store=name)


def as_text(settings: Settings) -> str:
    """The settings for another process of ours; nothing in them is secret that the data folder does not hold."""
    return json.dumps({**asdict(settings), "data": str(settings.data)})


def from_text(text: str) -> Settings:
    """The settings that another process wrote."""
    values = json.loads(text)
    data, store = Path(values.pop("data")), values.pop("store")
    return replace(build(Settings, values, data=data), store=store)


def _check_stores(settings: Settings) -> None:
    """Each programme lives in one store, and each log is one store's."""
    codes = [code for store in settings.stores.values() for code in store.programmes]
    logs = [settings_of_store(settings, name).log for name in (MAIN, *settings.stores)]
    twice = sorted({each for each in (*codes, *logs) if (*codes, *logs).count(each) > 1})
    if twice or MAIN in settings.stores:
        what = f"{masked(twice[0])} is in two stores." if twice else f"{MAIN} is the store without a name."
        raise SettingInvalid(what, pointer="/stores", remedy="Name each programme, log and store once.")


def _of_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The settings that the environment has; NAME_FILE names a file that holds the value of a secret or an address."""
    known = _known()
    for variable, value in environment.items():
        name = dotted(variable)
        if pattern_of(name) in known:
            yield name, value, variable
        elif variable.endswith("_FILE") and pattern_of(name := dotted(variable.removesuffix("_FILE"))) in known:
            with Path(value).open(encoding="utf-8") as file:
                yield name, file.read(_LARGEST_SECRET).strip(), f"{variable}={value}"


def _of_flags(flags: Mapping[str, object]) -> Iterator[tuple[str, object, str]]:
    return ((name.replace("__", "."), each, f"--{name}") for name, each in flags.items() if each is not None)


def dotted(variable: str) -> str:
    """The name of the setting that a variable of the environment would set: VOUCHERS_A__B sets a.b."""
    return variable.removeprefix(PREFIX).lower().replace("__", ".") if variable.startswith(PREFIX) else ""


def pattern_of(name: str) -> str:
    """A setting's name as it is declared: a place in a list is [], a name of a table's own is NAME."""
    known = _known()
    parts = name.split(".")
    tries = [name, re.sub(r"\.\d+(?=\.|$)", "[]", name), ".".join([*parts[:1], "NAME", *parts[2:]])]
    return next((each for each in tries if each in known), "")


def idle_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none."""
    return sorted(
        name
        for name in environment
        if name.startswith(PREFIX)
        and name not in _OTHERS
        and not pattern_of(dotted(name))
        and not pattern_of(dotted(name.removesuffix("_FILE")))
    )


@cache
def _known() -> frozenset[str]:
    return frozenset(leaf.name for leaf in leaves(Settings))


def _names(values: Any, prefix: str = "") -> Iterator[str]:
    """The dotted name of every plain value of a file."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _names(value, f"{prefix}.{name}" if prefix else name)
    elif isinstance(values, list) and values and isinstance(values[0], dict):
        for number, value in enumerate(values):
            yield from _names(value, f"{prefix}.{number}")
    else:
        yield prefix


def _put(values: dict[str, Any], name: str, value: object) -> None:
    """Set one value by its dotted name; what it is put into is made where it is missing."""
    *parents, last = name.split(".")
    place: Any = values
    for parent, following in zip(parents, [*parents, last][1:], strict=True):
        if isinstance(place, list):
            number = int(parent)
            if number > len(place):
                remedy = "Number the tables 0, 1, 2 without a gap."
                raise SettingInvalid(f"{name} leaves a gap.", pointer=f"/{'/'.join(parents)}", remedy=remedy)
            place += [{}] * (number == len(place))
            place = place[number]
        else:
            place = place.setdefault(parent, [] if following.isdecimal() else {})
    place[last] = value


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        remedy = 'Write one setting a line, such as timezone = "Asia/Shanghai".'
        raise SettingInvalid(f"{path} cannot be read: {fault}.", pointer="/", remedy=remedy) from fault


def create_folder(data: str, **values: object) -> Settings:
    """Make a data folder with its settings file; an existing one is left as it is."""
    folder = Path(data).resolve()
    path = folder / FILE
    if not path.exists():
        given = {name: value for name, value in values.items() if value is not None}
        build(Settings, given, data=folder)
        # JSON spells texts and whole numbers as TOML does.
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in given.items()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = "\n".join(["# Settings of this installation; docs/running.md tells what each one means.", *lines, ""])
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
