"""The commands `vouchers programme`."""

from dataclasses import asdict
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, reading
from service.cli.values import PROGRAMME_CODE
from service.projections.entitlements import denials_by_reason, outcomes
from service.projections.programmes import programmes
from service.projections.refusals import refusals_by_code
from service.projections.spending import ProgrammeSpending, periods, spending
from vouchers import application
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import Announce, CloseProgramme, announced


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
