"""How a source of facts stands now."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.source import events as source
from vouchers.values import Value, field, replace


class Outage(Value):
    """The days in which the source could not be relied on; `until_on` is the first good day, or nothing yet."""

    from_on: str
    until_on: str
    reason: str


class Source(Value):
    """The outages in their order, and the codes let through with the reason of each."""

    outages: tuple[Outage, ...] = ()
    allowed: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_down(self) -> bool:
        """Whether an outage is open."""
        return bool(self.outages) and not self.outages[-1].until_on

    def outage_on(self, day: str) -> Outage | None:
        """The outage that a day lies in."""
        for each in self.outages:
            if each.from_on <= day and (not each.until_on or day < each.until_on):
                return each
        return None


def evolve(state: Source, event: source.Event) -> Source:
    """Apply one event; the past is never refused."""
    match event:
        case source.WentDown(from_on=from_on, reason=reason):
            return replace(state, outages=(*state.outages, Outage(from_on, "", reason)))
        case source.CameUp(from_on=from_on):
            ended = [replace(each, until_on=from_on) for each in state.outages[-1:]]
            return replace(state, outages=(*state.outages[:-1], *ended))
        case source.CodeAllowed(code=code, reason=reason):
            return replace(state, allowed={**state.allowed, code: reason})
        case source.CodeBarred(code=code):
            return replace(state, allowed={each: why for each, why in state.allowed.items() if each != code})
    assert_never(event)
