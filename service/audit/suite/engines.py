"""The two engines that the tests run on, filled with tables: SQLite everywhere, DuckDB where the extra is installed."""

import csv
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import IO, Any, Final, Protocol

from vouchers.refusals import Malformed, Unavailable

NAMES: Final = ("sqlite", "duckdb")
_NOTHING: Final = "\x01"  # a character that no text of the log holds
_STEPS: Final = 1_000_000  # of SQLite between two looks at the clock
_ENDLESS: Final = 3_600.0  # seconds that no test of ours comes near
_LITE: Final = (
    "journal_mode=OFF",
    "synchronous=OFF",
    "cache_size=-65536",
    "temp_store=MEMORY",
    "locking_mode=EXCLUSIVE",
)
_DUCK: Final = ("memory_limit='1GB'", "integer_division=true", "threads=2", "preserve_insertion_order=true")
_CSV: Final = (
    f"FORMAT csv, AUTO_DETECT false, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '{_NOTHING}'"
)
_READS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)

Columns = Sequence[tuple[str, str]]
Row = tuple[Any, ...]


class EngineMissing(Unavailable):
    """This engine is not installed."""

    remedy = "Install it with the extra audit, or use sqlite."


class QueryFaulty(Malformed):
    """The engine cannot run this query."""


class QueryTooLong(Malformed):
    """The query took longer than it may."""

    remedy = "Narrow it with WHERE, or take less at once."


class Engine(Protocol):
    """A database of tables that are filled once, and then only read."""

    name: str

    def create(self, table: str, columns: Columns) -> None:
        """Make a table with these columns (name, BIGINT or VARCHAR)."""

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Add rows to a table."""

    def ready(self, indexes: Iterable[tuple[str, str]]) -> None:
        """Nothing more is written; make these columns of tables quick to find by, where the engine needs that."""

    def query(self, sql: str, most: int, seconds: float = 0) -> tuple[list[str], list[Row]]:
        """The columns and at most so many rows of a query, which is stopped after so many seconds."""

    def close(self) -> None:
        """Let everything go."""


class Sqlite:
    """SQLite in a file of its own that is gone afterwards."""

    name = "sqlite"

    def __init__(self) -> None:
        """Open an empty database, which no crash has to survive."""
        self._folder = TemporaryDirectory(prefix="vouchers-audit-")
        self._db = sqlite3.connect(f"{self._folder.name}/audit.sqlite", isolation_level=None, check_same_thread=False)
        self._width: dict[str, int] = {}
        self._end = 0.0
        for pragma in _LITE:
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("BEGIN")

    def create(self, table: str, columns: Columns) -> None:
        """Make a table."""
        self._db.execute(f"CREATE TABLE {table} ({_declared(columns)})")
        self._width[table] = len(columns)

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Add rows to a table."""
        marks = ", ".join("?" * self._width[table])
        self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names

    def ready(self, indexes: Iterable[tuple[str, str]]) -> None:
        """Index, look at the spread of the values once, and from now on let nobody write, attach or load."""
        for table, column in indexes:
            self._db.execute(f'CREATE INDEX "{table}_{column}" ON {table} ("{column}")')
        for statement in ("COMMIT", "PRAGMA analysis_limit=1000", "ANALYZE", "PRAGMA query_only=ON"):
            self._db.execute(statement)
        self._db.set_authorizer(_only_reads)

    def query(self, sql: str, most: int, seconds: float = 0) -> tuple[list[str], list[Row]]:
        """The rows of a query."""
        self._end = time.monotonic() + seconds
        self._db.set_progress_handler(self._late if seconds else None, _STEPS)
        try:
            with closing(self._db.execute(sql)) as cursor:
                return [each[0] for each in cursor.description or ()], cursor.fetchmany(most)
        except (sqlite3.Error, sqlite3.Warning) as fault:
            if getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                raise QueryTooLong(pointer="/query") from fault
            raise QueryFaulty(_first_line(fault), pointer="/query", remedy="Give one SELECT of SQLite.") from fault

    def _late(self) -> int:
        return int(time.monotonic() > self._end)

    def close(self) -> None:
        """Close the database and remove its file."""
        self._db.close()
        self._folder.cleanup()


class Duck:
    """DuckDB in memory, with whole division as in SQLite, and no way to files or networks once it is filled."""

    name = "duckdb"

    def __init__(self) -> None:
        """Open it, or say that it is not installed."""
        try:
            import duckdb  # noqa: PLC0415 - an extra
        except ImportError as fault:
            raise EngineMissing(pointer="/engine") from fault
        self._error, self._interrupted = duckdb.Error, duckdb.InterruptException
        self._folder = TemporaryDirectory(prefix="vouchers-audit-")
        self._db = duckdb.connect(":memory:")
        for setting in (*_DUCK, f"temp_directory='{self._folder.name}'"):
            self._db.execute(f"SET {setting}")
        self._files: dict[str, IO[str]] = {}

    def create(self, table: str, columns: Columns) -> None:
        """Make a table, and the file that it is filled from: by files it is far quicker than row by row."""
        self._db.execute(f"CREATE TABLE {table} ({_declared(columns)})")
        self._files[table] = (Path(self._folder.name) / f"{table}.csv").open("w", encoding="utf-8", newline="")

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Add rows to a table's file."""
        writer = csv.writer(self._files[table])
        writer.writerows([_written(value) for value in row] for row in rows)

    def ready(self, indexes: Iterable[tuple[str, str]]) -> None:  # noqa: ARG002 - it scans fast enough without
        """Take the files in; from now on nothing but the tables can be reached, and that cannot be undone."""
        for table, file in self._files.items():
            file.close()
            if Path(file.name).stat().st_size:
                self._db.execute(f"COPY {table} FROM '{file.name}' ({_CSV})")
            Path(file.name).unlink()
        self._db.execute("SET enable_external_access=false")
        self._db.execute("SET lock_configuration=true")

    def query(self, sql: str, most: int, seconds: float = 0) -> tuple[list[str], list[Row]]:
        """The rows of a query."""
        stop = Timer(seconds or _ENDLESS, self._db.interrupt)
        stop.start()
        try:
            found = self._db.execute(sql)
            return [each[0] for each in found.description or ()], found.fetchmany(most)
        except self._error as fault:
            if isinstance(fault, self._interrupted):
                raise QueryTooLong(pointer="/query") from fault
            raise QueryFaulty(_first_line(fault), pointer="/query", remedy="Give one SELECT of DuckDB.") from fault
        finally:
            stop.cancel()

    def close(self) -> None:
        """Close it and remove what it set aside."""
        for file in self._files.values():
            file.close()
        self._db.close()
        self._folder.cleanup()


@contextmanager
def opened(name: str) -> Iterator[Engine]:
    """An engine by its name, closed at the end of the block."""
    engine: Engine = Duck() if name == "duckdb" else Sqlite()
    try:
        yield engine
    finally:
        engine.close()


def _only_reads(action: int, first: str | None, second: str | None, *_: str | None) -> int:  # noqa: ARG001
    loads = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension"
    return sqlite3.SQLITE_OK if action in _READS and not loads else sqlite3.SQLITE_DENY


def _written(value: Any) -> Any:
    return _NOTHING if value is None else int(value) if isinstance(value, bool) else value


def _declared(columns: Columns) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns)


def _first_line(fault: Exception) -> str:
    return str(fault).splitlines()[0][:300]
