"""Money out and in: files for the bank, what the bank answers, and what people have to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from flask import Response, jsonify

from schemas import banking as schemas
from schemas.requests import NoBody, PlainQuery, ReasonBody
from service import clock
from service.api.answering import Answer, act, decode_cursor, encode_cursor, reading, state, with_money
from service.api.asking import KEY_POINTER, caller, idempotency_key, running, service
from service.api.blueprints import Blueprint
from service.api.listing import in_order, without
from service.api.streaming import long_body, place
from service.api.versions import decided_on, tagged
from service.audit.privacy import commit_account
from service.banking import files, notes, vault
from service.banking.importing import take_in
from service.banking.reading import BankFileTooLarge
from service.banking.reconciling import reconcile
from service.banking.vault import Entry
from service.projections import banking as views
from service.wiring import Who
from vouchers import application
from vouchers.application.reconciling import ApproveResolution, DeclineResolution, ProposeResolution, SetLineAside
from vouchers.application.remitting import PreviewBankFile
from vouchers.bankline.decisions import BankLineUnknown
from vouchers.days import days_between
from vouchers.kinds import BANKLINE, SETTLEMENT
from vouchers.refusals import IdempotencyKeyReused, Malformed
from vouchers.settlement.decisions import known

blueprint = Blueprint("banking", __name__, url_prefix="/v1")

LONGEST_SPAN: Final = 400  # days
AT_ONCE: Final = 2  # files of banks that a process reads at a time
UPLOADS: Final = frozenset({"application/xml", "text/xml", "text/csv"})
_PLAIN, _NOTHING, _REASON = PlainQuery(), NoBody(), ReasonBody()
_FILE, _WHICH, _UPLOAD = schemas.BankFileBody(), schemas.BankFileQuery(), schemas.UploadQuery()
_STATEMENTS, _ITEMS, _DAYS = schemas.StatementsQuery(), schemas.WorkItemsQuery(), schemas.ReconciliationQuery()
_RESOLUTION, _ASIDE = schemas.ResolutionBody(), schemas.SetAsideBody()
_ENTRY, _APPROVAL, _VAULT = schemas.VaultBody(), schemas.VaultApprovalBody(), schemas.VaultQuery()
_BYTES: Final = {"type": "string", "description": "The file, the same bytes whenever it is fetched."}
_MONEY: Final = frozenset({"amount", "total"})
_SENT: Final = {
    "requestBody": {
        "required": True,
        "content": {each: {"schema": {"type": "string"}} for each in sorted(UPLOADS)},
    }
}


class DaysOutOfOrder(Malformed):
    """The last day lies before the first, or more than 400 days after it."""

    remedy = "Ask for fewer days, the first one first."


def _stream(bank_account: str, line_id: str) -> str:
    """The stream of a line, by the parts of its address."""
    return BANKLINE.stream(f"{bank_account}/{line_id}")


@blueprint.post("/settlements/<name:settlement_id>/bank-files")
@blueprint.arguments(_FILE)
@blueprint.response(201, schemas.BANK_FILE_MADE)
def make_file(values: Answer, settlement_id: str) -> Response:
    """Make the next file of a batch for the bank: each instruction stands in one file only."""
    # Runs application.make_bank_file once its bytes are known.
    with _alone() as key:
        made = files.make(service(), settlement_id, _who(), key=key, **values)
    replayed = made.pop("replayed")
    response = jsonify(with_money(made, made["currency"], _MONEY))
    response.status_code = 201
    suffix = {"pain.001": "pain.001.xml", "csv": "payments.csv"}[made["form"]]
    response.headers["Location"] = f"/v1/settlements/{settlement_id}/{suffix}?file={made['number']}"
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@blueprint.post("/settlements/<name:settlement_id>/bank-files/preview")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, schemas.BANK_FILE_AHEAD)
def preview_file(_: Answer, settlement_id: str) -> Response:
    """What the next file of a batch would hold, and what is left out of it; nothing is recorded."""
    return act(application.preview_bank_file, PreviewBankFile(settlement_id), _ahead)


@blueprint.get("/settlements/<name:settlement_id>/bank-files")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, schemas.BANK_FILES)
def list_files(values: Answer, settlement_id: str) -> Response:
    """The files that were made of a batch, the latest first."""
    known(service().ledger.state(SETTLEMENT, settlement_id))
    with reading(values.get("after")) as (session, position):
        rows = [row.as_dict() for row in views.files(session, settlement_id=settlement_id)]
    shown = [with_money(without(row, "seq", "made_at", "made_by"), row["currency"], _MONEY) for row in rows]
    return state({"settlement_id": settlement_id, "items": shown}, position)


@blueprint.get("/settlements/<name:settlement_id>/pain.001.xml")
@blueprint.arguments(_WHICH, location="query")
@blueprint.response(200, _BYTES, content_type="application/xml")
@blueprint.alt_response(409, "Problem409")
def fetch_message(values: Answer, settlement_id: str) -> Response:
    """A file of a batch as an ISO 20022 message (pain.001.001.09)."""
    return _fetched(settlement_id, "pain.001", values)


@blueprint.get("/settlements/<name:settlement_id>/payments.csv")
@blueprint.arguments(_WHICH, location="query")
@blueprint.response(200, _BYTES, content_type="text/csv")
@blueprint.alt_response(409, "Problem409")
def fetch_table(values: Answer, settlement_id: str) -> Response:
    """A file of a batch as a table."""
    return _fetched(settlement_id, "csv", values)


@blueprint.post("/bank/statements")
@blueprint.arguments(_UPLOAD, location="query")
@blueprint.doc(**_SENT)
@blueprint.response(200, schemas.TAKEN_IN)
def take_statement_in(values: Answer) -> Response:
    """Take in what a bank sent: camt.053, camt.054, pain.002, or its table; sent again, it changes nothing."""
    # Runs application.import_statement for each document and application.book_line for each line.
    most = service().settings.banking.largest_file
    with place("bank", AT_ONCE), _alone() as key:
        content = long_body(UPLOADS, most, BankFileTooLarge).read(most + 1)
        account, dry_run = values.get("account", ""), values.get("dry_run", False)
        reports = take_in(service(), content, _who(), account=account, dry_run=dry_run, key=key)
    documents = [asdict(report) for report in reports]
    position = max(document.pop("position") for document in documents) or service().ledger.size()
    return state({"documents": documents}, position)


@blueprint.get("/bank/statements")
@blueprint.arguments(_STATEMENTS, location="query")
@blueprint.response(200, schemas.STATEMENTS)
def list_statements(values: Answer) -> Response:
    """What banks sent, in the order of its import."""
    account = values.get("account", "")

    def look(session: Any, after: int, limit: int) -> list[views.BankStatement]:
        return views.statements(session, bank_account=account, after=after, limit=limit)

    return in_order(values, look, _statement)


@blueprint.get("/bank/work-items")
@blueprint.arguments(_ITEMS, location="query")
@blueprint.response(200, schemas.WORK_ITEMS)
def list_work_items(values: Answer) -> Response:
    """Lines of banks that wait for a person, or those at another status."""
    account, status = values.get("account", ""), values["status"]

    def look(session: Any, after: int, limit: int) -> list[views.BankLine]:
        return views.bank_lines(session, bank_account=account, status=status, after=after, limit=limit)

    return in_order(values, look, _line)


@blueprint.get("/bank/work-items/<name:bank_account>/<name:line_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, schemas.WORK_ITEM)
@tagged(_stream)
def show_work_item(values: Answer, bank_account: str, line_id: str) -> Response:
    """One line of a bank, with what the bank wrote beside it while it waits."""
    with reading(values.get("after") or service().ledger.size()) as (session, position):
        row = views.bank_line(session, bank_account, line_id)
        if row is None:
            raise BankLineUnknown(pointer="/path/line_id")
        shown = _line(row)
    return state(shown, position)


@blueprint.post("/bank/work-items/<name:bank_account>/<name:line_id>/resolution")
@blueprint.arguments(_RESOLUTION)
@blueprint.response(200, schemas.RESOLUTION)
@decided_on(_stream)
def propose_resolution(values: Answer, bank_account: str, line_id: str) -> Response:
    """Say what a line is; nothing moves until a second person agrees."""
    return act(application.propose_resolution, ProposeResolution(bank_account, line_id, **values), _decided)


@blueprint.post("/bank/work-items/<name:bank_account>/<name:line_id>/approval")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, schemas.RESOLUTION)
@decided_on(_stream, needed=True)
def approve_resolution(_: Answer, bank_account: str, line_id: str) -> Response:
    """Agree as a second person: the books take the line."""
    response = act(application.approve_resolution, ApproveResolution(bank_account, line_id), _decided)
    notes.forget(service().desk, bank_account, line_id)
    return response


@blueprint.post("/bank/work-items/<name:bank_account>/<name:line_id>/refusal")
@blueprint.arguments(_REASON)
@blueprint.response(200, schemas.RESOLUTION)
@decided_on(_stream)
def decline_resolution(values: Answer, bank_account: str, line_id: str) -> Response:
    """Do not agree with what a line is said to be; it waits for another word."""
    return act(application.decline_resolution, DeclineResolution(bank_account, line_id, **values), _decided)


@blueprint.post("/bank/work-items/<name:bank_account>/<name:line_id>/setting-aside")
@blueprint.arguments(_ASIDE)
@blueprint.response(200, schemas.RESOLUTION)
@decided_on(_stream)
def set_line_aside(values: Answer, bank_account: str, line_id: str) -> Response:
    """Leave the books as they are: the line is none of ours, or stands in them already."""
    response = act(application.set_line_aside, SetLineAside(bank_account, line_id, **values), _decided)
    notes.forget(service().desk, bank_account, line_id)
    return response


@blueprint.get("/bank/reconciliation")
@blueprint.arguments(_DAYS, location="query")
@blueprint.response(200, schemas.RECONCILIATION)
def show_reconciliation(values: Answer) -> Response:
    """Whether the books and the statements of an account say the same, day by day, and what differs."""
    first, last = values["from_on"], values["until_on"]
    if not 0 <= days_between(first, last) <= LONGEST_SPAN:
        raise DaysOutOfOrder(pointer="/query/until_on")
    with reading(values.get("after") or service().ledger.size()) as (_, position):
        found = reconcile(service(), values["account"], first, last)
    shown = {**asdict(found), "from_on": first, "until_on": last, "agrees": found.agrees}
    return state(without(shown, "first", "last"), position)


@blueprint.get("/bank/accounts")
@blueprint.arguments(_VAULT, location="query")
@blueprint.response(200, schemas.VAULT)
def list_accounts(values: Answer) -> Response:
    """What stands behind the references of payees' accounts, their numbers in part."""
    after = decode_cursor(values["cursor"]) if "cursor" in values else ""
    limit = values["limit"]
    rows = vault.entries(service().desk, after=after, limit=limit, waiting=values.get("waiting", False))
    following = encode_cursor(rows[-1].account_ref) if len(rows) == limit else None
    return jsonify({"items": [row.masked() for row in rows], "next": following})


