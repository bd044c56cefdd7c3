"""What is known of an enterprise now."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple, assert_never

from vouchers.enterprise import events as enterprise
from vouchers.facts import Fact, Facts
from vouchers.values import Value, field, replace


class Known(NamedTuple):
    """What is known as of one day."""

    as_of_on: str
    source: str
    digest: str
    facts: Facts


class Enterprise(Value):
    """The facts with the latest as-of day, those of earlier days in their order, the credit tier, and the line.

    `confirmed_on` is the last day as of which a registry stated the latest facts again. `predecessors` are all
    enterprises whose place this one takes; `successor` has taken its place from `succeeded_on` on. `over_caps` are
    ceilings of its group that were found passed, `looked_into` those that an officer has closed.
    """

    as_of_on: str = ""
    source: str = ""
    digest: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    tier: str = ""
    earlier: tuple[Known, ...] = ()
    confirmed_on: str = ""
    predecessors: tuple[str, ...] = ()
    successor: str = ""
    succeeded_on: str = ""
    succession: str = ""
    over_caps: tuple[enterprise.OverCapFound, ...] = ()
    looked_into: tuple[enterprise.OverCapFound, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether a registry has ever named it."""
        return bool(self.as_of_on)

    @property
    def credit_tier(self) -> str:
        """The tier set by an officer, else the registry's, else B."""
        stated = self.facts.get("credit_tier", "")
        return self.tier or (stated if isinstance(stated, str) else "") or "B"

    @property
    def stated_on(self) -> str:
        """The last day as of which a registry stated the latest facts."""
        return max(self.as_of_on, self.confirmed_on)

    @property
    def known(self) -> tuple[Known, ...]:
        """Everything known, day by day in order."""
        latest = Known(self.as_of_on, self.source, self.digest, self.facts)
        return (*self.earlier, latest) if self.is_known else ()

    def known_on(self, day: str) -> Known | None:
        """What held on a day as is known today: the facts of the last as-of day up to it."""
        return next((each for each in reversed(self.known) if each.as_of_on <= day), None)

    def facts_on(self, day: str) -> Facts:
        """The facts that held on a day as is known today; none before the first day that is known."""
        found = self.known_on(day)
        return found.facts if found else {}

    def is_succeeded(self, day: str) -> bool:
        """Whether another enterprise has taken its place by a day."""
        return bool(self.successor) and self.succeeded_on <= day


def evolve(state: Enterprise, event: enterprise.Event) -> Enterprise:
    """Apply one event; facts about an earlier day never replace later ones."""
    match event:
        case enterprise.FactsRecorded(as_of_on, source, digest, facts) if not state.as_of_on:
            # Whoever is not known yet has no past; most enterprises are named once.
            return Enterprise(as_of_on, source, digest, facts, state.tier)
        case (
            enterprise.FactsRecorded(as_of_on, source, digest, facts)
            | enterprise.EarlierFactsRecorded(as_of_on, source, digest, facts)
            | enterprise.FactsCorrected(as_of_on, source, digest, facts)
        ):
            return _put(state, Known(as_of_on, source, digest, facts))
        case enterprise.FactsConfirmed(as_of_on=as_of_on):
            return replace(state, confirmed_on=max(state.confirmed_on, as_of_on))
        case enterprise.CreditTierChanged(tier=tier):
            return replace(state, tier=tier)
        case enterprise.Succeeded(predecessors=predecessors):
            line = tuple(dict.fromkeys((*state.predecessors, *predecessors)))
            return replace(state, predecessors=line)
        case enterprise.SucceededBy(successor_id=successor_id, kind=kind, from_on=from_on):
            return replace(state, successor=successor_id, succeeded_on=from_on, succession=kind)
        case enterprise.OverCapFound():
            kept = tuple(found for found in state.over_caps if found.cap != event.cap)
            return replace(state, over_caps=(*kept, event))
        case enterprise.OverCapClosed(cap=cap):
            closed = tuple(found for found in state.over_caps if found.cap == cap)
            kept = tuple(found for found in state.over_caps if found.cap != cap)
            return replace(state, over_caps=kept, looked_into=(*state.looked_into, *closed))
    assert_never(event)


def _put(state: Enterprise, new: Known) -> Enterprise:
    """The state with facts in their place among the days; facts of a day that is known take the place of those."""
    if new.as_of_on >= state.as_of_on:
        latest = Known(state.as_of_on, state.source, state.digest, state.facts)
        earlier = (*state.earlier, latest) if new.as_of_on > state.as_of_on else state.earlier
        # What was confirmed were other facts.
        return replace(state, **new._asdict(), earlier=earlier, confirmed_on="")
    days = [each.as_of_on for each in state.earlier]
    at = bisect_left(days, new.as_of_on)
    after = at + (at < len(days) and days[at] == new.as_of_on)
    return replace(state, earlier=(*state.earlier[:at], new, *state.earlier[after:]))
