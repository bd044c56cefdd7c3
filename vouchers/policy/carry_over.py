"""Carry-over: how much of a voucher's unused rest goes on into the next period."""

from vouchers.money import WHOLE_BP, share_floor
from vouchers.policy.reading import MOST, Table
from vouchers.values import Value


class CarryOver(Value):
    """The share of the unused rest in basis points, and the most that is carried; nothing is without a share."""

    share_bp: int
    limit: int
    clause: str

    def of(self, rest: int) -> int:
        """What is carried of an unused rest, in minor units."""
        return min(share_floor(rest, self.share_bp), self.limit)


def read_carry_over(table: Table) -> CarryOver:
    """The table [carry_over]; without it the rest expires as a whole."""
    carry_over = CarryOver(
        share_bp=table.whole("share_bp", default=None if table.content else 0, most=WHOLE_BP),
        limit=table.whole("limit", default=MOST),
        clause=table.clause(),
    )
    table.end()
    return carry_over
