"""The command `vouchers settle export`: what the bank paid and what came back, line by line, for bookkeeping."""

import csv
import sys
from pathlib import Path
from typing import Any

import click

from service.cli.output import table, total
from service.cli.session import Session, reading
from service.cli.values import DAY, PROGRAMME_CODE
from service.reporting.payments import COLUMNS, payments


@click.command()
@reading
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day of the payments.")
@click.option("--until", "last", type=DAY, required=True, metavar="DAY", help="Last day of the payments.")
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="File to write; - for the screen.")
def export(session: Session, first: str, last: str, programme: str, file: Path | None) -> None:
    """Payments by day with batch and both accounts: what was paid, set off, and came back (a negative amount)."""
    found = payments(session.service, first, last, programme)
    if file is not None:
        _write(found, file)
        if str(file) == "-":
            return
    netted = any(each["netted"] for each in found)
    rows = [
        (
            each["day"],
            each["what"],
            each["settlement_id"],
            each["instruction_id"] or each["redemption_id"],
            each["payee_id"],
            each["currency"],
            *(total(each[name], each["currency"]) for name in ("amount", *["netted"] * netted)),
        )
        for each in found
    ]
    columns = ["day", "what", "settlement", "payment", "paid to", "", "amount#", *["set off#"] * netted]
    session.out.answer(
        {"payments": found, "file": str(file) if file else ""},
        table(f"Payments from {first} to {last}", columns, rows) if rows else "No redemption was paid.",
    )


def _write(found: list[dict[str, Any]], file: Path) -> None:
    """One line per movement, amounts in minor units."""
    if str(file) == "-":
        _rows(found, sys.stdout)
        return
    with file.open("w", encoding="utf-8", newline="") as target:
        _rows(found, target)


def _rows(found: list[dict[str, Any]], target: Any) -> None:
    writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(each[name]) for name in COLUMNS} for each in found)


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula, whatever the bank wrote."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
