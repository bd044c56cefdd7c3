"""What can have happened to a provider's catalogue; names and fields are the stored format."""

from vouchers.values import Value


class Published(Value):
    """A service product was published: what it is, by which standard, and its fee per unit in minor units."""

    product_id: str
    category: str
    content: str
    standard: str
    fee: int
    unit: str
    currency: str
    instrument_id: str


class FeeChanged(Value):
    """The fee of a product is another one from this day on."""

    product_id: str
    fee: int
    from_on: str


class Withdrawn(Value):
    """A product is no longer offered: this is the first day without it."""

    product_id: str
    from_on: str
    reason: str


Event = Published | FeeChanged | Withdrawn
