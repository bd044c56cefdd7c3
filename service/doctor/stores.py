"""What the doctor looks at in the stores: how they write, whether they are whole, how far the views are."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from service import clock
from service.doctor.findings import Finding, fail, ok, warn
from service.settings import Settings
from service.wiring import Service
from vouchers import wire
from vouchers.ledger.recorder import PAGE

OLDEST_SERVER: Final = 140_000
FAR_BEHIND: Final = 1_000  # entries
LITTLE_DRIFT, GREAT_DRIFT = 1.0, 30.0  # seconds
CONNECTIONS_EACH: Final = 44  # that one process may come to open: the log, the views and the desk
_FULL: Final = {"2", "3"}
_OFF_REMEDY: Final = "Set it to on in postgresql.conf and restart the server."


def look_at_log(service: Service) -> Iterator[Finding]:
    """Whether an acknowledged command is on disk."""
    found = service.ledger.conditions()
    match found["store"]:
        case "sqlite":
            yield from _sqlite(found)
        case "postgresql":
            yield from postgresql(found, service.settings)
        case _:
            yield fail("log", "It is in memory and ends with this process.", "Name sqlite:PATH or postgresql://...")


def _sqlite(found: dict[str, str]) -> Iterator[Finding]:
    written = f"SQLite {found['version']}, journal_mode={found['journal_mode']}, synchronous={found['synchronous']}."
    if found["journal_mode"] == "wal" and found["synchronous"] in _FULL:
        yield ok("log", written)
    else:
        yield fail("log", written, "Let nothing else change this file; it is written with wal and FULL.")


def postgresql(found: dict[str, str], settings: Settings) -> Iterator[Finding]:
    """What a server is set to, from the names and values that it told."""
    if int(found["server_version_num"]) < OLDEST_SERVER:
        yield fail("server", "It is older than PostgreSQL 14.", "Upgrade the server.")
    else:
        yield ok("server", f"PostgreSQL {int(found['server_version_num']) // 10_000}.")
    for name in ("fsync", "full_page_writes"):
        if found[name] != "on":
            yield fail(name, "It is off: a power cut breaks the database.", _OFF_REMEDY)
        else:
            yield ok(name, "It is on.")
    if found["synchronous_commit"] == "off":
        what = "It is off; the log turns it on for itself, the desk and others do not."
        yield warn("synchronous_commit", what, _OFF_REMEDY)
    else:
        yield ok("synchronous_commit", f"It is {found['synchronous_commit']}.")
    if found["default_transaction_isolation"] != "read committed":
        what = (
            f"It is {found['default_transaction_isolation']}; the log sets it for itself, the desk and others do not."
        )
        yield warn("isolation", what, "Set default_transaction_isolation to read committed for this role.")
    else:
        yield ok("isolation", "It is read committed.")
    if found["superuser"] == "on":
        what = "We are a superuser, who may change the log past every permission."
        yield warn("role", what, "Use a role that owns this schema and nothing else.")
    else:
        yield ok("role", "It is no superuser.")
    if found["database_functions"] != "0":
        what = "The schema has functions that insert events: with them, readers step over events."
        yield fail("database functions", what, "Drop es_insert_events... and let no other program write here.")
    yield from _room(found, settings)
    drift = abs((_instant(found["now"]) - _instant(clock.now())).total_seconds())
    yield _drifted("server's clock", drift, f"It differs from ours by {drift:.3f} s.")


def _room(found: dict[str, str], settings: Settings) -> Iterator[Finding]:
    most = int(found["max_connections"])
    needed = CONNECTIONS_EACH * (settings.workers or 1)
    told = f"{found['connections']} of {most} are in use; this service may come to need {needed}."
    if most - int(found["connections"]) < needed:
        yield warn("connections", told, "Raise max_connections, or serve with fewer workers.")
    else:
        yield ok("connections", told)


def _drifted(check: str, seconds: float, told: str) -> Finding:
    remedy = "Let a time service set the clock of this machine."
    if seconds > GREAT_DRIFT:
        return fail(check, told, remedy)
    return warn(check, told, remedy) if seconds > LITTLE_DRIFT else ok(check, told)


def look_at_clock(service: Service) -> Iterator[Finding]:
    """Whether our clock is behind what the log recorded last."""
    size = service.ledger.size()
    rows = service.ledger.rows(size - 1, size)
    if not rows:
        yield ok("clock", "The log is empty.")
        return
    last, now = wire.recorded_at(rows[0].entry), clock.now()
    behind = (_instant(last) - _instant(now)).total_seconds()
    if behind > 0:
        told = f"It is {behind:,.1f} s behind what the log recorded last ({last}); time stands still until then."
        yield _drifted("clock", max(behind, LITTLE_DRIFT + 1), told)
    else:
        yield ok("clock", f"It is {now}; the log recorded last {last}.")


def look_at_entries(service: Service) -> Iterator[Finding]:
    """Whether the log has every number once, and each entry says its own."""
    size, seen = service.ledger.size(), 0
    for start in range(0, size, PAGE):
        for row in service.ledger.rows(start, min(start + PAGE, size)):
            if wire.decode(row.topic, row.entry).seq != seen:
                yield fail("entries", f"Entry {seen:,} says another number.", "Restore the log from a backup.")
                return
            seen += 1
    if seen != size:
        told = f"The log should have {size:,} entries and has {seen:,}."
        yield fail("entries", told, "Restore the log from a backup.")
    else:
        yield ok("entries", f"All {size:,} are there, in their order.")


def look_at_file(name: str, address: str) -> Iterator[Finding]:
    """Whether a database file is whole, as SQLite itself checks it."""
    if not address.startswith("sqlite:"):
        return
    path = address.removeprefix("sqlite:")
    if not Path(path).exists():
        yield ok(f"{name} file", "It is not made yet.")
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.Error as fault:
        said = [str(fault)]
    if said == ["ok"]:
        yield ok(f"{name} file", "It is whole.")
    else:
        remedy = "Run: vouchers views rebuild." if name == "views" else "Restore it from a backup."
        yield fail(f"{name} file", f"It is damaged: {said[0]}.", remedy)


def look_at_views(service: Service) -> Iterator[Finding]:
    """How far each view is behind the log, or whether it belongs to another."""
    size = service.ledger.size()
    with service.views.engine.connect() as connection:
        positions = service.views.positions(connection)
    ahead = [name for name, position in positions.items() if position > size]
    behind = size - min(positions.values())
    if ahead:
        what = f"{', '.join(ahead)} counted more than the log holds: they belong to another log."
        yield fail("views", what, "Run: vouchers views rebuild.")
    elif behind > FAR_BEHIND:
        yield warn("views", f"They are {behind:,} entries behind.", "Run: vouchers views catch-up.")
    else:
        yield ok("views", f"They are {behind:,} entries behind.")


def look_at_desk(service: Service) -> Iterator[Finding]:
    """Whether the desk answers."""
    settings = service.settings
    if service.desk.answers():
        local = settings.log.startswith("postgres") and settings.desk.startswith("sqlite:")
        what = "It answers, and is on this machine alone: services elsewhere know other sessions and webhooks."
        yield warn("desk", what, "Set desk to a schema of the log's server.") if local else ok("desk", "It answers.")
    else:
        yield fail("desk", "It does not answer.", "Start its database, or restore it from a backup.")


def look_at_spread(settings: Settings) -> Iterator[Finding]:
    """Whether programmes are spread over several stores, and so which rules do not reach across."""
    if settings.stores:
        names = ", ".join(settings.stores)
        what = f"Programmes of {names} have logs of their own: an invoice that pays once, aid and contracts that count"
        what += " together do so within one store."
        yield warn("stores", what, "Keep programmes that have to know of one another in one store.")
    else:
        yield ok("stores", "All programmes are in one.")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
