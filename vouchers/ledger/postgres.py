"""The log in PostgreSQL: one advisory lock makes insert order commit order; nothing notifies."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from eventsourcing.persistence import OperationalError, ProgrammingError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor, IsolationLevel
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier

from vouchers.ledger.guards import TREE, LogNotOwned, RedactionNotOrdered
from vouchers.ledger.making import Making
from vouchers.ledger.recorder import PAGE, Row, to_rows
from vouchers.ledger.statements import Statements
from vouchers.ledger.tree import frontier_of, missing
from vouchers.merkle import Frontier, leaf_hash

_CONDITIONS = SQL(
    "SELECT name, setting FROM pg_settings WHERE name IN ('server_version_num', 'synchronous_commit', 'fsync',"
    " 'full_page_writes', 'default_transaction_isolation', 'TimeZone', 'max_connections')"
)
_IS_THERE = SQL("SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s) LIMIT 1")
_FACT_NAMES = ("superuser", "now", "connections", "database_functions", "owner")
_FACTS = SQL(
    "SELECT current_setting('is_superuser'), to_char(clock_timestamp() AT TIME ZONE 'UTC',"
    ' \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'), (SELECT count(*)::text FROM pg_stat_activity),'
    " (SELECT count(*)::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace"
    " WHERE n.nspname = %(schema)s AND starts_with(p.proname, 'es_insert_events')),"
    " (SELECT CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN 'on' ELSE 'off' END FROM pg_class AS c"
    " WHERE c.oid = to_regclass(%(log)s))"
)


class PostgresLogRecorder(PostgresApplicationRecorder):
    """The library's PostgreSQL recorder with dense numbers assigned under an advisory lock.

    The library's table lock would stop VACUUM and index builds; its database functions let readers step over events.
    """

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        """Prepare the statements; refuse the library's database functions, with which readers miss events."""
        if datastore.enable_db_functions:
            raise OperationalError("POSTGRES_ENABLE_DB_FUNCTIONS loses events for readers: turn it off")
        super().__init__(datastore, events_table_name=events_table_name)
        self._statements = Statements(datastore.schema, events_table_name)
        self._making = Making(datastore.schema, events_table_name)

    def create_table(self) -> None:
        """Create once what a new log has, and what a log from before the tree lacks, also when several start together.

        A role that may only append opens what is there. What is taken away later stays away: otherwise every opening
        would hide that somebody took a guard or a table away. Raises LogNotOwned.
        """
        if self._is_there():
            return
        try:
            with self.datastore.transaction(commit=True) as cursor:
                cursor.execute(self._statements.lock)
                if not self._is_there():
                    self._create(cursor)
        except ProgrammingError as error:
            raise _whose(error) from error

    def _create(self, cursor: Cursor[Any]) -> None:
        cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self.datastore.schema)))
        for statement in self.sql_create_statements:
            if statement.as_string().strip().startswith(("CREATE TABLE", "CREATE UNIQUE INDEX")):
                cursor.execute(statement, prepare=False)
        for addition in (*self._making.tables(), *self._making.guards()):
            cursor.execute(addition, prepare=False)

    def unguarded(self) -> list[str]:
        """The guards of the log that are missing, switched off, or not ours."""
        with self.datastore.get_connection() as connection:
            return self._making.unguarded(connection.cursor(row_factory=tuple_row))

    def guard(self) -> None:
        """Set all guards again. Raises LogNotOwned for a role that does not own the tables."""
        try:
            with self.datastore.transaction(commit=True) as cursor:
                cursor.execute(self._statements.lock)
                for statement in self._making.guards():
                    cursor.execute(statement, prepare=False)
        except ProgrammingError as error:
            raise _whose(error) from error

    def redact(self, seq: int) -> bool:
        """Put what its EntryRedacted left of an entry in the entry's place, and write the table anew without its bytes.

        Raises RedactionNotOrdered, and LogNotOwned for a role that only appends.
        """
        try:
            with self.write() as transaction:
                transaction.redact(seq)
            with self.datastore.get_connection() as connection:
                connection.set_autocommit(True)
                try:
                    connection.execute(self._statements.rewrite)
                finally:
                    connection.set_autocommit(False)
        except ProgrammingError as error:
            raise _whose(error) from error
        return True

    def _is_there(self) -> bool:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            found = cursor.execute(_IS_THERE, (self.datastore.schema, list(TREE))).fetchone()
            return found is not None

    @contextmanager
    def write(self) -> Iterator["PostgresTransaction"]:
        """Begin, take the lock and read the size in one round trip; insert and commit in another."""
        with self.datastore.get_connection() as connection, ExitStack() as insert_and_commit, ExitStack() as begun:
            cursor = cast("Cursor[TupleRow]", connection.cursor(row_factory=tuple_row))
            # Whatever the server's default is: a snapshot from before the lock would hide what came before it.
            if connection.isolation_level is None:
                connection.isolation_level = IsolationLevel.READ_COMMITTED
            with connection.pipeline():
                begun.enter_context(connection.transaction())
                cursor.execute(self._statements.lock_durably, prepare=True)
                cursor.execute(self._statements.tree.size, prepare=True)
                size, *tree = cursor.fetchone() or (0, None, None)
            transaction = PostgresTransaction(self._statements, cursor, size, frontier_of(tree))
            yield transaction
            if transaction.new:
                transaction.fill_all()
                insert_and_commit.enter_context(connection.pipeline())
                transaction.send()

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
        return self.select(self._statements.rows_but, (start, stop, list(without)))

    def stream(self, name: str, after: int = 0) -> list[Row]:
        """The rows of one stream with a version above `after`, in order."""
        return self.select(self._statements.stream, (name, after))

    def head(self, name: str) -> tuple[int, int]:
        """The version of one stream, and the position that its last row makes; twice 0 where it has none."""
        with self.datastore.get_connection() as connection:
            row = connection.cursor(row_factory=tuple_row).execute(self._statements.head, (name,)).fetchone()
            return (row[0], row[1]) if row else (0, 0)

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """The names of streams that begin with `prefix` and sort after `after`."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            return [row[0] for row in cursor.execute(self._statements.names, (after, prefix, limit))]

    def frontier(self) -> Frontier:
        """The tree as the last append left it."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            return frontier_of(cursor.execute(self._statements.tree.frontier, prepare=True).fetchone())

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Stored hashes of perfect subtrees of 2^level leaves, start <= index < stop, in order."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            if level:
                cursor.execute(self._statements.tree.nodes, (level, start, stop), prepare=True)
            else:
                cursor.execute(self._statements.tree.leaves, (start, stop), prepare=True)
            return [row[0] for row in cursor.fetchall()]

    def conditions(self) -> dict[str, str]:
        """How the server writes, who we are on it, and what time it has."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            found: dict[str, str] = dict(cursor.execute(_CONDITIONS).fetchall())
            names = {"schema": self.datastore.schema, "log": self._making.log()}
            facts = cursor.execute(_FACTS, names).fetchone()
        return {"store": "postgresql", **found, **dict(zip(_FACT_NAMES, facts or (), strict=False))}

    def close(self) -> None:
        """Close every connection."""
        self.datastore.close()

    def select(self, statement: bytes, parameters: tuple[object, ...]) -> list[Row]:
        """Read rows outside of any write transaction."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            return [Row(*row) for row in cursor.execute(statement, parameters, prepare=True)]


