"""Calls: a command with what carries it out, as it was asked for or could have been, read from what it wrote."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias, cast, get_type_hints

from vouchers import application as app
from vouchers.application.sampling import Drawn
from vouchers.ledger.unit import Meta, Streams, Unit
from vouchers.recalling.past import Past
from vouchers.recalling.turns import Turn

# What speaks of the secret itself, and so cannot be done again without it.
SECRET: Final = frozenset({app.commit_seed, app.reveal_seed})


class Call(NamedTuple):
    """A command as it was, or could have been, asked for."""

    use_case: Callable[..., object]
    command: Any

    @property
    def name(self) -> str:
        """The name of what carries the command out."""
        return self.use_case.__name__

    def play(self, streams: Streams, meta: Meta, seed: Callable[[], bytes | Drawn]) -> Unit:
        """What the command comes to on these streams; raises what it is refused for."""
        unit = Unit(streams, meta)
        if self.use_case in app.SEEDED:
            self.use_case(unit, self.command, seed=seed())
        else:
            self.use_case(unit, self.command)
        return unit


# The commands that a turn may have been, the likeliest first.
Recall: TypeAlias = Callable[[Turn, Past], Iterable[Call]]


def plain(use_case: Callable[..., Any], *keys: str, **renamed: str) -> Recall:
    """A command whose fields are those of its first event, and whose key is told by the stream's name.

    `keys` are the fields that the stream's key has, parted by slashes; `renamed` maps a field to the event's.
    """

    def recall(turn: Turn, _past: Past) -> Iterator[Call]:
        told = dict(zip(keys, turn.key.split("/", len(keys) - 1), strict=False)) if keys else {}
        yield from filled(use_case, turn.first.data, told, renamed)

    return recall


def filled(
    use_case: Callable[..., Any], event: Any, told: Mapping[str, Any], renamed: Mapping[str, str] | None = None
) -> Iterator[Call]:
    """A call with what is told and what an event has under the same names; none where a field is left open."""
    given, kind = dict(told), cast("Hashable", type(event))
    for name, of_event, is_needed in _fields_of(use_case, kind, tuple((renamed or {}).items())):
        if name not in given:
            if of_event:
                given[name] = getattr(event, of_event)
            elif is_needed:
                return
    yield Call(use_case, command_of(use_case)(**given))


@lru_cache(maxsize=1024)
def _fields_of(
    use_case: Callable[..., Any], event: Hashable, renamed: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str, bool], ...]:
    """Each field of a command, under which name an event of some type has it, and whether it has to be told."""
    known, names = {each.name for each in fields(cast("Any", event))}, dict(renamed)
    found = []
    for each in fields(command_of(use_case)):
        name = names.get(each.name, each.name)
        is_needed = each.default is MISSING and each.default_factory is MISSING
        found.append((each.name, name if name in known else "", is_needed))
    return tuple(found)


@lru_cache(maxsize=256)
def command_of(use_case: Callable[..., Any]) -> Any:
    """The class of the commands that a use case takes."""
    return get_type_hints(use_case)["command"]


def in_turn(*recalls: Recall) -> Recall:
    """Several ways to read one event, one after the other."""

    def recall(turn: Turn, past: Past) -> Iterator[Call]:
        for each in recalls:
            yield from each(turn, past)

    return recall
