"""What may happen to a provider next."""

from dataclasses import dataclass

from vouchers.facts import Fact
from vouchers.provider import events as provider
from vouchers.provider.state import Provider
from vouchers.refusals import Conflict, NotFound, Refused

EFFECTS = ("finish", "freeze")


class ProviderUnknown(NotFound):
    """There is no provider with this code in the directory."""


class ProviderSuspended(Refused):
    """The provider is suspended."""


class NotAccredited(Refused):
    """The provider is not accredited for this category on this day."""


class SuspendedOtherwise(Conflict):
    """The provider is already suspended from another day or with another effect."""


class AccreditationPeriodInvalid(Refused):
    """An accreditation ends on or after the day it begins."""

    remedy = "Give a last day that is not before the first."


class EffectUnknown(Refused):
    """A suspension says what happens to open orders: finish or freeze."""

    remedy = "Say finish or freeze."


@dataclass(frozen=True, slots=True)
class Admit:
    """Enter a provider, with its published name, in the directory."""

    provider_id: str
    name: str
    source: str
    digest: str
    facts: dict[str, Fact]
    account_ref: str


@dataclass(frozen=True, slots=True)
class Accredit:
    """Let a provider serve a category on the days from..until."""

    provider_id: str
    category: str
    from_on: str
    until_on: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop new orders with a provider and say what happens to open ones."""

    provider_id: str
    from_on: str
    effect: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reinstate:
    """End a suspension: `from_on` is the first day without it."""

    provider_id: str
    from_on: str
    reason: str


def admit(state: Provider, command: Admit) -> list[provider.Event]:
    """Enter or update a provider; the same facts again change nothing."""
    events: list[provider.Event] = []
    if state.name != command.name or state.facts != command.facts:
        events.append(provider.Admitted(command.name, command.source, command.digest, command.facts))
    if command.account_ref and state.account_ref != command.account_ref:
        events.append(provider.AccountSet(command.account_ref))
    return events


def accredit(state: Provider, command: Accredit) -> list[provider.Event]:
    """Accredit for a category and period; the same again changes nothing."""
    admitted(state)
    if command.until_on < command.from_on:
        raise AccreditationPeriodInvalid(pointer="/until_on")
    if (command.from_on, command.until_on) in state.accredited.get(command.category, ()):
        return []
    return [provider.Accredited(command.category, command.from_on, command.until_on)]


def suspend(state: Provider, command: Suspend, on: str) -> list[provider.Event]:
    """Suspend with the effect on open orders, today or from a later day; the same suspension again changes nothing."""
    admitted(state)
    if command.effect not in EFFECTS:
        raise EffectUnknown(pointer="/effect")
    if (state.suspended_on, state.effect, state.reinstated_on) == (command.from_on, command.effect, ""):
        return []
    if not state.is_reinstated(on):
        raise SuspendedOtherwise(
            f"The provider is suspended {_days(state)} ({state.effect}).",
            pointer="/from_on",
            remedy="End that suspension first, then suspend again.",
        )
    return [provider.Suspended(command.from_on, command.effect, command.reason)]


def reinstate(state: Provider, command: Reinstate, on: str) -> list[provider.Event]:
    """End a suspension, today or from a later day; one that has ended, or the same end again, changes nothing.

    A suspension that was only announced never begins when its end comes first.
    """
    admitted(state)
    if state.is_reinstated(on) or state.reinstated_on == command.from_on:
        return []
    return [provider.Reinstated(command.from_on, command.reason)]


def admitted(state: Provider) -> None:
    """Refuse where the provider is not in the directory."""
    if not state.is_admitted:
        raise ProviderUnknown(pointer="/provider_id", remedy="Check the provider's credit code.")


def may_take_orders(state: Provider, category: str, on: str) -> None:
    """Refuse a new order with a provider that is unknown, suspended, or not accredited that day."""
    admitted(state)
    if state.effect_on(on):
        raise ProviderSuspended(
            f"The provider is suspended {_days(state)}.",
            pointer="/provider_id",
            remedy="Choose another accredited provider.",
        )
    if not state.serves(category, on):
        raise NotAccredited(
            f"The provider is not accredited for {category} on {on}.",
            pointer="/provider_id",
            remedy="Choose a provider that the directory lists for this category.",
        )


def may_be_paid(state: Provider, on: str) -> None:
    """Refuse a claim, a settlement or a payment instruction while a suspension freezes the provider's open orders.

    Claims under review or approved stay where they are, and may be decided; what the bank was told to pay before is
    paid, and its answer recorded. From the reinstatement on everything proceeds from where it stood.
    """
    admitted(state)
    if state.effect_on(on) == "freeze":
        raise ProviderSuspended(
            f"{state.name} is suspended {_days(state)}, and its open orders are frozen.",
            pointer="/provider_id",
            remedy="Wait until the suspension has ended; leave the provider's orders out of a settlement.",
        )


def _days(state: Provider) -> str:
    until = f" until its reinstatement on {state.reinstated_on}" if state.reinstated_on else ""
    return f"from {state.suspended_on}{until}"
