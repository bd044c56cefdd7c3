"""Worlds: the streams of a log as they stand, and another course of events laid over them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vouchers.kinds import BY_NAME
from vouchers.ledger import Meta, Unit
from vouchers.ledger.unit import Pending, Slot
from vouchers.refusals import Refused
from vouchers.wire import Entry

_EMPTY: Mapping[str, Slot] = {name: Slot(0, kind.empty, "") for name, kind in BY_NAME.items()}


class Call(NamedTuple):
    """A command as it was, or could have been, asked for."""

    use_case: Callable[..., object]
    command: Any


class Played(NamedTuple):
    """What a command would write and leave, and which streams it looked at; or why it is refused."""

    pending: tuple[Pending, ...]
    changes: Mapping[str, Slot]
    seen: frozenset[str]
    refused: Refused | None = None


@dataclass
class World:
    """Every stream as it stands; laid over another world it keeps only what is different there."""

    below: "World | None" = None
    slots: dict[str, Slot] = field(default_factory=dict)

    def slot(self, stream: str) -> Slot:
        """A stream as it stands in this world."""
        found = self.slots.get(stream)
        if found is None and self.below is not None:
            return self.below.slot(stream)
        return found or _EMPTY[stream.partition("/")[0]]

    def play(self, call: Call, meta: Meta) -> Played:
        """Decide a command here; nothing is kept until it is taken."""
        watched = _Watched(self)
        unit = Unit(watched, meta)
        try:
            call.use_case(unit, call.command)
        except Refused as refused:
            return Played((), {}, frozenset(watched.seen), refused)
        return Played(tuple(unit.pending), unit.changes(), frozenset(watched.seen))

    def advance(self, entries: Iterable[Entry[Any]]) -> dict[str, Slot]:
        """Take entries of the log as they are; the streams that they leave."""
        after: dict[str, Slot] = {}
        for entry in entries:
            slot = after.get(entry.agg) or self.slot(entry.agg)
            evolve = BY_NAME[entry.agg.partition("/")[0]].evolve
            after[entry.agg] = Slot(slot.version + 1, evolve(slot.state, entry.data), max(slot.last_on, entry.eff))
        return after


class _Watched:
    """A world that remembers which of its streams were looked at."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: set[str] = set()

    def slot(self, stream: str) -> Slot:
        """The stream as it stands."""
        self.seen.add(stream)
        return self.world.slot(stream)


def same(one: Slot, two: Slot) -> bool:
    """Whether two streams stand alike, however many events led there."""
    return bool(one.state == two.state) and one.last_on == two.last_on
