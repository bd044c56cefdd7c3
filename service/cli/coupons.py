"""The commands `vouchers counter coupon`: what a phone and a till do without a network, and what the till hands in."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from schemas.counter import CouponItem
from schemas.faults import read
from schemas.strict import read_json
from schemas.values import key_of as key_in
from service import clock
from service.cli.output import Output, money, pairs, table
from service.cli.redemptions import document_typed
from service.cli.session import Session, acting, json_option
from service.cli.values import CREDIT_CODE, DAY, DIGEST, EXISTING_FILE, amount_in, digest_of
from service.counter.keeping import Phone, Till
from service.counter.papers import (
    Challenge,
    check_challenge,
    check_proof,
    check_use,
    read_booklet,
    read_challenge,
    write_receipt,
)
from service.counter.pictures import blocks
from service.counter.signing import public_keys, read_key
from service.counter.syncing import CouponIn, Result, hand_in, read_coupon, service_keys
from vouchers.days import local_day, microseconds_of
from vouchers.refusals import Refused

_ITEM = CouponItem()
_SECOND = 1_000_000
_LONGEST_NAME = 200  # characters of a file's name; signed texts are longer


def out_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that writes a text to a file instead of drawing it."""
    about = "Write it to FILE instead of drawing it."
    return click.option("--out", "file", type=click.Path(path_type=Path), metavar="FILE", help=about)(command)


@click.group()
def coupon() -> None:
    """Coupons at a counter without a network: challenge, sign, check; then sync, and judge a proof."""


@coupon.command("challenge")
@json_option
@click.argument("provider", type=CREDIT_CODE)
@out_option
def challenge(provider: str, file: Path | None, as_json: bool) -> None:
    """What a till shows and a phone signs: the provider, and a number that is used once."""
    made = Challenge(provider, secrets.token_hex(8))
    _write(file, made.text)
    Output(as_json=as_json).plain({"challenge": made.text}, made.text, *([] if file else [blocks(made.text)]))


