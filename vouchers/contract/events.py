"""What can have happened to a contract that public money pays for; each event carries its support after it."""

from vouchers.values import Value


class Support(Value):
    """What one order holds for the contract, and the cost it was told, in minor units.

    `others` are the programmes that its policy lets pay beside it ("*" for any), together up to `ceiling_bp`.
    """

    order_id: str
    programme: str
    gross: int
    amount: int
    others: tuple[str, ...]
    ceiling_bp: int


class Supported(Value):
    """An order took money for the contract, or more of it."""

    order_id: str
    amount: int
    supports: tuple[Support, ...]


class Unsupported(Value):
    """An order gave money of the contract back; one that ended is no longer among the supports."""

    order_id: str
    amount: int
    supports: tuple[Support, ...]


Event = Supported | Unsupported
