"""The log in one SQLite file: WAL, synchronous=FULL, so acknowledged means on disk."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from time import sleep
from typing import Any

from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from vouchers.ledger.guards import SQLITE, RedactionNotOrdered
from vouchers.ledger.recorder import PAGE, Row, to_rows
from vouchers.ledger.tree import frontier_of, missing
from vouchers.merkle import Frontier, leaf_hash
from vouchers.wire import checked

_INSERT = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)"
_COLUMNS = "SELECT originator_id, originator_version, topic, state FROM stored_events"
_ROWS_BUT = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events WHERE rowid > ? AND rowid <= ?"
    " AND topic NOT IN (SELECT value FROM json_each(?)) ORDER BY rowid"
)
_HEAD = "SELECT originator_version, rowid FROM stored_events WHERE originator_id = ? ORDER BY 1 DESC LIMIT 1"
_WHOLE = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events"
    " WHERE originator_id IN (SELECT value FROM json_each(?)) ORDER BY 1, 2"
)
_TAILS = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events"
    " WHERE rowid IN (SELECT (SELECT rowid FROM stored_events WHERE originator_id = name.value"
    " ORDER BY originator_version DESC LIMIT 1) FROM json_each(?) AS name)"
)
_FRONTIER = "SELECT size, stack FROM audit_frontier"
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name IN ('audit_leaf', 'audit_node', 'audit_frontier')"
_GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_LEFT = (
    "SELECT CAST(json_extract(CAST(state AS TEXT), '$.data.left') AS BLOB) FROM stored_events"
    " WHERE originator_id = ? AND topic = 'erasure.EntryRedacted'"
)
_LEAVES = "SELECT hash FROM audit_leaf WHERE seq >= ? AND seq < ? ORDER BY seq"
_NODES = "SELECT hash FROM audit_node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx"
_ADD_LEAVES = (  # One statement for all takes two thirds of the time of one for each.
    "WITH RECURSIVE n(i) AS (SELECT 0 WHERE ?3 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?3)"
    " INSERT INTO audit_leaf (seq, hash) SELECT ?1 + i, substr(?2, 32 * i + 1, 32) FROM n"
)
_ADD_NODE = "INSERT INTO audit_node (level, idx, hash) VALUES (?,?,?)"
_GROW = "UPDATE audit_frontier SET size = ?, stack = ?"
_BEGIN = "INSERT INTO audit_frontier (one, size, stack) VALUES (1,?,?)"
_PATIENCE = 30  # Seconds to wait for another process.
_LOOKS = 60_000  # How often to look meanwhile whether it has left the lock: every half millisecond.
_AT_ONCE = "PRAGMA busy_timeout=0"
_PRAGMAS = ("synchronous=FULL", "wal_autocheckpoint=4000", "cache_size=-32768")
_HASH = "hash BLOB NOT NULL CHECK (length(hash) = 32)"
_TREE = (
    f"CREATE TABLE IF NOT EXISTS audit_leaf (seq INTEGER PRIMARY KEY, {_HASH})",
    f"CREATE TABLE IF NOT EXISTS audit_node (level INT, idx INT, {_HASH}, PRIMARY KEY (level, idx)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS audit_frontier (one INTEGER PRIMARY KEY CHECK (one = 1), size INT, stack BLOB)",
)


class DurablePool(SQLiteConnectionPool):
    """Connections that sync the log to disk at every commit and wait 30 s for another process's lock."""

    def _create_connection(self) -> SQLiteConnection:
        try:
            # The library's own connections keep one prepared statement, so that each call prepares its anew.
            connection = sqlite3.connect(
                self.db_name,
                uri=True,
                timeout=_PATIENCE,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=64,
            )
            write_ahead(connection)
        except sqlite3.Error as error:
            raise InterfaceError(str(error)) from error
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(connection, self.max_age)

    def impatient(self) -> SQLiteConnection:
        """A connection beside the pool that is told at once when another process is in its way."""
        connection = self._create_connection()
        connection.cursor().execute(_AT_ONCE)
        return connection


