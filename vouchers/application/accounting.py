"""Accounts: where providers, their sites and enterprises are paid; a change is proposed by one and approved by two."""

from typing import Any

from vouchers.account import decisions as accounts
from vouchers.kinds import ACCOUNT, ENTERPRISE, PROVIDER
from vouchers.ledger import Unit
from vouchers.provider import sites
from vouchers.refusals import NotFound

Answer = dict[str, Any]


class PayeeUnknown(NotFound):
    """There is neither a provider nor an enterprise with this code."""

    remedy = "Check the credit code of whoever is to be paid."


def propose_account(unit: Unit, command: accounts.ProposeAccount) -> Answer:
    """Propose where a party is paid; nothing changes until a second person approves."""
    key = _key(unit, command.payee_id, command.site_id)
    current = account_of(unit, command.payee_id, command.site_id)
    events = accounts.propose(unit.load(ACCOUNT, key), command, current=current, by=unit.actor)
    unit.append(ACCOUNT, key, events)
    return _answer(unit, command.payee_id, command.site_id)


def approve_account(unit: Unit, command: accounts.ApproveAccount) -> Answer:
    """Approve an account as a second person; payments instructed from now on go there."""
    key = _key(unit, command.payee_id, command.site_id)
    events = accounts.approve(unit.load(ACCOUNT, key), command, by=unit.actor)
    unit.append(ACCOUNT, key, events)
    provider = unit.load(PROVIDER, command.payee_id)
    if events and provider.is_admitted:
        set_account = sites.set_account(provider, command.site_id, command.account_ref)
        unit.append(PROVIDER, command.payee_id, set_account)
    return _answer(unit, command.payee_id, command.site_id)


def decline_account(unit: Unit, command: accounts.DeclineAccount) -> Answer:
    """Decline a proposed account; the one in use stays."""
    key = _key(unit, command.payee_id, command.site_id)
    unit.append(ACCOUNT, key, accounts.decline(unit.load(ACCOUNT, key), command, by=unit.actor))
    return _answer(unit, command.payee_id, command.site_id)


def propose_imported(unit: Unit, provider_id: str, account_ref: str) -> None:
    """Propose the account of a registry file where it is another than the one in use; a declined one stays declined."""
    provider = unit.load(PROVIDER, provider_id)
    if not account_ref or account_ref == provider.account_ref:
        return
    state = unit.load(ACCOUNT, provider_id)
    if account_ref != state.declined_ref:
        command = accounts.ProposeAccount(provider_id, account_ref, provider_id)
        unit.append(ACCOUNT, provider_id, accounts.propose(state, command, current=provider.account_ref, by=unit.actor))


def account_of(unit: Unit, payee_id: str, site_id: object = "", *, payee: str = "provider") -> str:
    """Where a party is paid today: a provider, at a site of it where the order names one, or an enterprise itself.

    Nothing where no account was recorded. A firm that is a provider too may be reimbursed on the account it has there.
    """
    if payee == "enterprise":
        own = unit.load(ACCOUNT, payee_id).account_ref
        return own or unit.load(PROVIDER, payee_id).account_ref
    provider = unit.load(PROVIDER, payee_id)
    if provider.is_admitted:
        return sites.account_at(provider, site_id)
    return unit.load(ACCOUNT, payee_id).account_ref


def _key(unit: Unit, payee_id: str, site_id: str) -> str:
    """The key of the account, refused where there is nobody or no site to be paid."""
    provider = unit.load(PROVIDER, payee_id)
    if site_id:
        sites.site_of(provider, site_id)
    elif not provider.is_admitted and not unit.load(ENTERPRISE, payee_id).facts:
        raise PayeeUnknown(pointer="/payee_id")
    return accounts.key_of(payee_id, site_id)


def _answer(unit: Unit, payee_id: str, site_id: str) -> Answer:
    state = unit.load(ACCOUNT, accounts.key_of(payee_id, site_id))
    return {
        "payee_id": payee_id,
        "site_id": site_id,
        "account_ref": account_of(unit, payee_id, site_id),
        "proposed": state.proposed.account_ref if state.proposed else "",
    }
