"""The command `vouchers order`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.cli.lineage import lineage, lineage_table
from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, paging, reading
from service.cli.values import (
    CATEGORY,
    CREDIT_CODE,
    DAY,
    DIGEST,
    EXISTING_FILE,
    NUMBER,
    PROGRAMME_CODE,
    VOUCHER,
    amount_in,
    digest_of,
    fact_of,
)
from service.projections.orders import orders as orders_of
from vouchers import application
from vouchers.identifiers import make_code
from vouchers.kinds import ORDER
from vouchers.kinds import VOUCHER as VOUCHER_KIND
from vouchers.money import parse_amount
from vouchers.order.decisions import CancelOrder, Rate, RegisterOrder, known
from vouchers.order.state import Order
from vouchers.values import asdict
from vouchers.voucher.decisions import terms_of

RATE_DECIMALS = 6
STATUSES = (
    "registered",
    "delivered",
    "invoiced",
    "requested",
    "approved",
    "settling",
    "paid",
    "cancelled",
    "lapsed",
)


@click.group()
def order() -> None:
    """Register, preview, show, list and cancel orders."""


def rate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a price in foreign money."""
    for option in (
        click.option("--rate-source", metavar="TEXT", default="", help="Who published the rate."),
        click.option("--rate-on", type=DAY, metavar="DAY", help="Day of the rate (default: effective day)."),
        click.option("--rate", metavar="NUMBER", help='What one unit is worth in programme money, "9.123457".'),
        click.option("--currency", metavar="CODE", default="", help="Currency of the price, where it is foreign."),
    ):
        command = option(command)
    return command


