"""The provider directory: entries, accreditations, sites, suspension and removal."""

from typing import Any

from vouchers.application.accounting import propose_imported
from vouchers.application.ordering import end_order
from vouchers.application.programmes import in_force
from vouchers.days import add_days, add_months
from vouchers.kinds import ORDER, PROVIDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.provider import decisions as providers
from vouchers.provider import sites
from vouchers.refusals import Conflict, Refused
from vouchers.values import Value

Answer = dict[str, Any]

MOST_VOIDED = 1_000


class AccreditationWithoutTerm(Refused):
    """The programme's policy says nothing of how long an accreditation lasts."""

    remedy = "Give the last day yourself."


class CategoryNotOfThisProgramme(Refused):
    """The programme's policy has no such category."""

    remedy = "Look at the policy for its categories."


class RemovalNotVoid(Conflict):
    """Only orders of a provider whose removal makes them void are ended in this way."""

    remedy = "Remove the provider with the effect void, or let the orders finish."


class OrderOfAnotherProvider(Refused):
    """The order is with another provider."""

    remedy = "Name the removed provider's own orders."


class TooManyOrders(Refused):
    """So many orders are not ended at once."""

    remedy = "Name fewer, and repeat for the others."


class AccreditForTerm(Value):
    """Let a provider serve a category from a day on, for as many months as the programme's policy gives."""

    provider_id: str
    programme: str
    category: str
    from_on: str


class VoidOrders(Value):
    """End open orders of a provider whose removal makes them void; what they hold is released."""

    provider_id: str
    orders: tuple[str, ...]


def admit(unit: Unit, command: providers.Admit) -> Answer:
    """Enter a provider in the directory, or update its entry; another account than the first is only proposed."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, providers.admit(state, command))
    propose_imported(unit, command.provider_id, command.account_ref)
    return {"provider_id": command.provider_id}


def accredit(unit: Unit, command: providers.Accredit) -> Answer:
    """Let a provider serve a category."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, providers.accredit(state, command))
    return {"provider_id": command.provider_id, "category": command.category}


def accredit_for_term(unit: Unit, command: AccreditForTerm) -> Answer:
    """Let a provider serve a category for the months of the policy: 24 months from 15 March end on 14 March."""
    months = _months(unit, command.programme, command.category)
    until_on = add_days(add_months(command.from_on, months), -1)
    entry = providers.Accredit(command.provider_id, command.category, command.from_on, until_on)
    return accredit(unit, entry) | {"from_on": command.from_on, "until_on": until_on}


def renew_accreditation(unit: Unit, command: providers.RenewAccreditation) -> Answer:
    """Renew an accreditation before its end, for the months of the policy."""
    months = _months(unit, command.programme, command.category)
    events = providers.renew(unit.load(PROVIDER, command.provider_id), command.category, months, unit.on)
    state = unit.append(PROVIDER, command.provider_id, events)
    return {
        "provider_id": command.provider_id,
        "category": command.category,
        "until_on": state.until(command.category),
    }


def withdraw_accreditation(unit: Unit, command: providers.WithdrawAccreditation) -> Answer:
    """End the accreditation for one category; orders that stand finish."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, providers.withdraw_accreditation(state, command))
    return {"provider_id": command.provider_id, "category": command.category, "from_on": command.from_on}


def add_site(unit: Unit, command: sites.AddSite) -> Answer:
    """Record a place of a provider; its account comes by proposal and approval."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, sites.add_site(state, command))
    return {"provider_id": command.provider_id, "site_id": command.site_id}


def close_site(unit: Unit, command: sites.CloseSite) -> Answer:
    """Close a place of a provider for new orders; those that stand finish and are paid as before."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, sites.close_site(state, command))
    return {"provider_id": command.provider_id, "site_id": command.site_id, "closed_on": command.from_on}


def suspend(unit: Unit, command: providers.Suspend) -> Answer:
    """Stop new orders with a provider, today or from a later day."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, providers.suspend(state, command, unit.on))
    return {"provider_id": command.provider_id, "suspended_on": command.from_on}


def reinstate(unit: Unit, command: providers.Reinstate) -> Answer:
    """End a suspension, today or from a later day."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, providers.reinstate(state, command, unit.on))
    return {"provider_id": command.provider_id}


def remove_provider(unit: Unit, command: providers.Remove) -> Answer:
    """Take a provider out of the directory with a stated effect on its open orders."""
    state = unit.load(PROVIDER, command.provider_id)
    unit.append(PROVIDER, command.provider_id, providers.remove(state, command))
    return {"provider_id": command.provider_id, "removed_on": command.from_on, "effect": command.effect}


def void_orders(unit: Unit, command: VoidOrders) -> Answer:
    """Cancel the open orders of a removed provider; what is claimed stays for its review, and is told.

    The enterprise gets its value, its caps and the budget back at once, and may order elsewhere.
    """
    state = unit.load(PROVIDER, command.provider_id)
    if not state.is_removed(unit.on) or state.removal != "void":
        raise RemovalNotVoid(pointer="/provider_id")
    if len(command.orders) > MOST_VOIDED:
        raise TooManyOrders(f"At most {MOST_VOIDED:,} orders are ended at once.", pointer="/orders")
    voided, left = [], []
    for order_id in dict.fromkeys(command.orders):
        found = unit.load(ORDER, order_id)
        if orders.known(found).provider_id != command.provider_id:
            raise OrderOfAnotherProvider(pointer="/orders", order_id=order_id)
        if found.held:
            unit.begin()
            end_order(unit, order_id, "the provider was removed")
        if any(claim.status != "paid" for claim in found.claims.values()):
            left.append(order_id)
        elif found.held:
            voided.append(order_id)
    return {"provider_id": command.provider_id, "voided": voided, "left": left}


def _months(unit: Unit, programme: str, category: str) -> int:
    """How long an accreditation for a category lasts under the programme's policy of today."""
    _, policy = in_force(unit, programme, unit.on)
    if category not in policy.categories:
        raise CategoryNotOfThisProgramme(pointer="/category")
    if not policy.admission.valid_months:
        raise AccreditationWithoutTerm(pointer="/programme")
    return policy.admission.valid_months
