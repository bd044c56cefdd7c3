"""What a witness remembers, in one SQLite file: which logs it knows, what it cosigned last, and what it refused."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from vouchers.merkle import EMPTY_ROOT

FILE: Final = "witness.sqlite"
MOST_EVIDENCE: Final = 1_000  # refused submissions kept of one log
_PATIENCE: Final = 30.0  # seconds that one process waits for another
# A log never goes back, whoever writes this file: the rules stand in it too. REPLACE passes by triggers on DELETE.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS log (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS log_key (
    origin TEXT NOT NULL REFERENCES log (origin), vkey TEXT NOT NULL, PRIMARY KEY (origin, vkey)
) STRICT;
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (
    number INTEGER PRIMARY KEY, origin TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE, submission BLOB NOT NULL, note BLOB NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS log_never_shrinks BEFORE UPDATE ON log WHEN NEW.size < OLD.size
BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END;
CREATE TRIGGER IF NOT EXISTS log_is_not_replaced BEFORE INSERT ON log
WHEN EXISTS (SELECT 1 FROM log WHERE origin = NEW.origin)
BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END;
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'a log that was witnessed is never forgotten'); END;
CREATE TRIGGER IF NOT EXISTS cosigned_is_not_replaced BEFORE INSERT ON cosigned
WHEN EXISTS (SELECT 1 FROM cosigned WHERE origin = NEW.origin AND size = NEW.size AND root IS NOT NEW.root)
BEGIN SELECT RAISE(ABORT, 'what was cosigned is never changed'); END;
CREATE TRIGGER IF NOT EXISTS cosigned_stays BEFORE UPDATE ON cosigned
BEGIN SELECT RAISE(ABORT, 'what was cosigned is never changed'); END;
CREATE TRIGGER IF NOT EXISTS cosigned_is_kept BEFORE DELETE ON cosigned
BEGIN SELECT RAISE(ABORT, 'what was cosigned is never forgotten'); END;
"""


class View(NamedTuple):
    """What a witness cosigned last of a log: size, root, the note with its cosignatures (none yet: empty), and when."""

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    note: bytes = b""
    at: int = 0


class Evidence(NamedTuple):
    """A submission that was signed by a log and refused, and what the witness had cosigned of it then."""

    number: int
    origin: str
    at: int
    reason: str
    submission: bytes
    note: bytes


class Store:
    """The memory of one witness; several threads and processes may share it. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Open the file of a witness's folder; it is made where it is missing, for its owner only."""
        path = folder / FILE
        path.touch(mode=0o600)
        # One connection for all threads: nobody reads what another has not committed yet.
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        # FULL: what was cosigned must outlive a power cut, or the witness could cosign another history after it.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that holds the file's write lock; it is undone when an exception passes."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except (
                BaseException
            ):  # Whatever it is goes on to the caller; a commit that failed leaves its transaction open.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def keys(self, origin: str) -> list[str]:
        """The keys that are trusted to sign for a log."""
        return [vkey for (vkey,) in self._rows("SELECT vkey FROM log_key WHERE origin = ? ORDER BY vkey", origin)]

    def view(self, origin: str) -> View | None:
        """What was cosigned last of a log; nothing for a log that is not known."""
        found = self._rows("SELECT origin, size, root, note, at FROM log WHERE origin = ?", origin)
        return View(*found[0]) if found else None

    def views(self) -> list[View]:
        """What was cosigned last of every log."""
        return [View(*each) for each in self._rows("SELECT origin, size, root, note, at FROM log ORDER BY origin")]

    def root_at(self, origin: str, size: int) -> bytes | None:
        """The root that was cosigned at a size, if that size was cosigned."""
        found = self._rows("SELECT root FROM cosigned WHERE origin = ? AND size = ?", origin, size)
        return found[0][0] if found else None

    def advance(self, view: View) -> None:
        """Remember a view that follows the last one; within a transaction of `writing`."""
        self._database.execute(
            "UPDATE log SET size = ?, root = ?, note = ?, at = ? WHERE origin = ?",
            (view.size, view.root, view.note, view.at, view.origin),
        )
        self._database.execute(
            "INSERT INTO cosigned (origin, size, root, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (view.origin, view.size, view.root, view.at),
        )

    def trust(self, origin: str, vkey: str) -> None:
        """Let a key sign for a log, which is known from now on."""
        with self.writing():
            if self.view(origin) is None:
                fresh = "INSERT INTO log (origin, size, root, note, at) VALUES (?, 0, ?, x'', 0)"
                self._database.execute(fresh, (origin, EMPTY_ROOT))
            row = (origin, vkey)
            self._database.execute("INSERT INTO log_key (origin, vkey) VALUES (?, ?) ON CONFLICT DO NOTHING", row)

    def distrust(self, origin: str, vkey: str) -> None:
        """Let a key sign for a log no more; what was cosigned stays known."""
        with self.writing():
            self._database.execute("DELETE FROM log_key WHERE origin = ? AND vkey = ?", (origin, vkey))

    def keep(self, origin: str, at: int, reason: str, text: str, submission: bytes, note: bytes) -> None:
        """Keep a refused submission as evidence: one for each text that a log signed, and of each log so many.

        Anybody can send what a log signed with other proofs; that must not fill the place of another text.
        """
        row = (origin, at, reason, sha256(text.encode()).digest(), submission, note)
        with self.writing():
            [(kept,)] = self._rows("SELECT count(*) FROM evidence WHERE origin = ?", origin)
            if kept < MOST_EVIDENCE:
                self._database.execute(
                    "INSERT INTO evidence (origin, at, reason, digest, submission, note) VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    row,
                )

    def evidence(self) -> Iterator[Evidence]:
        """Everything that was kept, the oldest first."""
        query = (
            "SELECT number, origin, at, reason, submission, note FROM evidence WHERE number > ? ORDER BY number LIMIT 1"
        )
        last = 0
        while found := self._rows(query, last):
            yield (each := Evidence(*found[0]))
            last = each.number

    def _rows(self, query: str, *parameters: str | int) -> list[Any]:
        with self._lock:
            return self._database.execute(query, parameters).fetchall()