@coupon.command("sign")
@json_option
@click.argument("booklet_file", type=EXISTING_FILE, metavar="BOOKLET_FILE")
@click.argument("number", type=click.IntRange(1, 100), metavar="N")
@click.option("--challenge", "shown", required=True, metavar="TEXT|FILE", help="What the provider's till shows.")
@click.option("--key", "key_file", type=EXISTING_FILE, required=True, metavar="FILE", help="The phone's key.")
@click.option("--gross", required=True, metavar="AMOUNT", help="Price of the service with tax.")
@click.option("--net", required=True, metavar="AMOUNT", help="Price of the service without tax.")
@click.option("--report", type=EXISTING_FILE, metavar="FILE", help="The service report; only its SHA-256 is signed.")
@click.option("--report-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the service report.")
@click.option("--delivered-on", type=DAY, metavar="DAY", help="Day of the delivery (default: today).")
@out_option
def sign(
    booklet_file: Path,
    number: int,
    shown: str,
    key_file: Path,
    gross: str,
    net: str,
    report: Path | None,
    report_digest: str | None,
    delivered_on: str | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Sign one use of a coupon for the counter one stands at; a coupon that was signed before is not signed again."""
    text, asked = booklet_file.read_text(encoding="ascii").strip(), read_challenge(_text_in(shown))
    currency = read_booklet(text).claims["cur"]
    bill = {
        "gross": amount_in(gross, currency, "/gross"),
        "net": amount_in(net, currency, "/net"),
        "on": delivered_on or local_day(clock.now()),
        "rep": digest_of(report, report_digest, "report"),
    }
    signed = Phone(booklet_file).sign(text, number, asked, bill, _seconds(), read_key(key_file.read_text()))
    _write(file, signed)
    shown_lines = [f"Signed in {len(signed):,} characters: {file}"] if file else [signed, blocks(signed)]
    Output(as_json=as_json).plain({"coupon": signed}, *shown_lines)


@coupon.command("check")
@json_option
@click.argument("text", metavar="TEXT|FILE")
@click.option(
    "--keys", "keys_file", type=EXISTING_FILE, required=True, metavar="FILE", help="The service's public keys."
)
@click.option("--challenge", "shown", required=True, metavar="TEXT|FILE", help="What this till showed.")
@click.option("--key", "key_file", type=EXISTING_FILE, metavar="FILE", help="The till's key, to keep the coupon.")
@click.option(
    "--into", type=click.Path(path_type=Path), metavar="FILE", help="Keep the coupon in FILE until it is handed in."
)
@click.option("--number", default="", help="Number of the invoice, to keep the coupon: 20 digits, or 8 with --code.")
@click.option("--code", default="", help="Code of an older invoice: 10 or 12 digits.")
@click.option("--country", default="", help="Two letters of the country, for an invoice from abroad.")
@click.option("--supplier", default="", help="The supplier's tax number, for an invoice from abroad.")
@click.option("--issued-on", type=DAY, metavar="DAY", help="Day of the invoice (default: day of the delivery).")
@click.option("--evidence", multiple=True, metavar="KIND=FILE|HEX", help="A document by kind; repeat for each.")
def check(
    text: str,
    keys_file: Path,
    shown: str,
    key_file: Path | None,
    into: Path | None,
    issued_on: str | None,
    evidence: tuple[str, ...],
    as_json: bool,
    **invoice: str,
) -> None:
    """Check both signatures of a coupon without a network, and keep it with a receipt of one's own."""
    if not (bool(key_file) == bool(into) == bool(invoice["number"])):
        raise click.UsageError("Give --key, --into and --number together, to keep the coupon.")
    asked, out = read_challenge(_text_in(shown)), Output(as_json=as_json)
    use = check_use(_text_in(text), public_keys(read_json(keys_file.read_bytes())))
    check_challenge(use, asked, local_day(clock.now()))
    claims, told = use.presentation.claims, use.booklet.claims
    if key_file is not None and into is not None:
        item = {
            "coupon": write_receipt(use, asked.provider_id, _seconds(), read_key(key_file.read_text())),
            "invoice": {name: word for name, word in invoice.items() if word},
            "issued_on": issued_on or claims["on"],
            "evidence": dict(map(document_typed, evidence)),
        }
        Till(into).keep(use, item)
    facts = {
        "booklet_id": told["bid"],
        "number": claims["n"],
        "enterprise_id": told["sub"],
        "good_for": told["max"],
        "currency": told["cur"],
        "gross": claims["gross"],
        "sync_by": told["sync_by"],
    }
    shown_facts = facts | {name: money(int(facts[name]), told["cur"]) for name in ("good_for", "gross")}
    out.answer(facts, pairs("Both signatures hold", [*shown_facts.items()]))


@coupon.command("sync")
@acting("provider")
@click.argument("file", type=EXISTING_FILE)
@click.option("--provider", type=CREDIT_CODE, required=True, metavar="CODE", help="Whose till the file is from.")
def sync(session: Session, file: Path, provider: str) -> None:
    """Hand in what a till kept, a line each; each coupon is taken or refused by itself, and may come again."""
    keys = service_keys(session.service)
    items = [_read(session, line, provider, keys) for line in file.read_bytes().splitlines() if line.strip()]
    results = hand_in(session.service, items, session.who, provider, on=session.on)
    shown = [_shown(result) for result in results]
    columns = ["coupon", "outcome", "redemption", "claimed#", "why"]
    rows = [
        (each["coupon"], each["outcome"], each["redemption_id"], each["claimed_text"], each["why"]) for each in shown
    ]
    told = [{name: value for name, value in each.items() if name != "claimed_text"} for each in shown]
    session.out.answer({"coupons": told}, table("Handed in", columns, rows) if rows else "The file holds no coupon.")


@coupon.command("judge")
@json_option
@click.argument("proof", metavar="TEXT|FILE")
@click.option(
    "--keys", "keys_file", type=EXISTING_FILE, required=True, metavar="FILE", help="The service's public keys."
)
def judge(proof: str, keys_file: Path, as_json: bool) -> None:
    """Check a proof without a network: who signed twice about one coupon."""
    found = check_proof(_text_in(proof), public_keys(read_json(keys_file.read_bytes())))
    facts = {
        "booklet_id": found["bid"],
        "number": found["n"],
        "party": found["party"],
        "party_id": found["sub"],
        "first_digest": found["first_digest"],
        "second_digest": found["second_digest"],
    }
    Output(as_json=as_json).answer(facts, pairs("Signed twice", [*facts.items()]))


def _read(session: Session, line: bytes, provider: str, keys: Mapping[str, str]) -> CouponIn | Refused:
    try:
        item = read(_ITEM, read_json(line))
        use = read_coupon(session.service, item["coupon"], provider, keys)
        return CouponIn(use, key_in(item["invoice"], "/invoice"), item["issued_on"], item["evidence"])
    except Refused as refused:
        return refused


def _shown(result: Result) -> dict[str, Any]:
    if isinstance(result, Refused):
        why = f"{result.detail} {result.remedy}".strip()
        told = {"coupon": "", "outcome": "refused", "redemption_id": "", "claimed": 0, "code": result.code, "why": why}
        return told | {"claimed_text": ""}
    double = result["outcome"] == "double_use"
    return {
        "coupon": f"{result['booklet_id']}/{result['number']}",
        "outcome": result["outcome"],
        "redemption_id": result["redemption_id"],
        "claimed": result["amount"],
        "claimed_text": "" if double else money(result["amount"], result["currency"]),
        "code": "",
        "why": f"The {result['party']} signed twice." if double else "",
        **({"proof": result["proof"]} if double else {}),
    }


def _write(file: Path | None, text: str) -> None:
    if file is not None:
        file.write_text(text + "\n", encoding="ascii")


def _text_in(typed: str) -> str:
    """A text as it was typed, or the one in the file of this name."""
    named = len(typed) <= _LONGEST_NAME and Path(typed).is_file()
    return Path(typed).read_text(encoding="ascii", errors="replace").strip() if named else typed


def _seconds() -> int:
    return microseconds_of(clock.now()) // _SECOND
