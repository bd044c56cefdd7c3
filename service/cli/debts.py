"""The commands `vouchers debt`: what parties owe back, what came in on it, and what is given up."""

from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, reading
from service.cli.values import CREDIT_CODE, DAY, PROGRAMME_CODE, amount_in, check_instalment
from service.projections.debts import debtors
from vouchers import application
from vouchers.application.debts import (
    AgreeInstalments,
    ApproveWriteOff,
    CheckInstalments,
    ProposeWriteOff,
    ReceiveRepayment,
    told,
)
from vouchers.debt.decisions import known
from vouchers.debt.events import Instalment
from vouchers.kinds import DEBT

_MONEY = ("demanded", "principal", "interest", "owed", "received", "netted", "written_off")


@click.group()
def debt() -> None:
    """What was demanded back: receipts, instalments, write-offs."""


@debt.command("list")
@reading
@click.option("--party", type=CREDIT_CODE, default="", metavar="CODE", help="Only of this enterprise or provider.")
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@click.option("--all", "every", is_flag=True, help="Also what is paid or written off.")
def list_debts(session: Session, party: str, programme: str, every: bool) -> None:
    """What is owed today, with its interest, by party and in the order of the demands."""
    with session.service.views.session() as views:
        parties = [party] if party else debtors(views, programme=programme)
    found = [
        told(each, one, session.on)
        for each in parties
        for one in session.service.ledger.state(DEBT, each).debts.values()
        if (every or not one.ended) and programme in ("", one.demanded.programme)
    ]
    rows = [
        (
            each["party_id"],
            each["debt_id"],
            each["due_on"],
            each["status"].replace("_", " "),
            each["currency"],
            *(total(each[name], each["currency"]) for name in ("demanded", "principal", "interest", "owed")),
        )
        for each in found
    ]
    columns = ["party", "debt", "due", "status", "", "demanded#", "left#", "interest#", "owed#"]
    session.out.answer({"on": session.on, "debts": found}, table("Debts", columns, rows) if rows else "Nobody owes.")


@debt.command()
@reading
@click.argument("party", type=CREDIT_CODE)
@click.argument("number", metavar="DEBT")
def show(session: Session, party: str, number: str) -> None:
    """A debt as it stands today, with its plan of instalments."""
    each = known(session.service.ledger.state(DEBT, party), number)
    facts = told(party, each, session.on)
    plan = [{"due_on": part.due_on, "amount": part.amount} for part in each.plan]
    rows = [(part.due_on, total(part.amount, facts["currency"])) for part in each.plan]
    facts |= {"reason": each.demanded.reason, "interest_from_on": each.demanded.interest_from_on}
    shown = _told(f"Debt {number}", facts)
    session.out.answer(
        {**facts, "plan": plan}, shown, *([table("Instalments", ["due", "amount#"], rows)] if rows else [])
    )


@debt.command()
@acting("finance", "officer")
@click.argument("party", type=CREDIT_CODE)
@click.argument("number", metavar="DEBT")
@click.option("--amount", required=True, metavar="AMOUNT", help="What came in.")
@click.option("--reference", required=True, help="The bank's reference; the same one counts once.")
@click.option("--received-on", type=DAY, metavar="DAY", help="Day of the receipt (default: effective day).")
def receive(session: Session, party: str, number: str, amount: str, reference: str, received_on: str | None) -> None:
    """Record what a party paid: first on the interest up to that day, then on the demand."""
    minor = amount_in(amount, _currency(session, party, number), "/amount")
    command = ReceiveRepayment(party, number, minor, received_on or session.on, reference)
    _run(session, application.receive_repayment, command, "Received")


@debt.command()
@acting("officer", "finance")
@click.argument("party", type=CREDIT_CODE)
@click.argument("number", metavar="DEBT")
@click.option("--part", "parts", multiple=True, required=True, metavar="DAY=AMOUNT", help="An instalment; repeat.")
@click.option("--reason", required=True, help="Why it may be paid in parts.")
def instalments(session: Session, party: str, number: str, parts: tuple[str, ...], reason: str) -> None:
    """Agree on instalments that together are what is left of the demand; kept ones protect from set-off."""
    currency = _currency(session, party, number)
    plan = tuple(
        Instalment(day, amount_in(amount, currency, "/instalments")) for day, amount in map(check_instalment, parts)
    )
    _run(session, application.agree_instalments, AgreeInstalments(party, number, plan, reason), "Agreed")


@debt.command()
@acting("finance", "officer", "system")
@click.argument("party", type=CREDIT_CODE)
@click.argument("number", metavar="DEBT")
def check(session: Session, party: str, number: str) -> None:
    """End the plan of a debt if an instalment was not paid by the end of its day."""
    _run(session, application.check_instalments, CheckInstalments(party, number), "Checked")


@debt.command("write-off")
@acting("finance", "officer")
@click.argument("party", type=CREDIT_CODE)
@click.argument("number", metavar="DEBT")
@click.option("--reason", required=True, help="Why it is not pursued.")
@click.option("--clause", required=True, help="The rule that allows it.")
def write_off(session: Session, party: str, number: str, reason: str, clause: str) -> None:
    """Propose to give up what is left of a debt, up to what the policy lets be given up."""
    _run(session, application.propose_write_off, ProposeWriteOff(party, number, reason, clause), "Proposed")


@debt.command("approve-write-off")
@acting("finance", "officer")
@click.argument("party", type=CREDIT_CODE)
@click.argument("number", metavar="DEBT")
def approve_write_off(session: Session, party: str, number: str) -> None:
    """Give up what is left of a debt, as a second person."""
    _run(session, application.approve_write_off, ApproveWriteOff(party, number), "Given up")


def _run(session: Session, use_case: Any, command: Any, title: str) -> None:
    outcome = session.execute(use_case, command)
    facts = {**outcome.answer, "position": outcome.position}
    session.out.answer(facts, _told(f"{title}: {command.debt_id}", facts))


def _told(title: str, facts: dict[str, Any]) -> Any:
    shown = [(name, money(value, facts["currency"]) if name in _MONEY else value) for name, value in facts.items()]
    return pairs(title, shown)


def _currency(session: Session, party: str, number: str) -> str:
    return known(session.service.ledger.state(DEBT, party), number).demanded.currency
