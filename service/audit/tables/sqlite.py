"""The derived tables as a SQLite database: for SQL, for a bundle, for whoever opens it with a browser of databases."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from service.audit.tables.deriving import Deriver
from service.audit.tables.model import Row, Table
from vouchers.wire import parse

_BATCH = 5_000
_TYPES = {"integer": "INTEGER", "amount": "INTEGER", "boolean": "INTEGER"}


def create(database: sqlite3.Connection, tables: Sequence[Table]) -> None:
    """Make the tables, empty; what they say stands as a comment in their definition."""
    for table in tables:
        columns = [f'  "{column.name}" {_TYPES.get(column.kind, "TEXT")}' for column in table.columns]
        key = ", ".join(f'"{name}"' for name in table.key)
        body = ",\n".join([*columns, f"  PRIMARY KEY ({key})"])
        database.execute(f'CREATE TABLE "{table.name}" ( -- {table.text}\n{body}\n) WITHOUT ROWID')


def fill(
    database: sqlite3.Connection,
    tables: Sequence[Table],
    lines: Iterable[bytes],
    told: Callable[[int], None] = lambda _: None,
) -> int:
    """Fill the tables from the lines of a log, in one transaction; returns the number of lines read.

    `told` hears how many lines have been read, now and then.
    """
    deriver = Deriver(tables)
    waiting: list[list[Row]] = [[] for _ in tables]
    number = -1
    for number, line in enumerate(lines):
        entry = parse(line)
        if "type" in entry:
            for index, row in deriver.rows(entry):
                waiting[index].append(row)
        if number % _BATCH == _BATCH - 1:
            insert(database, tables, waiting)
            told(number + 1)
    insert(database, tables, waiting)
    database.commit()
    told(number + 1)
    return number + 1


def insert(database: sqlite3.Connection, tables: Sequence[Table], waiting: list[list[Row]]) -> None:
    """Insert the rows that wait, by table, and let go of them."""
    for table, rows in zip(tables, waiting, strict=True):
        if rows:
            marks = ",".join("?" * len(table.columns))
            database.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)  # noqa: S608 - our own names
            rows.clear()
