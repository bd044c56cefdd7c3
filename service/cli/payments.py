"""The command `vouchers settle export`: what the bank paid and what came back, line by line, for bookkeeping."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from service.cli.output import table, total
from service.cli.session import Session, reading
from service.cli.values import DAY, PROGRAMME_CODE
from service.projections.settlements import settlements_paid
from vouchers import application
from vouchers.kinds import PROGRAMME, SETTLEMENT
from vouchers.policy import Policy
from vouchers.settlement import events as settlement
from vouchers.settlement.decisions import known
from vouchers.settlement.state import Line

COLUMNS = (
    "day",
    "what",
    "programme",
    "settlement_id",
    "order_id",
    "redemption_id",
    "instruction_id",
    "payee_id",
    "from_account",
    "to_account",
    "currency",
    "amount",
    "netted",
    "bank_reference",
)


@click.command()
@reading
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day of the payments.")
@click.option("--until", "last", type=DAY, required=True, metavar="DAY", help="Last day of the payments.")
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="File to write; - for the screen.")
def export(session: Session, first: str, last: str, programme: str, file: Path | None) -> None:
    """Payments by day with batch and both accounts: what was paid, set off, and came back (a negative amount)."""
    with session.service.views.session() as views:
        numbers = settlements_paid(views, first, last, programme)
    found = [each for number in numbers for each in _payments(session, number) if first <= each["day"] <= last]
    found.sort(key=lambda each: (each["day"], each["settlement_id"], each["redemption_id"], each["instruction_id"]))
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
        table(f"Payments from {first} to {last}", columns, rows) if rows else "Nothing was paid.",
    )


def _payments(session: Session, settlement_id: str) -> Iterator[dict[str, Any]]:
    """Every movement of money of a batch, from its history: an event says what happened, the state before how much."""
    state = SETTLEMENT.empty
    for entry in session.service.ledger.history(SETTLEMENT.stream(settlement_id)):
        event = entry.data
        if isinstance(event, settlement.Confirmed | settlement.PartlyPaid | settlement.Returned | settlement.Netted):
            line, proposed = state.lines[event.redemption_id], known(state)
            yield {
                **_movement(event, line),
                "programme": proposed.programme,
                "settlement_id": settlement_id,
                "order_id": line.added.order_id,
                "redemption_id": event.redemption_id,
                "payee_id": line.added.payee_id,
                "from_account": _payer(session, proposed.programme, entry.eff),
                "to_account": line.account_ref,
                "currency": proposed.currency,
            }
        state = SETTLEMENT.evolve(state, event)


def _movement(event: Any, line: Line) -> dict[str, Any]:
    """When and what moved: an amount to the payee, or back from it as a negative one; set-off moves none."""
    match event:
        case settlement.Confirmed():
            day, what, amount, netted, reference = event.paid_on, "paid", line.due, 0, event.bank_reference
        case settlement.PartlyPaid():
            day, what, amount, netted, reference = event.paid_on, "part", event.amount, 0, event.bank_reference
        case settlement.Returned():
            day, what, amount, netted, reference = event.returned_on, "returned", -event.amount, 0, line.bank_reference
        case _:
            day, what, amount, netted, reference = event.netted_on, "set off", 0, event.amount, event.debt_id
    instruction_id = getattr(event, "instruction_id", "")
    return {
        "day": day,
        "what": what,
        "instruction_id": instruction_id,
        "amount": amount,
        "netted": netted,
        "bank_reference": reference,
    }


def _payer(session: Session, code: str, on: str) -> str:
    """The account that a programme's policy pays from on a day; after its end, the one of its last policy."""
    state = session.service.ledger.state(PROGRAMME, code)
    adopted = state.policy_on(on) or state.policies[-1]
    policy: Policy = application.compiled(adopted)
    return policy.settlement.account_ref


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
