"""What may happen to a provider's sites and accounts next, and what the rules see of a site."""

from typing import Final

from vouchers.facts import Facts
from vouchers.provider import events as provider
from vouchers.provider.decisions import admitted
from vouchers.provider.state import Provider, Site
from vouchers.refusals import NotFound, Refused
from vouchers.values import Value

MOST_SITES: Final = 200


class SiteUnknown(NotFound):
    """The provider has no such site."""

    remedy = "Look at the provider's sites in the directory."


class SiteIsClosed(Refused):
    """The site of the provider is closed."""

    remedy = "Order from another site of the provider."


class TooManySites(Refused):
    """A provider has at most so many sites."""


class AddSite(Value):
    """Record a further place of a provider, in its division, with a reference to its people's access."""

    provider_id: str
    site_id: str
    name: str
    region: str
    access_ref: str = ""


class CloseSite(Value):
    """Close a place of a provider for new orders: `from_on` is the first day without it."""

    provider_id: str
    site_id: str
    from_on: str
    reason: str


def add_site(state: Provider, command: AddSite) -> list[provider.Event]:
    """Record a place, or what changed about it; the same again changes nothing."""
    admitted(state)
    site = state.sites.get(command.site_id)
    if site and (site.name, site.region, site.access_ref, site.closed_on) == (
        command.name,
        command.region,
        command.access_ref,
        "",
    ):
        return []
    if site is None and len(state.sites) >= MOST_SITES:
        raise TooManySites(f"A provider has at most {MOST_SITES} sites.", pointer="/site_id", remedy="Close one.")
    return [provider.SiteAdded(command.site_id, command.name, command.region, command.access_ref)]


def close_site(state: Provider, command: CloseSite) -> list[provider.Event]:
    """Close a place for new orders; closed from that day already, it changes nothing."""
    if site_of(state, command.site_id).closed_on == command.from_on:
        return []
    return [provider.SiteClosed(command.site_id, command.from_on, command.reason)]


def set_account(state: Provider, site_id: str, account_ref: str) -> list[provider.Event]:
    """Pay the provider, or one of its sites, to an account that two people agreed on."""
    admitted(state)
    if not site_id:
        return [provider.AccountSet(account_ref)]
    site_of(state, site_id)
    return [provider.SiteAccountSet(site_id, account_ref)]


def site_of(state: Provider, site_id: str) -> Site:
    """One place of a provider."""
    admitted(state)
    site = state.sites.get(site_id)
    if site is None:
        raise SiteUnknown(pointer="/site_id")
    return site


def facts_at(state: Provider, site_id: object, on: str) -> Facts:
    """What the rules see of a provider: its facts, with the region of the contracting site where an order names one."""
    if not site_id:
        return state.facts
    site = site_of(state, str(site_id))
    if site.closed_on and site.closed_on <= on:
        raise SiteIsClosed(f"The site {site_id} is closed since {site.closed_on}.", pointer="/attributes/site_id")
    return {**state.facts, "region": site.region}


def account_at(state: Provider, site_id: object = "") -> str:
    """Where a provider is paid: the account of the site where the order names one, else its own."""
    site = state.sites.get(str(site_id)) if site_id else None
    return site.account_ref if site and site.account_ref else state.account_ref
