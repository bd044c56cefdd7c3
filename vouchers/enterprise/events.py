"""What can have become known of an enterprise; names and fields are the stored format."""

from vouchers.facts import Fact
from vouchers.values import Value


class FactsRecorded(Value):
    """A registry stated these facts as of a day; `digest` is the SHA-256 of the registry's own line."""

    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]


class EarlierFactsRecorded(Value):
    """Facts of a day before the latest known one arrived late; the latest facts stay what they are."""

    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]


class FactsConfirmed(Value):
    """A registry stated the latest facts again, unchanged, as of a later day."""

    as_of_on: str
    source: str
    digest: str


class FactsCorrected(Value):
    """What was recorded as of this day was wrong; these facts take its place, the wrong ones never count again."""

    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]
    reason: str


class CreditTierChanged(Value):
    """The credit tier (A to D) moved, with its cause."""

    tier: str
    cause: str


class Succeeded(Value):
    """This enterprise takes the place of another one from a day on; `predecessors` are all before it in the line."""

    predecessor_id: str
    predecessors: tuple[str, ...]
    kind: str
    from_on: str
    evidence: str
    reason: str


class SucceededBy(Value):
    """Another enterprise takes the place of this one from a day on."""

    successor_id: str
    kind: str
    from_on: str
    evidence: str
    reason: str


class OverCapFound(Value):
    """Facts that came to light later show that orders of one group together passed its ceiling; nothing is taken back.

    `used` is what the group's orders use together in minor units, `orders` those that were counted elsewhere.
    """

    enterprise_id: str
    programme: str
    cap: str
    limit: int
    used: int
    orders: tuple[str, ...]
    clause: str


class OverCapClosed(Value):
    """An officer has looked into a ceiling that was passed by a group, with what came of it."""

    programme: str
    cap: str
    reason: str


Event = (
    FactsRecorded
    | EarlierFactsRecorded
    | FactsConfirmed
    | FactsCorrected
    | CreditTierChanged
    | Succeeded
    | SucceededBy
    | OverCapFound
    | OverCapClosed
)
