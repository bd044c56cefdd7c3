"""What a provider may do now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from vouchers.facts import Fact
from vouchers.provider import events as provider


@dataclass(frozen=True, slots=True)
class Provider:
    """The directory entry, the accredited days per category, and the last suspension.

    It runs from `suspended_on` to the day before `reinstated_on`, or without end while that is empty.
    """

    name: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    accredited: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    account_ref: str = ""
    suspended_on: str = ""
    effect: str = ""
    reinstated_on: str = ""

    @property
    def is_admitted(self) -> bool:
        """Whether it is in the directory."""
        return bool(self.name)

    def serves(self, category: str, on: str) -> bool:
        """Whether it is accredited for a category on a day."""
        return any(first <= on <= last for first, last in self.accredited.get(category, ()))

    def effect_on(self, day: str) -> str:
        """What a suspension means for open orders on a day, finish or freeze; nothing where there is none that day."""
        is_suspended = "" < self.suspended_on <= day and (not self.reinstated_on or day < self.reinstated_on)
        return self.effect if is_suspended else ""

    def is_reinstated(self, on: str) -> bool:
        """Whether nothing is left of the last suspension from a day on."""
        return not self.suspended_on or "" < self.reinstated_on <= on


def evolve(state: Provider, event: provider.Event) -> Provider:
    """Apply one event; the past is never refused."""
    match event:
        case provider.Admitted(name=name, facts=facts):
            return replace(state, name=name, facts=facts)
        case provider.Accredited(category, from_on, until_on):
            days = (*state.accredited.get(category, ()), (from_on, until_on))
            return replace(state, accredited={**state.accredited, category: days})
        case provider.AccountSet(account_ref):
            return replace(state, account_ref=account_ref)
        case provider.Suspended(from_on=from_on, effect=effect):
            return replace(state, suspended_on=from_on, effect=effect, reinstated_on="")
        case provider.Reinstated(from_on=from_on):
            return replace(state, reinstated_on=from_on)
    assert_never(event)
