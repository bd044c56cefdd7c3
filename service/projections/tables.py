"""What views are made of: typed tables, what a page of the log changes in them, and who says so."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, cast

import msgspec
from sqlalchemy import BigInteger, Integer, Table, Text, text
from sqlalchemy.engine.default import StrCompileDialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vouchers.wire import Outline

Word = Annotated[str, mapped_column(server_default="")]
Number = Annotated[int, mapped_column(server_default=text("0"))]
Sum = Annotated[int, mapped_column(server_default=text("0"), info={"sum": True})]
Key = Annotated[str, mapped_column(primary_key=True)]
Seq = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]

Value = str | int
RowKey = str | int | tuple[Value, ...]

_ANY = StrCompileDialect()  # Types are written as for no database in particular.


class Row(DeclarativeBase):
    """A row of a view. Text compares by code point in every database, and an integer key is SQLite's row number."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger().with_variant(Integer(), "sqlite"),
        str: Text().with_variant(Text(collation="C"), "postgresql"),
    }

    def as_dict(self) -> dict[str, Any]:
        """The row as plain values by column."""
        return {column.name: getattr(self, column.name) for column in table_of(type(self)).columns}


class Position(Row):
    """How far a view has come: the number of log entries that its rows add up."""

    __tablename__ = "view_positions"
    name: Mapped[Key]
    version: Mapped[Word]
    position: Mapped[Number]


def table_of(row: type[Row]) -> Table:
    """The table behind a class of rows."""
    return cast("Table", row.__table__)


class _Sums(dict[RowKey, list[int]]):
    """What is added to a row's sums; a row asked for the first time begins with nothing."""

    def __init__(self, width: int) -> None:
        self.nothing = [0] * width

    def __missing__(self, key: RowKey) -> list[int]:
        added = self[key] = self.nothing.copy()
        return added


class Changes:
    """What a page changes in one table, one entry per row.

    `rows` are whole new rows in column order; `fields` sets columns by key (the last event wins), `sums` adds to the
    sum columns by key, in their order. A row that `fields` or `sums` name and that is not there begins empty.
    """

    __slots__ = ("fields", "rows", "sums")

    def __init__(self, width: int) -> None:
        """Begin with nothing for a table with so many sum columns."""
        self.rows: list[tuple[Value, ...]] = []
        self.fields: defaultdict[RowKey, dict[str, Value]] = defaultdict(dict)
        self.sums = _Sums(width)


Ops = dict[type[Row], Changes]
Handler = Callable[[Ops, Outline[Any]], None]


@dataclass(frozen=True, slots=True)
class View:
    """A named and versioned view: its tables, and what each type of event adds to them.

    Raise the version when a handler changes what it adds; a change of columns is noticed by itself. A view of another
    version is rebuilt, never migrated.
    """

    name: str
    version: int
    rows: tuple[type[Row], ...]
    handlers: Mapping[type, Handler]

    @property
    def tables(self) -> list[Table]:
        """The tables, in the order of the rows."""
        return [table_of(row) for row in self.rows]

    @property
    def fingerprint(self) -> str:
        """The version and a digest of the columns."""
        return f"{self.version}-{_digest(self.rows)}"


@cache
def _digest(rows: tuple[type[Row], ...]) -> str:
    columns = [
        f"{table.name}.{column.name} {column.type.compile(_ANY)} {column.primary_key} {column.info}"
        for table in map(table_of, rows)
        for column in table.columns
    ]
    return hashlib.sha256("|".join(columns).encode()).hexdigest()[:12]


def sum_columns(table: Table) -> list[str]:
    """The names of the columns that are only ever added to."""
    return [column.name for column in table.columns if column.info.get("sum")]


def nothing_for(views: tuple[View, ...]) -> Ops:
    """Empty changes for every table of some views."""
    return {row: Changes(len(sum_columns(table_of(row)))) for view in views for row in view.rows}


_encoder = msgspec.json.Encoder(order="sorted")


def text_of(values: object) -> str:
    """Values out of the log as JSON text, member names in order."""
    return _encoder.encode(values).decode()


def key_of(entry: Outline[Any]) -> str:
    """What a stream's name says after its kind."""
    return entry.agg.partition("/")[2]
