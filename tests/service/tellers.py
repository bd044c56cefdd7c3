"""A turn of events at the bank: a file, and lines that are what they seem or that people have to explain."""

from typing import Any

from tests.examples import DIGEST
from tests.town import Town
from vouchers import application as app
from vouchers.application.reconciling import (
    ApproveResolution,
    BookLine,
    DeclineResolution,
    ImportStatement,
    ProposeResolution,
    SetLineAside,
)
from vouchers.application.remitting import MakeBankFile

SUN, QIAN = "finance:sun", "finance:qian"


def tell(town: Town, batch: str, redemption_id: str) -> None:
    """The bank is sent what waits; it pays under no number, sends the money back, and takes a fee."""
    line = town.settlement(batch).lines[redemption_id]
    made = MakeBankFile(batch, "csv", "main", town.on, f"{town.on}T04:00:00Z", DIGEST, (line.instruction_id,))
    town.do(app.make_bank_file, made, actor=SUN)
    balances = (True, line.due, "credit", 1, "credit", line.due, 2 * line.due - 1, 3)
    of_today = (f"M-{batch}", "statement", "csv", DIGEST, "CNY", town.on, town.on)
    town.do(app.import_statement, ImportStatement("main", *of_today, *balances), actor=SUN)
    paid = book(town, batch, 1, "debit", line.due)
    named = (batch, redemption_id, line.instruction_id)
    said = ProposeResolution("main", paid, "payment", "the amount is that of the batch", *named)
    town.do(app.propose_resolution, said, actor=SUN)
    town.do(app.decline_resolution, DeclineResolution("main", paid, "ask the bank first"), actor=QIAN)
    town.do(app.propose_resolution, said, actor=SUN)
    town.do(app.approve_resolution, ApproveResolution("main", paid), actor=QIAN)
    target = {"outcome": "return", "settlement_id": batch, "redemption_id": redemption_id}
    back = {"direction": "credit", "amount": line.due, "instruction_id": line.instruction_id, **target}
    book(town, batch, 2, source="notification", **back)
    book(town, batch, 2, **back)
    fee = book(town, batch, 3, "debit", line.due - 1)
    town.do(app.set_line_aside, SetLineAside("main", fee, "a fee of the bank"), actor=SUN)


def book(town: Town, batch: str, number: int, direction: str, amount: int, **more: Any) -> str:
    """One line of a statement; its number."""
    line_id, source = f"L-{batch}-{number}", more.pop("source", "statement")
    told = (f"M-{batch}", source, direction, amount, "CNY", town.on, f"bank-{line_id}", "")
    town.do(app.book_line, BookLine("main", line_id, *told, **more), actor=SUN)
    return line_id
