"""The commands `vouchers audit receipt`: one decision with its reasons and its proof, made and checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from service.audit.finding import decision_of
from service.audit.receipts import Confirmed, Receipt, check_receipt, make_receipt, parse_receipt
from service.audit.receipts.forms import LARGEST
from service.audit.receipts.page import fact_told, page_of
from service.audit.replaying.sources import Opened
from service.audit.trust import instant_told, load_policy
from service.cli.output import Output, money, pairs, table
from service.cli.session import Session, json_option, looking
from service.cli.values import EXISTING_FILE
from vouchers.refusals import Conflict


class ReceiptInPlace(Conflict):
    """There is a file of this name already, and a receipt overwrites nothing."""

    remedy = "Name another file with -o."


@click.group()
def receipt() -> None:
    """What was decided about a party, with its reasons and its proof, in one file that anybody can check."""


@receipt.command()
@looking
@click.argument("what", metavar="SEQ|ID")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write (default: receipt-SEQ.json).")
@click.option("--policy", is_flag=True, help="Put the adopted policy in, whole.")
def make(session: Session, what: str, output: Path | None, policy: bool) -> None:
    """Write the receipt of a decision, named by its log number or by an order, claim, voucher or enterprise.

    Beside it stand the entry and its .tlog-proof, for other programs and for verify.py. The log is signed first, if it
    has grown.
    """
    session.service.checkpoints.sign_if_grown()
    seq = decision_of(Opened(session.service.ledger), what)
    made = make_receipt(session.service, seq, policy=policy)
    path = output or Path(f"receipt-{made.proof.index}.json")
    files = {path: made.content, path.with_suffix(".tlog-proof"): made.proof.content}
    files[path.with_suffix(".entry.json")] = made.entries[0].entry
    for each in files:
        if each.exists():
            raise ReceiptInPlace(f"There is a file {each} already.", pointer="/output")
    for each, content in files.items():
        each.write_bytes(content)
    answer = {"files": [*map(str, files)], "decision": made.decision, "size": made.proof.checkpoint.size}
    session.out.answer(answer, *told(made.decision), f"Written: {', '.join(map(str, files))}.")


@receipt.command()
@click.argument("path", type=EXISTING_FILE, metavar="FILE")
@click.option("--trust", required=True, type=click.Path(path_type=Path), help="Trust file with the public keys.")
@click.option("--page", type=click.Path(path_type=Path), help="Write it as a page to read and print too.")
@json_option
def check(path: Path, trust: Path, page: Path | None, as_json: bool) -> None:
    """Check a receipt without any installation: its signatures by the trust file, its proof, and every word of it."""
    with path.open("rb") as file:
        found = parse_receipt(file.read(LARGEST + 1))
    confirmed = check_receipt(found, load_policy(trust))
    if page is not None:
        if page.exists():
            raise ReceiptInPlace(f"There is a file {page} already.", pointer="/page", remedy="Name another file.")
        page.write_text(page_of(found, confirmed), encoding="utf-8")
    data = {"decision": found.decision, "size": confirmed.checkpoint.size, "log": confirmed.log}
    data |= {"cosigned": {name: instant_told(time) for name, time in confirmed.times.items()}}
    Output(as_json=as_json).answer(data, *told(found.decision), _verdict(found, confirmed))


def _verdict(found: Receipt, confirmed: Confirmed) -> str:
    """What is proven, in sentences."""
    size, first = confirmed.checkpoint.size, found.proof.index
    by = ", ".join(f"{name} ({instant_told(time)})" for name, time in confirmed.times.items())
    witnessed = f"It was cosigned by {by}." if by else "No witness of the trust file cosigned it."
    return (
        f"True: entry {first:,} and {confirmed.entries - 1} others are in the log {confirmed.log} of {size:,} entries, "
        f"and say what is stated above. {witnessed}"
    )


def told(said: Mapping[str, Any]) -> list[Any]:
    """A decision as a reader wants it: what, why, how much, what is left."""
    currency = said.get("currency", "")
    policy = said.get("policy", {})
    facts = [(name, said[name]) for name in ("kind", "sentence", "effective_on", "recorded_at", "actor", "about")]
    facts += [("amount", money(said["amount"], currency))] if "amount" in said else []
    if policy:
        facts += [("policy", f"{policy['programme']} {policy['version']}"), ("its SHA-256", policy["sha256"])]
    facts += [("clauses", "; ".join(said["clauses"]))] if said.get("clauses") else []
    parts: list[Any] = [pairs(f"Entry {said['seq']:,}: {said['kind']}", facts)]
    reasons = [(line.get("clause", ""), line["text"], line.get("remedy", "")) for line in said.get("reasoning", ())]
    reasons += [("", rule, "") for rule in said.get("rules", ())]
    if reasons:
        parts.append(table("Reasons", ["clause", "what", "what would help"], reasons))
    named = [
        (group, name, fact_told(name, value, currency))
        for group, every in said.get("facts", {}).items()
        for name, value in every.items()
    ]
    if named:
        parts.append(table("Facts", ["of", "fact", "value"], named))
    effects = [(each["seq"], each["sentence"]) for each in said.get("effects", ())]
    if effects:
        parts.append(table("What followed", ["seq#", "what"], effects))
    for each in said.get("balances", ()):
        places = [(name, money(value, currency)) for name, value in each.items() if name not in ("voucher", "after")]
        parts.append(pairs(f"{each['voucher']} after entry {each['after']:,}", places))
    return parts