class PostgresTransaction:
    """A write transaction that holds the log's advisory lock."""

    def __init__(self, statements: Statements, cursor: Cursor[TupleRow], size: int, frontier: Frontier) -> None:
        """Begin at the log's present size."""
        self._statements = statements
        self._cursor = cursor
        self._frontier = frontier
        self.size = size
        self.new: list[Row] = []
        self._leaves: list[bytes] = []

    def last_entry(self) -> bytes | None:
        """The newest entry, or nothing in an empty log."""
        rows = self.rows(self.size - 1, self.size)
        return rows[0].entry if rows else None

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows with start <= seq < stop, in order."""
        return self._select(self._statements.rows, (start, stop))

    def streams(self, whole: Sequence[str], tails: Sequence[str]) -> list[Row]:
        """All rows of the streams in `whole` and the last row of those in `tails`."""
        rows: list[Row] = []
        for statement, names in ((self._statements.whole, whole), (self._statements.tails, tails)):
            if names:
                rows += self._select(statement, (list(names),))
        return rows

    def insert(self, rows: Sequence[Row], leaves: Sequence[bytes] = ()) -> None:
        """Append rows when the transaction ends, each with its leaf: a given one, or that of its bytes."""
        self.new.extend(rows)
        self._leaves.extend(leaves or [leaf_hash(row.entry) for row in rows])

    def redact(self, seq: int) -> None:
        """Put what its EntryRedacted left of an entry in the entry's place; raises RedactionNotOrdered."""
        left = self._cursor.execute(self._statements.left, (f"erasure/entry/{seq}",), binary=True).fetchone()
        if left is None:
            raise RedactionNotOrdered(pointer="/seq")
        self._cursor.execute(self._statements.redact, (left[0], seq + 1))

    def fill(self, limit: int) -> int:
        """Give leaves to at most `limit` entries that have none; how many it were. Raises LogCut."""
        first, end = missing(self._frontier, self.size, limit)
        if first < end:
            self._grow(self._statements.tree.grow, [leaf_hash(row.entry) for row in self.rows(first, end)])
        return end - first

    def fill_all(self) -> None:
        """Give leaves to what a process without a tree appended; raises LogCut."""
        while self.fill(PAGE):
            pass

    def send(self) -> None:
        """Send the new rows and what the tree grows by."""
        first = self.size + 1
        columns = map(list, zip(*self.new, strict=True))
        self._grow(self._statements.append, self._leaves, range(first, first + len(self.new)), *columns)

    def _grow(self, statement: bytes, leaves: list[bytes], *rows: Iterable[object]) -> None:
        before = self._frontier.size
        nodes = self._frontier.extend(leaves)
        size = self._frontier.size
        parameters = (*map(list, rows), list(range(before, size)), leaves, size, b"".join(self._frontier.hashes))
        self._cursor.execute(statement, parameters, prepare=True)
        if nodes:
            self._cursor.execute(
                self._statements.tree.add_nodes, tuple(map(list, zip(*nodes, strict=True))), prepare=True
            )

    def _select(self, statement: bytes, parameters: tuple[object, ...]) -> list[Row]:
        self._cursor.execute(statement, parameters, prepare=True, binary=True)
        return [Row(*row) for row in self._cursor.fetchall()]


def _whose(error: ProgrammingError) -> Exception:
    """What to tell of a refused statement: that the role lacks the privilege, or the error as it is."""
    return LogNotOwned() if isinstance(error.__cause__, InsufficientPrivilege) else error
