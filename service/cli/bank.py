"""The commands `vouchers bank`: files for the bank, its statements, lines that people look at, the books beside it."""

import csv
import io
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from service import clock
from service.audit.privacy import commit_account
from service.banking import files, notes, vault
from service.banking.importing import Report, take_in
from service.banking.reading import AccountNotNamed
from service.banking.reconciling import reconcile
from service.banking.tables import HeadingMissing
from service.banking.vault import Entry
from service.cli.output import money, pairs, table, total
from service.cli.problems import DIFFERENT, FAULTY_INPUT, tell_refusal
from service.cli.session import Session, acting, paging, reading
from service.cli.values import DAY, EXISTING_FILE, NUMBER, REFERENCE
from service.projections import banking as views
from vouchers import application
from vouchers.application.reconciling import ApproveResolution, DeclineResolution, ProposeResolution, SetLineAside
from vouchers.bankline.decisions import OUTCOMES
from vouchers.kinds import REMITTANCE
from vouchers.refusals import Malformed, Refused
from vouchers.remittance.decisions import FORMS, NothingToSend, file_at

_COLUMNS = ("account_ref", "holder", "iban", "number", "bic", "bank_code")


@click.group()
def bank() -> None:
    """Money out and in: files for the bank, what it answers, and whether the books say the same."""


@bank.group()
def account() -> None:
    """What stands behind the references of payees' accounts; each entry takes two people."""


@account.command()
@acting("finance")
@click.argument("reference", type=REFERENCE)
@click.option("--holder", required=True, help="The holder, as the bank writes the name.")
@click.option("--iban", default="", help="The IBAN.")
@click.option("--number", default="", help="The account's number, where it has no IBAN.")
@click.option("--bic", default="", help="The BIC of the bank.")
@click.option("--bank-code", default="", help="The bank's code in its clearing, such as that of CNAPS.")
def enter(session: Session, reference: str, **given: str) -> None:
    """Enter the account behind a reference; a second person approves it."""
    entry = Entry(reference, **given, entered_by=session.who.actor, entered_at=clock.now())
    _tell_entry(session, vault.enter(session.service.desk, entry), "Entered")


@account.command("load")
@acting("finance")
@click.argument("path", type=EXISTING_FILE, metavar="FILE")
def load_accounts(session: Session, path: Path) -> None:
    """Enter many accounts from a CSV file with the columns account_ref, holder, iban, number, bic, bank_code."""
    rows = [*csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))]
    if rows and not {"account_ref", "holder"} <= set(rows[0]):
        remedy = f"Head the columns with {', '.join(_COLUMNS)}."
        raise HeadingMissing("The file has no column account_ref or holder.", pointer="/columns", remedy=remedy)
    entered: list[dict[str, str]] = []
    faults: list[dict[str, Any]] = []
    for line, row in enumerate(rows, 2):
        values = {name: (row.get(name) or "").strip() for name in _COLUMNS}
        entry = Entry(**values, entered_by=session.who.actor, entered_at=clock.now())
        try:
            entered.append(vault.enter(session.service.desk, entry).masked())
        except Refused as refused:
            faults.append({"line": line, "code": refused.code, "text": refused.detail, "remedy": refused.remedy})
    shown = [(each["line"], each["code"], each["text"]) for each in faults]
    session.out.answer(
        {"entered": entered, "faults": faults},
        f"{len(entered)} entered; a second person approves each (vouchers bank account approve).",
        table("Not entered", ["line#", "code", "what is wrong"], shown) if faults else "",
    )


@account.command()
@acting("finance")
@click.argument("reference", type=REFERENCE)
@click.option("--number", required=True, help="The IBAN or number, copied from the paper once more.")
def approve(session: Session, reference: str, number: str) -> None:
    """Approve the account behind a reference as a second person."""
    entry = vault.approve(session.service.desk, reference, number, by=session.who.actor, at=clock.now())
    commit_account(session.service, entry, session.who, on=session.on)
    _tell_entry(session, entry, "Approved")


@account.command("list")
@reading
@click.option("--waiting", is_flag=True, help="Only those that wait for a second person.")
def list_accounts(session: Session, waiting: bool) -> None:
    """What stands behind references, numbers in part."""
    found = [each.masked() for each in vault.entries(session.service.desk, waiting=waiting, limit=vault.MOST)]
    rows = [
        (each["account_ref"], each["holder"], each["iban"] or each["number"], each["entered_by"], each["approved_by"])
        for each in found
    ]
    columns = ["reference", "holder", "number", "entered by", "approved by"]
    session.out.answer({"accounts": found}, table("Accounts", columns, rows) if rows else "No account is entered.")