class SQLiteLogRecorder(SQLiteApplicationRecorder):
    """The library's SQLite recorder with dense numbers assigned under the write lock.

    The row number is a declared column: SQLite may renumber an undeclared one, and reuses it after a deletion.
    """

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events") -> None:
        """Replace the library's pool by one whose connections are durable."""
        pool = datastore.pool
        self._pool = datastore.pool = DurablePool(db_name=pool.db_name, lock_timeout=pool.lock_timeout)
        pool.close()
        self._turn = Lock()
        self._writer: SQLiteConnection | None = None
        self._known: Frontier | None = None
        super().__init__(datastore, events_table_name)

    def construct_create_table_statements(self) -> list[str]:
        """The log: dense number, stream, version, stored name, entry; and the tree over it."""
        columns = (
            "rowid INTEGER PRIMARY KEY",
            "originator_id TEXT NOT NULL",
            "originator_version INTEGER NOT NULL",
            "topic TEXT NOT NULL",
            "state BLOB NOT NULL",
            "UNIQUE (originator_id, originator_version)",
        )
        return [f"CREATE TABLE IF NOT EXISTS stored_events ({', '.join(columns)})", *_TREE]

    def create_table(self) -> None:
        """Create what a new log has, and what a log from before the tree lacks; what is taken away later stays away.

        Otherwise every opening would hide that somebody took a guard or a table away.
        """
        with self._reading() as cursor:
            if cursor.execute(_IS_THERE).fetchone():
                return
        with self.datastore.get_connection(commit=True) as connection, _immediate(connection) as cursor:
            cursor.execute(_IS_THERE)
            if not cursor.fetchone():
                for statement in (*self.create_table_statements, *SQLITE.values()):
                    cursor.execute(statement)

    def unguarded(self) -> list[str]:
        """The guards of the log that are missing or not ours."""
        with self._reading() as cursor:
            found = dict(cursor.execute(_GUARDS).fetchall())
        return [name for name, statement in SQLITE.items() if found.get(name) != statement]

    def guard(self) -> None:
        """Set the guards again that are missing or not ours."""
        with self.datastore.get_connection(commit=True) as connection, _immediate(connection) as cursor:
            cursor.execute(_GUARDS)
            found = dict(map(tuple, cursor.fetchall()))
            for name, statement in SQLITE.items():
                if found.get(name) != statement:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    cursor.execute(statement)

    def redact(self, seq: int) -> bool:
        """Put what its EntryRedacted left of an entry in the entry's place, and write the file anew without its bytes.

        False where another connection still reads from the write-ahead log, so that they are in it until the next call.
        Raises RedactionNotOrdered.
        """
        with self.datastore.get_connection(commit=True) as connection:
            with _immediate(connection) as cursor:
                cursor.execute(_LEFT, (f"erasure/entry/{seq}",))
                left = cursor.fetchone()
                if left is None:
                    raise RedactionNotOrdered(pointer="/seq")
                cursor.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (left[0], seq + 1))
            cursor = connection.cursor()
            try:
                # Not only the row: earlier moves of it may have left its bytes in unused parts of pages.
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise OperationalError(str(error)) from error
            busy: int = cursor.fetchone()[0]
            return not busy

    @contextmanager
    def write(self) -> Iterator["SQLiteTransaction"]:
        """Begin IMMEDIATE, so that a wait for another process is a wait and not an error.

        One connection is kept for it: to take it from the library's pool and to give it back takes longer than a row.
        """
        with self._turn:
            writer = self._writer = self._writer or self._pool.impatient()
            with _immediate(writer, _begin) as cursor:
                # Whoever writes takes the tree with it, so that nobody finds one that was not committed.
                known, self._known = self._known, None
                transaction = SQLiteTransaction(cursor, known)
                yield transaction
            self._known = transaction.frontier

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append in the library's own form."""
        with self.write() as transaction:
            transaction.insert(to_rows(stored_events))
            return range(transaction.size + 1, transaction.size + 1 + len(stored_events))

    def size(self) -> int:
        """The number of entries."""
        return self.max_notification_id() or 0

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """The rows with start <= seq < stop, in order, without those of some stored names."""
        return self._select(_ROWS_BUT, (start, stop, json.dumps(without)))

    def stream(self, name: str, after: int = 0) -> list[Row]:
        """The rows of one stream with a version above `after`, in order."""
        return self._select(
            f"{_COLUMNS} WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version",
            (name, after),
        )

    def head(self, name: str) -> tuple[int, int]:
        """The version of one stream, and the position that its last row makes; twice 0 where it has none."""
        with self._reading() as cursor:
            cursor.execute(_HEAD, (name,))
            row = cursor.fetchone()
            return (row[0], row[1]) if row else (0, 0)

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """The names of streams that begin with `prefix` and sort after `after`."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT DISTINCT originator_id FROM stored_events"
                " WHERE originator_id > ? AND originator_id >= ? AND originator_id < ?"
                " ORDER BY originator_id LIMIT ?",
                (after, prefix, prefix + "\U0010ffff", limit),
            )
            return [row[0] for row in cursor.fetchall()]

    def frontier(self) -> Frontier:
        """The tree as the last append left it."""
        with self._reading() as cursor:
            return frontier_of(cursor.execute(_FRONTIER).fetchone())

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Stored hashes of perfect subtrees of 2^level leaves, start <= index < stop, in order."""
        with self._reading() as cursor:
            if level:
                cursor.execute(_NODES, (level, start, stop))
            else:
                cursor.execute(_LEAVES, (start, stop))
            return [row[0] for row in cursor.fetchall()]

    def conditions(self) -> dict[str, str]:
        """How this file is written, as a connection of ours has it."""
        found = {"store": "sqlite", "version": sqlite3.sqlite_version}
        with self._reading() as cursor:
            for pragma in ("journal_mode", "synchronous"):
                found[pragma] = str(cursor.execute(f"PRAGMA {pragma}").fetchone()[0])
        return found

    def close(self) -> None:
        """Close every connection."""
        with self._turn:
            if self._writer is not None:
                self._writer.close()
        self.datastore.close()

    def _select(self, statement: str, parameters: tuple[object, ...]) -> list[Row]:
        with self._reading() as cursor:
            cursor.execute(statement, parameters)
            return list(map(Row._make, cursor.fetchall()))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor for one statement, which sees one state of the log without a transaction around it.

        Each call of SQLite lets another thread run, and getting back to this one takes longer than the call.
        """
        with self.datastore.get_connection(commit=False) as connection:
            cursor = connection.cursor().sqlite_cursor
            cursor.row_factory = None  # The library reads columns by name; by place it is a quarter faster.
            try:
                yield cursor
            except sqlite3.Error as error:
                raise OperationalError(str(error)) from error


class SQLiteTransaction:
    """A write transaction on one SQLite file."""

    def __init__(self, cursor: SQLiteCursor, known: Frontier | None = None) -> None:
        """Begin at the log's present size; a tree known from before is the present one if it has this size."""
        self._cursor = cursor
        cursor.sqlite_cursor.row_factory = None
        cursor.execute("SELECT MAX(rowid) FROM stored_events")
        self.size: int = cursor.fetchone()[0] or 0
        self.frontier = known if known and known.size == self.size else None

    def last_entry(self) -> bytes | None:
        """The newest entry, or nothing in an empty log."""
        self._cursor.execute("SELECT state FROM stored_events WHERE rowid = ?", (self.size,))
        row = self._cursor.fetchone()
        return row[0] if row else None

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows with start <= seq < stop, in order."""
        self._cursor.execute(f"{_COLUMNS} WHERE rowid > ? AND rowid <= ? ORDER BY rowid", (start, stop))
        return list(map(Row._make, self._cursor.fetchall()))

    def streams(self, whole: Sequence[str], tails: Sequence[str]) -> list[Row]:
        """All rows of the streams in `whole` and the last row of those in `tails`."""
        rows: list[Row] = []
        for statement, names in ((_WHOLE, whole), (_TAILS, tails)):
            if names:
                self._cursor.execute(statement, (checked(names).decode(),))
                rows += map(Row._make, self._cursor.fetchall())
        return rows

    def insert(self, rows: Sequence[Row], leaves: Sequence[bytes] = ()) -> None:
        """Append rows in one batch, each with its leaf: a given one, or that of its bytes."""
        while self.fill(PAGE):
            pass
        self._cursor.executemany(_INSERT, [(number, *row) for number, row in enumerate(rows, self.size + 1)])
        self._grow(leaves or [leaf_hash(row.entry) for row in rows])

    def fill(self, limit: int) -> int:
        """Give leaves to at most `limit` entries that have none; how many it were. Raises LogCut."""
        first, end = missing(self._tree(), self.size, limit)
        if first < end:
            self._grow([leaf_hash(row.entry) for row in self.rows(first, end)])
        return end - first

    def _tree(self) -> Frontier:
        if self.frontier is None:
            self._cursor.execute(_FRONTIER)
            self.frontier = frontier_of(self._cursor.fetchone())
        return self.frontier

    def _grow(self, leaves: Sequence[bytes]) -> None:
        frontier = self._tree()
        before = frontier.size
        nodes = frontier.extend(leaves)
        self._cursor.execute(_ADD_LEAVES, (before, b"".join(leaves), len(leaves)))
        if nodes:
            self._cursor.executemany(_ADD_NODE, nodes)
        self._cursor.execute(_GROW if before else _BEGIN, (frontier.size, b"".join(frontier.hashes)))


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a file to write-ahead logging; SQLite does not wait for another connection that does the same."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _persist(lambda: connection.execute("PRAGMA journal_mode=WAL"))


def _begin(cursor: SQLiteCursor) -> None:
    """Take the write lock as soon as another process leaves it.

    SQLite itself looks for it ever more rarely, at last ten times a second, and would starve beside a busy process.
    """
    _persist(lambda: cursor.execute("BEGIN IMMEDIATE"))


def _begin_impatiently(cursor: SQLiteCursor) -> None:
    """The same on a connection that waits by itself for all else."""
    cursor.execute(_AT_ONCE)
    try:
        _begin(cursor)
    finally:
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE * 1_000}")


def _persist(statement: Callable[[], object]) -> None:
    """Run a statement as soon as no other process is in its way."""
    for _ in range(_LOOKS):
        try:
            statement()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            sleep(_PATIENCE / _LOOKS)
        else:
            return
    statement()


@contextmanager
def _immediate(
    connection: SQLiteConnection, begin: Callable[[SQLiteCursor], None] = _begin_impatiently
) -> Iterator[SQLiteCursor]:
    cursor = connection.cursor()
    try:
        begin(cursor)
        yield cursor
        connection.commit()
    except BaseException as error:  # Whatever it is goes on to the caller.
        # SQLite has already rolled back after some errors (a full disk); this must not mask the error.
        with suppress(sqlite3.Error):
            connection.rollback()
        if isinstance(error, sqlite3.IntegrityError):
            raise IntegrityError(str(error)) from error
        if isinstance(error, sqlite3.Error):
            raise OperationalError(str(error)) from error
        raise
    finally:
        cursor.sqlite_cursor.close()
