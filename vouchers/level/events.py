"""What can have been counted for one level of government; each event carries the totals after it."""

from vouchers.values import Value


class Counted(Value):
    """An order's subsidy was counted: of `amount` the level bears `weight` parts in `whole`, which is `part`."""

    order_id: str
    on: str
    amount: int
    weight: int
    whole: int
    part: int
    total: int
    count: int


class Uncounted(Value):
    """An amount of an order was given back, and of it the level's `part`."""

    order_id: str
    on: str
    amount: int
    orders: int
    part: int
    total: int
    count: int


Event = Counted | Uncounted
