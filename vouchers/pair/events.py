"""What can have happened between an enterprise and a provider; names and fields are the stored format."""

from vouchers.values import Value


class Ordered(Value):
    """An order was registered between the two, on a day, in a category; money in minor units."""

    order_id: str
    programme: str
    category: str
    on: str
    gross: int
    subsidy: int


Event = Ordered
