"""The event feed: what a reader may see of the log from a place on, in the order of the log and without a gap."""

import threading
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from service.outward.audience import Audience
from service.outward.cloudevents import CloudEvent, Naming, cloud_event, naming_of
from service.outward.index import forget, index_view, numbers_of
from service.outward.parties import Parties
from service.outward.settings import Feed as Options
from service.outward.streams import Streams
from service.projections import Views
from service.projections.views import ViewsAheadOfLog
from vouchers.ledger import Ledger
from vouchers.ledger.recorder import Row
from vouchers.refusals import Malformed

INDEXED: Final = 20_000  # entries that one look at a feed adds to the index at most
SCANNED: Final = 2_000  # entries that one look reads through at most
_NEAR: Final = 16  # entries that are read along rather than asked for apart


class PlaceBeyondLog(Malformed):
    """The log has no such place: what was read there before is not in it, as after the return to an older copy."""

    remedy = "Begin again at a log number that you are sure of, or where the log ends now."


class Page(NamedTuple):
    """Some events, the number from which to go on, and the size of the log that was looked at."""

    events: list[CloudEvent]
    following: int
    position: int


class Feed:
    """The feed of one installation; any thread may read it, and every event in it is durable."""

    def __init__(self, ledger: Ledger, views_url: str, options: Options, threads: int) -> None:
        """The index of firms is opened when the first firm reads."""
        self.options = options
        self.streams = Streams(options, threads)
        self._ledger = ledger
        self._views_url = views_url
        self._parties = Parties(ledger)
        self._gate = threading.Lock()
        self._index: Views | None = None
        self._naming: Naming | None = None

    @property
    def parties(self) -> Parties:
        """Whose the streams of this log are."""
        return self._parties

    def page(self, reader: Audience, start: int, limit: int, types: Collection[str] = ()) -> Page:
        """At most `limit` events from a number on; a page may be empty although more follow further on."""
        size = self._ledger.size()
        if start > size:
            # Waiting there would step over everything that is recorded until then.
            raise PlaceBeyondLog(f"The log ends at {size:,}, and {start:,} was asked for.")
        if start == size:
            return Page([], start, size)
        if reader.is_firm:
            numbers, end = self._numbers(reader, start, limit, types)
            rows = self._rows(numbers)
        else:
            end = min(size, start + max(limit, SCANNED))
            rows = self._stored(start, end)
        events: list[CloudEvent] = []
        for seq, row in rows:
            event = self._shown(row, reader, types)
            if event is not None:
                events.append(event)
            if len(events) == limit:
                return Page(events, seq + 1, size)
        return Page(events, max(start, end), size)

    def event(self, reader: Audience, seq: int) -> CloudEvent | None:
        """One event by its number, or nothing where there is none that the reader may know of."""
        rows = self._ledger.rows(seq, seq + 1) if 0 <= seq < self._ledger.size() else []
        return cloud_event(rows[0], reader, self.naming(), self._parties) if rows else None

    def size(self) -> int:
        """The number of entries in the log."""
        return self._ledger.size()

    def naming(self) -> Naming:
        """The names of this installation's events."""
        if self._naming is None:
            [first] = self._ledger.rows(0, 1)
            self._naming = naming_of(self.options.prefix, self.options.source, first.entry)
        return self._naming

    def catch_up(self, limit: int = INDEXED) -> int:
        """Bring the index of firms forward; the position that it is at. One of another log begins anew."""
        index = self._opened()
        try:
            return index.catch_up(self._ledger, limit=limit)
        except ViewsAheadOfLog:
            forget(index)
            return index.catch_up(self._ledger, limit=limit)

    def forget(self) -> None:
        """Begin the index of firms anew, at the next look at it."""
        forget(self._opened())

    def close(self) -> None:
        """Close the index."""
        with self._gate:
            if self._index is not None:
                self._index.close()
                self._index = None

    def _opened(self) -> Views:
        with self._gate:
            if self._index is None:
                self._index = Views(self._views_url, (index_view(self._parties),))
            return self._index

    def _numbers(self, reader: Audience, start: int, limit: int, types: Collection[str]) -> tuple[list[int], int]:
        """The numbers of a firm's events, and the number up to which there are no others."""
        index = self._opened()
        if index.position() != self._ledger.size():
            self.catch_up()
        with index.reading() as (session, position):
            numbers = numbers_of(session, reader, start, limit, types)
        return numbers, numbers[-1] + 1 if len(numbers) == limit else position

    def _rows(self, numbers: list[int]) -> Iterator[tuple[int, Row]]:
        """The rows of some numbers; those that are near one another are asked for together."""
        wanted = set(numbers)
        for first, last in _runs(numbers):
            yield from ((seq, row) for seq, row in self._stored(first, last + 1) if seq in wanted)

    def _stored(self, start: int, stop: int) -> Iterator[tuple[int, Row]]:
        return enumerate(self._ledger.rows(start, stop), start)

    def _shown(self, row: Row, reader: Audience, types: Collection[str]) -> CloudEvent | None:
        if types and not any(fnmatchcase(row.topic, pattern) for pattern in types):
            return None
        return cloud_event(row, reader, self.naming(), self._parties)


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last number of each run without a wide gap."""
    first = last = -1
    for number in numbers:
        if first >= 0 and number - last > _NEAR:
            yield first, last
            first = number
        first, last = (number if first < 0 else first), number
    if first >= 0:
        yield first, last
