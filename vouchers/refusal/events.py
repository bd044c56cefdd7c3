"""What can have been refused; names and fields are the stored format."""

from vouchers.values import Value


class Why(Value):
    """One reason: its code, the clause, the sentence and the remedy."""

    code: str
    clause: str
    text: str
    remedy: str


class Recorded(Value):
    """A money command was refused; nothing else changed."""

    enterprise_id: str
    command: str
    code: str
    programme: str
    category: str
    order_id: str
    amount: int
    reasons: tuple[Why, ...]


Event = Recorded
