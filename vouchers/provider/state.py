"""What a provider may do now."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.days import add_days
from vouchers.facts import Fact
from vouchers.provider import events as provider
from vouchers.values import Value, field, replace


class Site(Value):
    """A place of the provider: its region, its account, and the first day on which it is closed."""

    name: str = ""
    region: str = ""
    access_ref: str = ""
    account_ref: str = ""
    closed_on: str = ""


class Provider(Value):
    """The directory entry, the accredited days per category, its sites, the last suspension and the last removal.

    A suspension runs from `suspended_on` to the day before `reinstated_on`, or without end while that is empty; a
    removal from `removed_on` until the provider is readmitted. `withdrawn` has the first day without an accreditation
    by category and days.
    """

    name: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    accredited: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    account_ref: str = ""
    suspended_on: str = ""
    effect: str = ""
    reinstated_on: str = ""
    withdrawn: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    removed_on: str = ""
    removal: str = ""
    barred_until_on: str = ""

    @property
    def is_admitted(self) -> bool:
        """Whether it is in the directory."""
        return bool(self.name)

    def serves(self, category: str, on: str) -> bool:
        """Whether it is accredited for a category on a day."""
        return any(first <= on <= last for first, last in self.days_of(category))

    def days_of(self, category: str) -> tuple[tuple[str, str], ...]:
        """The days on which it is accredited for a category, as spans without those that were withdrawn."""
        spans = self.accredited.get(category, ())
        if not self.withdrawn:
            return spans
        ends = [(first, last, self.withdrawn.get((category, first, last), "")) for first, last in spans]
        cut = [(first, add_days(end, -1) if end else last) for first, last, end in ends]
        return tuple([(first, last) for first, last in cut if first <= last])

    def until(self, category: str) -> str:
        """The last day for which it is accredited for a category, withdrawals aside; nothing where it never was."""
        days = self.accredited.get(category, ())
        return max((last for first, last in days if (category, first, last) not in self.withdrawn), default="")

    def is_removed(self, on: str) -> bool:
        """Whether it has left the directory on a day."""
        return "" < self.removed_on <= on

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
        case provider.Accredited(category, from_on, until_on) | provider.Renewed(category, from_on, until_on):
            days = (*state.accredited.get(category, ()), (from_on, until_on))
            return replace(state, accredited={**state.accredited, category: days})
        case provider.AccountSet(account_ref):
            return replace(state, account_ref=account_ref)
        case provider.Suspended(from_on=from_on, effect=effect):
            return replace(state, suspended_on=from_on, effect=effect, reinstated_on="")
        case provider.Reinstated(from_on=from_on):
            return replace(state, reinstated_on=from_on)
        case provider.Removed(from_on=from_on, effect=effect, barred_until_on=barred):
            return replace(state, removed_on=from_on, removal=effect, barred_until_on=barred)
        case provider.Readmitted():
            return replace(state, removed_on="", removal="", barred_until_on="")
        case provider.AccreditationWithdrawn(category=category, from_on=from_on):
            return replace(state, withdrawn={**state.withdrawn, **_ending(state, category, from_on)})
        case _:
            return _evolve_sites(state, event)


def _ending(state: Provider, category: str, from_on: str) -> dict[tuple[str, str, str], str]:
    """The accredited days that a withdrawal cuts short, each with the first day without it."""
    cut = {}
    for first, last in state.accredited.get(category, ()):
        if last >= from_on:
            key = (category, first, last)
            cut[key] = min(from_on, state.withdrawn.get(key, from_on))
    return cut


def _evolve_sites(
    state: Provider, event: provider.SiteAdded | provider.SiteAccountSet | provider.SiteClosed
) -> Provider:
    site = state.sites.get(event.site_id, Site())
    match event:
        case provider.SiteAdded(name=name, region=region, access_ref=access_ref):
            site = replace(site, name=name, region=region, access_ref=access_ref, closed_on="")
        case provider.SiteAccountSet(account_ref=account_ref):
            site = replace(site, account_ref=account_ref)
        case provider.SiteClosed(from_on=from_on):
            site = replace(site, closed_on=from_on)
        case _:
            assert_never(event)
    return replace(state, sites={**state.sites, event.site_id: site})
