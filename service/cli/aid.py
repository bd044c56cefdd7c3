"""The commands `vouchers aid`: aid that counts together with vouchers, and what is left of each ceiling."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from service.cli.output import pairs, table, total
from service.cli.problems import FAULTY_INPUT
from service.cli.session import Session, acting, reading
from service.cli.values import (
    CREDIT_CODE,
    DAY,
    DIGEST,
    EXISTING_FILE,
    NUMBER,
    REGION,
    amount_in,
    digest_of,
)
from service.projections.programmes import programmes
from vouchers import application
from vouchers.aid.decisions import DeclareAid, WithdrawAid
from vouchers.aid.state import Aid as Ledger
from vouchers.application.aiding import as_due, undertaking_of
from vouchers.days import check_day
from vouchers.enterprise.decisions import known
from vouchers.identifiers import check_firm
from vouchers.kinds import AID, ENTERPRISE, PROGRAMME
from vouchers.policy import Aid
from vouchers.refusals import Malformed, Refused
from vouchers.texts import check_id

MOST_ROWS = 100_000
COLUMNS = ("declaration_id", "enterprise_id", "measure", "granted_on", "amount")
_NAMES = ("granted_on", "enterprise_id", "number", "measure")


class AidFileMalformed(Malformed):
    """A file of aid has the columns declaration_id, enterprise_id, measure, granted_on and amount."""


@click.group()
def aid() -> None:
    """Aid that counts together: declare what other bodies granted, import a register, see what is left."""


@aid.command()
@acting("officer", "enterprise")
@click.argument("code", type=CREDIT_CODE)
@click.argument("scope", type=REGION)
@click.option("--number", type=NUMBER, required=True, help="Number of the declaration.")
@click.option("--measure", required=True, help="What the aid was for.")
@click.option("--granted-on", type=DAY, required=True, metavar="DAY", help="Day on which the right to it arose.")
@click.option("--amount", required=True, metavar="AMOUNT", help='Amount, such as "12,500.00".')
@click.option("--currency", default="EUR", show_default=True, help="The money of the scope.")
@click.option("--source", default="declaration", show_default=True, help="Who says so.")
@click.option("--document", type=EXISTING_FILE, metavar="FILE", help="The signed declaration.")
@click.option("--document-digest", type=DIGEST, metavar="HEX", help="Its SHA-256 instead of the file.")
def declare(
    session: Session,
    code: str,
    scope: str,
    number: str,
    measure: str,
    granted_on: str,
    amount: str,
    currency: str,
    source: str,
    document: Path | None,
    document_digest: str | None,
) -> None:
    """Record aid of another body; the same declaration again changes nothing."""
    digest = digest_of(document, document_digest, "document")
    minor = amount_in(amount, currency, "/amount")
    command = DeclareAid(code, scope, number, measure, granted_on, minor, source, digest)
    session.tell(application.declare_aid, command, "Declared")


@aid.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("scope", type=REGION)
@click.option("--number", type=NUMBER, required=True, help="Number of the declaration.")
@click.option("--reason", required=True, help="Why it no longer counts.")
def withdraw(session: Session, code: str, scope: str, number: str, reason: str) -> None:
    """Take a declared aid back: an error, or recovered by the body that had granted it."""
    session.tell(application.withdraw_aid, WithdrawAid(code, scope, number, reason), "Withdrawn")


@aid.command("import")
@acting("officer")
@click.argument("file", type=EXISTING_FILE)
@click.argument("scope", type=REGION)
@click.option("--currency", default="EUR", show_default=True, help="The money of the scope.")
@click.option("--source", default="register", show_default=True, help="Which register the file is from.")
@click.pass_context
def import_aid(ctx: click.Context, session: Session, file: Path, scope: str, currency: str, source: str) -> None:
    """Record the aid of a public register from a CSV file; rows on record already change nothing."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    counts = {"recorded": 0, "unchanged": 0}
    faults: list[tuple[int, str, str, str]] = []
    for line, row in _rows(file):
        try:
            command = _declaration(row, scope, currency, source, digest)
            recorded = session.execute(application.declare_aid, command).answer["recorded"]
            counts["recorded" if recorded else "unchanged"] += 1
        except Refused as refused:
            faults.append((line, refused.code, refused.detail, refused.remedy))
    facts = {**counts, "faulty": len(faults), "digest": digest}
    found = [dict(zip(("line", "code", "detail", "remedy"), each, strict=True)) for each in faults]
    wrong = table("Rows with faults", ["line#", "code", "what is wrong", "remedy"], faults) if faults else ""
    session.out.answer({**facts, "faults": found}, pairs("Imported", [*facts.items()]), wrong)
    if faults:
        ctx.exit(FAULTY_INPUT)


