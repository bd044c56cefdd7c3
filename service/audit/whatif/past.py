"""What the commands of a history have in common, gathered before it is played."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.audit.whatif.turns import key_of
from vouchers.application.sampling import Drawn
from vouchers.demand import events as demand
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.money import WHOLE_BP
from vouchers.programme import events as programme
from vouchers.review import events as review
from vouchers.wire import Entry

_DECIDED = entitlement.Granted | entitlement.Denied | entitlement.Pending | entitlement.Passed


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
class Past:
    """The programmes in the order of their announcement, every import by day and person, who needs and who offers."""

    programmes: list[str] = field(default_factory=list)
    imports: dict[Run, Asked] = field(default_factory=lambda: defaultdict(Asked))
    posted: dict[str, str] = field(default_factory=dict)
    offered: dict[tuple[str, str], str] = field(default_factory=dict)
    draws: dict[str, int] = field(default_factory=Draws)
    importing: bool = False

    @property
    def drawn(self) -> Drawn:
        """The draws of the log, to be taken again in the place of the secret."""
        return Drawn(self.draws)

    def note(self, entry: Entry[Any]) -> None:
        """Take one entry in, in the log's order."""
        event = entry.data
        if entry.cause is None:
            self.importing = isinstance(event, enterprise.FactsRecorded | enterprise.EarlierFactsRecorded)
        if isinstance(event, programme.Announced):
            self.programmes.append(event.programme)
        elif isinstance(event, demand.Posted):
            self.posted[key_of(entry)] = event.enterprise_id
        elif isinstance(event, demand.Offered):
            self.offered[key_of(entry), event.offer_id] = event.provider_id
        elif isinstance(event, review.Spared | review.Assigned):
            self.draws[key_of(entry)] = event.draw_bp
        elif isinstance(event, review.RecheckDrawn | review.RecheckSpared):
            self.draws[f"recheck/{key_of(entry)}"] = event.draw_bp
        elif self.importing and isinstance(event, _DECIDED):
            self.imports[Run(entry.actor, entry.eff)].programmes[event.programme] = None
        elif self.importing and isinstance(event, entitlement.Doubted | entitlement.Reassessed):
            self.imports[Run(entry.actor, entry.eff)].reassessed[event.programme] = None


def gathered(entries: Iterable[Entry[Any]]) -> Past:
    """What a whole log says of its programmes, imports, offers and draws."""
    past = Past()
    for entry in entries:
        past.note(entry)
    return past
