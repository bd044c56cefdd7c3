"""What can have happened to an invoice; names and fields are the stored format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filed:
    """The invoice was filed for an order; gross and net in minor units of `currency`."""

    order_id: str
    enterprise_id: str
    provider_id: str
    issued_on: str
    gross: int
    net: int
    currency: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The invoice no longer belongs to the order; it may be filed again."""

    order_id: str
    reason: str


Event = Filed | Withdrawn