@aid.command()
@reading
@click.argument("code", type=CREDIT_CODE)
@click.option("--on", type=DAY, metavar="DAY", help="The day asked about (default: today).")
def show(session: Session, code: str, on: str | None) -> None:
    """What an enterprise and its undertaking received within each ceiling, and what is left on a day."""
    day = on or session.on
    state_of = session.service.ledger.state
    state = state_of(ENTERPRISE, code)
    known(state)
    house = undertaking_of(state_of, code, state.facts)
    shown, parts = [], []
    for rule, currency in _rules(session, day):
        ledgers = {each: as_due(state_of, state_of(AID, f"{rule.scope}/{each}"), day) for each in house}
        entries = _entries(ledgers, rule, day)
        had = sum(each["amount"] for each in entries if each["counts"])
        facts = {
            "scope": rule.scope,
            "from": rule.first_day(day),
            "until": day,
            "undertaking": list(house),
            "ceiling": rule.ceiling,
            "received": had,
            "left": max(0, rule.ceiling - had),
        }
        shown.append({**facts, "currency": currency, "entries": entries})
        amounts = {name: total(int(facts[name]), currency) for name in ("ceiling", "received", "left")}
        parts.append(pairs(rule.scope, ({**facts, **amounts, "undertaking": ", ".join(house)}).items()))
        rows = [
            (*(each[name] for name in _NAMES), "yes" if each["counts"] else "no", total(each["amount"], currency))
            for each in entries
        ]
        if rows:
            columns = ["granted", "enterprise", "number", "measure", "counts", "amount#"]
            parts.append(table(f"Aid in {currency}", columns, rows))
    session.out.answer({"enterprise_id": code, "on": day, "aid": shown}, *(parts or ["No programme counts aid."]))


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file with their line numbers, at most 100,000."""
    with file.open(encoding="utf-8-sig", newline="") as content:
        reader = csv.DictReader(content)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise AidFileMalformed(pointer="/file", remedy=f"Write a first line: {','.join(COLUMNS)}.")
        for number, row in enumerate(reader):
            if number >= MOST_ROWS:
                raise AidFileMalformed(f"There are more than {MOST_ROWS:,} rows.", remedy="Split the file.")
            yield reader.line_num, row


def _declaration(row: dict[str, str], scope: str, currency: str, source: str, digest: str) -> DeclareAid:
    found = {name: (row.get(name) or "").strip() for name in COLUMNS}
    return DeclareAid(
        check_firm(found["enterprise_id"]),
        scope,
        check_id(found["declaration_id"], "/declaration_id"),
        found["measure"],
        check_day(found["granted_on"], "/granted_on"),
        amount_in(found["amount"], currency, "/amount"),
        source,
        digest,
    )


def _rules(session: Session, day: str) -> list[tuple[Aid, str]]:
    """The ceilings of the policies in force, each scope once, with its money."""
    found: dict[str, tuple[Aid, str]] = {}
    with session.service.views.session() as views:
        codes = [row.programme for row in programmes(views)]
    for code in codes:
        adopted = session.service.ledger.state(PROGRAMME, code).policy_on(day)
        rule = application.compiled(adopted).aid if adopted else None
        if rule is not None and adopted is not None:
            found.setdefault(rule.scope, (rule, application.compiled(adopted).currency))
    return list(found.values())


def _entries(ledgers: dict[str, Ledger], rule: Aid, day: str) -> list[dict[str, Any]]:
    """Every aid of the undertaking, the oldest first, and whether it counts on a day."""
    first = rule.first_day(day)
    found = [
        {
            "granted_on": entry.granted_on,
            "enterprise_id": code,
            "number": number,
            "measure": entry.measure,
            "amount": entry.amount,
            "declared": entry.declared,
            "counts": first <= entry.granted_on <= day,
        }
        for code, ledger in ledgers.items()
        for number, entry in ledger.entries.items()
    ]
    return sorted(found, key=lambda each: (each["granted_on"], each["number"]))
