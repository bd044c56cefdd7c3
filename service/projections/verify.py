"""Verification: two databases of views are walked side by side, and the first row that differs is named by table."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row of a table that is not what the log adds up to; `column` is "" where a whole row is at fault.

    A missing row has "missing" stored and "row" expected, an extra row the other way round.
    """

    table: str
    key: tuple[str | int, ...]
    column: str
    stored: str | int
    expected: str | int

    def __str__(self) -> str:
        """The difference as a sentence."""
        place = f"{self.table} {'/'.join(map(str, self.key))}"
        if self.column:
            return f"{place}: {self.column} is {self.stored!r}, and the log says {self.expected!r}."
        return f"{place}: the row is missing." if self.stored == "missing" else f"{place}: the log knows no such row."


def differences(stored: Connection, expected: Connection, tables: Iterable[Table]) -> list[Difference]:
    """The first difference of each table between what is stored and what should be."""
    found = [_first_difference(table, stored, expected) for table in tables]
    return [difference for difference in found if difference]


def _first_difference(table: Table, stored: Connection, expected: Connection) -> Difference | None:
    """Walk both tables in the order of their keys."""
    with closing(_rows(table, stored)) as left, closing(_rows(table, expected)) as right:
        return _compared(table, left, right)


def _compared(table: Table, left: Iterator[tuple[Any, ...]], right: Iterator[tuple[Any, ...]]) -> Difference | None:
    """The first difference between rows in the order of their keys."""
    width = len(table.primary_key.columns)
    ours, truth = next(left, None), next(right, None)
    while ours or truth:
        if truth is None or (ours is not None and ours[:width] < truth[:width]):
            return Difference(table.name, ours[:width] if ours else (), "", "row", "missing")
        if ours is None or truth[:width] < ours[:width]:
            return Difference(table.name, truth[:width], "", "missing", "row")
        if ours != truth:
            column, is_, should = next(
                (column.name, mine, true)
                for column, mine, true in zip(_columns(table), ours, truth, strict=True)
                if mine != true
            )
            return Difference(table.name, ours[:width], column, is_, should)
        ours, truth = next(left, None), next(right, None)
    return None


def _columns(table: Table) -> list[Any]:
    """The columns of a table, its key first."""
    keys = list(table.primary_key.columns)
    return keys + [column for column in table.columns if not column.primary_key]


def _rows(table: Table, connection: Connection) -> Generator[tuple[Any, ...], None, None]:
    """The rows in the order of their keys, streamed."""
    query = select(*_columns(table)).order_by(*table.primary_key.columns)
    with connection.execution_options(yield_per=_PAGE).execute(query) as found:
        for row in found:
            yield tuple(row)