def contract_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe a service contract."""
    for option in (
        click.option(
            "--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What the category asks for; repeat."
        ),
        rate_options,
        click.option("--asked", metavar="AMOUNT", help="Subsidy wanted (default: all that is due)."),
        click.option("--net", required=True, metavar="AMOUNT", help="Price without value added tax."),
        click.option("--gross", required=True, metavar="AMOUNT", help='Price with tax, such as "10,000.00".'),
        click.option("--until", type=DAY, required=True, metavar="DAY", help="Last day of the service."),
        click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day of the service."),
        click.option("--contract-on", type=DAY, metavar="DAY", help="Day of the contract (default: effective day)."),
        click.option("--contract-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the contract."),
        click.option("--contract", type=EXISTING_FILE, metavar="FILE", help="The contract; only its SHA-256 is kept."),
        click.option("--category", type=CATEGORY, required=True, help="Category of the service."),
        click.option("--provider", type=CREDIT_CODE, required=True, metavar="CODE", help="Provider's credit code."),
        click.option("--order", "number", type=NUMBER, help="Number of the order (default: from the contract)."),
        click.option("--enterprise", type=CREDIT_CODE, metavar="CODE", help="Who orders (default: the holder)."),
        click.option(
            "--voucher", "vouchers", type=VOUCHER, multiple=True, metavar="VOUCHER", help="One more to draw on; repeat."
        ),
        click.argument("voucher", type=VOUCHER),
    ):
        command = option(command)
    return command


@order.command()
@acting("enterprise", "officer", once=True)
@contract_options
def register(session: Session, **contract: Any) -> None:
    """Register a service contract on a voucher: every rule is checked, the subsidy is computed and reserved."""
    command = contract_of(session, **contract)
    outcome = session.execute_once(application.register_order, command)
    status = session.service.ledger.state(ORDER, outcome.answer["order_id"]).status
    facts = {**outcome.answer, "status": status, "replayed": outcome.replayed, "position": outcome.position}
    session.out.answer(facts, *_assessment("Registered", facts))


@order.command()
@acting("enterprise", "officer")
@contract_options
def preview(session: Session, **contract: Any) -> None:
    """What registering this contract would answer, with the arithmetic; nothing is recorded."""
    answer = session.execute(application.preview_order, contract_of(session, **contract)).answer
    follows = table("What follows", ["text"], [(sentence,) for sentence in answer["consequences"]])
    session.out.answer(answer, *_assessment("This would be registered", answer), follows)


@order.command()
@acting("enterprise", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--reason", required=True, help="Why it is cancelled.")
def cancel(session: Session, number: str, reason: str) -> None:
    """Cancel an order, or what is left of it after its claims; what it held is given back."""
    outcome = session.execute(application.cancel_order, CancelOrder(number, reason))
    currency = order_of(session, number).registered.currency  # type: ignore[union-attr]
    facts = {**outcome.answer, "position": outcome.position}
    shown = {**facts, "released": money(outcome.answer["released"], currency)}
    session.out.answer(facts, pairs("Cancelled", [*shown.items()]))


@order.command()
@reading
@click.argument("number", type=NUMBER, metavar="ORDER")
def show(session: Session, number: str) -> None:
    """An order: its parties, days and amounts, how the subsidy was found, and what it waits for."""
    state = order_of(session, number)
    facts = _facts(number, state)
    currency = known(state).currency
    held = ("reserved", "set_aside", "claimed", "paid", "clawed_back")
    amounts = ("gross", "net", "base", "subsidy", "own_share", *held)
    zero = {name for name in held if not facts[name]}
    shown = [
        (name.replace("_", " "), _shown(value, currency if name in amounts else ""))
        for name, value in facts.items()
        if name not in {"order_id", "currency", *zero}
    ]
    lines = [(line.rule, line.text, line.clause) for line in known(state).trace]
    bills, claims = invoices_of(state), claims_of(state)
    facts |= {"invoices": bills, "redemptions": claims, "lineage": lineage(state)}
    facts["explanation"] = [{"rule": rule, "text": text, "clause": clause} for rule, text, clause in lines]
    papers = [table_of("Invoices", bills, currency)] if bills else []
    parts = [table_of("Redemptions", claims, currency)] if len(claims) > 1 else []
    why = table("Why", ["rule", "text", "clause"], lines)
    session.out.answer(facts, pairs(f"Order {number}", shown), *papers, *parts, lineage_table(state), why)


@order.command("list")
@reading
@click.option("--enterprise", type=CREDIT_CODE, default="", metavar="CODE", help="Only of this enterprise.")
@click.option("--provider", type=CREDIT_CODE, default="", metavar="CODE", help="Only with this provider.")
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@click.option("--status", type=click.Choice(STATUSES), help="Only at this step.")
@paging
def list_orders(
    session: Session, enterprise: str, provider: str, programme: str, status: str | None, after: int, limit: int
) -> None:
    """Orders in the order of their registration."""
    wanted: dict[str, Any] = {"enterprise_id": enterprise, "provider_id": provider, "programme": programme}
    with session.service.views.session() as views:
        found = [row.as_dict() for row in orders_of(views, **wanted, status=status or "", after=after, limit=limit)]
    # A party that was asked for is not told again on each line.
    sides = [side for side, asked in (("enterprise", enterprise), ("provider", provider)) if not asked]
    rows = [
        (
            each["order_id"],
            each["registered_on"],
            each["status"],
            each["category"],
            *(each[f"{side}_id"] for side in sides),
            each["currency"],
            total(each["gross"], each["currency"]),
            total(each["subsidy"], each["currency"]),
            total(each["paid"], each["currency"]),
        )
        for each in found
    ]
    columns = ["order", "registered", "status", "category", *sides, "", "gross#", "subsidy#", "paid#"]
    session.out.answer({"orders": found}, table("Orders", columns, rows) if rows else "No orders.")
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


def contract_of(
    session: Session,
    *,
    voucher: str,
    number: str | None,
    provider: str,
    category: str,
    contract: Path | None,
    contract_digest: str | None,
    contract_on: str | None,
    first: str,
    until: str,
    asked: str | None,
    facts: tuple[str, ...],
    vouchers: tuple[str, ...],
    enterprise: str | None,
    **price: Any,
) -> RegisterOrder:
    """The command of a contract: its number follows from it unless one is given, so that repeating it is harmless."""
    terms = terms_of(session.service.ledger.state(VOUCHER_KIND, voucher))
    digest = digest_of(contract, contract_digest, "contract")
    return RegisterOrder(
        order_id=number or make_code("O", voucher, provider, digest),
        voucher_id=voucher,
        enterprise_id=enterprise or terms.enterprise_id,
        provider_id=provider,
        category=category,
        contract_digest=digest,
        contract_on=contract_on or session.on,
        starts_on=first,
        ends_on=until,
        asked=amount_in(asked, terms.currency, "/asked") if asked else None,
        attributes=dict(map(fact_of, facts)),
        vouchers=vouchers,
        **_price(session, terms.currency, **price),
    )


def _price(session: Session, own: str, *, gross: str, net: str, currency: str, **rate: Any) -> dict[str, Any]:
    """The price of a contract in its own currency, with the rate of a foreign one."""
    counted = currency or own
    return {
        "gross": amount_in(gross, counted, "/gross"),
        "net": amount_in(net, counted, "/net"),
        "currency": currency,
        "rate": rate_of(session, **rate),
    }


def rate_of(session: Session, *, rate: str | None, rate_on: str | None, rate_source: str) -> Rate | None:
    """The rate of exchange as it was typed, of this day unless another is named."""
    if rate is None:
        return None
    return Rate(parse_amount(rate, RATE_DECIMALS, "/rate"), rate_on or session.on, rate_source)


def _assessment(title: str, answer: dict[str, Any]) -> list[Any]:
    currency = answer["currency"]
    facts = [
        ("order", answer["order_id"]),
        ("status", answer.get("status")),
        ("programme", f"{answer['programme']}, policy {answer['policy_version']}"),
        ("base", money(answer["base"], currency)),
        ("subsidy", money(answer["subsidy"], currency)),
        ("own share", money(answer["own_share"], currency)),
        ("evidence", ", ".join(answer["evidence"])),
    ]
    lines = [(line["rule"], line["text"], line["clause"]) for line in answer["explanation"]]
    return [pairs(title, facts), table("Why", ["rule", "text", "clause"], lines)]


def order_of(session: Session, number: str) -> Order:
    """An order's state, or the refusal that there is none."""
    state = session.service.ledger.state(ORDER, number)
    known(state)
    return state


