"""The derived tables as files: CSV (RFC 4180), SQLite, Parquet, and XLSX with identifiers as text."""

import csv
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, Protocol

import xlsxwriter

from service.audit.suite.views import add_views
from service.audit.tables import Table, sqlite
from service.audit.tables.model import Column, Row
from vouchers.refusals import Unavailable

BATCH: Final = 20_000  # rows that wait in memory for all tables together
SHEET_ROWS: Final = 1_048_575  # rows of a sheet below its heading
_LONGEST_CELL: Final = 32_767  # characters, of a cell of a sheet


class FormatUnavailable(Unavailable):
    """A library that this format needs is not installed."""

    remedy = "Install the extra: pip install 'innovation-vouchers[audit]', or leave the format out."


class Writer(Protocol):
    """Tables in one format, filled row by row in log order."""

    def add(self, number: int, row: Row) -> None:
        """Write a row of a table, which is named by its number."""

    def close(self) -> None:
        """Finish the files."""


class CsvWriter:
    """One CSV a table: UTF-8, CRLF, a heading, days as YYYY-MM-DD, nothing where there is nothing."""

    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        """Open all files."""
        folder.mkdir(parents=True, exist_ok=True)
        self._files: list[IO[str]] = []
        self._writers: list[Callable[[Sequence[Any]], Any]] = []
        for table in tables:
            file = (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="")
            self._files.append(file)
            self._writers.append(csv.writer(file, lineterminator="\r\n").writerow)
            self._writers[-1](table.names)
        self._flags = [any(column.kind == "boolean" for column in table.columns) for table in tables]

    def add(self, number: int, row: Row) -> None:
        """Write a row."""
        if self._flags[number]:
            row = tuple([str(cell).lower() if isinstance(cell, bool) else cell for cell in row])
        self._writers[number](row)

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()


class _Batched(ABC):
    """Rows that wait until there are enough of them."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = tables
        self._waiting: list[list[Row]] = [[] for _ in tables]
        self._count = 0

    def add(self, number: int, row: Row) -> None:
        """Let a row wait."""
        self._waiting[number].append(row)
        self._count += 1
        if self._count >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self.write()
        self._count = 0

    @abstractmethod
    def write(self) -> None:
        """Write the rows of every table and let go of them."""


class SqliteWriter(_Batched):
    """One database with all tables."""

    def __init__(self, path: Path, tables: Sequence[Table]) -> None:
        """Make the tables."""
        super().__init__(tables)
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")  # A half-written bundle is thrown away whole.
        sqlite.create(self._database, tables)

    def write(self) -> None:
        """Insert what waits."""
        sqlite.insert(self._database, self._tables, self._waiting)

    def close(self) -> None:
        """Insert the rest."""
        with closing(self._database) as database:
            self.flush()
            add_views(database)
            database.commit()


class ParquetWriter(_Batched):
    """One Parquet file a table; days, instants and decimals keep their type."""

    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        """Open all files; raises FormatUnavailable without pyarrow."""
        super().__init__(tables)
        try:
            import pyarrow as pa  # noqa: PLC0415 - an extra
            from pyarrow.parquet import ParquetWriter as File  # noqa: PLC0415
        except ImportError as fault:
            raise FormatUnavailable(pointer="/format") from fault
        self._arrow: Any = pa
        folder.mkdir(parents=True, exist_ok=True)
        types = {
            "integer": pa.int64(),
            "amount": pa.int64(),
            "boolean": pa.bool_(),
            "day": pa.date32(),
            "instant": pa.timestamp("us", "UTC"),
            "decimal": pa.decimal128(28, 3),
        }
        self._schemas = [
            pa.schema([(column.name, types.get(column.kind, pa.string())) for column in table.columns])
            for table in tables
        ]
        self._writers = [
            File(folder / f"{table.name}.parquet", schema, compression="zstd")
            for table, schema in zip(tables, self._schemas, strict=True)
        ]

    def write(self) -> None:
        """Write what waits, a row group a table."""
        for table, schema, writer, rows in zip(self._tables, self._schemas, self._writers, self._waiting, strict=True):
            if rows:
                cells = zip(*rows, strict=True)
                columns = [_typed(column, list(found)) for column, found in zip(table.columns, cells, strict=True)]
                writer.write_table(self._arrow.table(columns, schema=schema))
                rows.clear()

    def close(self) -> None:
        """Write the rest."""
        self.flush()
        for writer in self._writers:
            writer.close()


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "day": date.fromisoformat,
    "instant": datetime.fromisoformat,
    "decimal": Decimal,
}


def _typed(column: Column, cells: list[Any]) -> list[Any]:
    """The cells of a column as values of its type."""
    read = _READERS.get(column.kind)
    return cells if read is None else [None if cell is None else read(cell) for cell in cells]


class XlsxWriter:
    """One workbook: a sheet a table, and the totals of each; a text stays a text, so nothing is a formula.

    Tables of single facts and rules are left out: they are for programs, and longer than a sheet.
    """

    def __init__(self, path: Path, tables: Sequence[Table]) -> None:
        """Open the workbook."""
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the same bytes each time
        self._bold = self._book.add_format({"bold": True})
        self._totals = self._book.add_worksheet("totals")
        self._tables = tables
        self._sheets: dict[int, tuple[Any, int]] = {}
        self._sums: dict[tuple[int, str], int] = {}
        self._rows = [0] * len(tables)

    def add(self, number: int, row: Row) -> None:
        """Write a row, on a further sheet where one is full."""
        table = self._tables[number]
        if not in_workbook(table):
            return
        if self._rows[number] % SHEET_ROWS == 0:
            self._sheets[number] = self._open(table, self._rows[number] // SHEET_ROWS), 0
        sheet, line = self._sheets[number]
        self._sheets[number] = sheet, line + 1
        self._rows[number] += 1
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if cell is None:
                continue
            if column.kind in ("integer", "amount"):
                sheet.write_number(line + 1, place, cell)
            elif column.kind == "decimal":
                sheet.write_number(line + 1, place, float(str(cell)))
            elif isinstance(cell, bool):
                sheet.write_boolean(line + 1, place, cell)
            else:
                sheet.write_string(line + 1, place, str(cell)[:_LONGEST_CELL])
            if column.kind == "amount":
                self._sums[number, column.name] = self._sums.get((number, column.name), 0) + int(cell)

    def _open(self, table: Table, part: int) -> Any:
        sheet = self._book.add_worksheet(f"{table.name}_{part + 1}" if part else table.name)
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.names):
            sheet.write_string(0, place, name, self._bold)
        return sheet

    def close(self) -> None:
        """Write the totals."""
        for place, name in enumerate(("table", "what it holds", "rows", "column", "sum in minor units")):
            self._totals.write_string(0, place, name, self._bold)
        line = 1
        for number, table in enumerate(self._tables):
            if in_workbook(table):
                sums = [(name, total) for (at, name), total in self._sums.items() if at == number] or [("", 0)]
                for name, total in sums:
                    self._totals.write_row(line, 0, (table.name, table.text, self._rows[number], name, total))
                    line += 1
        self._book.close()


def in_workbook(table: Table) -> bool:
    """Whether a table is for people to look at: not every entry, and not every single fact."""
    return table.name != "events" and "place" not in table.key
