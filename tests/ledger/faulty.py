"""A recorder whose calls fail where a test says."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from eventsourcing.persistence import OperationalError

from vouchers.ledger.recorder import LogRecorder, Row, Transaction

Fails = Callable[[int, str], bool]


def never(_number: int, _name: str) -> bool:
    """Let every call pass."""
    return False


class Faulty:
    """A recorder that numbers the calls of its write transactions, and fails those that `fails` chooses."""

    def __init__(self, recorder: LogRecorder, fails: Fails = never) -> None:
        self._recorder = recorder
        self.fails = fails
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)

    def point(self, name: str) -> None:
        """Count a call, and fail it if it was chosen."""
        self.calls.append(name)
        if self.fails(len(self.calls), name):
            raise OperationalError(f"call {len(self.calls)}, {name}, fails")

    @contextmanager
    def write(self) -> Iterator["FaultyTransaction"]:
        """Write, with a fault before the transaction begins, before it commits, or once it is committed."""
        self.point("begin")
        with self._recorder.write() as transaction:
            yield FaultyTransaction(transaction, self.point)
            self.point("commit")
        self.point("committed")


class FaultyTransaction:
    """A write transaction whose calls are counted and may fail."""

    def __init__(self, transaction: Transaction, point: Callable[[str], None]) -> None:
        self._transaction = transaction
        self._point = point
        self.size = transaction.size

    def last_entry(self) -> bytes | None:
        """Return the newest entry."""
        self._point("last_entry")
        return self._transaction.last_entry()

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows of a page."""
        self._point("rows")
        return self._transaction.rows(start, stop)

    def streams(self, whole: Sequence[str], tails: Sequence[str]) -> list[Row]:
        """Return the rows of streams."""
        self._point("streams")
        return self._transaction.streams(whole, tails)

    def insert(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._point("insert")
        self._transaction.insert(rows)


class Late:
    """A recorder whose next commit fails for the ledger while the store, a moment later, carries it out."""

    def __init__(self, recorder: LogRecorder) -> None:
        self._recorder = recorder
        self.late = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Write; when it is late, leave the commit to another thread."""
        commit = ExitStack()
        transaction = commit.enter_context(self._recorder.write())
        if not self.late:
            with commit:
                yield transaction
            return
        yield transaction
        self.late = False
        threading.Timer(0.2, commit.close).start()
        raise OperationalError("the connection broke while it was committing")


@contextmanager
def broken_at_commit(recorder: LogRecorder, *, recorded: bool) -> Iterator[None]:
    """Let the connection break at the next commit, once it is carried out or before, and stay broken for a while."""
    write, broken = recorder.write, threading.Event()

    @contextmanager
    def breaks() -> Iterator[Transaction]:
        if broken.is_set():
            raise OperationalError("the store is away")
        with write() as transaction:
            yield transaction
            broken.set()
            if not recorded:
                raise OperationalError("the connection broke")
        raise OperationalError("the connection broke")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "write", breaks)
        yield
