"""What can have happened to a bank's document; names and fields are the stored format."""

from vouchers.values import Value


class Imported(Value):
    """A bank's document about one of our accounts was read.

    A balance on the side `debit` is below zero. `source` is `statement` (what was booked, with balances that add up),
    `notification` (what was booked, ahead of the statement) or `status` (what becomes of instructions).
    """

    bank_account: str
    statement_id: str
    source: str
    form: str
    digest: str
    currency: str
    from_on: str
    until_on: str
    has_balances: bool
    opening: int
    opening_side: str
    closing: int
    closing_side: str
    credited: int
    debited: int
    count: int
    imported_by: str


Event = Imported
