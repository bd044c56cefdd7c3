"""The tables of the views at a point: built anew from that much of the log, beside the views in use."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Table, select

from service.audit.asof.cells import Cells, Changed, Key
from service.audit.asof.points import Point
from service.audit.replaying.sources import Source
from service.projections.indicators import Kpis
from service.projections.kpis import kpis
from service.projections.store import snapshot
from service.projections.tables import Row, View, sum_columns, table_of
from service.projections.views import ALL, REBUILD_PAGE, Views
from vouchers import wire
from vouchers.ledger.recorder import Row as LogRow
from vouchers.refusals import Malformed, NotFound

_PAGE: Final = 2_000
_ROW: Final = ""  # instead of a column: the row as a whole
Conditions = Mapping[str, str | int]
TABLES: Final[Mapping[str, tuple[View, type[Row]]]] = {
    table_of(row).name: (view, row) for view in ALL for row in view.rows
}


class TableUnknown(NotFound):
    """The views have no table of this name."""

    remedy = f"Name one of: {', '.join(sorted(TABLES))}."


class NoSuchColumn(Malformed):
    """The table has no column of this name, or the column holds numbers and this is none."""


class Prefix:
    """A log as it was at a point, for the views to add up."""

    def __init__(self, source: Source, point: Point) -> None:
        """Read no more of a log than this."""
        self._source = source
        self._point = point

    def size(self) -> int:
        """The number of entries that had been recorded."""
        return self._point.size

    def rows(self, start: int, stop: int, without: Sequence[str]) -> list[LogRow]:
        """Stored rows with start <= seq < stop that had taken effect, without those of some stored names."""
        rows = self._source.rows(start, stop, without)
        if not self._point.on:
            return rows
        return [row for row in rows if _effective_on(row.entry) <= self._point.on]


def _effective_on(entry: bytes) -> str:
    """The day of an entry: behind it stand members only that cannot hold such a name."""
    at = entry.rfind(b'"eff":"') + 7
    return entry[at : entry.index(b'"', at)].decode()


@contextmanager
def views_at(source: Source, point: Point, *views_wanted: View) -> Iterator[Views]:
    """Views built from a log as it was at a point; they are gone afterwards."""
    with (
        TemporaryDirectory(prefix="vouchers-asof-") as folder,
        Views(f"sqlite:{Path(folder) / 'views.db'}", views_wanted) as views,
    ):
        views.catch_up(Prefix(source, point), page=REBUILD_PAGE)
        yield views


def table_at(
    source: Source, name: str, point: Point, where: Mapping[str, str], limit: int | None = None
) -> list[dict[str, Any]]:
    """The rows of a table at a point, in the order of their keys; `where` says what columns must equal."""
    view, row = known_table(name)
    conditions = _typed(table_of(row), where)
    with views_at(source, point, view) as views:
        return [dict(zip(_names(row), each, strict=True)) for each in _rows(views, row, conditions, limit)]


def kpis_at(source: Source, programme: str, period: str, point: Point) -> Kpis:
    """What evaluators ask of a programme's period, at a point; without a day, on that of the last entry."""
    last = next(iter(source.entries(point.size - 1, point.size)), None) if point.size else None
    with views_at(source, point, *ALL) as views, views.session() as session:
        return kpis(session, programme, period, point.on or (last.eff if last else ""))


def diff_table(source: Source, name: str, before: Point, after: Point, where: Mapping[str, str]) -> Iterator[Changed]:
    """Every cell of a table that differs between two points, row by row, with the entries that changed it."""
    view, row = known_table(name)
    conditions = _typed(table_of(row), where)
    with views_at(source, before, view) as old, views_at(source, after, view) as new:
        seqs = _seqs(source, new, row, before, after)
        pairs = _merged(_keyed(old, row, conditions), _keyed(new, row, conditions))
        for key, was, now in pairs:
            for cell in dict.fromkeys((*was, *now)):
                if was.get(cell) != now.get(cell):
                    # A cell that nothing set came with its row.
                    by = seqs.get((key, cell)) or seqs.get((key, _ROW), [])[:1]
                    yield Changed(key, cell, was.get(cell), now.get(cell), tuple(by))


