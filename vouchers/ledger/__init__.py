"""The ledger: one writer per process that decides in order and commits in groups."""

from vouchers.ledger.ledger import Committed, Ledger, LedgerBusy, LedgerClosed
from vouchers.ledger.recorder import open_recorder
from vouchers.ledger.unit import Backdated, Meta, Unit

__all__ = ["Backdated", "Committed", "Ledger", "LedgerBusy", "LedgerClosed", "Meta", "Unit", "open_recorder"]
