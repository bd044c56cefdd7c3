"""What can have happened to an account; names and fields are the stored format."""

from vouchers.values import Value


class Proposed(Value):
    """Somebody wants the party to be paid elsewhere; `reason` says why, above all where another holds the account."""

    payee_id: str
    site_id: str
    account_ref: str
    holder_id: str
    reason: str
    proposed_by: str


class Approved(Value):
    """A second person approved the account: the party is paid there from now on."""

    payee_id: str
    site_id: str
    account_ref: str
    approved_by: str


class Declined(Value):
    """The proposed account was declined, or given up by whoever proposed it; nothing changes."""

    payee_id: str
    site_id: str
    account_ref: str
    declined_by: str
    reason: str


Event = Proposed | Approved | Declined
