"""What can have happened to the flow of a redemption."""

from vouchers.values import Value


class Cleared(Value):
    """A clearing took the payment in: one region paid for what was performed in another."""

    clearing: str
    order_id: str
    region_from: str
    region_to: str
    amount: int


class Uncleared(Value):
    """The clearing was withdrawn, or a later one took the payment out again because the bank had sent it back."""

    clearing: str


Event = Cleared | Uncleared
