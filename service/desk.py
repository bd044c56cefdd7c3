"""The desk: what the service keeps beside the log because it is no fact of a programme, such as sessions and leases."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, select, text
from sqlalchemy.exc import SQLAlchemyError

from service.projections.store import create, open_engine, scrub, snapshot

# The module that uses a table defines it here; a table of a module that is never imported is never made.
TABLES: Final = MetaData()
# The key of the vault: beside the databases, and in no backup.
KEY_FILE: Final = "vault.kek"
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.desk'))")


class Desk:
    """The desk's database, which unlike the views cannot be made again from the log."""

    def __init__(self, address: str, key_file: Path | None = None) -> None:
        """Open memory:, sqlite:PATH or postgresql://...[?schema=NAME]; nothing is made before it is needed.

        `key_file` holds the key of the vault; without it nothing can be sealed.
        """
        self.key_file = key_file
        self._engine = open_engine(address, durable=True)
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            # Digests of passwords and secrets of subscriptions are for nobody else on this machine.
            with suppress(OSError):
                Path(self._engine.url.database).touch(mode=0o600)
        self._made: set[str] = set()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write; on SQLite the only one, on PostgreSQL beside others."""
        self._make()
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads one state of the desk."""
        self._make()
        with snapshot(self._engine) as connection:
            yield connection

    def look_up(self, query: str, *parameters: str) -> tuple[Any, ...] | None:
        """The first row of a query with ? for its parameters; for what runs with every request, a tenth of the work."""
        self._make()
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(query if self._engine.dialect.name == "sqlite" else query.replace("?", "%s"), parameters)
            found: tuple[Any, ...] | None = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()  # It goes back to the pool, which ends what it began.
        return found

    def answers(self) -> bool:
        """Whether the desk can be read now."""
        try:
            with self.reading() as connection:
                connection.execute(select(1))
        except SQLAlchemyError:
            return False
        return True

    def scrub(self, *tables: str) -> bool:
        """Take what was deleted from tables out of the desk's files; False while another connection still reads it."""
        return scrub(self._engine, *tables)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _make(self) -> None:
        """Make the tables of the modules that have been imported since the last look."""
        missing = [table for table in TABLES.sorted_tables if table.name not in self._made]
        if missing:
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                if connection.dialect.name == "postgresql":
                    # IF NOT EXISTS is no protection there against another process that does the same.
                    connection.execute(_LOCK)
                create(connection, missing)
            self._made |= {table.name for table in missing}
