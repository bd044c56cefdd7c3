"""What may become known of an enterprise next."""

from dataclasses import dataclass

from vouchers.enterprise import events as enterprise
from vouchers.enterprise.state import Enterprise
from vouchers.facts import Fact
from vouchers.refusals import NotFound, Refused

TIERS = ("A", "B", "C", "D")


class EnterpriseUnknown(NotFound):
    """No registry file has named this enterprise."""


class FactsNotYetTrue(Refused):
    """A registry cannot state facts of a day that has not come."""


class TierUnknown(Refused):
    """A credit tier is A, B, C or D."""


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Record what a registry states of an enterprise as of a day."""

    enterprise_id: str
    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class ChangeCreditTier:
    """Move an enterprise to another credit tier, with the cause."""

    enterprise_id: str
    tier: str
    cause: str


def record_facts(state: Enterprise, command: RecordFacts, on: str) -> list[enterprise.Event]:
    """Record facts that say something new; the same facts again, or older ones, change nothing."""
    if command.as_of_on > on:
        raise FactsNotYetTrue(pointer="/as_of_on", remedy=f"Give a day up to {on}.")
    if command.as_of_on < state.as_of_on:
        return []
    if state.is_known and state.facts == command.facts:
        return []
    return [enterprise.FactsRecorded(command.as_of_on, command.source, command.digest, command.facts)]


def change_credit_tier(state: Enterprise, command: ChangeCreditTier) -> list[enterprise.Event]:
    """Move to a tier; being there already changes nothing."""
    known(state)
    if command.tier not in TIERS:
        raise TierUnknown(pointer="/tier", remedy="Use one of A, B, C, D.")
    if state.tier == command.tier:
        return []
    return [enterprise.CreditTierChanged(command.tier, command.cause)]


def known(state: Enterprise) -> None:
    """Refuse where no registry has named the enterprise."""
    if not state.is_known:
        raise EnterpriseUnknown(
            pointer="/enterprise_id",
            remedy="Check the credit code, or import the registry file that names it.",
        )
