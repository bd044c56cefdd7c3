"""A bank's file taken in: checked as a whole, then line by line, each for itself; sent again, it changes nothing."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from service.banking import notes
from service.banking.documents import Document, Line
from service.banking.files import message_id, our_account
from service.banking.matching import Matcher, look_up, reference_of, spread, statement_number
from service.banking.reading import AccountNotNamed, read
from service.projections import banking as views
from service.wiring import Asked, Service, Who
from vouchers import application
from vouchers.application.reconciling import BookLine, ImportStatement
from vouchers.bankline import events as bankline
from vouchers.identifiers import make_code
from vouchers.kinds import STATEMENT
from vouchers.refusals import Refused, Unavailable
from vouchers.remittance.decisions import bankable
from vouchers.statement import decisions as statements
from vouchers.statement import events as statement

Answer = dict[str, Any]
MOST_AGAIN: Final = 1_000
_HEARD: Final = ("bank_account", "line_id", *(each.name for each in fields(bankline.Heard)[1:]))
_ORDER: Final = {"none": 0, "debit": 1, "credit": 2}


class AccountNotOurs(Refused):
    """The bank's file is about an account that is not ours."""

    remedy = "Look whether it is the right file; our accounts are in the settings, under [banking.accounts.NAME]."


class CurrencyNotOurs(Refused):
    """The bank's file is in another currency than our account."""

    remedy = "Set the currency of the account as the bank keeps it."


@dataclass(slots=True)
class Report:
    """What became of one document: its lines by status, those that a person has to look at, and the position."""

    bank_account: str
    statement_id: str
    source: str
    form: str
    known: bool = False
    lines: int = 0
    matched: int = 0
    open: int = 0
    repeated: int = 0
    announced: int = 0
    again: int = 0
    refused: list[Answer] = field(default_factory=list)
    position: int = 0


def take_in(
    service: Service, content: bytes, who: Who, *, account: str = "", dry_run: bool = False, key: str = "", on: str = ""
) -> list[Report]:
    """Take a file in. It is refused as a whole where it cannot be read, is not ours or does not add up."""
    banking = service.settings.banking
    documents = read(content, banking, our_account(service, account) if account else None)
    service.catch_up()
    digest = hashlib.sha256(content).hexdigest()
    prepared = [_prepared(service, document, digest, account, who) for document in documents]
    if dry_run:
        return [
            Report(told.bank_account, told.statement_id, told.source, told.form, lines=told.count) for told in prepared
        ]
    reports = []
    for number, (document, told) in enumerate(zip(documents, prepared, strict=True)):
        reports.append(_book(service, document, told, who, key=f"{key}/{number}" if key else "", on=on))
    for name in dict.fromkeys(report.bank_account for report in reports):
        again = look_again(service, name, who, on)
        reports[-1].again += again
    return reports


def look_again(service: Service, account: str, who: Who, on: str = "") -> int:
    """Ask the books again about what they could not take before; how many lines they take now."""
    service.catch_up()
    with service.views.session() as session:
        rows = views.bank_lines(session, bank_account=account, status="open", limit=MOST_AGAIN)
        found = views.instructions(session, [bankable(row.instruction_id) for row in rows if row.instruction_id])
    asked = []
    for row in rows:
        known = found.get(bankable(row.instruction_id))
        if known is not None and row.cause not in ("amount-differs", "reversal"):
            asked.append(Asked(application.book_line, _again(row, known), who, on or service.today()))
    outcomes = service.execute_all(asked)
    answers = [each.answer for each in outcomes if not isinstance(each, Refused)]
    matched = [each["line_id"] for each in answers if each["status"] == "matched"]
    for line_id in matched:
        notes.forget(service.desk, account, line_id)
    return len(matched)


def line_command(service: Service, account: str, document: Document, line: Line) -> BookLine:
    """One line that comes by itself, as a command; the views are brought forward by whoever asks."""
    (command,) = _commands(service, account, replace(document, lines=[line]))
    return command


