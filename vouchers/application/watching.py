"""The list of parties with links or a record: one stream tells that there is nothing to look at, for nearly all."""

from vouchers.kinds import WATCH
from vouchers.ledger import Unit
from vouchers.watch import decisions as watches
from vouchers.watch.state import Watch

ALL = "all"


def watched(unit: Unit) -> Watch:
    """Who is on the list."""
    return unit.load(WATCH, ALL)


def enlist(unit: Unit, party: str) -> None:
    """Put a party on the list, once."""
    unit.append(WATCH, ALL, watches.enlist(unit.load(WATCH, ALL), party))
