"""The commands `vouchers product`: what providers publish, with their fees as the benchmark of prices."""

import click

from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, reading
from service.cli.values import CATEGORY, CREDIT_CODE, DAY, NUMBER, amount_in
from service.projections.catalogues import products
from vouchers import application
from vouchers.application import Outcome
from vouchers.catalogue.decisions import ChangeFee, ProductUnknown, PublishProduct, WithdrawProduct
from vouchers.kinds import CATALOGUE


@click.group()
def product() -> None:
    """The published service products: publish, fee, withdraw, list."""


@product.command()
@acting("provider", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=NUMBER, metavar="PRODUCT")
@click.option("--category", type=CATEGORY, required=True, help="Category of the service.")
@click.option("--content", required=True, help="What is done.")
@click.option("--standard", required=True, help="By which standard.")
@click.option("--fee", required=True, metavar="AMOUNT", help="Fee for one unit.")
@click.option(
    "--unit", type=NUMBER, default="case", show_default=True, help="What is counted (an order: --fact quantity=N)."
)
@click.option("--currency", default="CNY", show_default=True, help="Currency of the fee.")
@click.option("--instrument", default="", metavar="ID", help="The instrument, where the fee is for its hours.")
def publish(
    session: Session,
    code: str,
    number: str,
    category: str,
    content: str,
    standard: str,
    fee: str,
    unit: str,
    currency: str,
    instrument: str,
) -> None:
    """Publish a service product with its content, standard and fee."""
    command = PublishProduct(
        code, number, category, content, standard, amount_in(fee, currency, "/fee"), unit, currency, instrument
    )
    _tell(session, "Published", session.execute(application.publish_product, command))
    session.note_category(category)


@product.command("fee")
@acting("provider", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=NUMBER, metavar="PRODUCT")
@click.argument("fee", metavar="AMOUNT")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day of the fee (default: effective day).")
def change_fee(session: Session, code: str, number: str, fee: str, first: str | None) -> None:
    """Publish another fee from a day on; the price of an order is compared with the fee of its day."""
    known = session.service.ledger.state(CATALOGUE, code).products.get(number)
    if known is None:
        raise ProductUnknown(pointer="/product_id")
    command = ChangeFee(code, number, amount_in(fee, known.published.currency, "/fee"), first or session.on)
    _tell(session, "Fee changed", session.execute(application.change_fee, command))


@product.command()
@acting("provider", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=NUMBER, metavar="PRODUCT")
@click.option("--reason", required=True, help="Why it is offered no longer.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day without it (default: effective day).")
def withdraw(session: Session, code: str, number: str, reason: str, first: str | None) -> None:
    """Offer a product no longer; orders that stand keep it."""
    command = WithdrawProduct(code, number, first or session.on, reason)
    _tell(session, "Withdrawn", session.execute(application.withdraw_product, command))


@product.command("list")
@reading
@click.option("--provider", "code", type=CREDIT_CODE, default="", metavar="CODE", help="Only of this provider.")
@click.option("--category", type=CATEGORY, default="", help="Only of this category.")
@click.option("--on", "day", type=DAY, default="", metavar="DAY", help="Day of the offer (default: today).")
@click.option("--after", default="", metavar="CODE", help="Go on after this provider's credit code.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def list_products(session: Session, code: str, category: str, day: str, after: str, limit: int) -> None:
    """What is on offer on a day, with the fee of that day."""
    day = day or session.on
    with session.service.views.session() as views:
        found = products(views, provider_id=code, category=category, on=day, after=after, limit=limit)
    data = [{**each.product.as_dict(), "fee": each.fee, "fees": each.fees} for each in found]
    rows = [
        (
            each["provider_id"],
            each["product_id"],
            each["category"],
            money(each["fee"], each["currency"]),
            each["unit"],
            each["instrument_id"],
            f"{each['content']} ({each['standard']})",
        )
        for each in data
    ]
    columns = ["provider", "product", "category", "fee#", "unit", "instrument", "what"]
    session.out.answer({"products": data}, table("Products", columns, rows) if rows else "No products.")
    if len(data) == limit:
        session.out.note(f"There may be more: add --after {data[-1]['provider_id']}.")


def _tell(session: Session, title: str, outcome: Outcome) -> None:
    facts = {**outcome.answer, "position": outcome.position}
    shown = {**facts, "fee": money(facts["fee"], facts["currency"]), "currency": ""}
    session.out.answer(facts, pairs(title, [*shown.items()]))
