"""Another course of events, laid over the history: only what stands otherwise in it, and commands played there."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vouchers.application.sampling import Drawn
from vouchers.ledger.unit import Meta, Pending, Slot, Streams
from vouchers.recalling import Call, fold
from vouchers.refusals import Refused
from vouchers.values import replace
from vouchers.wire import Entry


class Played(NamedTuple):
    """What a command would write and leave, and which streams it looked at; or why it is refused."""

    pending: tuple[Pending, ...]
    changes: Mapping[str, Slot]
    seen: frozenset[str]
    refused: Refused | None = None


def play(streams: Streams, call: Call, meta: Meta, seed: bytes | Drawn = b"") -> Played:
    """Decide a command on some streams; nothing is kept until it is taken."""
    watched = _Watched(streams)
    try:
        unit = call.play(watched, meta, lambda: seed)
    except Refused as refused:
        return Played((), {}, frozenset(watched.seen), refused)
    return Played(tuple(unit.pending), unit.changes(), frozenset(watched.seen))


class Other:
    """Every stream as it stands in the other course, where it keeps only what is different there."""

    def __init__(self, below: Streams) -> None:
        """Begin with nothing different from what is below."""
        self.slots: dict[str, Slot] = {}
        self._below = below

    def slot(self, stream: str) -> Slot:
        """A stream as it stands in this course."""
        return self.slots.get(stream) or self._below.slot(stream)

    def lay(self, streams: Mapping[str, Slot]) -> None:
        """Let streams stand like this; one that stands alike below is kept there only."""
        for stream, slot in streams.items():
            below = self._below.slot(stream)
            if slot.state == below.state and slot.last_on == below.last_on:  # However many events led there.
                self.slots.pop(stream, None)
            else:
                self.slots[stream] = slot

    def after(self, entries: Iterable[Entry[Any]]) -> dict[str, Slot]:
        """The streams that entries of the log leave, taken as they are."""
        left: dict[str, Slot] = {}
        for entry in entries:
            before = left.get(entry.agg) or self.slot(entry.agg)
            left[entry.agg] = replace(fold(before, [entry]), version=before.version + 1)
        return left


class _Watched:
    """Streams that remember which of them were looked at."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.seen: set[str] = set()

    def slot(self, stream: str) -> Slot:
        """The stream as it stands."""
        self.seen.add(stream)
        return self.streams.slot(stream)
