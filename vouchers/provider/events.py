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


@dataclass(frozen=True, slots=True)
class Renewed:
    """The accreditation for a category goes on for these days, both included."""

    category: str
    from_on: str
    until_on: str


@dataclass(frozen=True, slots=True)
class AccreditationWithdrawn:
    """The accreditation for a category ends: this is the first day without it."""

    category: str
    from_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class SiteAdded:
    """The provider works at a further place, with its own access for the people there."""

    site_id: str
    name: str
    region: str
    access_ref: str


@dataclass(frozen=True, slots=True)
class SiteAccountSet:
    """Where the work of a site is paid: a reference to the account kept outside the log."""

    site_id: str
    account_ref: str


@dataclass(frozen=True, slots=True)
class SiteClosed:
    """The site takes no new orders: this is the first day without it."""

    site_id: str
    from_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The provider leaves the directory; open orders finish, are frozen, or become void; barred until a day or not."""

    from_on: str
    effect: str
    reason: str
    barred_until_on: str


@dataclass(frozen=True, slots=True)
class Readmitted:
    """The provider joined again after its removal: this is the first day."""

    from_on: str


Event = (
    Admitted
    | Accredited
    | AccountSet
    | Suspended
    | Reinstated
    | Renewed
    | AccreditationWithdrawn
    | SiteAdded
    | SiteAccountSet
    | SiteClosed
    | Removed
    | Readmitted
)
