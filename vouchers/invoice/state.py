"""Which order an invoice belongs to now."""

from dataclasses import dataclass
from typing import assert_never

from vouchers.invoice import events as invoice


@dataclass(frozen=True, slots=True)
class Invoice:
    """The filing that stands, if any."""

    filed: invoice.Filed | None = None


def evolve(_state: Invoice, event: invoice.Event) -> Invoice:
    """Apply one event."""
    match event:
        case invoice.Filed():
            return Invoice(event)
        case invoice.Withdrawn():
            return Invoice()
    assert_never(event)
