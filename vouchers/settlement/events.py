"""What can have happened to a settlement; names and fields are the stored format."""

from vouchers.values import Value


class Proposed(Value):
    """A batch was put together: its number of lines and its total in minor units of `currency`."""

    programme: str
    currency: str
    count: int
    total: int
    proposed_by: str


class LineAdded(Value):
    """One redemption is paid by the batch, to the payee's account reference."""

    redemption_id: str
    order_id: str
    voucher_id: str
    payee_id: str
    account_ref: str
    amount: int


class Withdrawn(Value):
    """The batch was withdrawn before its approval; another batch may pay its redemptions."""

    withdrawn_by: str
    reason: str


class Approved(Value):
    """A second person approved the batch."""

    approved_by: str


class Instructed(Value):
    """The bank was told to pay a line to the payee's account of that day.

    The instruction's number is derived from the redemption and the attempt.
    """

    redemption_id: str
    instruction_id: str
    attempt: int
    account_ref: str


class Confirmed(Value):
    """The bank confirmed a payment."""

    redemption_id: str
    instruction_id: str
    bank_reference: str
    paid_on: str


class Failed(Value):
    """The bank could not pay a line."""

    redemption_id: str
    instruction_id: str
    reason: str


class Endorsed(Value):
    """One of the several people that so large a batch needs approved it; the bank is not told yet."""

    endorsed_by: str
    needed: int


class Netted(Value):
    """So much of a line is kept back because the payee owes it; the bank is told to pay the rest, if any."""

    redemption_id: str
    payee_id: str
    debt_id: str
    amount: int
    netted_on: str


class PartlyPaid(Value):
    """The bank paid less than it was told; the rest is still owed and may be instructed."""

    redemption_id: str
    instruction_id: str
    amount: int
    bank_reference: str
    paid_on: str


class Returned(Value):
    """The money of the latest payment came back from the payee's bank; it is owed again."""

    redemption_id: str
    instruction_id: str
    amount: int
    reason: str
    returned_on: str


Event = (
    Proposed
    | LineAdded
    | Withdrawn
    | Approved
    | Instructed
    | Confirmed
    | Failed
    | Endorsed
    | Netted
    | PartlyPaid
    | Returned
)
