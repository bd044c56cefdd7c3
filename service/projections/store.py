"""The database of the views: how it is opened, and how a page of changes is written in bulk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, Index, QueuePool, Table, Text, create_engine, event, make_url, text
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable, DropTable

from service.projections.tables import Changes, Ops, Value, sum_columns, table_of
from vouchers.ledger.sqlite import write_ahead

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.views'))")
_NAMES = {
    "sqlite": text("SELECT name FROM sqlite_master"),
    "postgresql": text("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"),
}
_HAS_SCHEMA = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
_SCHEMA_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:name))")


def open_engine(address: str, *, durable: bool = False) -> Engine:
    """Open memory:, sqlite:PATH or postgresql://...[?schema=NAME]; raises ValueError for any other address.

    `durable` is for what cannot be made again from the log: on SQLite a power cut then loses nothing.
    """
    url = _url_of(address)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, "FULL" if durable else "NORMAL")
    schema = url.query.get("schema", "")
    url = url.difference_update_query(["schema"])
    options = {"options": f"-csearch_path={schema}"} if schema else {}
    # Values of rows do not belong into messages, which end in logs.
    engine = create_engine(url, connect_args=options, pool_pre_ping=True, hide_parameters=True)
    if isinstance(schema, str) and schema:
        with engine.begin() as connection:
            # IF NOT EXISTS alone fails where two processes make it at once.
            connection.execute(_SCHEMA_LOCK, {"name": f"{schema}.schema"})
            # Asked first, because a role that may make no schema is refused one that is there, too.
            if connection.execute(_HAS_SCHEMA, {"name": schema}).first() is None:
                connection.execute(CreateSchema(schema, if_not_exists=True))
    return engine


def _url_of(address: str) -> URL:
    scheme, _, rest = address.partition(":")
    if scheme == "memory":
        return make_url("sqlite://")
    if scheme == "sqlite":
        return URL.create("sqlite", database=rest.removeprefix("///") if rest != "//" else None)
    if scheme in ("postgresql", "postgres"):
        return make_url(f"postgresql+psycopg:{rest}")
    raise ValueError(f"no views can be kept at {scheme}:")


def _open_sqlite(url: URL, synchronous: str) -> Engine:
    # A database in memory lives in its one connection, which threads then borrow in turn.
    only_one: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if not url.database else {}
    engine = create_engine(
        url,
        poolclass=QueuePool,
        connect_args={"timeout": 30, "check_same_thread": False},
        hide_parameters=True,
        **only_one,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        # Transactions are begun below. NORMAL may lose the last pages in a power cut, never rows without positions.
        connection.isolation_level = None
        write_ahead(connection)
        for pragma in (f"synchronous={synchronous}", "cache_size=-65536", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("once", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the views' one write lock; it is undone when an exception passes."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(_LOCK)
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one state of the views, whatever is written meanwhile."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def create(connection: Connection, tables: Iterable[Table], *, indexes: bool = True) -> None:
    """Create the tables that are missing, and their indexes."""
    there = _names(connection)
    for table in tables:
        for made in (table, *(table.indexes if indexes else ())):
            if made.name not in there:
                connection.exec_driver_sql(_creation(made, connection.dialect.name))


def drop(connection: Connection, tables: Iterable[Table]) -> None:
    """Drop the tables that are there."""
    there = _names(connection)
    for table in tables:
        if table.name in there:
            connection.execute(DropTable(table, if_exists=True))


def _names(connection: Connection) -> set[str]:
    """What is there: asking costs a twentieth of creating what is there already."""
    return set(connection.execute(_NAMES[connection.dialect.name]).scalars())


@cache
def _creation(made: Table | Index, dialect: str) -> str:
    """The statement that creates a table or an index where there is none."""
    statement = (
        CreateTable(made, if_not_exists=True) if isinstance(made, Table) else CreateIndex(made, if_not_exists=True)
    )
    return str(statement.compile(dialect=URL.create(dialect).get_dialect()()))


def scrub(engine: Engine, *tables: str) -> bool:
    """Take what was deleted out of a database's files: unused pages, the file of writes ahead, dead rows of tables.

    False where another connection still reads the file of writes ahead, so that it is there until the next call.
    """
    sqlite = engine.dialect.name == "sqlite"
    statements = ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] if sqlite else [f"VACUUM FULL {name}" for name in tables]
    with engine.connect() as connection:
        # None of these may stand inside of a transaction.
        driver: Any = connection.connection.driver_connection
        if not sqlite:
            driver.autocommit = True
        try:
            found = [driver.execute(statement) for statement in statements]
            return not (sqlite and found[-1].fetchone()[0])
        finally:
            if not sqlite:
                driver.autocommit = False


def flush(connection: Connection, ops: Ops) -> None:
    """Write the changes of a page, each table with one bulk statement per set of columns."""
    for row, changes in ops.items():
        table = table_of(row)
        if changes.rows:
            _write(connection, _insert(table, connection.dialect.name), changes.rows)
        for (columns, sums), values in _grouped(changes).items():
            _write(connection, _upsert(table, columns, sums, connection.dialect.name), values)


def _grouped(changes: Changes) -> dict[tuple[tuple[str, ...], bool], list[tuple[Value, ...]]]:
    """Rows to write, by the columns that they set and whether they add to sums; a new row takes its sums along."""
    groups: dict[tuple[tuple[str, ...], bool], list[tuple[Value, ...]]] = {}
    for key, fields in changes.fields.items():
        added = changes.sums.pop(key, None)
        row = (*_parts(key), *fields.values(), *(added or ()))
        groups.setdefault((tuple(fields), added is not None), []).append(row)
    if changes.sums:
        groups[(), True] = [(*_parts(key), *added) for key, added in changes.sums.items()]
    return groups


def _parts(key: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    return key if isinstance(key, tuple) else (key,)


def _write(connection: Connection, statement: str, rows: list[tuple[Value, ...]]) -> None:
    """SQLite takes many rows; PostgreSQL takes them faster as one array per column."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))
    else:
        connection.exec_driver_sql(statement, rows)


@cache
def _insert(table: Table, dialect: str) -> str:
    """The statement that inserts whole rows."""
    return _into(table, tuple(column.name for column in table.columns), dialect)


@cache
def _upsert(table: Table, columns: tuple[str, ...], with_sums: bool, dialect: str) -> str:
    """The statement that begins rows or sets their columns, and adds to their sums."""
    keys = tuple(column.name for column in table.primary_key.columns)
    sums = tuple(sum_columns(table)) if with_sums else ()
    changes = [f"{name} = excluded.{name}" for name in columns]
    changes += [f"{name} = {table.name}.{name} + excluded.{name}" for name in sums]
    into = _into(table, (*keys, *columns, *sums), dialect)
    return f"{into} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"


def _into(table: Table, columns: tuple[str, ...], dialect: str) -> str:
    if dialect == "postgresql":
        kinds = ["text" if isinstance(table.columns[name].type, Text) else "bigint" for name in columns]
        arrays = ", ".join(f"%b::{kind}[]" for kind in kinds)
        values = f"SELECT * FROM unnest({arrays})"  # noqa: S608 - made of our own column types.
    else:
        values = f"VALUES ({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) {values}"
