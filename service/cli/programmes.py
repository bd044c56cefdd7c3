"""The commands `vouchers programme` and `vouchers budget`."""

from dataclasses import asdict
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, reading
from service.cli.values import PROGRAMME_CODE, amount_in
from service.projections.entitlements import denials_by_reason, outcomes
from service.projections.programmes import programmes
from service.projections.refusals import refusals_by_code
from service.projections.spending import ProgrammeSpending, periods, spending
from vouchers import application
from vouchers.budget.decisions import Appropriate, CutBudget
from vouchers.kinds import BUDGET, PROGRAMME
from vouchers.policy import pools
from vouchers.programme.decisions import Announce, CloseProgramme, announced, policy_in_force

EACH_POOL = "all"


@click.group()
def programme() -> None:
    """Announce or close a programme, list them, see its spending."""


@programme.command()
@acting("officer")
@click.argument("code", type=PROGRAMME_CODE)
@click.option("--title", required=True, help="What the programme is called.")
@click.option("--authority", required=True, help="Who answers for it.")
@click.option("--currency", default="CNY", show_default=True, help="The money it counts in.")
def announce(session: Session, code: str, title: str, authority: str, currency: str) -> None:
    """Make a programme public, with the commitment to its sampling seed (adopting a policy does it as well)."""
    commitment = session.service.sampling_commitment
    outcome = session.execute(application.announce, Announce(code, title, authority, currency, commitment))
    facts = {**outcome.answer, "sampling_commitment": commitment, "position": outcome.position}
    session.out.answer(facts, pairs(f"Announced: {title}", [*facts.items()]))


@programme.command()
@acting("officer")
@click.argument("code", type=PROGRAMME_CODE)
@click.option("--reason", required=True, help="Why it closes.")
def close(session: Session, code: str, reason: str) -> None:
    """Take no new orders from the effective day on; open orders run to their end."""
    outcome = session.execute(application.close_programme, CloseProgramme(code, session.on, reason))
    facts = {**outcome.answer, "closed_on": session.on, "position": outcome.position}
    session.out.answer(facts, pairs("Closed", [*facts.items()]))


@programme.command("list")
@reading
def list_programmes(session: Session) -> None:
    """Every programme that was announced here."""
    with session.service.views.session() as views:
        found = [row.as_dict() for row in programmes(views)]
    rows = [
        (each["programme"], each["title"], each["authority"], each["currency"], each["announced_on"], each["closed_on"])
        for each in found
    ]
    columns = ["programme", "title", "authority", "currency", "announced", "closed"]
    session.out.answer(
        {"programmes": found}, table("Programmes", columns, rows) if rows else "No programme is announced yet."
    )


@programme.command("show")
@reading
@click.argument("code", type=PROGRAMME_CODE)
@click.argument("period", default="")
def show_programme(session: Session, code: str, period: str) -> None:
    """Where a programme's money is, by category; what was decided; what was refused."""
    announced(session.service.ledger.state(PROGRAMME, code))
    with session.service.views.session() as views:
        known = periods(views, code)
        chosen = period or (known[-1] if known else session.on[:4])
        found = spending(views, code, chosen)
        decided, denied = outcomes(views, code, chosen), denials_by_reason(views, code, chosen)
        refused = refusals_by_code(views, code)
    data = {**asdict(found), "decisions": decided, "denials": denied, "refusals": refused}
    session.out.answer(
        data, *_spending(found, decided), *_counts("Denials by reason", denied), *_counts("Refusals by code", refused)
    )


def _spending(found: ProgrammeSpending, decided: dict[str, int]) -> list[Any]:
    places = (
        "entitled",
        "reserved",
        "claimed",
        "paid",
        "released",
        "lapsed",
        "expired",
        "returned",
        "revoked",
        "clawed_back",
    )
    lines = [*found.categories, found.total]
    used = [place for place in places if any(getattr(line, place) for line in lines)]
    rows = [
        (
            line.category or "-",
            line.vouchers or "",
            line.orders,
            line.refused,
            *(total(getattr(line, place), found.currency) for place in used),
        )
        for line in lines
    ]
    columns = ["category", "vouchers#", "orders#", "refused#", *(f"{place.replace('_', ' ')}#" for place in used)]
    facts = [
        ("appropriated", money(found.appropriated, found.currency)),
        ("committed", money(sum(pool.committed for pool in found.pools), found.currency)),
        ("granted", f"{decided.get('granted', 0):,}"),
        ("denied", f"{decided.get('denied', 0):,}"),
    ]
    title = f"Spending by category, in {found.currency}"
    return [pairs(f"{found.programme} {found.period}", facts), table(title, columns, rows)]


def _counts(title: str, counts: dict[str, int]) -> list[Any]:
    rows = [(code, f"{count:,}") for code, count in sorted(counts.items(), key=lambda item: -item[1])]
    return [table(title, ["code", "number#"], rows)] if rows else []


@click.group()
def budget() -> None:
    """Appropriate, cut and show budgets."""


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
    adopted = policy_in_force(session.service.ledger.state(PROGRAMME, code), session.on)
    known = pools(application.compiled(adopted))
    if pool == EACH_POOL or (pool is None and len(known) == 1):
        return known
    if pool not in known:
        raise click.UsageError(f"{code} has these pools; name one with --pool, or {EACH_POOL}: {', '.join(known)}.")
    return (pool,)


def _show(session: Session, code: str, period: str) -> None:
    currency = _currency(session, code)
    prefix = f"budget/{code}/{period}/" if period else f"budget/{code}/"
    found = []
    for stream in session.service.ledger.names(prefix):
        key = stream.removeprefix("budget/")
        state = session.service.ledger.state(BUDGET, key)
        _, years, pool = key.split("/", 2)
        found.append((years, pool, state.appropriated, state.committed, state.free))
    names = ("period", "pool", "appropriated", "committed", "free")
    rows = [(years, pool, *(total(amount, currency) for amount in amounts)) for years, pool, *amounts in found]
    columns = ["period", "pool", "appropriated#", "committed#", "free#"]
    session.out.answer(
        {"programme": code, "currency": currency, "budgets": [dict(zip(names, each, strict=True)) for each in found]},
        table(f"Budget of {code} in {currency}", columns, rows)
        if rows
        else f"{code} has no budget for this period yet.",
    )
