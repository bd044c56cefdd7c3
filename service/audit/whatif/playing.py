"""Playing a history again: each decision as it was, and beside it what it would have been in another course."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from service.audit.whatif.duties import DUTIES, due
from service.audit.whatif.gathering import Gathered, Run
from service.audit.whatif.other import Other, Played, play
from vouchers.application.entitling import ImportFacts
from vouchers.application.sampling import Drawn
from vouchers.ledger.unit import Meta, Pending, Slot
from vouchers.recalling import BESIDE, MISTAKES, SECRET, Call, Past, Turn, recall, turns
from vouchers.refusals import Refused
from vouchers.request.events import Answered
from vouchers.wire import TOPICS, Entry

SAME, DECIDED, REFUSED, CARRIED = "same", "decided", "refused", "carried"
DROPPED, ADDED, FOLLOWED = "dropped", "added", "followed"
# Nothing of a programme depends on an answer that was kept under its key; with the secret, all else is found again.
ANSWERS = frozenset({Answered})


class Happened(NamedTuple):
    """An event in the other course: its stream, what it says, and the day on which it takes effect."""

    stream: str
    event: Any
    on: str


class Step(NamedTuple):
    """One decision of the history and what became of it in the other course.

    `reproduced` says whether the command found for it wrote exactly what the log has. `left_out` names orders that a
    command about many had to leave out to go on.
    """

    turn: Turn | None
    outcome: str
    reproduced: bool
    happened: tuple[Happened, ...]
    command: str = ""
    refused: Refused | None = None
    left_out: tuple[tuple[str, Refused], ...] = ()
    on: str = ""


class Change(NamedTuple):
    """A command that the other course has and the history has not: from which day, by whom, and what it is."""

    on: str
    call: Callable[[Other], Call | None]
    what: str


Rewrite = Callable[[Turn, Call], Call | None]


@dataclass
class Course:
    """The history and another course of it, step by step; with no change the two are one."""

    past: Past
    gathered: Gathered
    seed: bytes | Drawn
    changes: Sequence[Change] = ()
    rewrite: Rewrite | None = None
    other: Other = field(init=False)
    beside: frozenset[type] = field(init=False)

    def __post_init__(self) -> None:
        """Lay the other course over the history."""
        self.other = Other(self.past)
        self.beside = BESIDE if isinstance(self.seed, Drawn) else ANSWERS

    def play(self, entries: Iterable[Entry[Any]]) -> Iterator[Step]:
        """Every decision of a log in its order, and the changes on the first decision of their day or later."""
        waiting = sorted(self.changes, key=lambda change: change.on)
        duty_on = ""
        for turn in turns(entries):
            if duty_on and turn.first.eff != duty_on:
                yield from self._duties(duty_on)
                duty_on = ""
            while waiting and waiting[0].on <= turn.first.eff:
                yield self._add(waiting.pop(0))
            if type(turn.first.data) is Answered:  # Nothing came of it but its answer.
                self.past.adopt(turn.entries, {})
                continue
            step = self._step(turn)
            yield step
            duty_on = turn.first.eff if step.command in DUTIES else duty_on
        yield from self._duties(duty_on)
        for change in waiting:
            yield self._add(change)

    def _duties(self, on: str) -> Iterator[Step]:
        """What the service did by itself on a day, for what only the other course still holds."""
        for name, played in due(self.other, on) if on else ():
            if played.pending:
                self.other.lay(played.changes)
                yield Step(None, FOLLOWED, True, _happened(played.pending), name, on=on)

    def _add(self, change: Change) -> Step:
        """Let a change happen in the other course alone."""
        call = change.call(self.other)
        if call is None:
            return Step(None, ADDED, True, (), change.what, on=change.on)
        meta = Meta("system:whatif", "system", change.on)
        played = play(self.other, call, meta, self.seed)
        if played.refused is None:
            self.other.lay(played.changes)
        return Step(None, ADDED, True, _happened(played.pending), change.what, played.refused, on=change.on)

    def _step(self, turn: Turn) -> Step:
        call, here = self._recalled(turn)
        if call is None or here is None:
            step, there = self._carry(turn)
        else:
            step, there = self._decide(turn, call, here)
        self._advance(turn, here.changes if here else {}, there)
        return step

    def _recalled(self, turn: Turn) -> tuple[Call | None, Played | None]:
        """The command that writes what was written, on the history before it; nothing where none does."""
        try:
            for call in self._calls(turn):
                if not (isinstance(self.seed, Drawn) and call.use_case in SECRET):
                    played = play(self.past, call, turn.meta, self.seed)
                    if played.refused is None and turn.is_written_by(played.pending, self.beside):
                        return call, played
        except MISTAKES:
            return None, None  # It was not written by these rules.
        return None, None

    def _calls(self, turn: Turn) -> Iterator[Call]:
        """The commands that a turn may have been; a line of an import asked for what all of its lines asked for."""
        for call in recall(turn, self.past):
            run = self.gathered.imports.get(Run(turn.first.actor, turn.first.eff))
            if run and isinstance(call.command, ImportFacts):
                asked = replace(call.command, programmes=tuple(run.programmes), reassessed=tuple(run.reassessed))
                yield call._replace(command=asked)
            yield call

    def _decide(self, turn: Turn, call: Call, here: Played) -> tuple[Step, Mapping[str, Slot] | None]:
        """What the same person's same command comes to in the other course."""
        asked = self.rewrite(turn, call) if self.rewrite else call
        name = call.name
        if asked is call and here.seen.isdisjoint(self.other.slots):
            return Step(turn, SAME, True, (), name), None
        if asked is None:
            return Step(turn, DROPPED, True, (), name), {}
        played, left_out = self._played(asked, turn.meta)
        if played.refused is not None:
            return Step(turn, REFUSED, True, (), name, played.refused, left_out), {}
        return Step(turn, DECIDED, True, _happened(played.pending), name, None, left_out), played.changes

    def _played(self, call: Call, meta: Meta) -> tuple[Played, tuple[tuple[str, Refused], ...]]:
        """A command in the other course; one about many orders goes on with those that may be in it."""
        played = play(self.other, call, meta, self.seed)
        asked = getattr(call.command, "orders", None)
        if played.refused is None or not isinstance(asked, tuple) or not asked[1:]:
            return played, ()
        alone = {each: self._with(call, meta, (each,)).refused for each in asked}
        kept = tuple(each for each in asked if alone[each] is None)
        left_out = tuple((each, refused) for each, refused in alone.items() if refused is not None)
        if not kept or not left_out:
            return played, ()
        return self._with(call, meta, kept), left_out

    def _with(self, call: Call, meta: Meta, orders: tuple[str, ...]) -> Played:
        """A command about many orders, asked for some of them."""
        return play(self.other, call._replace(command=replace(call.command, orders=orders)), meta, self.seed)

    def _carry(self, turn: Turn) -> tuple[Step, Mapping[str, Slot] | None]:
        """What cannot be decided again is taken as it was, unless it is about something that never came to be."""
        streams = {entry.agg for entry in turn.entries}
        if streams.isdisjoint(self.other.slots):
            return Step(turn, CARRIED, False, ()), None
        begun = [each for each in streams if self.past.slot(each).version]
        if any(not self.other.slot(each).version for each in begun):
            return Step(turn, DROPPED, False, ()), {}
        happened = tuple(Happened(entry.agg, entry.data, entry.eff) for entry in turn.entries)
        return Step(turn, CARRIED, False, happened), self.other.after(turn.entries)

    def _advance(self, turn: Turn, here: Mapping[str, Slot], there: Mapping[str, Slot] | None) -> None:
        """Bring both courses forward; what was kept beside a decision is kept in both."""
        left: Mapping[str, Slot] = {}
        if there is not None:
            before = {entry.agg: self.other.slot(entry.agg) for entry in turn.entries}
            beside = self.other.after(entry for entry in turn.entries if type(entry.data) in self.beside)
            left = {**before, **beside, **there}
        self.past.adopt(turn.entries, here)
        self.other.lay(left)


def _happened(pending: Iterable[Pending]) -> tuple[Happened, ...]:
    return tuple(Happened(each.stream, each.event, each.meta.on) for each in pending)


def topics_of(step: Step) -> str:
    """The stored names of what a decision of the history wrote, each once."""
    return " ".join(dict.fromkeys(TOPICS[type(entry.data)] for entry in step.turn.entries)) if step.turn else ""
