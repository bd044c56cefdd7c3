"""What a whole log says in advance of the commands in it, gathered before it is played."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from vouchers.application.sampling import Drawn
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.money import WHOLE_BP
from vouchers.programme import events as programme
from vouchers.recalling import draw_of
from vouchers.review import events as review
from vouchers.wire import TOPICS, Entry

_STATED = (enterprise.FactsRecorded, enterprise.EarlierFactsRecorded)
_DECIDED = (entitlement.Granted, entitlement.Denied, entitlement.Pending, entitlement.Passed)
_LOOKED = (entitlement.Doubted, entitlement.Reassessed)
_DRAWN = (review.Spared, review.Assigned, review.RecheckDrawn, review.RecheckSpared)
# The stored names of the events that say any of it.
TELLING: Final = frozenset(TOPICS[each] for each in (programme.Announced, *_STATED, *_DECIDED, *_LOOKED, *_DRAWN))


class Draws(dict[str, int]):
    """Draws by their subject; what was never drawn in the history is spared."""

    def __missing__(self, _subject: str) -> int:
        """Beyond every sample."""
        return WHOLE_BP


class Run(NamedTuple):
    """One run of an import: who, on which day."""

    actor: str
    on: str


@dataclass
class Asked:
    """What an import asked for beside the facts: programmes to decide, and programmes to look at again."""

    programmes: dict[str, None] = field(default_factory=dict)
    reassessed: dict[str, None] = field(default_factory=dict)


@dataclass
class Gathered:
    """The programmes in the order of their announcement, every import by day and person, and every draw."""

    programmes: list[str] = field(default_factory=list)
    imports: dict[Run, Asked] = field(default_factory=lambda: defaultdict(Asked))
    draws: dict[str, int] = field(default_factory=Draws)
    _stated: int = -1

    @property
    def drawn(self) -> Drawn:
        """The draws of the log, to be taken again in the place of the secret."""
        return Drawn(self.draws)

    def note(self, entry: Entry[Any]) -> None:
        """Take one entry in, in the log's order; those that tell nothing may be left out."""
        event = entry.data
        if isinstance(event, programme.Announced):
            self.programmes.append(event.programme)
        elif drawn := draw_of(entry):
            self.draws.update([drawn])
        elif isinstance(event, _STATED) and entry.cause is None:
            self._stated = entry.seq
        elif isinstance(event, _DECIDED) and entry.cause == self._stated:
            self.imports[Run(entry.actor, entry.eff)].programmes[event.programme] = None
        elif isinstance(event, _LOOKED) and entry.cause == self._stated:
            self.imports[Run(entry.actor, entry.eff)].reassessed[event.programme] = None


def gathered(entries: Iterable[Entry[Any]]) -> Gathered:
    """What a whole log says of its programmes, imports and draws."""
    found = Gathered()
    for entry in entries:
        found.note(entry)
    return found
