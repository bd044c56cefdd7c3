"""The tests as views of a SQLite database with the derived tables, for whoever opens it with a program of theirs."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from service.audit.suite import helping
from service.audit.suite.asking import AuditTest, audit_tests
from service.audit.suite.policies import Adopted, in_force, thresholds
from service.audit.suite.settings import Numbers, shipped

REPLAYED: Final = ("T20", "T21", "T22")  # what deciding again finds, at each level
# What a database alone cannot tell: whether decisions come out the same again, whether seeds follow from roots.
LEFT_OUT: Final = frozenset({*REPLAYED, "T26"})


def add_views(database: sqlite3.Connection, numbers: Numbers | None = None) -> None:
    """Add a view for each test, and the small tables that it needs, made from the tables that are there."""
    policies = list(_policies(database))
    known = in_force(policies, numbers or shipped())
    seconds = known.values["clock_seconds"]
    days = [day for (day,) in database.execute("SELECT eff FROM events UNION SELECT substr(rec, 1, 10) FROM events")]
    invoices = [invoice for (invoice,) in database.execute("SELECT DISTINCT invoice FROM invoices ORDER BY invoice")]
    rows: dict[str, Iterable[tuple[Any, ...]]] = {
        "calendar": helping.calendar(days),
        "thresholds": thresholds(policies, known),
        "outside_times": helping.outside_times(_anchors(database), seconds),
        "invoice_numbers": helping.invoice_numbers(invoices),
    }
    for name, made in rows.items():
        _fill(database, name, made)
    for test in audit_tests().values():
        if test.name not in LEFT_OUT:
            _add(database, test, known)


def add_replayed(database: sqlite3.Connection, found: Iterable[tuple[int, int, str]]) -> None:
    """Add what deciding again found, as (level, entry, sentence), and the views over it."""
    _fill(database, "replay_findings", ((number, *each) for number, each in enumerate(found, 1)))
    for name in REPLAYED:
        _add(database, audit_tests()[name], shipped())


def _fill(database: sqlite3.Connection, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{column}" {kind}' for column, kind in helping.TABLES[name])
    database.execute(f"CREATE TABLE {name} ({columns})")
    marks = ", ".join("?" * len(helping.TABLES[name]))
    database.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - our own names


def _add(database: sqlite3.Connection, test: AuditTest, numbers: Numbers) -> None:
    database.execute(f"CREATE VIEW {test.name} AS -- {test.title}: {test.asks}\n{test.query(numbers.values)}")


def _policies(database: sqlite3.Connection) -> Iterator[Adopted]:
    """Every adopted policy, put together again from its single values."""
    query = (
        "SELECT p.seq, p.programme, p.version, p.digest, v.name, v.text, v.number FROM policies p "
        "JOIN policy_values v ON v.seq = p.seq WHERE p.event = 'programme.PolicyAdopted' ORDER BY p.seq, v.place"
    )
    for (_, programme, version, digest), values in groupby(database.execute(query), key=lambda row: row[:4]):
        found: dict[str, Any] = {}
        for *_, name, text, number in values:
            *path, last = name.split(".")
            inner = found
            for step in path:
                inner = inner.setdefault(step, {})
            inner[last] = text if number is None else number
        yield Adopted(programme, version, digest, _listed(found))


def _listed(value: Any) -> Any:
    """A value in which what was numbered is a list again."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def _anchors(database: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """The anchors with all times that outsiders stated."""
    query = "SELECT seq, size, stamped FROM anchors UNION ALL SELECT seq, size, stamped FROM cosignatures ORDER BY 1, 2"
    for (seq, size), stated in groupby(database.execute(query), key=lambda row: row[:2]):
        yield {"seq": seq, "size": size, "times": [time for *_, time in stated]}
