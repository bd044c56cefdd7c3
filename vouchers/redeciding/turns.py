"""Turns: the entries that one decision appended together, as the causes in the log tell."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar, get_args

from vouchers.bankline import events as bankline
from vouchers.enterprise import events as enterprise
from vouchers.ledger import Unit
from vouchers.redeciding.past import Past
from vouchers.request import events as request
from vouchers.sample import events as sample
from vouchers.wire import Entry

Event = TypeVar("Event")

# Kept beside a decision, and no part of what it decided: answers, commitments, which line of a bank it was.
BESIDE = frozenset({request.Answered, sample.SeedCommitted, *get_args(bankline.Event)})
# What a registry states begins a turn in which decisions may follow.
STATED = (
    enterprise.FactsRecorded,
    enterprise.EarlierFactsRecorded,
    enterprise.FactsConfirmed,
    enterprise.FactsCorrected,
)


class Turn(NamedTuple):
    """One decision: what it appended, in order. The first entry is the cause of the others."""

    entries: tuple[Entry[Any], ...]

    @property
    def first(self) -> Entry[Any]:
        """The entry that the decision begins with."""
        return self.entries[0]

    @property
    def key(self) -> str:
        """The key of the first entry's stream."""
        return key_of(self.first)

    @property
    def cause(self) -> int:
        """The number of the entry that began the decision, what was stated at its beginning included."""
        first = self.entries[0]
        return first.seq if first.cause is None else first.cause

    def all(self, kind: type[Event]) -> list[Event]:
        """The events of one type, in order."""
        return [entry.data for entry in self.entries if isinstance(entry.data, kind)]

    def one(self, kind: type[Event]) -> Event | None:
        """The first event of one type, if there is one."""
        return next((entry.data for entry in self.entries if isinstance(entry.data, kind)), None)

    def keys(self, kind: type) -> list[str]:
        """The keys of the streams that have an event of one type here, each once, in order."""
        found = (key_of(entry) for entry in self.entries if isinstance(entry.data, kind))
        return list(dict.fromkeys(found))

    def without_stated(self) -> "Turn":
        """What was decided once the facts at its beginning were stated."""
        at = 0
        while at < len(self.entries) and isinstance(self.entries[at].data, STATED):
            at += 1
        return Turn(self.entries[at:])


# How a decision is asked for again: nothing where the log does not tell what was asked.
Work = Callable[[Unit], object]
Ask = Callable[[Turn, Past], Work | None]


def key_of(entry: Entry[Any]) -> str:
    """The key of an entry's stream."""
    return entry.agg.partition("/")[2]


def pool_of(key: str) -> tuple[str, str, str]:
    """Programme, period and pool, as the keys of budgets and rounds have them."""
    code, period, pool = key.split("/", 2)
    return code, period, pool


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
