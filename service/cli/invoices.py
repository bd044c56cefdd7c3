"""The commands `vouchers deliver` and `vouchers invoice`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.cli.orders import order_of, rate_of, rate_options, step_told
from service.cli.session import Session, acting
from service.cli.values import DAY, DIGEST, EXISTING_FILE, NUMBER, amount_in, digest_of
from vouchers import application
from vouchers.identifiers import foreign_invoice_key, invoice_key
from vouchers.order.decisions import AcceptDelivery, FileInvoice, known
from vouchers.texts import check_invoice_key


@click.command()
@acting("enterprise", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--delivered-on", type=DAY, metavar="DAY", help="Day of the delivery (default: effective day).")
@click.option("--report", type=EXISTING_FILE, metavar="FILE", help="The service report; only its SHA-256 is kept.")
@click.option("--report-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the service report.")
def deliver(
    session: Session, number: str, delivered_on: str | None, report: Path | None, report_digest: str | None
) -> None:
    """Accept the delivered service of an order, or a further part of it."""
    digest = digest_of(report, report_digest, "report")
    outcome = session.execute(application.accept_delivery, AcceptDelivery(number, delivered_on or session.on, digest))
    step_told(session, number, "Delivery accepted", outcome, "Next: vouchers invoice (the provider)")


def invoice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name an invoice: its number, and what an older or a foreign one has beside it."""
    for option in (
        click.option("--supplier", default="", help="The supplier's tax number, for an invoice from abroad."),
        click.option("--country", default="", help="Two letters of the country, for an invoice from abroad."),
        click.option("--code", default="", help="Code of an older invoice: 10 or 12 digits."),
        click.option(
            "--number", "invoice_number", required=True, help="Number of the invoice: 20 digits, or 8 with --code."
        ),
    ):
        command = option(command)
    return command


@click.command()
@acting("provider", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@invoice_options
@click.option("--issued-on", type=DAY, metavar="DAY", help="Day of the invoice (default: effective day).")
@click.option("--gross", required=True, metavar="AMOUNT", help="Invoiced amount with tax, for this order.")
@click.option("--net", required=True, metavar="AMOUNT", help="Invoiced amount without tax, for this order.")
@click.option("--total-gross", metavar="AMOUNT", help="What the whole invoice comes to, where the order has a line.")
@click.option("--total-net", metavar="AMOUNT", help="The whole invoice without tax.")
@click.option("--replaces", default="", metavar="INVOICE", help="Invoice of the order that gives way to this one.")
@rate_options
def invoice(
    session: Session,
    number: str,
    issued_on: str | None,
    gross: str,
    net: str,
    total_gross: str | None,
    total_net: str | None,
    replaces: str,
    currency: str,
    rate: str | None,
    rate_on: str | None,
    rate_source: str,
    **named: str,
) -> None:
    """File an invoice of a delivered order, or its line of one; an invoice counts once, anywhere."""
    if (total_gross is None) != (total_net is None):
        raise click.UsageError("Give --total-gross and --total-net together: what the whole invoice comes to.")
    counted = currency or known(order_of(session, number)).currency
    command = FileInvoice(
        number,
        key_of(**named),
        issued_on or session.on,
        amount_in(gross, counted, "/gross"),
        amount_in(net, counted, "/net"),
        currency=currency,
        rate=rate_of(session, rate=rate, rate_on=rate_on, rate_source=rate_source),
        replaces=key_typed(replaces) if replaces else "",
        total_gross=amount_in(total_gross, counted, "/total_gross") if total_gross else None,
        total_net=amount_in(total_net, counted, "/total_net") if total_net else None,
    )
    outcome = session.execute(application.file_invoice, command)
    step_told(session, number, "Invoice filed", outcome, "Next: vouchers redeem (the provider)")


def key_of(invoice_number: str, code: str, country: str, supplier: str) -> str:
    """The key of an invoice as its number was typed."""
    if country or supplier:
        return foreign_invoice_key(country, supplier, invoice_number)
    return invoice_key(invoice_number, code)


def key_typed(text: str) -> str:
    """The key of an invoice that was typed as `vouchers order show` tells it, or as its 20 digits."""
    return check_invoice_key(text) if ":" in text else invoice_key(text, "")