@blueprint.post("/bank/accounts")
@blueprint.arguments(_ENTRY)
@blueprint.response(200, schemas.VAULT_ENTRY)
def enter_account(values: Answer) -> Response:
    """Enter the account behind a reference; a second person has to approve it."""
    entry = Entry(**values, entered_by=caller().actor, entered_at=clock.now())
    return jsonify(vault.enter(service().desk, entry).masked())


@blueprint.post("/bank/accounts/approval")
@blueprint.arguments(_APPROVAL)
@blueprint.response(200, schemas.VAULT_ENTRY)
def approve_account(values: Answer) -> Response:
    """Approve the account behind a reference as a second person, who copies its number once more."""
    reference, number = values["account_ref"], values["number"]
    approved = vault.approve(service().desk, reference, number, by=caller().actor, at=clock.now())
    commit_account(service(), approved, _who())
    return jsonify(approved.masked())


def _ahead(answer: Answer) -> Answer:
    currency = answer["currency"]
    instructions = [with_money(each, currency, _MONEY) for each in answer["instructions"]]
    return {**with_money(answer, currency, _MONEY), "instructions": instructions}


@contextmanager
def _alone() -> Iterator[str]:
    """The request's key, while no other request with it is answered here; one that was used before is told where."""
    try:
        with running().alone(caller().actor, idempotency_key()):
            yield idempotency_key()
    except IdempotencyKeyReused as refused:
        refused.pointer = KEY_POINTER
        raise


def _who() -> Who:
    return Who(caller().actor, caller().role)


def _fetched(settlement_id: str, form: str, values: Answer) -> Response:
    made = files.fetch(service(), settlement_id, form, values.get("file", 0))
    response = Response(made.content, mimetype=files.MEDIA_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["ETag"] = f'"{made.fact.digest}"'
    return response


def _statement(row: views.BankStatement) -> Answer:
    shown = without(row.as_dict(), "seq", "opening_side", "closing_side")
    for each in ("opening", "closing"):
        shown[each] = -shown[each] if getattr(row, f"{each}_side") == "debit" else shown[each]
    return {**shown, "has_balances": bool(row.has_balances)}


def _line(row: views.BankLine) -> Answer:
    beside = {}
    if row.status in views.WAITING:
        beside = notes.notes_of(service().desk, row.bank_account, [row.line_id]).get(row.line_id, {})
    shown = with_money(without(row.as_dict(), "seq"), row.currency, _MONEY)
    return {**without(shown, "currency"), "note": beside}


def _decided(answer: Answer) -> Answer:
    return without(with_money(answer, answer["currency"], _MONEY), "currency")
