"""The commands `vouchers settle clawback` and `vouchers settle breach`: paid money is demanded back."""

from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting
from service.cli.values import NUMBER, amount_in
from vouchers import application
from vouchers.application.recovering import ClawBackBreach
from vouchers.kinds import ORDER
from vouchers.order.decisions import ClawBack, known


@click.command()
@acting("officer", "finance", once=True)
@click.argument("order", type=NUMBER)
@click.option("--amount", required=True, metavar="AMOUNT", help='Amount demanded back, such as "1,000.00".')
@click.option(
    "--enterprise-amount", metavar="AMOUNT", help="What of it the enterprise owes; the provider owes the rest."
)
@click.option("--redemption", type=NUMBER, default="", help="Which redemption, where the order was paid in several.")
@click.option("--reason", required=True, help="The breach.")
def clawback(
    session: Session, order: str, amount: str, enterprise_amount: str | None, redemption: str, reason: str
) -> None:
    """Demand money back that was paid for an order, of whoever was paid or by shares of the fault."""
    currency = known(session.service.ledger.state(ORDER, order)).currency
    part = amount_in(enterprise_amount, currency, "/enterprise_amount") if enterprise_amount else None
    command = ClawBack(order, amount_in(amount, currency, "/amount"), reason, redemption, part)
    _tell(session, order, session.execute_once(application.claw_back, command))


@click.command()
@acting("officer", "finance", once=True)
@click.argument("order", type=NUMBER)
@click.option(
    "--enterprise-bp", type=click.IntRange(0, 10_000), help="The enterprise's part of the fault (basis points)."
)
@click.option("--reason", required=True, help="The breach.")
def breach(session: Session, order: str, enterprise_bp: int | None, reason: str) -> None:
    """Demand back what the policy takes on a breach, of all that an order was paid."""
    command = ClawBackBreach(order, reason, enterprise_bp)
    _tell(session, order, session.execute_once(application.claw_back_breach, command))


def _tell(session: Session, order: str, outcome: Any) -> None:
    """What was demanded in all, and who owes it now."""
    state = session.service.ledger.state(ORDER, order)
    currency, debts = known(state).currency, outcome.answer["debts"]
    facts = {
        "order_id": order,
        "paid": state.paid,
        "clawed_back": state.clawed_back,
        "debts": debts,
        "replayed": outcome.replayed,
        "position": outcome.position,
    }
    shown = [
        ("order", order),
        ("paid", money(state.paid, currency)),
        ("clawed back", money(state.clawed_back, currency)),
        ("position", outcome.position),
    ]
    rows = [(each["party_id"], each["debt_id"], each["due_on"], total(each["amount"], currency)) for each in debts]
    owed = table(f"Owed, in {currency}", ["party", "debt", "due", "amount#"], rows)
    session.out.answer(
        facts, pairs("Clawed back", shown), owed, "Next: vouchers debt receive, or the next batch nets it"
    )
