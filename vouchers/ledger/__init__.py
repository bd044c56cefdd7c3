"""The ledger: one writer per process that decides in order and commits in groups."""

from vouchers.ledger.ledger import MAX_GROUP, Committed, Ledger, LedgerBusy, LedgerClosed, Ticket
from vouchers.ledger.recorder import open_recorder
from vouchers.ledger.unit import Backdated, Meta, Unit

__all__ = [
    "MAX_GROUP",
    "Backdated",
    "Committed",
    "Ledger",
    "LedgerBusy",
    "LedgerClosed",
    "Meta",
    "Ticket",
    "Unit",
    "open_recorder",
]
