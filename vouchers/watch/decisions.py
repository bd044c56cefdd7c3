"""Who may come on the list next."""

from vouchers.watch import events as watch
from vouchers.watch.state import Watch


def enlist(state: Watch, party: str) -> list[watch.Event]:
    """Put a party on the list, once."""
    return [] if party in state else [watch.Listed(party)]
