"""What can have happened to an invoice; names and fields are the stored format."""

from vouchers.values import Value


class Filed(Value):
    """The invoice was filed for an order; gross and net in minor units of `currency`."""

    order_id: str
    enterprise_id: str
    provider_id: str
    issued_on: str
    gross: int
    net: int
    currency: str


class PartFiled(Value):
    """A line of the invoice was filed for an order; gross and net are the whole invoice's, `part_` the line's."""

    order_id: str
    enterprise_id: str
    provider_id: str
    issued_on: str
    gross: int
    net: int
    currency: str
    part_gross: int
    part_net: int


class FiledBeside(Value):
    """An order of another programme that stacks was filed beside the one that has this part of the invoice."""

    order_id: str
    beside: str
    gross: int
    net: int


class Withdrawn(Value):
    """The invoice no longer belongs to the order; it may be filed again."""

    order_id: str
    reason: str


class Cut(Value):
    """What an order loses of its part of an invoice, in minor units."""

    order_id: str
    gross: int
    net: int


class Reversed(Value):
    """A red-letter invoice took the invoice back in part or whole; `cuts` are what the orders lose by it."""

    red_invoice: str
    issued_on: str
    gross: int
    net: int
    cuts: tuple[Cut, ...]


class RedLetter(Value):
    """This invoice is the red letter of another one, and pays for nothing itself."""

    invoice: str
    issued_on: str
    gross: int
    net: int


Event = Filed | Withdrawn | PartFiled | Reversed | RedLetter | FiledBeside
