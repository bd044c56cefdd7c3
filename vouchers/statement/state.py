"""Whether a bank's document was read."""

from vouchers.statement import events as statement
from vouchers.values import Value, replace


class Statement(Value):
    """What was read, if anything was."""

    imported: statement.Imported | None = None


def evolve(state: Statement, event: statement.Event) -> Statement:
    """Apply one event; the past is never refused."""
    return replace(state, imported=event)