@bank.command()
@acting("finance")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.option("--form", type=click.Choice(FORMS), default="pain.001", show_default=True, help="What the bank takes.")
@click.option("--pay-on", type=DAY, metavar="DAY", help="Day on which the bank pays (default: today).")
@click.option("--file", "which", type=int, metavar="N", help="Write this file of the batch again, and make none.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: its own name).")
def export(session: Session, number: str, form: str, pay_on: str | None, which: int | None, out: Path | None) -> None:
    """Make the next file of a batch for the bank and write it; where nothing waits, write the latest once more."""
    left_out: list[dict[str, Any]] = []
    if which is None:
        try:
            made = files.make(session.service, number, session.who, form=form, pay_on=pay_on or "", on=session.on)
            left_out = made["left_out"]
        except NothingToSend:
            state = session.service.ledger.state(REMITTANCE, number)
            if not state.files:
                raise
            form = file_at(state).form
            session.out.note("Nothing waits: this is the latest file once more. Do not send it twice.")
    found = files.fetch(session.service, number, form, which or 0)
    path = out or Path(found.name)
    path.touch(mode=0o600)  # It names the accounts of payees.
    path.write_bytes(found.content)
    facts = {name: getattr(found.fact, name) for name in ("file_id", "form", "bank_account", "currency", "count")}
    facts |= {"total": found.fact.total, "pay_on": found.fact.pay_on, "digest": found.fact.digest, "path": str(path)}
    for each in left_out:
        session.out.note(f"Left out: {each['instruction_id']}. {each['text']} -> {each['remedy']}")
    shown = {**facts, "currency": "", "total": money(found.fact.total, found.fact.currency)}
    session.out.answer({**facts, "left_out": left_out}, pairs("For the bank", shown.items()))


@bank.command("import")
@acting("finance")
@click.argument("path", type=EXISTING_FILE, metavar="FILE")
@click.option("--account", "name", default="", help="Account of ours that a table or a report is of.")
@click.option("--dry-run", is_flag=True, help="Only read and check the file.")
def import_statement(session: Session, path: Path, name: str, dry_run: bool) -> None:
    """Take in what the bank sent (camt.053, camt.054, pain.002, CSV); the same file again changes nothing."""
    try:
        reports = take_in(session.service, path.read_bytes(), session.who, account=name, dry_run=dry_run, on=session.on)
    except AccountNotNamed:
        raise
    except Malformed as fault:
        tell_refusal(fault, as_json=session.out.as_json)
        sys.exit(FAULTY_INPUT)
    columns = ["account", "document", "lines#", "matched#", "to look at#", "known before#"]
    rows = [
        (each.bank_account, each.statement_id, each.lines, each.matched, each.open, each.repeated) for each in reports
    ]
    _note(session, reports)
    session.out.answer(
        {"documents": [asdict(each) for each in reports]},
        table("Checked only" if dry_run else "Taken in", columns, rows),
        "Next: vouchers bank items" if any(each.open for each in reports) else "",
    )


@bank.command()
@reading
@click.option("--account", "name", default="", help="Only of this account of ours.")
@click.option(
    "--status",
    type=click.Choice(("waiting", "open", "proposed", "matched", "resolved", "set_aside")),
    default="waiting",
    show_default=True,
    help="At which status.",
)
@paging
def items(session: Session, name: str, status: str, after: int, limit: int) -> None:
    """Lines of the bank that wait for a person: the books could not take them."""
    with session.service.views.session() as opened:
        found = views.bank_lines(opened, bank_account=name, status=status, after=after, limit=limit)
        rows = [row.as_dict() for row in found]
    for row in rows:
        row["note"] = notes.notes_of(session.service.desk, row["bank_account"], [row["line_id"]]).get(
            row["line_id"], {}
        )
    shown = [
        (
            each["bank_account"],
            each["line_id"],
            each["booked_on"],
            each["direction"],
            each["currency"],
            total(each["amount"], each["currency"]),
            each["status"].replace("_", " "),
            each["text"] or each["reason"] or each["outcome"],
            " ".join(filter(None, [each["note"].get("text"), each["note"].get("party"), each["note"].get("names")])),
        )
        for each in rows
    ]
    columns = ["account", "line", "booked", "side", "", "amount#", "status", "reason", "text"]
    session.out.answer({"items": rows}, table("Lines of the bank", columns, shown) if shown else "Nothing waits.")
    session.out.more(len(rows), limit, rows[-1]["seq"] if rows else 0)


