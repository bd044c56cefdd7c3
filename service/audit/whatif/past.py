"""What the commands of a history have in common, gathered before it is played."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.audit.whatif.turns import key_of
from vouchers.demand import events as demand
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.programme import events as programme
from vouchers.wire import Entry


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


def gathered(entries: Iterable[Entry[Any]]) -> Past:
    """What the whole log says of its programmes and imports."""
    past = Past()
    importing = False
    for entry in entries:
        event = entry.data
        if entry.cause is None:
            importing = isinstance(event, enterprise.FactsRecorded | enterprise.EarlierFactsRecorded)
        asked = past.imports[Run(entry.actor, entry.eff)] if importing else None
        if isinstance(event, programme.Announced):
            past.programmes.append(event.programme)
        elif isinstance(event, demand.Posted):
            past.posted[key_of(entry)] = event.enterprise_id
        elif isinstance(event, demand.Offered):
            past.offered[key_of(entry), event.offer_id] = event.provider_id
        elif asked and isinstance(event, entitlement.Doubted | entitlement.Reassessed):
            asked.reassessed[event.programme] = None
        elif asked and isinstance(
            event, entitlement.Granted | entitlement.Denied | entitlement.Pending | entitlement.Passed
        ):
            asked.programmes[event.programme] = None
    return past
