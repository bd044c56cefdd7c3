"""One writer per process: it takes the commands that wait, decides them in order, and commits them as one group."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import SimpleQueue
from time import sleep
from typing import Any, Generic, Self, TypeVar, cast

from eventsourcing.persistence import IntegrityError, PersistenceError

from vouchers import wire
from vouchers.kinds import Kind
from vouchers.ledger.group import Cache, Group, fold
from vouchers.ledger.recorder import PAGE, LogRecorder, Row
from vouchers.ledger.tree import Tree
from vouchers.ledger.unit import Meta, Slot, Unit
from vouchers.refusals import OutcomeUnknown, Refused, StoreUnavailable, Unavailable
from vouchers.values import Value

Result = TypeVar("Result")
State = TypeVar("State")
Event = TypeVar("Event")
Job = TypeVar("Job")

MAX_GROUP = 256
MAX_WAITING = 10_000
ATTEMPTS = 5
PATIENCE = 3  # Moments that a group waits for as many as came last time.
MOMENT = 0.000_01  # Seconds; the system makes some 0.07 ms of it.


class LedgerBusy(Unavailable):
    """Too many commands wait for the ledger."""


class LedgerClosed(Unavailable):
    """The ledger was closed."""

    remedy = "Repeat the request with the same key once the service runs again."


class Committed(Value, Generic[Result]):
    """A command that is durable: its result, and the size of the log with it (its position)."""

    result: Result
    position: int


class Ticket(Generic[Result]):
    """A command that waits for its answer."""

    __slots__ = ("_done", "meta", "outcome", "reads", "work")

    def __init__(self, work: Callable[[Unit], Result], meta: Meta, reads: Iterable[str]) -> None:
        """Begin unanswered."""
        self.work = work
        self.meta = meta
        self.reads = reads
        self.outcome: Committed[Result] | BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def answer(self) -> None:
        """Let the one who waits go on: the outcome stands."""
        self._done.release()

    def wait(self) -> Committed[Result]:
        """Wait until the command is durable, once; raises what its work refused."""
        self._done.acquire()
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        assert self.outcome is not None
        return self.outcome


class Ledger:
    """The log with its one writer. Use as a context manager; any thread may call any method."""

    def __init__(self, recorder: LogRecorder, clock: Callable[[], str], *, cached_streams: int = 50_000) -> None:
        """Start the writer. The clock gives RFC 3339 UTC instants with microseconds."""
        self._recorder = recorder
        self.tree = Tree(recorder)
        self._clock = clock
        self._cache = Cache(cached_streams)
        self._queue: SimpleQueue[Ticket[Any] | None] = SimpleQueue()
        self.on_group: Callable[[int], object] = lambda _: None  # Told the size of each group.
        self._closed = False
        self._gate = threading.Lock()
        self._writer = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._writer.start()

    def __enter__(self) -> Self:
        """The ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def execute(self, work: Callable[[Unit], Result], meta: Meta, reads: Iterable[str] = ()) -> Committed[Result]:
        """Decide and append as one unit; returns when it is durable, raises what the work refused.

        `reads` names streams the work will load, so that a group loads them all at once.
        """
        return self.submit(work, meta, reads).wait()

    def submit(self, work: Callable[[Unit], Result], meta: Meta, reads: Iterable[str] = ()) -> Ticket[Result]:
        """As execute, without waiting: one thread's commands are decided in the order in which it submits them."""
        ticket = Ticket(work, meta, reads)
        with self._gate:
            if self._closed:
                raise LedgerClosed
            if self._queue.qsize() > MAX_WAITING:
                raise LedgerBusy(remedy="Repeat the request in a moment, with the same key.")
            self._queue.put(ticket)
        return ticket

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._writer.join()
        self._recorder.close()

    def conditions(self) -> dict[str, str]:
        """The settings of the store on which durability and order rest."""
        return self._recorder.conditions()

    def unguarded(self) -> list[str]:
        """The names of the guards of an append-only log that are missing in the store or not ours."""
        return self._recorder.unguarded()

    def guard(self) -> None:
        """Set the guards again that are missing or not ours; raises LogNotOwned for who does not own the store."""
        self._recorder.guard()

    def redact(self, seq: int) -> bool:
        """Put what its EntryRedacted left of an entry in the entry's place; whether the bytes are wiped already.

        Raises RedactionNotOrdered, LogNotOwned.
        """
        return self._recorder.redact(seq)

    def waiting(self) -> int:
        """The number of commands that wait for the writer."""
        return self._queue.qsize()

    def size(self) -> int:
        """The number of entries in the log."""
        return self._recorder.size()

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[Row]:
        """Stored rows with start <= seq < stop, in order, without those of some stored names."""
        return self._recorder.rows(start, stop, without)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[wire.Entry[Any]]:
        """Typed entries from `start` up to `stop` or the present end, read in pages."""
        end = self.size() if stop is None else min(stop, self.size())
        while start < end:
            rows = self._recorder.rows(start, min(start + PAGE, end))
            for row in rows:
                yield wire.decode(row.topic, row.entry)
            start += len(rows)

    def history(self, stream: str, after: int = 0) -> list[wire.Entry[Any]]:
        """The typed entries of one stream, those above a version."""
        return [wire.decode(row.topic, row.entry) for row in self._recorder.stream(stream, after)]

    def head(self, stream: str) -> tuple[int, int]:
        """The version of one stream, and the position that its last entry makes; twice 0 where nothing happened."""
        return self._recorder.head(stream)

    def names(self, prefix: str, after: str = "", limit: int = PAGE) -> list[str]:
        """The names of streams that begin with `prefix` and sort after `after`."""
        return self._recorder.names(prefix, after, limit)

    def state(self, kind: Kind[State, Event], key: str, *, version: int | None = None) -> State:
        """The state of a stream as the log has it now: what the writer remembers, and what came since.

        Who knows the version from `head` says it: where the writer remembers that one, nothing is read.
        """
        stream = kind.stream(key)
        # The writer keeps a state once it is durable; other processes may have appended more.
        known = self._cache.slots.get(stream) or Slot(0, kind.empty, "")
        if known.version == version:
            return cast("State", known.state)
        return cast("State", fold(known, self._recorder.stream(stream, known.version)).state)

    def last_hash(self) -> bytes:
        """The leaf hash of the newest entry, or nothing in an empty log."""
        size = self.size()
        rows = self._recorder.rows(size - 1, size)
        return wire.leaf_hash(rows[0].entry) if rows else b""

    def _run(self) -> None:
        jobs: list[Ticket[Any]] = []
        open_for_work = True
        while open_for_work:
            jobs, open_for_work = take(self._queue, len(jobs))
            if jobs:
                self.on_group(len(jobs))
                self._decide(jobs)

    def _decide(self, jobs: list[Ticket[Any]]) -> None:
        """Decide a group until its outcome is known, then answer everybody."""
        try:
            for _ in range(ATTEMPTS):
                if self._attempt(jobs):
                    break
            else:
                self._refuse(jobs, StoreUnavailable())
        except Refused as refused:
            self._refuse(jobs, refused)
        except Exception as error:  # noqa: BLE001 - a fault must neither hang its callers nor stop the writer.
            self._refuse(jobs, error)
        for job in jobs:
            job.answer()

    def _attempt(self, jobs: list[Ticket[Any]]) -> bool:
        """Decide a group once; False when nothing was recorded and it must be decided again."""
        group: Group | None = None
        try:
            with self._recorder.write() as transaction:
                group = Group(self._cache, transaction, self._clock())
                self._decide_each(jobs, group)
                if group.rows:
                    transaction.insert(group.rows)
        except IntegrityError:
            self._cache.clear()
            return False
        except PersistenceError as error:
            self._cache.clear()
            return group is not None and self._was_recorded(group, error)
        group.finish()
        return True

    def _decide_each(self, jobs: list[Ticket[Any]], group: Group) -> None:
        group.prefetch(job.reads for job in jobs)
        for job in jobs:
            unit = Unit(group, job.meta)
            try:
                result = job.work(unit)
                group.accept(unit)
                job.outcome = Committed(result, group.size)
            except PersistenceError:
                raise
            except BaseException as error:  # noqa: BLE001 - refusals and bugs belong to the one who asked.
                job.outcome = error

    def _was_recorded(self, group: Group, error: PersistenceError) -> bool:
        """Ask the log whether a group whose commit failed is in it: its last entry tells.

        Asked under the write lock, because a commit whose connection broke may still be under way.
        """
        if not group.rows:
            return False
        for _ in range(ATTEMPTS):
            try:
                with self._recorder.write() as transaction:
                    found = transaction.rows(group.size - 1, group.size)
            except PersistenceError:
                threading.Event().wait(0.2)
                continue
            return bool(found) and found[0].entry == group.rows[-1].entry
        raise OutcomeUnknown(remedy="Repeat the request with the same key.") from error

    @staticmethod
    def _refuse(jobs: list[Ticket[Any]], error: Exception) -> None:
        for job in jobs:
            job.outcome = error


def take(queue: SimpleQueue[Job | None], expected: int) -> tuple[list[Job], bool]:
    """All that waits, and whether more may come; nothing in the queue means the end.

    Those who were answered together come back almost together: a moment's patience makes one group of them
    instead of two, which is one wait for the disk instead of two.
    """
    jobs: list[Job] = []
    job = queue.get()
    for _ in range(PATIENCE):
        if queue.qsize() + 1 >= expected:
            break
        sleep(MOMENT)
    while job is not None:
        jobs.append(job)
        if len(jobs) == MAX_GROUP or queue.empty():
            return jobs, True
        job = queue.get()
    return jobs, False
