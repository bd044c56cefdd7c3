"""What can have happened to a rating; names and fields are the stored format."""

from vouchers.values import Value


class Given(Value):
    """The enterprise of a paid order rated its provider: one star to five."""

    order_id: str
    enterprise_id: str
    provider_id: str
    category: str
    stars: int


Event = Given
