"""The commands `vouchers counter`: codes and coupons between an enterprise's phone and a provider's till."""

import json
from pathlib import Path

import click

from service.cli.booklets import booklet
from service.cli.coupons import coupon
from service.cli.invoices import invoice_options, key_of
from service.cli.orders import order_of
from service.cli.output import Output, pairs, table
from service.cli.redemptions import document_typed, tell_claim
from service.cli.session import Session, acting, json_option, looking
from service.cli.values import (
    CREDIT_CODE,
    DAY,
    DIGEST,
    ENTERPRISE,
    EXISTING_FILE,
    NUMBER,
    Checked,
    amount_in,
    digest_of,
)
from service.counter.codes import PREFIX
from service.counter.pictures import blocks, picture
from service.counter.presenting import codes_of, present, redeem
from service.counter.signing import Keys, new_key, read_key, write_key
from vouchers import application
from vouchers.counter.decisions import RedeemAtCounter
from vouchers.identifiers import check_code
from vouchers.kinds import ORDER, SIGNER
from vouchers.order.decisions import check_open, known
from vouchers.signer.decisions import RegisterSigner, RevokeSigner

CODE = Checked("code", lambda text: check_code(text, prefix=PREFIX))
_UNKNOWN = "CNY"
NEW_FILE = click.Path(exists=False, dir_okay=False, writable=True, path_type=Path)


@click.group()
def counter() -> None:
    """Redemption at a provider's counter: one-time codes, and coupons that need no network."""


counter.add_command(booklet)
counter.add_command(coupon)


@counter.group()
def code() -> None:
    """One-time codes of an order: issue, show, release, redeem."""


@code.command("issue")
@acting("enterprise")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--up-to", metavar="AMOUNT", help="The largest bill with tax that it is good for.")
@click.option("--picture", "file", type=NEW_FILE, metavar="FILE", help="Write the QR code to FILE.svg or FILE.png.")
def issue_code(session: Session, number: str, up_to: str | None, file: Path | None) -> None:
    """Issue a code of an order, shown this once; one that was open is good no longer."""
    state = order_of(session, number)
    registered = known(state)
    check_open(state)
    most = amount_in(up_to, registered.currency, "/up_to") if up_to else None
    fresh = codes_of(session.service).issue(number, registered.provider_id, most)
    if file is not None:
        file.write_bytes(picture(fresh.code, "png" if file.suffix == ".png" else "svg"))
    facts = {"order_id": number, "code": fresh.code, "expires_at": fresh.expires_at}
    session.out.answer(facts, pairs("A code for the counter", [*facts.items()]), blocks(fresh.code))


@code.command("show")
@looking
@click.argument("number", type=NUMBER, metavar="ORDER")
def show_code(session: Session, number: str) -> None:
    """Whether a code of an order is open, how many wrong ones were presented, whether the order is frozen."""
    known(order_of(session, number))
    facts = {"order_id": number, **codes_of(session.service).standing(number)._asdict()}
    session.out.answer(facts, pairs("At the counter", [*facts.items()]))


@code.command("release")
@acting("enterprise")
@click.argument("number", type=NUMBER, metavar="ORDER")
def release(session: Session, number: str) -> None:
    """End the freeze of an order; codes that were open when it began stay ended."""
    known(order_of(session, number))
    facts = {"order_id": number, **codes_of(session.service).lift(number)._asdict()}
    session.out.answer(facts, pairs("No longer frozen", [*facts.items()]))


