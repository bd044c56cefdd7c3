"""Pooling: how many vouchers one order may draw on, and how many firms may put theirs together."""

from typing import Final

from vouchers.policy.reading import Table
from vouchers.values import Value

MOST: Final = 12
# The levels of caps that count one firm's part of an order; at every other level the order counts once as a whole.
OF_A_FIRM: Final = frozenset({"enterprise", "lifetime", "group", "category", "region"})


class Pooling(Value):
    """The most vouchers and firms of one order; `each` says that the maximum per order counts for each firm."""

    firms: int
    vouchers: int
    each: bool
    clause: str


def read_pooling(table: Table) -> Pooling:
    """The table [pooling]; without it an order may draw on several vouchers of one firm."""
    pooling = Pooling(
        firms=table.whole("firms", default=1, least=1, most=MOST),
        vouchers=table.whole("vouchers", default=MOST, least=1, most=MOST),
        each=table.one_of("max_per_order", ("order", "firm"), default="order") == "firm",
        clause=table.clause(),
    )
    if pooling.vouchers < pooling.firms:
        table.fault("vouchers", "Each firm brings a voucher.", f"Write at least {pooling.firms}.")
    table.end()
    return pooling
