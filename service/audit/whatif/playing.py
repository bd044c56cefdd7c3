"""Playing a history again: each decision as it was, and beside it what it would have been in another course."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from service.audit.whatif.duties import DUTIES, due
from service.audit.whatif.past import Past
from service.audit.whatif.recalling import PLAIN
from service.audit.whatif.recalling_counter import COUNTER, bank
from service.audit.whatif.recalling_orders import ORDERS
from service.audit.whatif.recalling_parties import PARTIES, looked_again
from service.audit.whatif.turns import Turn, turns
from service.audit.whatif.worlds import Call, Played, World, same
from service.wiring import SEEDED
from vouchers import application as app
from vouchers.application.sampling import Drawn
from vouchers.ledger import Meta
from vouchers.ledger.unit import Pending, Slot
from vouchers.refusals import Refused
from vouchers.wire import TOPICS, Entry

SAME, DECIDED, REFUSED, CARRIED = "same", "decided", "refused", "carried"
DROPPED, ADDED, FOLLOWED = "dropped", "added", "followed"
_RECALLS: Mapping[str, Any] = {**PLAIN, **PARTIES, **ORDERS, **COUNTER}


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
    call: Callable[[World], Call | None]
    what: str


# What speaks of the secret itself, and so cannot be done again without it.
_SECRET = frozenset({app.commit_seed, app.reveal_seed})
Rewrite = Callable[[Turn, Call], Call | None]


@dataclass
class Course:
    """The history and another course of it, step by step; with no change the two are one."""

    past: Past
    seed: bytes | Drawn
    changes: Sequence[Change] = ()
    rewrite: Rewrite | None = None
    real: World = field(default_factory=World)
    other: World = field(init=False)

    def __post_init__(self) -> None:
        """Lay the other course over the history."""
        self.other = World(below=self.real)

    def play(self, entries: Iterable[Entry[Any]]) -> Iterator[Step]:
        """Every decision of a log in its order, and the changes on the first decision of their day or later."""
        waiting = sorted(self.changes, key=lambda change: change.on)
        duty_on = ""
        for turn in turns(entries, seeds_apart=isinstance(self.seed, Drawn)):
            if duty_on and turn.first.eff != duty_on:
                yield from self._duties(duty_on)
                duty_on = ""
            while waiting and waiting[0].on <= turn.first.eff:
                yield self._add(waiting.pop(0))
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
                self._lay(played.changes)
                yield Step(None, FOLLOWED, True, _happened(played.pending), name, on=on)

    def _add(self, change: Change) -> Step:
        """Let a change happen in the other course alone."""
        call = change.call(self.other)
        if call is None:
            return Step(None, ADDED, True, (), change.what, on=change.on)
        meta = Meta("system:whatif", "system", change.on)
        played = self.other.play(self._seeded(call), meta)
        if played.refused is None:
            self._lay(played.changes)
        return Step(None, ADDED, True, _happened(played.pending), change.what, played.refused, on=change.on)

    def _step(self, turn: Turn) -> Step:
        call, here = self._recalled(turn)
        after = self.real.advance(turn.entries)
        if call is None or here is None:
            step, there = self._carry(turn)
        else:
            step, there = self._decide(turn, call, here)
        self._advance(after, there)
        return step

    def _recalled(self, turn: Turn) -> tuple[Call | None, Played | None]:
        """The command that writes what was written, on the history before it; nothing where none does."""
        recall = _RECALLS.get(turn.topic)
        found = recall(turn, self.past) if recall else ()
        # What follows from a second look, and what a bank's line leads to, may stand before it.
        for call in chain(found, looked_again(turn, self.past), bank(turn, self.past)):
            if isinstance(self.seed, Drawn) and call.use_case in _SECRET:
                continue
            played = self.real.play(self._seeded(call), turn.meta)
            if _wrote(played, turn):
                return call, played
        return None, None

    def _decide(self, turn: Turn, call: Call, here: Played) -> tuple[Step, Mapping[str, Slot] | None]:
        """What the same person's same command comes to in the other course."""
        asked = self.rewrite(turn, call) if self.rewrite else call
        name = name_of(call)
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
        played = self.other.play(self._seeded(call), meta)
        asked = getattr(call.command, "orders", None)
        if played.refused is None or not isinstance(asked, tuple) or not asked[1:]:
            return played, ()
        alone = {
            each: self.other.play(
                self._seeded(Call(call.use_case, replace(call.command, orders=(each,)))), meta
            ).refused
            for each in asked
        }
        kept = tuple(each for each in asked if alone[each] is None)
        left_out = tuple((each, refused) for each, refused in alone.items() if refused is not None)
        if not kept or not left_out:
            return played, ()
        return self.other.play(self._seeded(Call(call.use_case, replace(call.command, orders=kept))), meta), left_out

    def _carry(self, turn: Turn) -> tuple[Step, Mapping[str, Slot] | None]:
        """What cannot be decided again is taken as it was, unless it is about something that never came to be."""
        streams = {entry.agg for entry in turn.entries}
        if streams.isdisjoint(self.other.slots):
            return Step(turn, CARRIED, False, ()), None
        begun = [each for each in streams if self.real.slot(each).version]
        if any(not self.other.slot(each).version for each in begun):
            return Step(turn, DROPPED, False, ()), {}
        happened = tuple(Happened(entry.agg, entry.data, entry.eff) for entry in turn.entries)
        return Step(turn, CARRIED, False, happened), self.other.advance(turn.entries)

    def _advance(self, after: Mapping[str, Slot], there: Mapping[str, Slot] | None) -> None:
        """Bring both courses forward; a stream that stands alike in both is kept once."""
        if there is not None:
            before = {stream: self.other.slot(stream) for stream in after if stream not in there}
            there = {**before, **there}
        self.real.slots.update(after)
        if there is not None:
            self._lay(there)

    def _lay(self, there: Mapping[str, Slot]) -> None:
        for stream, slot in there.items():
            if same(slot, self.real.slot(stream)):
                self.other.slots.pop(stream, None)
            else:
                self.other.slots[stream] = slot

    def _seeded(self, call: Call) -> Call:
        if call.use_case not in SEEDED:
            return call
        use_case: Callable[..., object] = call.use_case
        return Call(partial(use_case, seed=self.seed), call.command)


def name_of(call: Call) -> str:
    """The name of a command."""
    return call.use_case.__name__


def _wrote(played: Played, turn: Turn) -> bool:
    """Whether a command wrote exactly what the log has of one decision."""
    if played.refused is not None or len(played.pending) != len(turn.entries):
        return False
    return all(
        (each.stream, each.version, each.event) == (entry.agg, entry.ver, entry.data)
        for each, entry in zip(played.pending, turn.entries, strict=True)
    )


def _happened(pending: Iterable[Pending]) -> tuple[Happened, ...]:
    return tuple(Happened(each.stream, each.event, each.meta.on) for each in pending)


def topics_of(step: Step) -> str:
    """The stored names of what a decision of the history wrote, each once."""
    return " ".join(dict.fromkeys(TOPICS[type(entry.data)] for entry in step.turn.entries)) if step.turn else ""
