"""The commands `vouchers clearing`: who owes whom between regions for a month, and which level paid what."""

import csv
from dataclasses import asdict
from typing import IO, Any

import click

from service.cli.output import pairs, table, total
from service.cli.session import Session, acting, reading
from service.cli.values import PROGRAMME_CODE, Checked
from service.projections.regions import clearings, flows, level_totals, orders_due, positions
from vouchers import application
from vouchers.clearing.decisions import (
    MOST_FLOWS,
    ApproveClearing,
    CloseClearing,
    TakeFlows,
    WithdrawClearing,
    check_month,
)
from vouchers.kinds import CLEARING, PROGRAMME
from vouchers.programme.decisions import announced

MONTH = Checked("month", check_month)
COLUMNS = ("clearing", "redemption_id", "order_id", "region_from", "region_to", "amount")


@click.group()
def clearing() -> None:
    """What regions owe one another: close a month, approve it, export it; what each level of government paid."""


@clearing.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("month", type=MONTH)
def due(session: Session, programme: str, month: str) -> None:
    """The orders whose payments a month's clearing has yet to take in, or to take out."""
    with session.service.views.session() as views:
        found = orders_due(views, programme, month)
    session.out.answer(
        {"programme": programme, "month": month, "orders": found},
        table(f"To be cleared for {month}", ["order"], [(each,) for each in found])
        if found
        else f"Nothing waits for the clearing of {month}.",
    )


@clearing.command()
@acting("finance", "officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("month", type=MONTH)
def close(session: Session, programme: str, month: str) -> None:
    """Take every payment of a month that is over into its clearing, and state who owes whom."""
    session.service.catch_up()
    with session.service.views.session() as views:
        orders = orders_due(views, programme, month)
    for start in range(0, len(orders), MOST_FLOWS):
        batch = tuple(orders[start : start + MOST_FLOWS])
        session.execute(application.take_flows, TakeFlows(programme, month, batch))
    outcome = session.execute(application.close_clearing, CloseClearing(programme, month))
    _tell(session, programme, month, "Stated", outcome.position)


@clearing.command()
@acting("finance", "officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("month", type=MONTH)
def approve(session: Session, programme: str, month: str) -> None:
    """Approve a month's positions as a second person."""
    outcome = session.execute(application.approve_clearing, ApproveClearing(programme, month))
    _tell(session, programme, month, "Approved", outcome.position)


@clearing.command()
@acting("finance", "officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("month", type=MONTH)
@click.option("--reason", required=True, help="Why they are withdrawn.")
def withdraw(session: Session, programme: str, month: str, reason: str) -> None:
    """Withdraw a month's positions before their approval; close the month again with what was forgotten."""
    outcome = session.execute(application.withdraw_clearing, WithdrawClearing(programme, month, reason))
    _tell(session, programme, month, "Withdrawn", outcome.position)


@clearing.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("month", type=MONTH)
def show(session: Session, programme: str, month: str) -> None:
    """Who owes whom for a month, and what each region receives from all others together."""
    _tell(session, programme, month, f"{programme} {month}", None)


@clearing.command("list")
@reading
@click.argument("programme", type=PROGRAMME_CODE, default="")
def list_clearings(session: Session, programme: str) -> None:
    """Every month whose positions were stated."""
    with session.service.views.session() as views:
        found = [
            {**row.as_dict(), "positions": len(positions(views, row.clearing))} for row in clearings(views, programme)
        ]
    rows = [
        (
            each["programme"],
            each["month"],
            each["status"],
            each["flows"],
            total(each["gross"], each["currency"]),
            each["positions"],
            each["proposed_by"],
            each["approved_by"],
        )
        for each in found
    ]
    columns = ["programme", "month", "status", "payments#", "gross#", "positions#", "proposed by", "approved by"]
    session.out.answer({"clearings": found}, table("Clearings", columns, rows) if rows else "No month is cleared yet.")


@clearing.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("month", type=MONTH)
@click.option("--output", type=click.File("w"), default="-", metavar="FILE", help="Where to (default: the screen).")
def export(session: Session, programme: str, month: str, output: IO[str]) -> None:
    """Every payment of a month's clearing as CSV, amounts in minor units."""
    with session.service.views.session() as views:
        rows = [row.as_dict() for row in flows(views, f"{programme}/{month}")]
    writer = csv.DictWriter(output, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)


@clearing.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period")
def levels(session: Session, programme: str, period: str) -> None:
    """What each level of government was to pay in a period, and what of it is paid."""
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    with session.service.views.session() as views:
        found = level_totals(views, programme, period)
    rows = [(each.level, each.orders, total(each.granted, currency), total(each.paid, currency)) for each in found]
    session.out.answer(
        {"programme": programme, "period": period, "currency": currency, "levels": [asdict(each) for each in found]},
        table(f"Levels of {programme} {period} in {currency}", ["level", "orders#", "granted#", "paid#"], rows)
        if rows
        else "One purse pays in this period.",
    )


def _tell(session: Session, programme: str, month: str, title: str, position: int | None) -> None:
    """A month's clearing with its positions, as it stands now."""
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    state = session.service.ledger.state(CLEARING, f"{programme}/{month}")
    facts: list[tuple[str, Any]] = [
        ("programme", programme),
        ("month", month),
        ("status", state.status),
        ("payments", state.flows),
        ("gross", sum(state.gross.values())),
        ("proposed_by", state.proposed.proposed_by if state.proposed else ""),
        ("approved_by", state.approved_by),
    ]
    owed = [(each.region_from, each.region_to, each.amount) for each in state.positions]
    nets = {each.region: each.amount for each in state.nets}
    gross = [(*pair, amount) for pair, amount in state.gross.items()]
    data = {
        **dict(facts),
        "currency": currency,
        "flows": [dict(zip(("region_from", "region_to", "amount"), each, strict=True)) for each in gross],
        "positions": [dict(zip(("region_from", "region_to", "amount"), each, strict=True)) for each in owed],
        "nets": nets,
        "position": position,
    }
    shown = [(name, total(value, currency) if name == "gross" else value) for name, value in facts]
    columns = [("paid by", "performed in"), ("owes", "to")]
    parts = [
        table(heading, [*names, "amount#"], [(*pair, total(amount, currency)) for *pair, amount in rows])
        for heading, names, rows in (
            (f"Payments by region, in {currency}", columns[0], gross),
            (f"Owed in the end, in {currency}", columns[1], owed),
        )
        if rows
    ]
    received = [(region, total(amount, currency)) for region, amount in nets.items()]
    if received:
        parts.append(table("Received from all others together", ["region", "amount#"], received))
    session.out.answer(data, pairs(title, shown), *parts)
