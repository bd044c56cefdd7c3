"""The commands `vouchers budget`: appropriations, cuts, transfers, blocked pools, and what all that may still cost."""

from dataclasses import asdict
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, reading
from service.cli.values import PERSON, PROGRAMME_CODE, amount_in
from service.projections.exposure import exposure
from service.projections.spending import periods
from vouchers import application
from vouchers.budget.decisions import Appropriate, BlockPool, CutBudget, ReopenPool, TransferBudget
from vouchers.kinds import BUDGET, PROGRAMME
from vouchers.policy import pools
from vouchers.programme.decisions import announced, policy_in_force

EACH_POOL = "all"


@click.group()
def budget() -> None:
    """Appropriate, cut and show budgets; money between pools; pools that are used up."""


def _appropriation(command: Any) -> Any:
    """The arguments that giving and taking money share."""
    for option in (
        click.option("--reference", required=True, help="The legal act."),
        click.option("--amount", required=True, metavar="AMOUNT", help='Amount, such as "1,000,000.00".'),
        click.option("--pool", help=f"Pool of the budget; {EACH_POOL}: the amount for each (default: the only one)."),
        click.argument("period"),
        click.argument("programme", type=PROGRAMME_CODE),
    ):
        command = option(command)
    return command


@budget.command()
@acting("officer", "finance", once=True)
@_appropriation
def appropriate(session: Session, programme: str, period: str, amount: str, pool: str | None, reference: str) -> None:
    """Make money available to a programme for a period."""
    minor = amount_in(amount, _currency(session, programme), "/amount")
    for each in _pools(session, programme, pool):
        session.execute_once(application.appropriate, Appropriate(programme, period, each, minor, reference), part=each)
    _show(session, programme, period)


@budget.command()
@acting("officer", "finance", once=True)
@_appropriation
def cut(session: Session, programme: str, period: str, amount: str, pool: str | None, reference: str) -> None:
    """Take money away that is not yet committed."""
    minor = amount_in(amount, _currency(session, programme), "/amount")
    for each in _pools(session, programme, pool):
        session.execute_once(application.cut_budget, CutBudget(programme, period, each, minor, reference), part=each)
    _show(session, programme, period)


@budget.command()
@acting("officer", "finance", once=True)
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period")
@click.option("--from", "source", required=True, help="Pool that gives.")
@click.option("--to", "target", required=True, help="Pool that gets.")
@click.option("--amount", required=True, metavar="AMOUNT", help='Amount, such as "1,000,000.00".')
@click.option("--reference", required=True, help="The legal act.")
@click.option("--proposed-by", type=PERSON, required=True, metavar="ROLE:NAME", help="Who proposed it; not who acts.")
def transfer(
    session: Session,
    programme: str,
    period: str,
    source: str,
    target: str,
    amount: str,
    reference: str,
    proposed_by: str,
) -> None:
    """Let money that is free go from one pool to another; whoever acts is the second person."""
    minor = amount_in(amount, _currency(session, programme), "/amount")
    known = _known_pools(session, programme)
    if source not in known or target not in known:
        raise click.UsageError(f"{programme} has these pools: {', '.join(known)}.")
    command = TransferBudget(programme, period, source, target, minor, reference, proposed_by)
    session.execute_once(application.transfer_budget, command)
    _show(session, programme, period)


@budget.command()
@acting("officer", "finance")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period")
@click.option("--pool", help="Pool of the budget (default: the only one).")
@click.option("--amount", required=True, metavar="AMOUNT", help="Subsidy of the order that the pool cannot pay.")
@click.option("--reason", required=True, help="What the notice says.")
def block(session: Session, programme: str, period: str, pool: str | None, amount: str, reason: str) -> None:
    """Close a pool that cannot pay an order: it takes no orders until it is topped up or opened again."""
    minor = amount_in(amount, _currency(session, programme), "/amount")
    for each in _pools(session, programme, pool):
        session.execute(application.block_pool, BlockPool(programme, period, each, minor, reason))
    _show(session, programme, period)


@budget.command()
@acting("officer", "finance")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period")
@click.option("--pool", help="Pool of the budget (default: the only one).")
@click.option("--reason", required=True, help="What the notice says.")
def reopen(session: Session, programme: str, period: str, pool: str | None, reason: str) -> None:
    """Open a blocked pool again that orders gave money back to; a top-up opens it by itself."""
    for each in _pools(session, programme, pool):
        session.execute(application.reopen_pool, ReopenPool(programme, period, each, reason))
    _show(session, programme, period)


@budget.command("exposure")
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period", default="")
def show_exposure(session: Session, programme: str, period: str) -> None:
    """What a programme has promised and may still have to pay: entitled, reserved, committed and paid told apart."""
    currency = _currency(session, programme)
    with session.service.views.session() as views:
        known = periods(views, programme)
        found = exposure(views, programme, period or (known[-1] if known else session.on[:4]), session.on)
    data = asdict(found)
    shown = [(name, money(value, currency)) for name, value in data.items() if isinstance(value, int)]
    places = ("reserved", "claimed", "paid", "released", "lapsed", "clawed_back")
    rows = [
        (line.category, line.orders, *(total(getattr(line, place), currency) for place in places))
        for line in found.categories
        if line.category
    ]
    columns = ["category", "orders#", *(f"{place.replace('_', ' ')}#" for place in places)]
    title = f"Exposure of {programme} {found.period} on {found.on}"
    session.out.answer(
        data, pairs(title, shown), *([table(f"By category, in {currency}", columns, rows)] if rows else [])
    )


@budget.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period", default="")
def show(session: Session, programme: str, period: str) -> None:
    """What was appropriated, what is committed to orders, and what is free."""
    _show(session, programme, period)


def _currency(session: Session, code: str) -> str:
    return announced(session.service.ledger.state(PROGRAMME, code)).currency


def _pools(session: Session, code: str, pool: str | None) -> tuple[str, ...]:
    """The pools meant: the one named, each of them, or the only one there is."""
    known = _known_pools(session, code)
    if pool == EACH_POOL or (pool is None and len(known) == 1):
        return known
    if pool not in known:
        raise click.UsageError(f"{code} has these pools; name one with --pool, or {EACH_POOL}: {', '.join(known)}.")
    return (pool,)


def _known_pools(session: Session, code: str) -> tuple[str, ...]:
    return pools(application.compiled(policy_in_force(session.service.ledger.state(PROGRAMME, code), session.on)))


def _show(session: Session, code: str, period: str) -> None:
    currency = _currency(session, code)
    prefix = f"budget/{code}/{period}/" if period else f"budget/{code}/"
    found = []
    for stream in session.service.ledger.names(prefix):
        key = stream.removeprefix("budget/")
        state = session.service.ledger.state(BUDGET, key)
        _, years, pool = key.split("/", 2)
        found.append((years, pool, state.appropriated, state.committed, state.free, state.blocked_since))
    names = ("period", "pool", "appropriated", "committed", "free", "blocked_since")
    rows = [
        (years, pool, *(total(amount, currency) for amount in amounts), since) for years, pool, *amounts, since in found
    ]
    columns = ["period", "pool", "appropriated#", "committed#", "free#", "blocked since"]
    session.out.answer(
        {"programme": code, "currency": currency, "budgets": [dict(zip(names, each, strict=True)) for each in found]},
        table(f"Budget of {code} in {currency}", columns, rows)
        if rows
        else f"{code} has no budget for this period yet.",
    )
