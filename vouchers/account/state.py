"""Where a party is paid now, and what waits for a second person."""

from typing import assert_never

from vouchers.account import events as account
from vouchers.values import Value, replace


class Account(Value):
    """The approved account, the proposal that waits, and the reference that was declined last."""

    account_ref: str = ""
    proposed: account.Proposed | None = None
    declined_ref: str = ""


def evolve(state: Account, event: account.Event) -> Account:
    """Apply one event; the past is never refused."""
    match event:
        case account.Proposed():
            return replace(state, proposed=event)
        case account.Approved(account_ref=account_ref):
            return Account(account_ref)
        case account.Declined(account_ref=account_ref):
            return replace(state, proposed=None, declined_ref=account_ref)
    assert_never(event)
