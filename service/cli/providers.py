"""The commands `vouchers provider`, `vouchers rate` and `vouchers subcontract`: the directory and the work."""

import click

from service.cli.output import pairs, table
from service.cli.session import Session, acting, reading
from service.cli.values import CATEGORY, CREDIT_CODE, DAY, NUMBER, PROGRAMME_CODE, REGION
from service.projections.orders import orders as orders_of
from service.projections.providers import provider_entry, providers, sites_of
from vouchers import application, wire
from vouchers.application.providing import MOST_VOIDED, AccreditForTerm, VoidOrders
from vouchers.money import WHOLE_BP
from vouchers.order.subcontracting import ReportSubcontracting
from vouchers.provider.decisions import (
    EFFECTS,
    REMOVAL_EFFECTS,
    Accredit,
    ProviderUnknown,
    Reinstate,
    Remove,
    RenewAccreditation,
    Suspend,
    WithdrawAccreditation,
)
from vouchers.rating.decisions import MOST_STARS, RateProvider


@click.group()
def provider() -> None:
    """The directory of providers: list, accredit, renew, withdraw, suspend, reinstate, remove, void."""


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
            _absence(each, session.on),
            _rating(each["stars"], each["ratings"]),
            ", ".join(f"{code} to {until}" for code, _, until in each["accreditations"]),
        )
        for each in data
    ]
    columns = ["provider", "name", "region", "kind", "status", "rating", "what"]
    session.out.answer({"providers": data}, table("Providers", columns, rows) if rows else "No providers.")
    if len(found) == limit:
        session.out.note(f"There may be more: add --after {data[-1]['provider_id']}.")


@provider.command()
@reading
@click.argument("code", type=CREDIT_CODE)
def show(session: Session, code: str) -> None:
    """A provider: its facts, account, accreditations, sites, suspension or removal, and rating."""
    with session.service.views.session() as views:
        found = provider_entry(views, code)
        places = [each.as_dict() for each in sites_of(views, code)]
    if found is None or not found.provider.name:
        raise ProviderUnknown(pointer="/provider_id", remedy="Check the provider's credit code.")
    row = found.provider.as_dict()
    data = {**row, "facts": wire.parse(row["facts"]), "accreditations": found.accreditations, "sites": places}
    facts = [
        ("name", row["name"]),
        ("region", row["region"]),
        ("kind", row["kind"]),
        ("account", row["account_ref"]),
        ("status", _absence(row, session.on)),
        ("barred until", row["barred_until_on"]),
        ("rating", _rating(row["stars"], row["ratings"])),
    ]
    columns = ["site", "name", "region", "account", "closed"]
    rows = [(each["site_id"], each["name"], each["region"], each["account_ref"], each["closed_on"]) for each in places]
    session.out.answer(
        data,
        pairs(f"Provider {code}", facts),
        table("Accredited", ["category", "from", "until"], found.accreditations) if found.accreditations else "",
        table("Sites", columns, rows) if rows else "",
    )


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--category", type=CATEGORY, required=True, help="Category of services.")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day.")
@click.option("--until", type=DAY, metavar="DAY", help="Last day; or name the programme whose policy gives the term.")
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Programme whose policy gives the term.")
def accredit(session: Session, code: str, category: str, first: str, until: str | None, programme: str) -> None:
    """Let a provider serve a category on the days from..until, both included, or for a policy's term."""
    if (until is None) == (not programme):
        raise click.UsageError("Give either --until DAY or --programme PROGRAMME.")
    if until is None:
        outcome = session.execute(application.accredit_for_term, AccreditForTerm(code, programme, category, first))
    else:
        outcome = session.execute(application.accredit, Accredit(code, category, first, until))
    facts = {"from_on": first, "until_on": until, **outcome.answer, "position": outcome.position}
    shown = {"provider_id": code, "category": category, **facts}
    session.out.answer(facts, pairs("Accredited", [*shown.items()]))
    session.note_category(category)


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--category", type=CATEGORY, required=True, help="Category of services.")
@click.option("--programme", type=PROGRAMME_CODE, required=True, help="Programme whose policy gives the term.")
def renew(session: Session, code: str, category: str, programme: str) -> None:
    """Renew an accreditation before its end, for the months of the policy; the new days follow the old ones."""
    session.tell(application.renew_accreditation, RenewAccreditation(code, programme, category), "Renewed")


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--category", type=CATEGORY, required=True, help="Category of services.")
@click.option("--reason", required=True, help="Why the accreditation ends.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day without it (default: effective day).")
def withdraw(session: Session, code: str, category: str, reason: str, first: str | None) -> None:
    """Withdraw the accreditation for one category; open orders finish."""
    command = WithdrawAccreditation(code, category, first or session.on, reason)
    session.tell(application.withdraw_accreditation, command, "Accreditation withdrawn")


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
    session.tell(application.reinstate, Reinstate(code, first or session.on, reason), "Reinstated")


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.option(
    "--effect", type=click.Choice(REMOVAL_EFFECTS), required=True, help="Open orders finish, freeze, or become void."
)
@click.option("--reason", required=True, help="Why it is removed.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (default: effective day).")
@click.option("--barred-until", "barred", type=DAY, default="", metavar="DAY", help="Last day of its bar, if any.")
def remove(session: Session, code: str, effect: str, reason: str, first: str | None, barred: str) -> None:
    """Take a provider out of the directory and say what happens to its open orders."""
    if barred and barred < (first or session.on):
        raise click.UsageError("The bar would be over before the removal begins: give a later --barred-until.")
    outcome = session.execute(application.remove_provider, Remove(code, first or session.on, effect, reason, barred))
    facts = {**outcome.answer, "barred_until_on": barred, "position": outcome.position}
    hint = f"Next: vouchers provider void {code}" if effect == "void" else ""
    session.out.answer(facts, pairs("Removed", [*facts.items()]), hint)


