"""What can have been counted against a cap; each event carries the totals after it."""

from dataclasses import dataclass

from vouchers.values import quick


@quick
@dataclass(frozen=True, slots=True)
class Counted:
    """An order's subsidy was counted on the day of its registration."""

    order_id: str
    on: str
    amount: int
    total: int
    count: int


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An amount counted on the day `on` was given back to the cap."""

    order_id: str
    on: str
    amount: int
    orders: int
    total: int
    count: int


Event = Counted | Uncounted
