"""Turns: the entries that one decision wrote together, as the log's causes tell."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from vouchers.ledger import Meta
from vouchers.wire import TOPICS, Entry

Event = TypeVar("Event")
ANSWERS = "request.Answered"  # An answer kept under its idempotency key: nothing of a programme depends on it.

SEEDS = "sample.SeedCommitted"


class Turn(NamedTuple):
    """One decision of the history: what it wrote, without an answer that was kept under its key."""

    entries: tuple[Entry[Any], ...]

    @property
    def first(self) -> Entry[Any]:
        """The entry that the others name as their cause."""
        return self.entries[0]

    @property
    def topic(self) -> str:
        """The stored name of the first event."""
        return TOPICS[type(self.first.data)]

    @property
    def key(self) -> str:
        """The key of the first event's stream."""
        return key_of(self.first)

    @property
    def meta(self) -> Meta:
        """Who acted, and on which day it took effect."""
        entry = self.first
        return Meta(entry.actor, entry.auth.get("role", ""), entry.eff, entry.occ)

    def all(self, kind: type[Event]) -> list[Entry[Any]]:
        """The entries with events of one type, in order."""
        return [entry for entry in self.entries if isinstance(entry.data, kind)]

    def one(self, kind: type[Event]) -> Event | None:
        """The first event of one type, if there is any."""
        return next((entry.data for entry in self.entries if isinstance(entry.data, kind)), None)

    def keys(self, kind: str) -> list[str]:
        """The keys of the streams of one kind that it wrote to, each once, in order."""
        found = (entry.agg.partition("/") for entry in self.entries)
        return list(dict.fromkeys(key for name, _, key in found if name == kind))


def key_of(entry: Entry[Any]) -> str:
    """The key of the stream that an entry is in."""
    return entry.agg.partition("/")[2]


def turns(entries: Iterable[Entry[Any]], *, seeds_apart: bool = False) -> Iterator[Turn]:
    """A log as its decisions, streamed; what is left of one that only kept an answer is nothing.

    Without the secret nobody can commit to a seed again: then commitments stand by themselves, after their decision.
    """
    waiting: list[Entry[Any]] = []
    apart: list[Entry[Any]] = []
    for entry in entries:
        if entry.cause is None:
            yield from _ended(waiting, apart)
            waiting, apart = [], []
        if entry.type == SEEDS and seeds_apart:
            apart.append(entry)
        elif entry.type != ANSWERS:
            waiting.append(entry)
    yield from _ended(waiting, apart)


def _ended(waiting: list[Entry[Any]], apart: list[Entry[Any]]) -> Iterator[Turn]:
    if waiting:
        yield Turn(tuple(waiting))
    for entry in apart:
        yield Turn((entry,))
