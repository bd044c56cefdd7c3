"""Whether a bank's document was read."""

from typing import NamedTuple

from vouchers.statement import events as statement


class Statement(NamedTuple):
    """What was read, if anything was."""

    imported: statement.Imported | None = None


def evolve(state: Statement, event: statement.Event) -> Statement:
    """Apply one event; the past is never refused."""
    return state._replace(imported=event)
