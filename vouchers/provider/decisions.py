"""What may happen to a provider next."""

from vouchers.days import add_days, add_months
from vouchers.facts import Fact
from vouchers.provider import events as provider
from vouchers.provider.state import Provider
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.values import Value

EFFECTS = ("finish", "freeze")
REMOVAL_EFFECTS = ("finish", "freeze", "void")
_STOPPED = {"freeze": "frozen", "void": "void"}


class ProviderUnknown(NotFound):
    """There is no provider with this code in the directory."""


class ProviderSuspended(Refused):
    """The provider is suspended."""


class NotAccredited(Refused):
    """The provider is not accredited for this category on this day."""


class SuspendedOtherwise(Conflict):
    """The provider is already suspended from another day or with another effect."""


class ProviderRemoved(Refused):
    """The provider has left the directory."""

    remedy = "Choose another accredited provider."


class RemovedOtherwise(Conflict):
    """The provider was already removed from another day, with another effect, or barred for another time."""


class ProviderBarred(Refused):
    """The provider may not apply again yet."""


class RemovalEffectUnknown(Refused):
    """A removal says what happens to open orders: finish, freeze or void."""

    remedy = "Say finish, freeze or void."


class RenewalTooLate(Refused):
    """An accreditation is renewed before it ends."""

    remedy = "Accredit the provider anew."


class AccreditationUnknown(NotFound):
    """The provider is not accredited for this category from this day on."""

    remedy = "Look at the provider's accreditations in the directory."


class AccreditationPeriodInvalid(Refused):
    """An accreditation ends on or after the day it begins."""

    remedy = "Give a last day that is not before the first."


class EffectUnknown(Refused):
    """A suspension says what happens to open orders: finish or freeze."""

    remedy = "Say finish or freeze."


class Admit(Value):
    """Enter a provider, with its published name, in the directory."""

    provider_id: str
    name: str
    source: str
    digest: str
    facts: dict[str, Fact]
    account_ref: str


class Accredit(Value):
    """Let a provider serve a category on the days from..until."""

    provider_id: str
    category: str
    from_on: str
    until_on: str


class Suspend(Value):
    """Stop new orders with a provider and say what happens to open ones."""

    provider_id: str
    from_on: str
    effect: str
    reason: str


class Reinstate(Value):
    """End a suspension: `from_on` is the first day without it."""

    provider_id: str
    from_on: str
    reason: str


class RenewAccreditation(Value):
    """Let an accreditation go on, on the days after its end, for what the programme's policy gives."""

    provider_id: str
    programme: str
    category: str


class WithdrawAccreditation(Value):
    """End the accreditation for one category: `from_on` is the first day without it."""

    provider_id: str
    category: str
    from_on: str
    reason: str


class Remove(Value):
    """Take a provider out of the directory, say what happens to open orders, and until when it may not come back."""

    provider_id: str
    from_on: str
    effect: str
    reason: str
    barred_until_on: str = ""


def admit(state: Provider, command: Admit) -> list[provider.Event]:
    """Enter or update a provider; the same facts again change nothing.

    Only its first account is taken from here: another one later needs a second person.
    """
    events: list[provider.Event] = []
    if state.name != command.name or state.facts != command.facts:
        events.append(provider.Admitted(command.name, command.source, command.digest, command.facts))
    if command.account_ref and not state.account_ref:
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


def renew(state: Provider, category: str, months: int, on: str) -> list[provider.Event]:
    """Renew before the end: the new days follow the old ones without a gap."""
    admitted(state)
    last = state.until(category)
    if not last:
        raise AccreditationUnknown(pointer="/category")
    if on > last:
        raise RenewalTooLate(f"The accreditation for {category} ended on {last}.", pointer="/category")
    first = add_days(last, 1)
    return [provider.Renewed(category, first, add_days(add_months(first, months), -1))]