@bank.command()
@acting("finance")
@click.argument("name", metavar="ACCOUNT")
@click.argument("line", type=NUMBER)
@click.option("--outcome", type=click.Choice(tuple(OUTCOMES)), required=True, help="What the line is.")
@click.option("--settlement", "settlement_id", type=NUMBER, default="", help="Batch of the payment.")
@click.option("--redemption", "redemption_id", default="", metavar="NUMBER", help="Redemption that was paid.")
@click.option("--party", "party_id", type=NUMBER, default="", metavar="CODE", help="Who repays.")
@click.option("--debt", "debt_id", default="", metavar="NUMBER", help="Debt that is repaid.")
@click.option("--reason", required=True, help="How this is known.")
def resolve(session: Session, name: str, line: str, **given: str) -> None:
    """Say what a line is; nothing moves until another person agrees."""
    command = ProposeResolution(name, line, **given)
    session.tell(application.propose_resolution, command, f"Proposed: {line}")


@bank.command()
@acting("finance")
@click.argument("name", metavar="ACCOUNT")
@click.argument("line", type=NUMBER)
def agree(session: Session, name: str, line: str) -> None:
    """Agree as a second person with what a line is said to be: the books take it."""
    session.tell(application.approve_resolution, ApproveResolution(name, line), f"Booked: {line}")
    notes.forget(session.service.desk, name, line)


@bank.command()
@acting("finance")
@click.argument("name", metavar="ACCOUNT")
@click.argument("line", type=NUMBER)
@click.option("--reason", required=True, help="Why not.")
def decline(session: Session, name: str, line: str, reason: str) -> None:
    """Do not agree with what a line is said to be; it waits for another word."""
    session.tell(application.decline_resolution, DeclineResolution(name, line, reason), f"Declined: {line}")


@bank.command("set-aside")
@acting("finance")
@click.argument("name", metavar="ACCOUNT")
@click.argument("line", type=NUMBER)
@click.option("--settlement", "settlement_id", type=NUMBER, default="", help="Batch, where the books have it.")
@click.option("--redemption", "redemption_id", default="", metavar="NUMBER", help="Redemption that they have paid.")
@click.option("--reason", required=True, help="What it is.")
def set_aside(session: Session, name: str, line: str, **given: str) -> None:
    """Leave the books as they are: a line is none of ours, or stands in them already."""
    session.tell(application.set_line_aside, SetLineAside(name, line, **given), f"Set aside: {line}")
    notes.forget(session.service.desk, name, line)


@bank.command("reconcile")
@reading
@click.argument("name", metavar="ACCOUNT")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day.")
@click.option("--until", "last", type=DAY, required=True, metavar="DAY", help="Last day.")
def reconcile_account(session: Session, name: str, first: str, last: str) -> None:
    """Compare the books with the statements of an account, day by day; exit code 4 where they differ."""
    found = reconcile(session.service, name, first, last)
    days = [
        (day["day"], *(total(day[each], found.currency) for each in ("books", "bank", "set_aside", "difference")))
        for day in found.days
    ]
    differences = [
        (each["day"], each["what"], total(each["amount"], found.currency), each["number"], each["why"])
        for each in found.differences
    ]
    gaps = [(each["after"], each["before"]) for each in found.gaps]
    session.out.answer(
        {**asdict(found), "agrees": found.agrees},
        table(f"Account {name}, in {found.currency}", ["day", "books#", "bank#", "set aside#", "difference#"], days)
        if days
        else "Nothing moved.",
        table("Differences", ["day", "what", "amount#", "line or payment", "reason"], differences)
        if differences
        else "",
        table("A statement is missing between", ["statement", "and"], gaps) if gaps else "",
        "The books are equal to the statements." if found.agrees else "",
    )
    if not found.agrees:
        sys.exit(DIFFERENT)


def _tell_entry(session: Session, entry: Entry, title: str) -> None:
    facts = entry.masked()
    session.out.answer(facts, pairs(f"{title}: {entry.account_ref}", facts.items()))


def _note(session: Session, reports: list[Report]) -> None:
    for each in reports:
        if each.known:
            session.out.note(f"{each.statement_id} was taken in before; nothing changed.")
        if each.announced:
            session.out.note(f"{each.announced} lines without a number of the bank wait for the statement.")
        if each.again:
            session.out.note(f"{each.again} lines of earlier files are matched now.")
        for fault in each.refused:
            session.out.note(f"{fault['pointer']}: {fault['detail']} ({fault['code']})")
