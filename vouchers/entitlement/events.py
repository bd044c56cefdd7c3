"""How an entitlement can have been decided; names and fields are the stored format."""

from dataclasses import dataclass

from vouchers.facts import Fact


@dataclass(frozen=True, slots=True)
class Allotment:
    """One voucher that a grant gives: its number, kind and face in minor units."""

    voucher_id: str
    kind: str
    face: int


@dataclass(frozen=True, slots=True)
class Because:
    """One reason of a denial: which clause, what it says, what would change the answer."""

    code: str
    clause: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Granted:
    """The facts meet every condition of the policy; `rules` are the conditions that were applied, in order."""

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    facts_as_of_on: str
    facts_digest: str
    facts: dict[str, Fact]
    rules: tuple[str, ...]
    currency: str
    vouchers: tuple[Allotment, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """The facts do not meet the policy; every reason is listed."""

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    facts_as_of_on: str
    facts_digest: str
    facts: dict[str, Fact]
    rules: tuple[str, ...]
    reasons: tuple[Because, ...]


Event = Granted | Denied
