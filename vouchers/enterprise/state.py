"""What is known of an enterprise now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from vouchers.enterprise import events as enterprise
from vouchers.facts import Fact


@dataclass(frozen=True, slots=True)
class Enterprise:
    """The facts with the latest as-of day, and the credit tier."""

    as_of_on: str = ""
    source: str = ""
    digest: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    tier: str = ""

    @property
    def is_known(self) -> bool:
        """Whether a registry has ever named it."""
        return bool(self.as_of_on)

    @property
    def credit_tier(self) -> str:
        """The tier set by an officer, else the registry's, else B."""
        stated = self.facts.get("credit_tier", "")
        return self.tier or (stated if isinstance(stated, str) else "") or "B"


def evolve(state: Enterprise, event: enterprise.Event) -> Enterprise:
    """Apply one event; facts about an earlier day never replace later ones."""
    match event:
        case enterprise.FactsRecorded(as_of_on, source, digest, facts):
            if as_of_on < state.as_of_on:
                return state
            return Enterprise(as_of_on, source, digest, facts, state.tier)
        case enterprise.CreditTierChanged(tier=tier):
            return replace(state, tier=tier)
    assert_never(event)