def known_table(name: str) -> tuple[View, type[Row]]:
    """The view that a table belongs to, and the class of its rows."""
    found = TABLES.get(name)
    if found is None:
        raise TableUnknown(f"There is no table {name[:80]}.", pointer="/what")
    return found


def key_columns(row: type[Row]) -> tuple[str, ...]:
    """The names of a table's key columns."""
    return tuple(column.name for column in table_of(row).primary_key.columns)


def _names(row: type[Row]) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(row).columns)


def _rows(views: Views, row: type[Row], where: Conditions, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of their keys, streamed."""
    table = table_of(row)
    query = select(*table.columns).order_by(*table.primary_key.columns).limit(limit)
    for name, value in where.items():
        query = query.where(table.columns[name] == value)
    with snapshot(views.engine) as connection, connection.execution_options(yield_per=_PAGE).execute(query) as found:
        for each in found:
            yield tuple(each)


def _typed(table: Table, where: Mapping[str, str]) -> Conditions:
    """Conditions with their values as the columns hold them."""
    return {name: _value(table, name, text) for name, text in where.items()}


def _value(table: Table, name: str, text: str) -> str | int:
    column = table.columns.get(name)
    if column is None:
        remedy = f"Columns: {', '.join(each.name for each in table.columns)}."
        raise NoSuchColumn(f"{table.name} has no column {name[:80]}.", pointer="/where", remedy=remedy)
    if column.type.python_type is str:
        return text
    try:
        return int(text)
    except ValueError:
        raise NoSuchColumn(f"{name} holds whole numbers.", pointer="/where", remedy="Give a number.") from None


def _keyed(views: Views, row: type[Row], where: Conditions) -> Iterator[tuple[Key, Cells]]:
    """The rows of a table as key and cells."""
    names, keys = _names(row), key_columns(row)
    for each in _rows(views, row, where):
        values = dict(zip(names, each, strict=True))
        yield tuple(values.pop(name) for name in keys), values


def _merged(old: Iterator[tuple[Key, Cells]], new: Iterator[tuple[Key, Cells]]) -> Iterator[tuple[Key, Cells, Cells]]:
    """Two tables side by side, in the order of their keys; a row that is not there has no cells."""
    was, now = next(old, None), next(new, None)
    while was is not None or now is not None:
        if now is None or (was is not None and was[0] < now[0]):
            yield was[0], was[1], {}  # type: ignore[index]
            was = next(old, None)
        elif was is None or now[0] < was[0]:
            yield now[0], {}, now[1]
            now = next(new, None)
        else:
            yield was[0], was[1], now[1]
            was, now = next(old, None), next(new, None)


def _seqs(
    source: Source, views: Views, row: type[Row], before: Point, after: Point
) -> dict[tuple[Key, str], list[int]]:
    """The entries that count at one of two points only, by the row and the cell that they change."""
    found: dict[tuple[Key, str], list[int]] = {}
    first = 0 if before.on != after.on else min(before.size, after.size)
    for start in range(first, max(before.size, after.size), _PAGE):
        stop = min(start + _PAGE, max(before.size, after.size))
        for seq, stored in _between(source, start, stop, before, after):
            for key, cell in _touched(views, row, stored):
                found.setdefault((key, cell), []).append(seq)
                found.setdefault((key, _ROW), [seq])
    return found


def _between(source: Source, start: int, stop: int, before: Point, after: Point) -> Iterator[tuple[int, LogRow]]:
    for row in source.rows(start, stop):
        entry = wire.decode(row.topic, row.entry)
        if before.has(entry.seq, entry.eff) is not after.has(entry.seq, entry.eff):
            yield entry.seq, row


def _touched(views: Views, row: type[Row], stored: LogRow) -> Iterator[tuple[Key, str]]:
    """The cells of a table that one entry sets or adds to."""
    changes = views.changes_of([stored])[row]
    names, keys = _names(row), key_columns(row)
    for each in changes.rows:
        values = dict(zip(names, each, strict=True))
        key = tuple(values[name] for name in keys)
        yield from ((key, name) for name in names if name not in keys)
    for at, fields in changes.fields.items():
        yield from ((_key(at), name) for name in fields)
    for at, sums in changes.sums.items():
        yield from ((_key(at), name) for name, added in zip(sum_columns(table_of(row)), sums, strict=True) if added)


def _key(at: Any) -> Key:
    return at if isinstance(at, tuple) else (at,)
