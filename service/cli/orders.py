"""The commands `vouchers order`, `vouchers deliver` and `vouchers invoice`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

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
from vouchers.identifiers import foreign_invoice_key, invoice_key, make_code
from vouchers.kinds import ORDER
from vouchers.kinds import VOUCHER as VOUCHER_KIND
from vouchers.money import parse_amount
from vouchers.order.decisions import AcceptDelivery, CancelOrder, FileInvoice, Rate, RegisterOrder, known
from vouchers.order.state import Order
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


def _rate_options(command: Callable[..., Any]) -> Callable[..., Any]:
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
        _rate_options,
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
    session.out.answer(answer, *_assessment("This would be registered", answer))


@order.command()
@acting("enterprise", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--reason", required=True, help="Why it is cancelled.")
def cancel(session: Session, number: str, reason: str) -> None:
    """Cancel an order that nothing was claimed for; what it held is given back."""
    outcome = session.execute(application.cancel_order, CancelOrder(number, reason))
    currency = _order(session, number).registered.currency  # type: ignore[union-attr]
    facts = {**outcome.answer, "position": outcome.position}
    shown = {**facts, "released": money(outcome.answer["released"], currency)}
    session.out.answer(facts, pairs("Cancelled", [*shown.items()]))


@order.command()
@reading
@click.argument("number", type=NUMBER, metavar="ORDER")
def show(session: Session, number: str) -> None:
    """An order: its parties, days and amounts, how the subsidy was found, and what it waits for."""
    state = _order(session, number)
    facts = _facts(number, state)
    currency = known(state).currency
    amounts = ("gross", "net", "base", "subsidy", "own_share", "reserved", "claimed", "paid", "clawed_back")
    shown = [
        (name.replace("_", " "), money(value, currency) if name in amounts else value) for name, value in facts.items()
    ]
    lines = [(line.rule, line.text, line.clause) for line in known(state).trace]
    facts["explanation"] = [{"rule": rule, "text": text, "clause": clause} for rule, text, clause in lines]
    session.out.answer(facts, pairs(f"Order {number}", shown), table("Why", ["rule", "text", "clause"], lines))


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
    wanted = {"enterprise_id": enterprise, "provider_id": provider, "programme": programme, "status": status or ""}
    with session.service.views.session() as views:
        found = [row.as_dict() for row in orders_of(views, **wanted, after=after, limit=limit)]
    rows = [
        (
            each["order_id"],
            each["registered_on"],
            each["status"],
            each["category"],
            each["enterprise_id"],
            each["provider_id"],
            each["currency"],
            total(each["gross"], each["currency"]),
            total(each["subsidy"], each["currency"]),
            total(each["paid"], each["currency"]),
        )
        for each in found
    ]
    columns = ["order", "registered", "status", "category", "enterprise", "provider", "", "gross#", "subsidy#", "paid#"]
    session.out.answer({"orders": found}, table("Orders", columns, rows) if rows else "No orders.")
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


@click.command()
@acting("enterprise", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--delivered-on", type=DAY, metavar="DAY", help="Day of the delivery (default: effective day).")
@click.option("--report", type=EXISTING_FILE, metavar="FILE", help="The service report; only its SHA-256 is kept.")
@click.option("--report-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the service report.")
def deliver(
    session: Session, number: str, delivered_on: str | None, report: Path | None, report_digest: str | None
) -> None:
    """Accept the delivered service of an order."""
    digest = digest_of(report, report_digest, "report")
    outcome = session.execute(application.accept_delivery, AcceptDelivery(number, delivered_on or session.on, digest))
    _step(session, number, "Delivery accepted", outcome, "Next: vouchers invoice (the provider)")


@click.command()
@acting("provider", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--number", "invoice_number", required=True, help="Number of the invoice: 20 digits, or 8 with --code.")
@click.option("--code", default="", help="Code of an older invoice: 10 or 12 digits.")
@click.option("--country", default="", help="Two letters of the country, for an invoice from abroad.")
@click.option("--supplier", default="", help="The supplier's tax number, for an invoice from abroad.")
@click.option("--issued-on", type=DAY, metavar="DAY", help="Day of the invoice (default: effective day).")
@click.option("--gross", required=True, metavar="AMOUNT", help="Invoiced amount with tax.")
@click.option("--net", required=True, metavar="AMOUNT", help="Invoiced amount without tax.")
@_rate_options
def invoice(
    session: Session,
    number: str,
    invoice_number: str,
    code: str,
    country: str,
    supplier: str,
    issued_on: str | None,
    gross: str,
    net: str,
    currency: str,
    **rate: Any,
) -> None:
    """File the invoice of a delivered order; an invoice counts once, anywhere."""
    abroad = country or supplier
    key = foreign_invoice_key(country, supplier, invoice_number) if abroad else invoice_key(invoice_number, code)
    counted = currency or known(_order(session, number)).currency
    command = FileInvoice(
        number,
        key,
        issued_on or session.on,
        amount_in(gross, counted, "/gross"),
        amount_in(net, counted, "/net"),
        currency=currency,
        rate=_rate(session, **rate),
    )
    outcome = session.execute(application.file_invoice, command)
    _step(session, number, "Invoice filed", outcome, "Next: vouchers redeem (the provider)")


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
    gross: str,
    net: str,
    asked: str | None,
    facts: tuple[str, ...],
    vouchers: tuple[str, ...],
    enterprise: str | None,
    currency: str,
    **rate: Any,
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
        gross=amount_in(gross, currency or terms.currency, "/gross"),
        net=amount_in(net, currency or terms.currency, "/net"),
        asked=amount_in(asked, terms.currency, "/asked") if asked else None,
        attributes=dict(map(fact_of, facts)),
        vouchers=vouchers,
        currency=currency,
        rate=_rate(session, **rate),
    )


def _rate(session: Session, *, rate: str | None, rate_on: str | None, rate_source: str) -> Rate | None:
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


def _order(session: Session, number: str) -> Order:
    """An order's state, or the refusal that there is none."""
    state = session.service.ledger.state(ORDER, number)
    known(state)
    return state


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
        "claimed": state.claimed,
        "paid": state.paid,
        "clawed_back": state.clawed_back,
        "delivered_on": state.delivery.delivered_on if state.delivery else "",
        "invoice": state.invoice.invoice if state.invoice else "",
        "redemption_id": state.redemption_id,
        "settlement_id": state.settlement_id,
        "credit_tier": registered.tier,
        "evidence": ", ".join(registered.evidence),
    }


def _step(session: Session, number: str, title: str, outcome: Any, following: str) -> None:
    facts = {**outcome.answer, "position": outcome.position}
    session.out.answer(facts, pairs(title, [("order", number), *list(facts.items())[1:]]), following)
