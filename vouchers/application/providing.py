"""The provider directory: admission, accreditation, suspension."""

from typing import Any

from vouchers.application.accounting import propose_imported
from vouchers.kinds import PROVIDER
from vouchers.ledger import Unit
from vouchers.provider import decisions as providers

Answer = dict[str, Any]


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
