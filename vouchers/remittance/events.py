"""What can have happened to a remittance; names and fields are the stored format."""

from vouchers.values import Value


class FileMade(Value):
    """A file for the bank was made: instructions of a batch, paid on a day from one of our accounts.

    `digest` is of its bytes, which hold a secret of the installation beside what they say of payees.
    """

    file_id: str
    form: str
    bank_account: str
    currency: str
    count: int
    total: int
    pay_on: str
    made_at: str
    digest: str
    made_by: str


class InstructionSent(Value):
    """One instruction stands in a file, and will stand in no other."""

    file_id: str
    instruction_id: str
    redemption_id: str
    payee_id: str
    account_ref: str
    amount: int


Event = FileMade | InstructionSent
