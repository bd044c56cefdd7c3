"""Which refusals are put on record."""

from vouchers.refusal import events as refusal


def record(recorded: refusal.Recorded) -> list[refusal.Event]:
    """Put a refusal on record."""
    return [recorded]