@provider.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
def void(session: Session, code: str) -> None:
    """Cancel the open orders of a provider that was removed with the effect void; their value is released."""
    session.service.catch_up()
    with session.service.views.session() as views:
        found = [row.order_id for row in orders_of(views, provider_id=code, holding=True, limit=MOST_VOIDED)]
    outcome = session.execute(application.void_orders, VoidOrders(code, tuple(found)))
    facts = {**outcome.answer, "position": outcome.position}
    shown = [("provider", code), ("voided", ", ".join(facts["voided"])), ("left", ", ".join(facts["left"]))]
    session.out.answer(facts, pairs("Open orders", shown))
    if len(found) >= MOST_VOIDED:
        session.out.note("There may be more: run the same command again.")


@click.command()
@acting("enterprise")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--enterprise", "code", type=CREDIT_CODE, required=True, metavar="CODE", help="Whose order it is.")
@click.option("--stars", type=click.IntRange(1, MOST_STARS), metavar="N", required=True, help="One to five.")
def rate(session: Session, number: str, code: str, stars: int) -> None:
    """Rate the provider of a paid order, once."""
    session.tell(application.rate_provider, RateProvider(number, code, stars), "Rated")


@click.command()
@acting("provider", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.argument("share", type=click.IntRange(0, WHOLE_BP), metavar="BP")
def subcontract(session: Session, number: str, share: int) -> None:
    """Report how much of an order was passed on to others, in basis points: 2500 is a quarter."""
    command = ReportSubcontracting(number, share)
    session.tell(application.report_subcontracting, command, "Subcontracting reported")


def _rating(stars: int, ratings: int) -> str:
    """The mean of all stars to a tenth, with how many gave them."""
    if not ratings:
        return ""
    tenths = (20 * stars + ratings) // (2 * ratings)
    return f"{tenths // 10}.{tenths % 10} ({ratings})"


def _absence(entry: dict[str, str], on: str) -> str:
    """What a provider's removal or suspension is, while anything of it is left."""
    if entry["removed_on"]:
        return f"removed from {entry['removed_on']}: open orders {entry['removal']}"
    begin, end = entry["suspended_on"], entry["reinstated_on"]
    if not begin or (end and end <= on):
        return ""
    return f"suspended from {begin}{f' until {end}' if end else ''}: open orders {entry['effect']}"
