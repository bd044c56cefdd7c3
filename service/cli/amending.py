"""The commands `vouchers amend ...`: what changes after an order is registered."""

from pathlib import Path
from typing import Any

import click

from service.cli.invoices import invoice_options, key_of, key_typed
from service.cli.orders import order_of
from service.cli.output import money, pairs, table
from service.cli.session import Session, acting
from service.cli.values import DAY, DIGEST, EXISTING_FILE, NUMBER, amount_in, digest_of, fact_of
from vouchers import application
from vouchers.application.reversing import ReverseInvoice
from vouchers.kinds import INVOICE
from vouchers.order.changing import ChangeOrder
from vouchers.order.decisions import known
from vouchers.order.own_shares import ProveOwnShare, ReportRefund


@click.group()
def amend() -> None:
    """What changes after registration: the contract, red letters, own shares."""


@amend.command()
@acting("enterprise", "officer", once=True)
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--contract", type=EXISTING_FILE, metavar="FILE", help="The new contract; only its SHA-256 is kept.")
@click.option("--contract-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the new contract.")
@click.option("--until", type=DAY, metavar="DAY", help="Last day of the service (default: as it is).")
@click.option("--gross", required=True, metavar="AMOUNT", help="New price with tax.")
@click.option("--net", required=True, metavar="AMOUNT", help="New price without value added tax.")
@click.option("--asked", metavar="AMOUNT", help="Subsidy wanted (default: all that is due).")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What the category asks for; repeat.")
@click.option("--reason", required=True, help="Why it is changed.")
def contract(
    session: Session,
    number: str,
    contract: Path | None,
    contract_digest: str | None,
    until: str | None,
    gross: str,
    net: str,
    asked: str | None,
    facts: tuple[str, ...],
    reason: str,
) -> None:
    """Change the contract of an order: down freely, up while every limit still holds."""
    registered = known(order_of(session, number))
    command = ChangeOrder(
        number,
        amount_in(gross, registered.currency, "/gross"),
        amount_in(net, registered.currency, "/net"),
        until or registered.ends_on,
        digest_of(contract, contract_digest, "contract"),
        reason,
        amount_in(asked, registered.currency, "/asked") if asked else None,
        dict(map(fact_of, facts)),
    )
    # The same terms may be agreed on again after others: each time the order changes, it is another turn.
    turn = f"{registered.contract_digest[:16]}-{registered.gross}-{registered.ends_on}"
    outcome = session.execute_once(application.change_order, command, turn=turn)
    _told(session, "Contract changed", outcome, registered.currency)


@amend.command()
@acting("provider", "enterprise", "officer")
@invoice_options
@click.option("--red", required=True, metavar="INVOICE", help="Number of the red-letter invoice.")
@click.option("--gross", required=True, metavar="AMOUNT", help="What it takes back with tax, without a minus sign.")
@click.option("--net", required=True, metavar="AMOUNT", help="What it takes back without tax.")
@click.option("--issued-on", type=DAY, metavar="DAY", help="Day of the red-letter invoice (default: effective day).")
@click.option("--order", "number", type=NUMBER, default="", help="Order that loses its line, where there are several.")
def invoice(session: Session, red: str, gross: str, net: str, issued_on: str | None, number: str, **named: str) -> None:
    """Report a red-letter invoice: an unpaid claim is reversed, what was paid too much is demanded back."""
    key = key_of(**named)
    filed = session.service.ledger.state(INVOICE, key).filed
    currency = filed.currency if filed else "CNY"
    amounts = amount_in(gross, currency, "/gross"), amount_in(net, currency, "/net")
    command = ReverseInvoice(key, key_typed(red), *amounts, issued_on or session.on, number)
    outcome = session.execute(application.reverse_invoice, command)
    facts = {**outcome.answer, "position": outcome.position}
    shown = [(name, value) for name, value in facts.items() if name not in ("orders", "gross", "net")]
    left = [("gross left", money(facts["gross"], currency)), ("net left", money(facts["net"], currency))]
    rows = [
        (each["order_id"], each["status"], ", ".join(each["reversed"]), money(each["clawed_back"], currency))
        for each in facts["orders"]
    ]
    columns = ["order", "status", "claims reversed", "demanded back"]
    session.out.answer(
        facts, pairs("Red letter recorded", [*shown, *left]), *([table("Orders", columns, rows)] if rows else [])
    )


@amend.command("own-share")
@acting("enterprise", "provider", "officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--amount", required=True, metavar="AMOUNT", help="What the enterprise paid of its own share.")
@click.option("--paid-on", type=DAY, metavar="DAY", help="Day of the payment (default: effective day).")
@click.option("--proof", type=EXISTING_FILE, metavar="FILE", help="The bank's document; only its SHA-256 is kept.")
@click.option("--proof-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the bank's document.")
def own_share(
    session: Session, number: str, amount: str, paid_on: str | None, proof: Path | None, proof_digest: str | None
) -> None:
    """Prove that the enterprise paid its own share, or a part of it."""
    currency = known(order_of(session, number)).currency
    digest = digest_of(proof, proof_digest, "proof")
    command = ProveOwnShare(number, amount_in(amount, currency, "/amount"), paid_on or session.on, digest)
    _told(session, "Own share proven", session.execute(application.prove_own_share, command), currency)


@amend.command()
@acting("officer", "finance", "reviewer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--amount", required=True, metavar="AMOUNT", help="What came back to the enterprise.")
@click.option("--refunded-on", type=DAY, metavar="DAY", help="Day of the refund (default: effective day).")
@click.option("--proof", type=EXISTING_FILE, metavar="FILE", help="What shows it; only its SHA-256 is kept.")
@click.option("--proof-digest", type=DIGEST, metavar="HEX", help="SHA-256 of what shows it.")
def refund(
    session: Session, number: str, amount: str, refunded_on: str | None, proof: Path | None, proof_digest: str | None
) -> None:
    """Report that own share came back to the enterprise; without it no public money is paid."""
    currency = known(order_of(session, number)).currency
    digest = digest_of(proof, proof_digest, "proof")
    command = ReportRefund(number, amount_in(amount, currency, "/amount"), refunded_on or session.on, digest)
    _told(session, "Refund recorded", session.execute(application.report_refund, command), currency)


_AMOUNTS = ("base", "subsidy", "own_share", "reserved_more", "released", "proven", "needed", "clawback_ground")


_OFTEN_NOTHING = frozenset({"reserved_more", "released", "needed", "void", "clawback_ground"})


def _told(session: Session, title: str, outcome: Any, currency: str) -> None:
    """The answer, its amounts with their currency; what is nothing most of the time is told where it is something."""
    facts = {**outcome.answer, "position": outcome.position}
    shown = [
        (name.replace("_", " "), money(value, currency) if name in _AMOUNTS else _word(value))
        for name, value in facts.items()
        if value or name not in _OFTEN_NOTHING
    ]
    session.out.answer(facts, pairs(title, shown))


def _word(value: object) -> object:
    return "yes" if value is True else value
