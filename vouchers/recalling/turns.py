"""Turns: the entries that one decision appended together, as the causes in the log tell."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from vouchers.ledger.unit import Meta, Pending
from vouchers.request import events as request
from vouchers.sample import events as sample
from vouchers.wire import TOPICS, Entry

Event = TypeVar("Event")

# Kept beside a decision, and no part of what it decided: the answer under its key, the commitment to a secret seed.
BESIDE = frozenset({request.Answered, sample.SeedCommitted})


class Turn(NamedTuple):
    """One decision: what it appended, in order. The first entry is the cause of the others."""

    entries: tuple[Entry[Any], ...]

    @property
    def first(self) -> Entry[Any]:
        """The entry that the decision begins with."""
        return self.entries[0]

    @property
    def topic(self) -> str:
        """The stored name of the first event."""
        return TOPICS[type(self.entries[0].data)]

    @property
    def key(self) -> str:
        """The key of the first entry's stream."""
        return key_of(self.entries[0])

    @property
    def meta(self) -> Meta:
        """Who acted, and on which day it took effect."""
        entry = self.entries[0]
        return Meta(entry.actor, entry.auth.get("role", ""), entry.eff, entry.occ)

    @property
    def cause(self) -> int:
        """The number of the entry that the others name as their cause."""
        first = self.entries[0]
        return first.seq if first.cause is None else first.cause

    def all(self, kind: type[Event]) -> list[Event]:
        """The events of one type, in order."""
        return [entry.data for entry in self.entries if isinstance(entry.data, kind)]

    def one(self, kind: type[Event]) -> Event | None:
        """The first event of one type, if there is one."""
        for entry in self.entries:
            if isinstance(entry.data, kind):
                return entry.data
        return None

    def keys(self, *kinds: type) -> list[str]:
        """The keys of the streams that have an event of one of these types here, each once, in order."""
        found = [key_of(entry) for entry in self.entries if isinstance(entry.data, kinds)]
        return list(dict.fromkeys(found))

    def without(self, kinds: Collection[type]) -> "Turn":
        """The turn without the events of some types."""
        return Turn(tuple([entry for entry in self.entries if type(entry.data) not in kinds]))

    def is_written_by(self, pending: Iterable[Pending], beside: Collection[type] = BESIDE) -> bool:
        """Whether a command that comes to these events wrote exactly this, whatever was kept beside it."""
        first, cause, waiting = self.entries[0], self.cause, iter(pending)
        for entry in self.entries:
            if entry is not first and is_apart(entry, first, cause):
                return False
            if type(entry.data) in beside:
                continue
            each = next(waiting, None)
            if each is None or each.event != entry.data or (each.stream, each.version) != (entry.agg, entry.ver):
                return False
        return next(waiting, None) is None


def is_apart(entry: Entry[Any], first: Entry[Any], cause: int) -> bool:
    """Whether an entry says of itself otherwise than the decision that it stands in: who, when, and by what cause."""
    return entry.cause != cause or entry.eff != first.eff or entry.actor != first.actor or entry.auth != first.auth


def key_of(entry: Entry[Any]) -> str:
    """The key of an entry's stream."""
    return entry.agg.partition("/")[2]


def turns(entries: Iterable[Entry[Any]]) -> Iterator[Turn]:
    """A log as its decisions, streamed."""
    waiting: list[Entry[Any]] = []
    for entry in entries:
        if entry.cause is None and waiting:
            yield Turn(tuple(waiting))
            waiting = []
        waiting.append(entry)
    if waiting:
        yield Turn(tuple(waiting))
