"""What may happen to an account next."""

from vouchers.account import events as account
from vouchers.account.state import Account
from vouchers.refusals import Conflict, NotAllowed, Refused
from vouchers.texts import same_person
from vouchers.values import Value


class NoAccountProposed(Conflict):
    """No such account waits for approval."""

    remedy = "Look up which account was proposed, and name exactly that one."


class AccountOfAnother(Refused):
    """The account belongs to somebody else than the payee, and nobody says why."""

    remedy = "Name an account of the payee itself, or give the reason for which another holds it."


class AccountApproverNotIndependent(NotAllowed):
    """Whoever proposed an account cannot approve it."""

    remedy = "Let a second person compare the account with the payee's letter."


class ProposeAccount(Value):
    """Propose where a party, or one of its sites, is paid; `reason` is needed where somebody else holds the account."""

    payee_id: str
    account_ref: str
    holder_id: str
    site_id: str = ""
    holder_reason: str = ""


class ApproveAccount(Value):
    """Approve the account that was proposed, as a second person."""

    payee_id: str
    account_ref: str
    site_id: str = ""


class DeclineAccount(Value):
    """Decline the account that was proposed."""

    payee_id: str
    account_ref: str
    reason: str
    site_id: str = ""


def key_of(payee_id: str, site_id: str = "") -> str:
    """The key of an account's stream: the party, or one site of it."""
    return f"{payee_id}:{site_id}" if site_id else payee_id


def propose(state: Account, command: ProposeAccount, *, current: str, by: str) -> list[account.Event]:
    """Propose an account; the one that is used now, or that waits already, changes nothing."""
    if not command.account_ref or (command.account_ref == current and state.proposed is None):
        return []
    if command.holder_id != command.payee_id and not command.holder_reason.strip():
        raise AccountOfAnother(pointer="/holder_reason")
    proposed = account.Proposed(
        command.payee_id, command.site_id, command.account_ref, command.holder_id, command.holder_reason, by
    )
    return [] if proposed == state.proposed else [proposed]


def approve(state: Account, command: ApproveAccount, *, by: str) -> list[account.Event]:
    """Approve what somebody else proposed; the same approval again changes nothing."""
    if state.proposed is None and state.account_ref == command.account_ref:
        return []
    proposed = _waiting(state, command.account_ref)
    if same_person(proposed.proposed_by, by):
        raise AccountApproverNotIndependent(pointer="/actor")
    return [account.Approved(command.payee_id, command.site_id, command.account_ref, by)]


def decline(state: Account, command: DeclineAccount, *, by: str) -> list[account.Event]:
    """Decline what was proposed; the account in use stays."""
    if state.proposed is None and state.declined_ref == command.account_ref:
        return []
    _waiting(state, command.account_ref)
    return [account.Declined(command.payee_id, command.site_id, command.account_ref, by, command.reason)]


def _waiting(state: Account, account_ref: str) -> account.Proposed:
    """The proposal of exactly this account."""
    if state.proposed is None or state.proposed.account_ref != account_ref:
        raise NoAccountProposed(pointer="/account_ref")
    return state.proposed
