"""What can have happened to a budget; each event carries both totals after it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Appropriated:
    """Money was made available by a legal act; amounts are minor units of `currency`."""

    programme: str
    period: str
    pool: str
    currency: str
    amount: int
    reference: str
    appropriated: int
    committed: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Money not yet committed was taken away by a legal act."""

    programme: str
    period: str
    pool: str
    amount: int
    reference: str
    appropriated: int
    committed: int


@dataclass(frozen=True, slots=True)
class Committed:
    """An order's subsidy was committed."""

    order_id: str
    amount: int
    appropriated: int
    committed: int


@dataclass(frozen=True, slots=True)
class Freed:
    """A commitment, or a part of it, was not needed."""

    order_id: str
    amount: int
    appropriated: int
    committed: int


Event = Appropriated | Cut | Committed | Freed
