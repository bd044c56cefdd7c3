"""What can have happened to a provider; names and fields are the stored format."""

from dataclasses import dataclass

from vouchers.facts import Fact


@dataclass(frozen=True, slots=True)
class Admitted:
    """The provider joined the directory; its name is a published one."""

    name: str
    source: str
    digest: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Accredited:
    """The provider may serve a category on the days from..until, both included."""

    category: str
    from_on: str
    until_on: str


@dataclass(frozen=True, slots=True)
class AccountSet:
    """Where the provider is paid: a reference to the account kept outside the log."""

    account_ref: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """No new orders from this day on; open orders finish, or are frozen until the reinstatement."""

    from_on: str
    effect: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reinstated:
    """The suspension ends: this is the first day without it."""

    from_on: str
    reason: str


Event = Admitted | Accredited | AccountSet | Suspended | Reinstated
