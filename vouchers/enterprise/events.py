"""What can have become known of an enterprise; names and fields are the stored format."""

from dataclasses import dataclass

from vouchers.facts import Fact


@dataclass(frozen=True, slots=True)
class FactsRecorded:
    """A registry stated these facts as of a day; `digest` is the SHA-256 of the registry's own line."""

    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class CreditTierChanged:
    """The credit tier (A to D) moved, with its cause."""

    tier: str
    cause: str


Event = FactsRecorded | CreditTierChanged