def withdraw_accreditation(state: Provider, command: WithdrawAccreditation) -> list[provider.Event]:
    """End the accreditation for one category; ended from that day or before, it changes nothing."""
    admitted(state)
    lasting = [each for each in state.accredited.get(command.category, ()) if each[1] >= command.from_on]
    if not lasting:
        raise AccreditationUnknown(pointer="/category")
    ends = [state.withdrawn.get((command.category, *each), "9999") for each in lasting]
    if all(end <= command.from_on for end in ends):
        return []
    return [provider.AccreditationWithdrawn(command.category, command.from_on, command.reason)]


def remove(state: Provider, command: Remove) -> list[provider.Event]:
    """Remove with the effect on open orders; the same removal again changes nothing.

    Orders that a removal froze are let go later by the same removal with the effect finish or void.
    """
    admitted(state)
    if command.effect not in REMOVAL_EFFECTS:
        raise RemovalEffectUnknown(pointer="/effect")
    if (state.removed_on, state.removal, state.barred_until_on) == (
        command.from_on,
        command.effect,
        command.barred_until_on,
    ):
        return []
    lets_go = state.removal == "freeze" and command.effect != "freeze" and command.from_on == state.removed_on
    if state.removed_on and not lets_go:
        detail = f"The provider was removed from {state.removed_on} ({state.removal})."
        raise RemovedOtherwise(detail, pointer="/from_on", remedy="Nothing more is needed.")
    return [provider.Removed(command.from_on, command.effect, command.reason, command.barred_until_on)]


def readmit(state: Provider, on: str) -> list[provider.Event]:
    """Let a removed provider in again once it is barred no more; it must be accredited anew.

    One that was never removed changes nothing.
    """
    if not state.removed_on:
        return []
    may_apply(state, on)
    lasting = [code for code in state.accredited if any(last >= state.removed_on for _, last in state.days_of(code))]
    ended = [provider.AccreditationWithdrawn(code, state.removed_on, "the provider was removed") for code in lasting]
    return [*ended, provider.Readmitted(on)]


def may_apply(state: Provider, on: str) -> None:
    """Refuse an application of a provider that is barred; the day after the last barred one it may apply."""
    if state.removed_on and on <= state.barred_until_on:
        detail = f"The provider was removed and may not apply until {state.barred_until_on}."
        remedy = f"Apply from {add_days(state.barred_until_on, 1)} on."
        raise ProviderBarred(detail, pointer="/provider_id", remedy=remedy)


def admitted(state: Provider) -> None:
    """Refuse where the provider is not in the directory."""
    if not state.is_admitted:
        raise ProviderUnknown(pointer="/provider_id", remedy="Check the provider's credit code.")


def may_take_orders(state: Provider, category: str, on: str) -> None:
    """Refuse a new order with a provider that is unknown, suspended, or not accredited that day."""
    admitted(state)
    if state.is_removed(on):
        raise ProviderRemoved(f"The provider was removed from {state.removed_on}.", pointer="/provider_id")
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

    A removal that freezes them, or makes them void, stops them in the same way. Claims under review or approved stay
    where they are, and may be decided; what the bank was told to pay before is paid, and its answer recorded. From the
    reinstatement on everything proceeds from where it stood.
    """
    admitted(state)
    if state.is_removed(on) and state.removal != "finish":
        detail = f"{state.name} was removed from {state.removed_on}, and its open orders are {_STOPPED[state.removal]}."
        remedy = "Leave the provider's orders out of a settlement; void what is open."
        raise ProviderRemoved(detail, pointer="/provider_id", remedy=remedy)
    if state.effect_on(on) == "freeze":
        raise ProviderSuspended(
            f"{state.name} is suspended {_days(state)}, and its open orders are frozen.",
            pointer="/provider_id",
            remedy="Wait until the suspension has ended; leave the provider's orders out of a settlement.",
        )


def _days(state: Provider) -> str:
    until = f" until its reinstatement on {state.reinstated_on}" if state.reinstated_on else ""
    return f"from {state.suspended_on}{until}"
