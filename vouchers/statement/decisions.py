"""What may happen to a bank's document next."""

from dataclasses import replace
from typing import Final

from vouchers.money import exponent_of, format_amount
from vouchers.refusals import Conflict, Refused
from vouchers.statement import events as statement
from vouchers.statement.state import Statement

SOURCES: Final = ("statement", "notification", "status")


class StatementDiffers(Conflict):
    """A document with this number was imported before, and it said something else."""

    remedy = "Ask the bank which of the two holds; a corrected statement comes under a number of its own."


class StatementOutOfBalance(Refused):
    """What was booked does not lead from the opening balance to the closing one: something is missing or altered."""


class SourceUnknown(Refused):
    """A bank's document is a statement, a notification or a status report."""

    remedy = f"Use one of {', '.join(SOURCES)}."


def take_in(state: Statement, told: statement.Imported) -> list[statement.Event]:
    """Take a document in; the same one again changes nothing."""
    if told.source not in SOURCES:
        raise SourceUnknown(pointer="/source")
    before = state.imported
    if before is not None:
        if replace(told, imported_by=before.imported_by) != before:
            raise StatementDiffers(pointer="/statement_id", statement_id=told.statement_id)
        return []
    reached = _signed(told.opening, told.opening_side) + told.credited - told.debited
    closing = _signed(told.closing, told.closing_side)
    if told.has_balances and reached != closing:
        written = [_written(amount, told.currency) for amount in (reached, closing)]
        detail = f"The bookings lead to {written[0]}, and the closing balance is {written[1]}."
        raise StatementOutOfBalance(detail, pointer="/closing", remedy="Ask the bank for the whole statement.")
    return [told]


def _signed(balance: int, side: str) -> int:
    return -balance if side == "debit" else balance


def _written(amount: int, currency: str) -> str:
    sign = "-" if amount < 0 else ""
    return sign + format_amount(abs(amount), exponent_of(currency), currency)
