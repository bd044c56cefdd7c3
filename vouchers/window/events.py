"""What can have been counted in a rolling window; each event carries what the window holds after it."""

from vouchers.values import Value


class Counted(Value):
    """An order's subsidy was counted on the day of its registration; what lies before `since` has rolled out."""

    order_id: str
    on: str
    amount: int
    since: str
    total: int
    count: int


class Uncounted(Value):
    """An amount counted on the day `on` was given back; what lies before `since` has rolled out."""

    order_id: str
    on: str
    amount: int
    orders: int
    since: str
    total: int
    count: int


Event = Counted | Uncounted
