"""What can have been counted against a cap; each event carries the totals after it."""

from vouchers.values import Value


class Counted(Value):
    """An order's subsidy was counted on the day of its registration."""

    order_id: str
    on: str
    amount: int
    total: int
    count: int


class Uncounted(Value):
    """An amount counted on the day `on` was given back to the cap."""

    order_id: str
    on: str
    amount: int
    orders: int
    total: int
    count: int


Event = Counted | Uncounted
