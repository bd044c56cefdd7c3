"""How somebody stands now."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.conduct import events as conduct
from vouchers.values import Value, field, replace


class Sanction(Value):
    """A sanction and the first day without it, if one is known."""

    imposed: conduct.Sanctioned
    lifted_on: str = ""

    def holds_on(self, day: str) -> bool:
        """Whether it holds on a day."""
        imposed = self.imposed
        in_time = imposed.from_on <= day and (not imposed.until_on or day <= imposed.until_on)
        return in_time and not (self.lifted_on and day >= self.lifted_on)


class Conduct(Value):
    """The tier as far as it was moved here, what was decided by number, and what is appealed.

    `blamed_on` is the day of the last fault or of the last move to a worse tier that still stands.
    """

    tier: str = ""
    acts: int = 0
    faults: int = 0
    blamed_on: str = ""
    clean: int = 0
    rewarded: frozenset[str] = frozenset()
    moves: Mapping[int, conduct.TierMoved] = field(default_factory=dict)
    sanctions: Mapping[int, Sanction] = field(default_factory=dict)
    appeals: Mapping[int, str] = field(default_factory=dict)  # act -> open, upheld or dismissed
    appellants: Mapping[int, str] = field(default_factory=dict)
    measures: tuple[conduct.MeasuresDue, ...] = ()

    def on(self, day: str) -> tuple[conduct.Sanctioned, ...]:
        """The sanctions that hold on a day."""
        return tuple(each.imposed for each in self.sanctions.values() if each.holds_on(day))


def evolve(state: Conduct, event: conduct.Event) -> Conduct:
    """Apply one event; the past is never refused."""
    match event:
        case conduct.Faulted(on=on):
            return replace(state, faults=state.faults + 1, blamed_on=max(on, state.blamed_on))
        case conduct.TierMoved(act=act, tier=tier, on=on):
            blamed_on = max(on, state.blamed_on) if tier > event.tier_before else state.blamed_on
            moves = {**state.moves, act: event}
            return replace(state, tier=tier, acts=max(act, state.acts), moves=moves, blamed_on=blamed_on)
        case conduct.CleanPaid(orders=orders, total=total):
            return replace(state, clean=total, rewarded=state.rewarded | set(orders))
        case conduct.Sanctioned(act=act):
            return replace(state, acts=max(act, state.acts), sanctions={**state.sanctions, act: Sanction(event)})
        case conduct.SanctionLifted(act=act, from_on=from_on):
            known = state.sanctions.get(act)
            lifted = {act: replace(known, lifted_on=from_on)} if known else {}
            return replace(state, sanctions={**state.sanctions, **lifted})
        case conduct.Appealed(act=act, by=by):
            appellants = {**state.appellants, act: by}
            return replace(state, appeals={**state.appeals, act: "open"}, appellants=appellants)
        case conduct.AppealDecided(act=act, outcome=outcome):
            return replace(state, appeals={**state.appeals, act: outcome})
        case conduct.MeasuresDue(on=on):
            blamed_on = max(on, state.blamed_on)
            return replace(state, measures=(*state.measures, event), blamed_on=blamed_on)
    assert_never(event)
