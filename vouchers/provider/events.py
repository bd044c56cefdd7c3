"""What can have happened to a provider; names and fields are the stored format."""

from vouchers.facts import Fact
from vouchers.values import Value


class Admitted(Value):
    """The provider joined the directory; its name is a published one."""

    name: str
    source: str
    digest: str
    facts: dict[str, Fact]


class Accredited(Value):
    """The provider may serve a category on the days from..until, both included."""

    category: str
    from_on: str
    until_on: str


class AccountSet(Value):
    """Where the provider is paid: a reference to the account kept outside the log."""

    account_ref: str


class Suspended(Value):
    """No new orders from this day on; open orders finish, or are frozen until the reinstatement."""

    from_on: str
    effect: str
    reason: str


class Reinstated(Value):
    """The suspension ends: this is the first day without it."""

    from_on: str
    reason: str


class Renewed(Value):
    """The accreditation for a category goes on for these days, both included."""

    category: str
    from_on: str
    until_on: str


class AccreditationWithdrawn(Value):
    """The accreditation for a category ends: this is the first day without it."""

    category: str
    from_on: str
    reason: str


class SiteAdded(Value):
    """The provider works at a further place, with its own access for the people there."""

    site_id: str
    name: str
    region: str
    access_ref: str


class SiteAccountSet(Value):
    """Where the work of a site is paid: a reference to the account kept outside the log."""

    site_id: str
    account_ref: str


class SiteClosed(Value):
    """The site takes no new orders: this is the first day without it."""

    site_id: str
    from_on: str
    reason: str


class Removed(Value):
    """The provider leaves the directory; open orders finish, are frozen, or become void; barred until a day or not."""

    from_on: str
    effect: str
    reason: str
    barred_until_on: str


class Readmitted(Value):
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
