"""The commands `vouchers demand`: what enterprises need, what providers offer, and which offer is taken."""

from pathlib import Path

import click

from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, paging, reading
from service.cli.values import CATEGORY, CREDIT_CODE, DAY, DIGEST, EXISTING_FILE, NUMBER, amount_in, digest_of
from service.projections.demands import demands, offers
from vouchers import application
from vouchers.application import Outcome
from vouchers.demand.decisions import AcceptOffer, MakeOffer, PostDemand, WithdrawDemand, WithdrawOffer, known
from vouchers.identifiers import make_code
from vouchers.kinds import DEMAND


@click.group()
def demand() -> None:
    """The demand list: post, offer, withdraw-offer, accept, withdraw, list, show."""


@demand.command()
@acting("enterprise", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--category", type=CATEGORY, required=True, help="Category of the service.")
@click.option("--summary", required=True, help="What is needed, in a few words that name no person.")
@click.option("--text", type=EXISTING_FILE, metavar="FILE", help="The full text; only its SHA-256 is kept.")
@click.option("--text-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the full text.")
@click.option("--budget", required=True, metavar="AMOUNT", help="The most that the service may cost, with tax.")
@click.option("--currency", default="CNY", show_default=True, help="Currency of the budget.")
@click.option("--until", type=DAY, required=True, metavar="DAY", help="Last day for offers.")
@click.option("--number", type=NUMBER, help="Number of the demand (default: from the text).")
def post(
    session: Session,
    code: str,
    category: str,
    summary: str,
    text: Path | None,
    text_digest: str | None,
    budget: str,
    currency: str,
    until: str,
    number: str | None,
) -> None:
    """Post what an enterprise needs, for providers to answer."""
    digest = digest_of(text, text_digest, "text")
    number = number or make_code("D", code, category, digest)
    amount = amount_in(budget, currency, "/budget")
    command = PostDemand(number, code, category, summary, digest, amount, currency, until)
    _tell(session, "Posted", session.execute(application.post_demand, command))
    session.note_category(category)


@demand.command()
@acting("provider", "officer")
@click.argument("number", type=NUMBER, metavar="DEMAND")
@click.option("--provider", "code", type=CREDIT_CODE, required=True, metavar="CODE", help="Who offers.")
@click.option("--fee", required=True, metavar="AMOUNT", help="Price with tax.")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day of the service.")
@click.option("--until", type=DAY, required=True, metavar="DAY", help="Last day of the service.")
@click.option("--product", type=NUMBER, default="", help="The published product that is offered.")
@click.option("--offer", type=NUMBER, help="Number of the offer (default: from its figures).")
def offer(
    session: Session, number: str, code: str, fee: str, first: str, until: str, product: str, offer: str | None
) -> None:
    """Offer to do what is needed, within the budget and until the last day."""
    amount = amount_in(fee, known(session.service.ledger.state(DEMAND, number)).currency, "/fee")
    offer = offer or make_code("A", number, code, str(amount), first, until)
    command = MakeOffer(number, offer, code, amount, first, until, product)
    _tell(session, "Offered", session.execute(application.make_offer, command), offer)


@demand.command("withdraw-offer")
@acting("provider", "officer")
@click.argument("number", type=NUMBER, metavar="DEMAND")
@click.argument("offer", type=NUMBER, metavar="OFFER")
@click.option("--provider", "code", type=CREDIT_CODE, required=True, metavar="CODE", help="Who had offered.")
def withdraw_offer(session: Session, number: str, offer: str, code: str) -> None:
    """Take an offer back before it is accepted."""
    outcome = session.execute(application.withdraw_offer, WithdrawOffer(number, offer, code))
    _tell(session, "Offer withdrawn", outcome)


@demand.command()
@acting("enterprise", "officer")
@click.argument("number", type=NUMBER, metavar="DEMAND")
@click.argument("offer", type=NUMBER, metavar="OFFER")
@click.option("--enterprise", "code", type=CREDIT_CODE, required=True, metavar="CODE", help="Whose demand it is.")
def accept(session: Session, number: str, offer: str, code: str) -> None:
    """Accept an offer; register its order next, with --fact demand_id=... --fact offer_id=... and the same figures."""
    following = f"Next: vouchers order register with --fact demand_id={number} --fact offer_id={offer}"
    outcome = session.execute(application.accept_offer, AcceptOffer(number, offer, code))
    _tell(session, "Offer accepted", outcome, following=following)


@demand.command()
@acting("enterprise", "officer")
@click.argument("number", type=NUMBER, metavar="DEMAND")
@click.option("--enterprise", "code", type=CREDIT_CODE, required=True, metavar="CODE", help="Whose demand it is.")
@click.option("--reason", required=True, help="Why it is needed no longer.")
def withdraw(session: Session, number: str, code: str, reason: str) -> None:
    """Withdraw a demand that has not become an order."""
    command = WithdrawDemand(number, code, reason)
    _tell(session, "Demand withdrawn", session.execute(application.withdraw_demand, command))


@demand.command("list")
@reading
@click.option("--category", type=CATEGORY, default="", help="Only of this category.")
@click.option("--enterprise", type=CREDIT_CODE, default="", metavar="CODE", help="Only of this enterprise.")
@click.option("--on", "day", type=DAY, default="", metavar="DAY", help="Only those that take offers on this day.")
@paging
def list_demands(session: Session, category: str, enterprise: str, day: str, after: int, limit: int) -> None:
    """What enterprises need, in the order of posting."""
    with session.service.views.session() as views:
        rows = demands(views, category=category, enterprise_id=enterprise, on=day, after=after, limit=limit)
        found = [row.as_dict() for row in rows]
    shown = [
        (
            each["demand_id"],
            each["category"],
            money(each["budget"], each["currency"]),
            each["until_on"],
            each["status"],
            each["summary"],
        )
        for each in found
    ]
    columns = ["demand", "category", "budget#", "until", "status", "what"]
    session.out.answer({"demands": found}, table("Demands", columns, shown) if shown else "No demands.")
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


@demand.command()
@reading
@click.argument("number", type=NUMBER, metavar="DEMAND")
def show(session: Session, number: str) -> None:
    """A demand with its offers, the lowest fee first."""
    state = session.service.ledger.state(DEMAND, number)
    posted = known(state)
    with session.service.views.session() as views:
        made = [each.as_dict() for each in offers(views, number)]
    data = {
        "demand_id": number,
        "enterprise_id": posted.enterprise_id,
        "category": posted.category,
        "summary": posted.summary,
        "budget": posted.budget,
        "currency": posted.currency,
        "until_on": posted.until_on,
        "status": state.status,
        "accepted": state.accepted,
        "order_id": state.order_id,
    }
    shown = {**data, "budget": money(posted.budget, posted.currency), "currency": ""}
    rows = [
        (
            each["offer_id"],
            each["provider_id"],
            money(each["fee"], posted.currency),
            f"{each['starts_on']} to {each['ends_on']}",
            each["product_id"],
            each["status"],
        )
        for each in made
    ]
    columns = ["offer", "provider", "fee#", "days", "product", "status"]
    answers = table("Offers", columns, rows) if rows else "No offers."
    session.out.answer({**data, "offers": made}, pairs(f"Demand {number}", [*shown.items()]), answers)


def _tell(session: Session, title: str, outcome: Outcome, offer_id: str = "", following: str = "") -> None:
    facts = {**outcome.answer, "position": outcome.position}
    if offer_id:
        facts["offer_id"] = offer_id
    session.out.answer(facts, pairs(title, [*facts.items()]), following)
