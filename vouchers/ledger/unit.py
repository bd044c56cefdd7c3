"""One command's work: the states it loads and the events it wants to append, all or none."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

from vouchers.kinds import BY_NAME, Kind
from vouchers.refusals import Malformed, Refused
from vouchers.values import Value

State = TypeVar("State")
Event = TypeVar("Event")


class NameNotStorable(Malformed):
    """A number or name is longer than the log keeps, or has characters that it does not keep."""


class Backdated(Refused):
    """This takes effect before something that already happened to the same voucher or order."""


class Slot(Value):
    """A stream as far as it is known: its version, folded state, and the day its last event took effect."""

    version: int
    state: Any
    last_on: str


class Meta(NamedTuple):
    """Who acts, in which role, on which day it takes effect, and when it happened (RFC 3339 UTC, if known)."""

    actor: str
    role: str
    on: str
    occurred_at: str | None = None


class Pending(Value):
    """An event that waits for its place in the log; the first of a decision is the cause of the others."""

    stream: str
    version: int
    event: object
    meta: Meta
    first: bool


class Streams(Protocol):
    """Where a unit finds streams that it does not hold itself."""

    def slot(self, stream: str) -> Slot:
        """The stream as the commands decided before this one left it."""


class Unit:
    """What a decision sees and what it asks for; nothing is kept when a refusal passes."""

    __slots__ = ("_first", "_seen", "_streams", "actor", "meta", "on", "pending")

    def __init__(self, streams: Streams, meta: Meta) -> None:
        """Begin with nothing pending; `actor` acts, `on` is the day on which this command takes effect."""
        self._streams = streams
        self._seen: dict[str, Slot] = {}
        self._first = True
        self.meta = meta
        self.actor, _, self.on, _ = meta
        self.pending: list[Pending] = []

    def begin(self) -> None:
        """Begin a decision of its own: what follows is caused by its first event, and not by what came before."""
        self._first = True

    def load(self, kind: Kind[State, Event], key: str) -> State:
        """The present state of a stream, with what this unit has appended."""
        stream = f"{kind.name}/{key}"
        slot = self._seen.get(stream)
        if slot is None:
            slot = self._seen[stream] = self._streams.slot(stream)
        state: State = slot.state
        return state

    def version(self, stream: str) -> int:
        """How many events a stream has, with what this unit has appended."""
        slot = self._seen.get(stream) or self._streams.slot(stream)
        return slot.version

    def append(self, kind: Kind[State, Event], key: str, events: Iterable[Event]) -> State:
        """Ask for events to be appended, and get the state after them."""
        stream = f"{kind.name}/{key}"
        slot = self._seen.get(stream) or self._streams.slot(stream)
        version, state, last_on = slot.version, slot.state, slot.last_on
        on, meta, first = self.on, self.meta, self._first
        new: list[Pending] = []
        for event in events:
            if on < last_on:
                if kind.dated:
                    raise _backdated(stream, on, last_on)
            else:
                last_on = on
            version += 1
            state = kind.evolve(state, event)
            new.append(Pending(stream, version, event, meta, first))
            first = False
        if new:
            self.pending += new
            self._first = False
            self._seen[stream] = Slot(version, state, last_on)
        after: State = state
        return after

    def undo(self, kept: int) -> None:
        """Forget all but the first so many events that wait, as if what came after them had never been asked for."""
        dropped = {pending.stream for pending in self.pending[kept:]}
        del self.pending[kept:]
        for stream in dropped:
            kind = BY_NAME[stream.partition("/")[0]]
            slot = self._streams.slot(stream)
            version, state, last_on = slot.version, slot.state, slot.last_on
            for pending in self.pending:
                if pending.stream == stream:
                    version, state = pending.version, kind.evolve(state, pending.event)
                    last_on = max(last_on, self.on)
            self._seen[stream] = Slot(version, state, last_on)

    def changes(self) -> dict[str, Slot]:
        """The streams as this unit leaves them."""
        return {pending.stream: self._seen[pending.stream] for pending in self.pending}


def _backdated(stream: str, on: str, last_on: str) -> Backdated:
    detail = f"This is dated {on}, and {stream} already changed on {last_on}."
    return Backdated(detail, pointer="/on", remedy=f"Use a day from {last_on} on.")
