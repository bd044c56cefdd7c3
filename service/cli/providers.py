"""The commands `vouchers provider`: the directory, accreditation, suspension."""

import click

from service.cli.output import pairs, table
from service.cli.session import Session, acting, reading
from service.cli.values import CATEGORY, CREDIT_CODE, DAY, REGION
from service.projections.providers import providers
from vouchers import application, wire
from vouchers.provider.decisions import EFFECTS, Accredit, Reinstate, Suspend


@click.group()
def provider() -> None:
    """The directory of providers: list, accredit, suspend, reinstate."""


@provider.command("list")
@reading
@click.option("--category", type=CATEGORY, default="", help="Only those accredited for it.")
@click.option("--on", "day", type=DAY, default="", metavar="DAY", help="Only those who may take orders on this day.")
@click.option("--region", type=REGION, default="", help="Only those whose division code begins with this.")
@click.option("--after", default="", metavar="CODE", help="Go on after this credit code.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def list_providers(session: Session, category: str, day: str, region: str, after: str, limit: int) -> None:
    """The directory: who may serve what, until when, and who is suspended."""
    with session.service.views.session() as views:
        found = providers(views, category=category, on=day, region=region, after=after, limit=limit)
    data = [
        {**each.provider.as_dict(), "facts": wire.parse(each.provider.facts), "accreditations": each.accreditations}
        for each in found
    ]
    rows = [
        (
            each["provider_id"],
            each["name"],
            each["region"],
            each["kind"],
            _suspension(each, session.on),
            ", ".join(f"{code} to {until}" for code, _, until in each["accreditations"]),
        )
        for each in data
    ]
    columns = ["provider", "name", "region", "kind", "suspended", "what"]
    session.out.answer({"providers": data}, table("Providers", columns, rows) if rows else "No providers.")
    if len(found) == limit:
        session.out.note(f"There may be more: add --after {data[-1]['provider_id']}.")


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--category", type=CATEGORY, required=True, help="Category of services.")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day.")
@click.option("--until", type=DAY, required=True, metavar="DAY", help="Last day.")
def accredit(session: Session, code: str, category: str, first: str, until: str) -> None:
    """Let a provider serve a category on the days from..until, both included."""
    outcome = session.execute(application.accredit, Accredit(code, category, first, until))
    facts = {**outcome.answer, "from_on": first, "until_on": until, "position": outcome.position}
    session.out.answer(facts, pairs("Accredited", [*facts.items()]))


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option(
    "--effect", type=click.Choice(EFFECTS), required=True, help="Open orders finish, or freeze until it ends."
)
@click.option("--reason", required=True, help="Why it is suspended.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (default: effective day).")
def suspend(session: Session, code: str, effect: str, reason: str, first: str | None) -> None:
    """Stop new orders with a provider and say what happens to its open ones."""
    outcome = session.execute(application.suspend, Suspend(code, first or session.on, effect, reason))
    facts = {**outcome.answer, "effect": effect, "position": outcome.position}
    session.out.answer(facts, pairs("Suspended", [*facts.items()]))


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--reason", required=True, help="Why the suspension ends.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (default: effective day).")
def reinstate(session: Session, code: str, reason: str, first: str | None) -> None:
    """End the suspension of a provider."""
    outcome = session.execute(application.reinstate, Reinstate(code, first or session.on, reason))
    facts = {**outcome.answer, "position": outcome.position}
    session.out.answer(facts, pairs("Reinstated", [*facts.items()]))


def _suspension(entry: dict[str, str], on: str) -> str:
    """What a provider's suspension is, while anything of it is left."""
    begin, end = entry["suspended_on"], entry["reinstated_on"]
    if not begin or (end and end <= on):
        return ""
    return f"from {begin}{f' until {end}' if end else ''} ({entry['effect']})"
