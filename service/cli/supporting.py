"""The commands `vouchers support`: what platforms earn, what they are due, and what they were paid."""

from pathlib import Path
from typing import Any

import click

from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, reading
from service.cli.values import CREDIT_CODE, DAY, EXISTING_FILE, NUMBER, PROGRAMME_CODE, amount_in, digest_of
from vouchers import application
from vouchers.kinds import PROGRAMME, SUPPORT
from vouchers.policy.explain import percent
from vouchers.programme.decisions import announced
from vouchers.support.decisions import DecideSupport, PaySupport, StateIncome


@click.group()
def support() -> None:
    """The yearly support of platforms: state income, decide, pay, show."""


@support.command("state")
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("provider", type=CREDIT_CODE)
@click.argument("period", type=NUMBER)
@click.option("--market", required=True, metavar="AMOUNT", help="The year's income from the market.")
@click.option("--total", required=True, metavar="AMOUNT", help="The year's whole income.")
@click.option(
    "--performance-bp",
    type=click.IntRange(0, 10_000),
    required=True,
    metavar="BP",
    help="The assessment; 10000 is full.",
)
@click.option("--accounts", type=EXISTING_FILE, metavar="FILE", help="The audited accounts.")
@click.option("--accounts-digest", metavar="HEX", help="Their SHA-256, instead of the file.")
def state_income(
    session: Session,
    programme: str,
    provider: str,
    period: str,
    market: str,
    total: str,
    performance_bp: int,
    accounts: Path | None,
    accounts_digest: str | None,
) -> None:
    """State what a platform earned in a year, or correct it before the decision."""
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    command = StateIncome(
        programme,
        provider,
        period,
        amount_in(market, currency, "/market_income"),
        amount_in(total, currency, "/total_income"),
        performance_bp,
        digest_of(accounts, accounts_digest, "accounts"),
    )
    session.tell(application.state_income, command, "Income stated")


@support.command()
@acting("officer", once=True)
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("provider", type=CREDIT_CODE)
@click.argument("period", type=NUMBER)
def decide(session: Session, programme: str, provider: str, period: str) -> None:
    """Decide the support of a year by the policy in force, as somebody who did not state the income."""
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    outcome = session.execute_once(application.decide_support, DecideSupport(programme, provider, period))
    facts = {**outcome.answer, "position": outcome.position}
    told = {**facts, "amount": money(outcome.answer["amount"], currency)}
    lines = told.pop("explanation")
    session.out.answer(facts, pairs("Support decided", [*told.items()]), *lines)


@support.command()
@acting("finance", once=True)
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("provider", type=CREDIT_CODE)
@click.argument("period", type=NUMBER)
@click.option("--reference", required=True, help="The bank's reference.")
@click.option("--paid-on", type=DAY, metavar="DAY", help="Day of the payment (default: the effective day).")
def pay(session: Session, programme: str, provider: str, period: str, reference: str, paid_on: str | None) -> None:
    """Record that the support of a year was paid, as somebody who did not decide it."""
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    command = PaySupport(programme, provider, period, paid_on or session.on, reference)
    outcome = session.execute_once(application.pay_support, command)
    facts = {**outcome.answer, "position": outcome.position}
    told = {**facts, "amount": money(outcome.answer["amount"], currency)}
    session.out.answer(facts, pairs("Support paid", [*told.items()]))


@support.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("provider", type=CREDIT_CODE)
def show(session: Session, programme: str, provider: str) -> None:
    """Every year of a platform: its income, what it is due, and what it was paid."""
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    years = session.service.ledger.state(SUPPORT, f"{programme}/{provider}").years
    found: list[dict[str, Any]] = [
        {
            "period": period,
            "market_income": year.stated.market_income if year.stated else None,
            "total_income": year.stated.total_income if year.stated else None,
            "performance_bp": year.stated.performance_bp if year.stated else None,
            "rd_part": year.decided.rd_part if year.decided else None,
            "degressive_part": year.decided.degressive_part if year.decided else None,
            "amount": year.decided.amount if year.decided else None,
            "paid_on": year.paid.paid_on if year.paid else "",
        }
        for period, year in sorted(years.items())
    ]
    sums = ("market_income", "total_income", "rd_part", "degressive_part", "amount")
    rows = [
        (
            each["period"],
            *(money(each[name], currency) for name in sums),
            percent(each["performance_bp"] or 0),
            each["paid_on"],
        )
        for each in found
    ]
    columns = ["year", "from the market#", "income#", "research#", "degressive#", "support#", "performance#", "paid on"]
    session.out.answer(
        {"years": found}, table(f"Support of {provider}", columns, rows) if rows else "Nothing is stated yet."
    )