def _prepared(service: Service, document: Document, digest: str, account: str, who: Who) -> ImportStatement:
    """A document as a command, once all that can be said against it is answered."""
    name = _account_of(service, document, account)
    ours = our_account(service, name)
    if document.source != "status" and document.currency != ours.currency:
        detail = f"The account is in {ours.currency}, the file in {document.currency or 'none'}."
        raise CurrencyNotOurs(detail, pointer="/documents/0/currency")
    told = ImportStatement(
        name,
        statement_number(document),
        document.source,
        document.form,
        digest,
        ours.currency,
        document.from_on,
        document.until_on,
        document.has_balances,
        abs(document.opening),
        "debit" if document.opening < 0 else "credit",
        abs(document.closing),
        "debit" if document.closing < 0 else "credit",
        document.total("credit"),
        document.total("debit"),
        len(document.lines),
    )
    values = {each: getattr(told, each) for each in told.__dataclass_fields__}
    state = service.ledger.state(STATEMENT, f"{name}/{told.statement_id}")
    statements.take_in(state, statement.Imported(**values, imported_by=who.actor))
    return told


def _account_of(service: Service, document: Document, account: str) -> str:
    """The name of our account that a document is about."""
    accounts = service.settings.banking.accounts
    if not document.account:
        if not account and len(accounts) != 1:
            raise AccountNotNamed("A report names no account.", pointer="/query/account")
        return account or next(iter(accounts))
    number = document.account.replace(" ", "").upper()
    names = [name for name, each in accounts.items() if each.key == number]
    if not names or account not in ("", names[0]):
        raise AccountNotOurs(pointer="/documents/0/account")
    return names[0]


def _book(service: Service, document: Document, told: ImportStatement, who: Who, *, key: str, on: str) -> Report:
    outcome = service.execute(application.import_statement, told, who, key=key, on=on)
    report = _report(told, known=outcome.answer["known"] or outcome.replayed)
    report.position = outcome.position
    pairs = list(_commands_and_lines(service, told.bank_account, document, report))
    day = on or service.today()
    outcomes = service.execute_all([Asked(application.book_line, command, who, day) for command, _ in pairs])
    for (_, line), each in zip(pairs, outcomes, strict=True):
        if isinstance(each, Unavailable):
            raise each
        if isinstance(each, Refused):
            report.refused.append({"pointer": line.place, "code": each.code, "detail": each.detail})
            continue
        report.lines += 1
        report.repeated += each.answer["known"]
        report.matched += each.answer["status"] in ("matched", "resolved", "set_aside")
        report.open += each.answer["status"] in ("open", "proposed")
        report.position = max(report.position, each.position)
    notes.keep(service.desk, pairs, outcomes)
    return report


def _report(told: ImportStatement, **more: Any) -> Report:
    return Report(told.bank_account, told.statement_id, told.source, told.form, **more)


def _commands(service: Service, account: str, document: Document) -> list[BookLine]:
    return [command for command, _ in _commands_and_lines(service, account, document, None)]


def _commands_and_lines(
    service: Service, account: str, document: Document, report: Report | None
) -> Iterator[tuple[BookLine, Line]]:
    """Every line as a command: rejections first, then what left the account, and at last what came back to it."""
    lines = list[Line]()
    for line in document.lines:
        if document.source == "notification" and not line.reference:
            # Nothing would tell that the statement has the same booking again: it is left to that.
            if report is not None:
                report.announced += 1
            continue
        lines += _spread(service, document, line) if line.batch else [line]
    lines.sort(key=lambda line: _ORDER[line.direction])
    with service.views.session() as session:
        known = look_up(session, lines)
    currency = our_account(service, account).currency
    matcher = Matcher(account, document, currency, known, service.ledger)
    yield from ((matcher.command(line), line) for line in lines)


def _spread(service: Service, document: Document, line: Line) -> list[Line]:
    """A line about a file of ours as lines about its instructions; a rejected file may be named by its message."""
    with service.views.session() as session:
        rows = views.instructions_in(session, line.batch)
        if not rows and line.direction == "none":
            named = [file.file_id for file in views.files(session) if message_id(service, file.file_id) == line.batch]
            rows = views.instructions_in(session, named[0]) if named else []
    if not reference_of(line):  # By which its parts are known again when the same file comes once more.
        line = replace(line, reference=make_code("B", statement_number(document), line.place))
    return spread(line, rows, service.ledger) if rows else [line]


def _again(row: views.BankLine, known: views.BankInstruction) -> BookLine:
    """A line that waits, as the command that it came by."""
    outcome = {"debit": "payment", "credit": "return", "none": "failure"}[row.direction]
    told: dict[str, Any] = {name: getattr(row, name) for name in _HEARD}
    told |= {"settlement_id": known.settlement_id, "redemption_id": known.redemption_id}
    return BookLine(**told, outcome=outcome)
