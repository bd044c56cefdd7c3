"""What the ledger needs of a recorder, and how one is opened from a URL."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, cast
from urllib.parse import parse_qs, unquote, urlsplit

from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment, resolve_topic

from vouchers.ledger.tree import fill
from vouchers.merkle import Frontier

PAGE = 5_000


class Row(NamedTuple):
    """One stored event: its stream, version, stored name and the exact bytes of its entry."""

    stream: str
    version: int
    topic: str
    entry: bytes


class Transaction(Protocol):
    """An open write transaction that holds the log's one write lock."""

    size: int

    def last_entry(self) -> bytes | None:
        """The newest entry, or nothing in an empty log."""

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows with start <= seq < stop, in order."""

    def streams(self, whole: Sequence[str], tails: Sequence[str]) -> list[Row]:
        """All rows of the streams in `whole` and the last row of those in `tails`, by stream and version."""

    def insert(self, rows: Sequence[Row], leaves: Sequence[bytes] = ()) -> None:
        """Append rows at seq size, size + 1, ..., each with its leaf: a given one, or that of its bytes."""

    def fill(self, limit: int) -> int:
        """Give leaves to at most `limit` entries that have none; how many it were. Raises LogCut."""


class LogRecorder(Protocol):
    """A recorder whose rows are dense: notification id = seq + 1, and state = the entry."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Take the write lock, and commit at the end unless an exception passes."""

    def size(self) -> int:
        """The number of entries."""

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """The rows with start <= seq < stop, in order, without those of some stored names."""

    def stream(self, name: str, after: int = 0) -> list[Row]:
        """The rows of one stream with a version above `after`, in order."""

    def head(self, name: str) -> tuple[int, int]:
        """The version of one stream, and the position that its last row makes; twice 0 where it has none."""

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """The names of streams that begin with `prefix` and sort after `after`."""

    def frontier(self) -> Frontier:
        """The tree as the last append left it."""

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Stored hashes of perfect subtrees of 2^level leaves, start <= index < stop, in order; level 0, 8, 16, ..."""

    def unguarded(self) -> list[str]:
        """The names of the guards of an append-only log that are missing in the store or not ours."""

    def guard(self) -> None:
        """Set the guards again that are missing or not ours; raises LogNotOwned for who does not own the store."""

    def redact(self, seq: int) -> bool:
        """Put what its EntryRedacted left of an entry in the entry's place; whether the bytes are wiped already.

        Raises RedactionNotOrdered, LogNotOwned.
        """

    def conditions(self) -> dict[str, str]:
        """The settings of the store on which durability and order rest, by their names there."""

    def close(self) -> None:
        """Give up all connections."""


def to_rows(stored_events: Sequence[StoredEvent]) -> list[Row]:
    """Rows of the library's stored events."""
    return [Row(str(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events]


def open_recorder(url: str) -> LogRecorder:
    """Open the log at memory:, sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE[?schema=NAME&host=SOCKET].

    A log from before it had a tree gets one now.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        return cast("LogRecorder", resolve_topic("vouchers.ledger.memory:MemoryLogRecorder")())
    if scheme == "sqlite":
        environment = {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": rest.removeprefix("///"),
            "APPLICATION_RECORDER_TOPIC": "vouchers.ledger.sqlite:SQLiteLogRecorder",
        }
    elif scheme in ("postgresql", "postgres"):
        environment = _postgres(url)
    else:
        raise ValueError(f"no log can be opened at {scheme}:")
    environment["ORIGINATOR_ID_TYPE"] = "text"
    factory = InfrastructureFactory.construct(Environment("log", environment))
    recorder = cast("LogRecorder", factory.application_recorder())
    fill(recorder)
    return recorder


def _postgres(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": unquote(parts.path.lstrip("/")),
        "POSTGRES_HOST": options.get("host") or parts.hostname or "127.0.0.1",
        "POSTGRES_PORT": options.get("port") or str(parts.port or 5432),
        "POSTGRES_USER": unquote(parts.username or options.get("user", "")),
        "POSTGRES_PASSWORD": unquote(parts.password or options.get("password", "")),
        "POSTGRES_SCHEMA": options.get("schema", ""),
        "POSTGRES_POOL_SIZE": "4",
        "POSTGRES_MAX_OVERFLOW": "8",
        "POSTGRES_CONNECT_TIMEOUT": "5",
        "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "30",
        "APPLICATION_RECORDER_TOPIC": "vouchers.ledger.postgres:PostgresLogRecorder",
    }
