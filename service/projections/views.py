"""The views: they follow the log in pages; each page's rows and positions are one transaction."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy import ColumnElement, Connection, select, tuple_, update
from sqlalchemy.orm import Session

from service.collecting import undisturbed
from service.projections import (
    balances,
    banking,
    booklets,
    catalogues,
    courses,
    debts,
    demands,
    entitlements,
    orders,
    programmes,
    providers,
    refusals,
    regions,
    reviews,
    settlements,
    spending,
    statement,
    supervision,
)
from service.projections.store import create, drop, flush, open_engine, snapshot, writing
from service.projections.tables import Handler, Ops, Position, View, nothing_for, table_of
from service.projections.verify import Difference, differences
from vouchers import wire
from vouchers.entitlement import events as entitlement
from vouchers.ledger.recorder import Row as LogRow
from vouchers.order import events as order
from vouchers.programme import events as programme
from vouchers.refusals import Conflict, Unavailable

ALL: tuple[View, ...] = (
    balances.VIEW,
    statement.VIEW,
    orders.VIEW,
    settlements.VIEW,
    spending.VIEW,
    programmes.VIEW,
    providers.VIEW,
    reviews.VIEW,
    entitlements.VIEW,
    refusals.VIEW,
    supervision.VIEW,
    courses.VIEW,
    debts.VIEW,
    catalogues.VIEW,
    demands.VIEW,
    regions.VIEW,
    banking.VIEW,
    booklets.VIEW,
)
Handlers = tuple[Callable[[bytes], wire.Outline[Any]], tuple[Handler, ...]]

# The bulk of the log that no view reads: facts, reasoning, documents.
_POSITIONS = select(Position.name, Position.version, Position.position)
_UNREAD: dict[type, tuple[str, ...]] = {
    order.Registered: ("attributes", "caps", "evidence", "trace"),
    order.RedemptionRequested: ("evidence", "trace"),
    order.Changed: ("attributes", "enterprise_facts", "provider_facts", "trace"),
    entitlement.Granted: ("facts_digest", "rules"),
    entitlement.Denied: ("facts_digest", "rules"),
    programme.PolicyAdopted: ("document",),
}
_PARTLY: dict[type, dict[str, tuple[str, ...]]] = {
    order.Registered: {"enterprise_facts": ("region",), "provider_facts": ("region",)},
    entitlement.Granted: {"facts": courses.MEASURES},
    entitlement.Denied: {"facts": courses.MEASURES},
}
_DECODERS = {
    topic: wire.outliner(event, _UNREAD.get(event, ()), _PARTLY.get(event, {})) for topic, event in wire.EVENTS.items()
}

PAGE = 5_000
REBUILD_PAGE = 50_000
READ = 1_000


class ViewsAheadOfLog(Conflict):
    """The views have counted more events than the log holds; they belong to another log and must be rebuilt."""


class ViewsTakenOver(Unavailable):
    """Another version of the service keeps these views now."""


class Log(Protocol):
    """What the views need of a ledger."""

    def size(self) -> int:
        """The number of entries."""

    def rows(self, start: int, stop: int, without: Sequence[str]) -> list[LogRow]:
        """Stored rows with start <= seq < stop, in order, without those of some stored names."""


class Views:
    """All views in one database. Use as a context manager; any thread, and any other process, may call any method."""

    def __init__(self, url: str, views: tuple[View, ...] = ALL) -> None:
        """Open memory:, sqlite:PATH or postgresql://...[?schema=NAME]; views of another version begin anew."""
        self.engine = open_engine(url)
        self._once = self.engine.execution_options(once=True)
        self.views = views
        self._fingerprints = {view.name: view.fingerprint for view in views}
        self._handlers: dict[tuple[str, ...], dict[str, Handlers]] = {}
        self.followed = False  # Whether a thread of this process looks at the position all the time.
        self._reached = 0
        with writing(self.engine) as connection:
            self._prepare(connection)

    def __enter__(self) -> Self:
        """The views themselves."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Give up all connections."""
        self.engine.dispose()

    def session(self) -> Session:
        """A session for the query functions of this package; use it as a context manager."""
        return Session(self.engine, expire_on_commit=False)

    def once(self) -> Connection:
        """A connection for a query of one statement, without a transaction where that costs; a context manager."""
        return self._once.connect()

    @contextmanager
    def reading(self) -> Iterator[tuple[Session, int]]:
        """A session whose queries all see one state of the views, with the position of that state."""
        with snapshot(self.engine) as connection:
            yield Session(connection, expire_on_commit=False), min(self.positions(connection).values())

    def position(self) -> int:
        """The number of log entries that every view adds up."""
        with self.engine.connect() as connection:
            self._reached = min(self.positions(connection).values())
        return self._reached

    def reached(self) -> int:
        """As position where nobody follows the log, else what the follower saw, which may be a little less."""
        return self._reached if self.followed else self.position()

    def positions(self, connection: Connection) -> dict[str, int]:
        """The position of each view; raises ViewsTakenOver where another version has begun one of them anew."""
        found = {
            name: position
            for name, version, position in connection.execute(_POSITIONS)
            if self._fingerprints.get(name) == version
        }
        if len(found) < len(self.views):
            raise ViewsTakenOver(remedy="Restart this process with the version that keeps the views now.")
        return found

    def catch_up(self, log: Log, *, page: int = PAGE, limit: int | None = None) -> int:
        """Add up what the log holds now, or at most `limit` entries of it; returns the position reached."""
        position, size = self.position(), log.size()
        if position > size:
            raise ViewsAheadOfLog(remedy="Run: vouchers views rebuild.")
        end = size if limit is None else min(size, position + limit)
        while position < end:
            self._apply_page(log, page, end)
            position = self.position()
        return position

    def rebuild(self, log: Log, progress: Callable[[int, int], None] | None = None) -> int:
        """Empty every view and add the whole log up again; progress is told (entries counted, entries in all).

        Readers see the views grow meanwhile. If it is interrupted, the next catch-up goes on from there.
        """
        with writing(self.engine) as connection:
            for view in self.views:
                self._begin_anew(connection, view, indexes=False)
        end, position = log.size(), 0
        with undisturbed():
            while position < end:
                self._apply_page(log, REBUILD_PAGE, end)
                position = self.position()
                if progress:
                    progress(position, end)
        with writing(self.engine) as connection:
            create(connection, chain.from_iterable(view.tables for view in self.views))
        return position

    def verify(self, log: Log) -> list[Difference]:
        """The first row of each table that is not what the log adds up to at the views' position; nothing is changed.

        Views that stand at different positions are brought forward first.
        """
        with self.engine.connect() as connection:
            together = len(set(self.positions(connection).values())) == 1
        if not together:
            self.catch_up(log)
        with TemporaryDirectory(prefix="views-") as folder, snapshot(self.engine) as stored:
            position = min(self.positions(stored).values())
            with Views(f"sqlite:{Path(folder) / 'views.db'}", self.views) as beside:
                beside.catch_up(log, page=REBUILD_PAGE, limit=position)
                with snapshot(beside.engine) as expected:
                    return differences(stored, expected, [table for view in self.views for table in view.tables])

    def wait_for(self, position: int, timeout: float = 5) -> bool:
        """Wait until the views have counted so many entries; False when `timeout` seconds were not enough."""
        patience, pause = time.monotonic() + timeout, 0.002
        while self.position() < position:
            if time.monotonic() >= patience:
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        return True

    def changes_of(self, rows: Iterable[LogRow]) -> Ops:
        """What some entries would change in these views; nothing is written."""
        return self._fold(tuple(self._fingerprints), rows)

    def _prepare(self, connection: Connection) -> None:
        """Create what is missing; a view of another version begins anew."""
        create(connection, [table_of(Position)])
        stored = {row[0]: row[1] for row in connection.execute(select(Position.name, Position.version))}
        for view in self.views:
            if stored.get(view.name) != view.fingerprint:
                self._begin_anew(connection, view)
        create(connection, chain.from_iterable(view.tables for view in self.views))

    @staticmethod
    def _begin_anew(connection: Connection, view: View, *, indexes: bool = True) -> None:
        drop(connection, view.tables)
        create(connection, view.tables, indexes=indexes)
        table = table_of(Position)
        connection.execute(table.delete().where(Position.name == view.name))
        row = {"name": view.name, "version": view.fingerprint, "position": 0}
        connection.execute(table.insert(), row)

    def _apply_page(self, log: Log, page: int, end: int) -> None:
        """Bring the views that are furthest behind forward by one page, or leave it to who was faster."""
        with self.engine.connect() as connection:
            positions = self.positions(connection)
        start = min(positions.values())
        behind = tuple(name for name, position in positions.items() if position == start)
        if start >= end:  # Somebody else came past it; a view never goes back.
            return
        stop = min(start + page, end)
        unread = [topic for topic, (_, wanted) in self._handlers_of(behind).items() if not wanted]
        ops = self._fold(behind, _read(log, start, stop, unread))
        with writing(self.engine) as connection:
            # The condition is what keeps two runners from adding an event twice: the slower one changes nothing.
            moved = update(Position).where(self._ours(behind), Position.position == start).values(position=stop)
            if connection.execute(moved).rowcount == len(behind):
                flush(connection, ops)
            else:
                connection.rollback()

    def _fold(self, names: tuple[str, ...], rows: Iterable[LogRow]) -> Ops:
        """What a page changes in some views."""
        ops = nothing_for(tuple(view for view in self.views if view.name in names))
        handlers = self._handlers_of(names)
        for stream, _, topic, stored in rows:
            found = handlers.get(topic)
            if found is None:
                raise wire.UnknownEvent(f"{topic} in {stream}")
            decode, wanted = found
            entry = decode(stored)
            for handler in wanted:
                handler(ops, entry)
        return ops

    def _handlers_of(self, names: tuple[str, ...]) -> dict[str, Handlers]:
        """The decoder and handlers of some views by stored name; an event that none of them counts has no handler."""
        if names not in self._handlers:
            views = [view for view in self.views if view.name in names]
            self._handlers[names] = {
                topic: (_DECODERS[topic], tuple([view.handlers[event] for view in views if event in view.handlers]))
                for topic, event in wire.EVENTS.items()
            }
        return self._handlers[names]

    def _ours(self, names: tuple[str, ...]) -> ColumnElement[bool]:
        """Positions of these views, as long as nobody has begun another version of them."""
        return tuple_(Position.name, Position.version).in_([(name, self._fingerprints[name]) for name in names])


def _read(log: Log, start: int, stop: int, unread: Sequence[str]) -> Iterator[LogRow]:
    """The rows of a page that somebody counts, a little at a time: few objects at once are read twice as fast."""
    for at in range(start, stop, READ):
        yield from log.rows(at, min(at + READ, stop), unread)
