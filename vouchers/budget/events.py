"""What can have happened to a budget; each event carries both totals after it."""

from vouchers.values import Value


class Appropriated(Value):
    """Money was made available by a legal act; amounts are minor units of `currency`."""

    programme: str
    period: str
    pool: str
    currency: str
    amount: int
    reference: str
    appropriated: int
    committed: int


class Cut(Value):
    """Money not yet committed was taken away by a legal act."""

    programme: str
    period: str
    pool: str
    amount: int
    reference: str
    appropriated: int
    committed: int


class Committed(Value):
    """An order's subsidy was committed."""

    order_id: str
    amount: int
    appropriated: int
    committed: int


class Freed(Value):
    """A commitment, or a part of it, was not needed."""

    order_id: str
    amount: int
    appropriated: int
    committed: int


class TransferredOut(Value):
    """Uncommitted money went to another pool of the programme and period, with two people behind it."""

    programme: str
    period: str
    pool: str
    to_pool: str
    amount: int
    reference: str
    proposed_by: str
    approved_by: str
    appropriated: int
    committed: int


class TransferredIn(Value):
    """Money came from another pool of the programme and period, with two people behind it."""

    programme: str
    period: str
    pool: str
    from_pool: str
    currency: str
    amount: int
    reference: str
    proposed_by: str
    approved_by: str
    appropriated: int
    committed: int


class Blocked(Value):
    """The pool could not pay an order and takes none until it is opened again: a public notice.

    It is the last event of its budget as long as the block lasts, so every other change is followed by it again.
    """

    since_on: str
    reason: str
    appropriated: int
    committed: int


class Reopened(Value):
    """The pool has money again and takes orders: a public notice."""

    reason: str
    appropriated: int
    committed: int


Event = Appropriated | Cut | Committed | Freed | TransferredOut | TransferredIn | Blocked | Reopened