def _shown(value: Any, currency: str) -> object:
    """A fact of an order as a person reads it."""
    return money(value, currency) if currency else ", ".join(value) if isinstance(value, list) else value


def _facts(number: str, state: Order) -> dict[str, Any]:
    registered = known(state)
    return {
        "order_id": number,
        "status": state.status,
        "programme": registered.programme,
        "policy_version": registered.policy_version,
        "category": registered.category,
        "voucher_id": registered.voucher_id,
        "enterprise_id": registered.enterprise_id,
        "provider_id": registered.provider_id,
        "registered_on": registered.registered_on,
        "contract_on": registered.contract_on,
        "starts_on": registered.starts_on,
        "ends_on": registered.ends_on,
        "currency": registered.currency,
        "gross": registered.gross,
        "net": registered.net,
        "base": registered.base,
        "subsidy": registered.subsidy,
        "own_share": registered.own_share,
        "reserved": state.held,
        "set_aside": state.aside,
        "claimed": state.claimed,
        "paid": state.paid,
        "clawed_back": state.clawed_back,
        "delivered_on": state.delivery.delivered_on if state.delivery else "",
        "invoice": state.invoice.invoice if state.invoice else "",
        "redemption_id": state.redemption_id,
        "settlement_id": state.settlement_id,
        "credit_tier": registered.tier,
        "evidence": list(registered.evidence),
    }


def invoices_of(state: Order) -> list[dict[str, Any]]:
    """The invoices of an order, with what red letters took back of each."""
    return [asdict(bill) for bill in state.bills.values()]


def claims_of(state: Order) -> list[dict[str, Any]]:
    """The redemptions of an order that stand."""
    names = ("redemption_id", "status", "amount", "paid", "clawed_back", "settlement_id")
    return [{name: getattr(claim, name) for name in names} for claim in state.claims.values()]


def table_of(title: str, rows: list[dict[str, Any]], currency: str) -> Any:
    """Rows of one kind as a table, their amounts as money."""
    columns = [name.replace("_", " ") + "#" * isinstance(value, int) for name, value in rows[0].items()]
    written = [[total(value, currency) if isinstance(value, int) else value for value in row.values()] for row in rows]
    return table(title, columns, written)


def step_told(session: Session, number: str, title: str, outcome: Any, following: str) -> None:
    """The answer of a step, and what comes next."""
    facts = {**outcome.answer, "position": outcome.position}
    session.out.answer(facts, pairs(title, [("order", number), *list(facts.items())[1:]]), following)