@code.command("redeem")
@acting("provider", once=True)
@click.argument("typed", type=CODE, metavar="CODE")
@click.option("--provider", type=CREDIT_CODE, required=True, metavar="CODE", help="The provider whose counter it is.")
@click.option("--order", "named", type=NUMBER, default="", metavar="ORDER", help="The order, where it is known.")
@click.option("--delivered-on", type=DAY, metavar="DAY", help="Day of the delivery (default: effective day).")
@click.option("--report", type=EXISTING_FILE, metavar="FILE", help="The service report; only its SHA-256 is kept.")
@click.option("--report-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the service report.")
@invoice_options
@click.option("--issued-on", type=DAY, metavar="DAY", help="Day of the invoice (default: effective day).")
@click.option("--gross", required=True, metavar="AMOUNT", help="Invoiced amount with tax.")
@click.option("--net", required=True, metavar="AMOUNT", help="Invoiced amount without tax.")
@click.option("--evidence", multiple=True, metavar="KIND=FILE|HEX", help="A document by kind; repeat for each.")
@click.option("--more-to-come", is_flag=True, help="Keep the rest of the reservation for later invoices.")
def redeem_code(
    session: Session,
    typed: str,
    provider: str,
    named: str,
    delivered_on: str | None,
    report: Path | None,
    report_digest: str | None,
    issued_on: str | None,
    gross: str,
    net: str,
    evidence: tuple[str, ...],
    more_to_come: bool,
    **invoice: str,
) -> None:
    """Accept the delivery, file the invoice and claim in one step, with the code that the enterprise shows."""
    digest = digest_of(report, report_digest, "report")
    presented = present(session.service, typed, named, provider)
    registered = session.service.ledger.state(ORDER, presented.order_id or "none").registered
    # The order of a code that is not good stays unknown, and so does its currency.
    currency = registered.currency if registered and presented.good else _UNKNOWN
    command = RedeemAtCounter(
        presented.order_id,
        provider,
        presented.digest,
        delivered_on or session.on,
        digest,
        key_of(**invoice),
        issued_on or session.on,
        amount_in(gross, currency, "/gross"),
        amount_in(net, currency, "/net"),
        dict(map(document_typed, evidence)),
        more_to_come,
    )
    outcome = redeem(session.service, presented, command, session.execute_once)
    tell_claim(session, outcome.answer["order_id"], outcome, "Redeemed at the counter")


@counter.group()
def key() -> None:
    """Keys that sign at counters: make, register, list, revoke; and those of the service: publish, renew."""


@key.command("make")
@json_option
@click.argument("file", type=NEW_FILE)
def make(file: Path, as_json: bool) -> None:
    """Make the key of a phone or a till in a file of its own; it needs no data folder and no network."""
    made = new_key()
    write_key(file, made)
    out = Output(as_json=as_json)
    out.plain({"public_key": made.public_key, "key_id": made.key_id}, made.public_key)
    out.note(f"Its private half is in {file} and nowhere else; register the text above.")


@key.command("register")
@acting("enterprise", "provider")
@click.argument("party", type=ENTERPRISE)
@click.option("--public-key", default="", metavar="TEXT", help="The public half, as `vouchers counter key make` tells.")
@click.option("--file", type=EXISTING_FILE, metavar="FILE", help="The key's file, where it is at hand.")
def register(session: Session, party: str, public_key: str, file: Path | None) -> None:
    """Let a firm sign with a key at counters."""
    if bool(public_key) == bool(file):
        raise click.UsageError("Give either --public-key TEXT or --file FILE.")
    told = read_key(file.read_text(encoding="utf-8")).public_key if file else public_key
    session.tell(application.register_signer, RegisterSigner(party, told), "A key that signs")


@key.command("list")
@looking
@click.argument("party", type=ENTERPRISE)
def list_keys(session: Session, party: str) -> None:
    """The keys that a firm signs with, revoked ones too."""
    state = session.service.ledger.state(SIGNER, party)
    found = [
        {"key_id": key_id, "public_key": text, "revoked": key_id in state.revoked}
        for key_id, text in state.keys.items()
    ]
    rows = [(each["key_id"], each["public_key"], "revoked" if each["revoked"] else "") for each in found]
    shown = table("Keys", ["id", "public key", ""], rows) if rows else "This firm has registered no key."
    session.out.answer({"keys": found}, shown)


@key.command("revoke")
@acting("enterprise", "provider", "officer")
@click.argument("party", type=ENTERPRISE)
@click.argument("key_id", metavar="KEY")
@click.option("--reason", required=True, help="Why it is not used any more.")
def revoke(session: Session, party: str, key_id: str, reason: str) -> None:
    """Let a firm sign with a key no more; booklets that were issued on it stay good."""
    session.tell(application.revoke_signer, RevokeSigner(party, key_id, reason), "Revoked")


@key.command("publish")
@looking
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write them to FILE.")
def publish(session: Session, out: Path | None) -> None:
    """The public keys of the service, as a till needs them to check coupons without a network."""
    keys = Keys(session.service.settings.data).public()
    if out is not None:
        out.write_text(json.dumps(keys, indent=1) + "\n", encoding="ascii")
    session.out.plain(keys, json.dumps(keys, indent=1))


@key.command("renew")
@looking
def renew(session: Session) -> None:
    """Sign booklets and proofs with a new key from now on; the old ones stay published."""
    made = Keys(session.service.settings.data).renew()
    facts = {"key_id": made.key_id, "public_key": made.public_key}
    session.out.answer(facts, pairs("The service signs with", [*facts.items()]))
