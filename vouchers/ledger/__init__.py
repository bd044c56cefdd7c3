"""The ledger: one writer per process that decides in order and commits in groups."""

from vouchers.ledger.copying import EntryMisplaced, LogNotEmpty, copy_into
from vouchers.ledger.guards import LogNotOwned, RedactionNotOrdered
from vouchers.ledger.ledger import MAX_GROUP, Committed, Ledger, LedgerBusy, LedgerClosed, Ticket
from vouchers.ledger.recorder import open_recorder
from vouchers.ledger.tree import LeafNotInLog, LogCut, SizeNotReached, Tree, TreeDamaged
from vouchers.ledger.unit import Backdated, Meta, Unit

__all__ = [
    "MAX_GROUP",
    "Backdated",
    "Committed",
    "EntryMisplaced",
    "LeafNotInLog",
    "Ledger",
    "LedgerBusy",
    "LedgerClosed",
    "LogCut",
    "LogNotEmpty",
    "LogNotOwned",
    "Meta",
    "RedactionNotOrdered",
    "SizeNotReached",
    "Ticket",
    "Tree",
    "TreeDamaged",
    "Unit",
    "copy_into",
    "open_recorder",
]
