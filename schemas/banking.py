"""What requests about banks say, and what is answered."""

from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from schemas.answers import answer, page_of, said, several, shown
from schemas.faults import MESSAGES, Body
from schemas.queries import typed_flag
from schemas.requests import PageQuery, PlainQuery
from schemas.shapes import TEXT, TRUTH, count
from schemas.values import Checked, choice, day, name, text, whole
from vouchers.bankline.decisions import OUTCOMES
from vouchers.remittance.decisions import FORMS
from vouchers.texts import check_path, check_text

_MOST_FILES: Final = 10_000
STATUSES: Final = ("waiting", "open", "proposed", "matched", "resolved", "set_aside")


def reference(**options: Any) -> Checked:
    """The number of a redemption, an instruction or a debt."""
    return Checked(check_path, {"type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,128}$"}, **options)


class BankFileBody(Body):
    """A file for the bank: its form, and the day on which it pays, today without one."""

    form = choice(*FORMS, required=True)
    pay_on = day()


class BankFileQuery(Body):
    """Which file of a batch, counted from 1; the latest without a number."""

    file = whole(1, _MOST_FILES)


class UploadQuery(Body):
    """Which account of ours a table or a report is of, by its name in the settings; `dry_run` only looks."""

    account = name()
    dry_run = typed_flag()


class StatementsQuery(PageQuery):
    """Documents of banks: those of one account."""

    account = name()


class WorkItemsQuery(PageQuery):
    """Lines of banks: those of one account, at one status; those that wait for people without one."""

    account = name()
    status = choice(*STATUSES, load_default="waiting")


class ReconciliationQuery(PlainQuery):
    """Which days of which account."""

    account = name(required=True)
    from_on = day(required=True)
    until_on = day(required=True)


class ResolutionBody(Body):
    """What a line is: of a payment of ours its batch and redemption, of a repayment the party and its debt."""

    outcome = choice(*OUTCOMES, required=True)
    reason = text(required=True)
    settlement_id = name()
    redemption_id = reference()
    instruction_id = reference()
    party_id = name()
    debt_id = reference()

    @validates_schema(skip_on_field_errors=True)
    def check_target(self, data: dict[str, Any], **_: object) -> None:
        """Each outcome names its own things."""
        repaid = data["outcome"] == "repayment"
        needed = ("party_id", "debt_id") if repaid else ("settlement_id", "redemption_id")
        missing = {each: [MESSAGES["required"]] for each in needed if each not in data}
        if missing:
            raise ValidationError(missing)


class SetAsideBody(Body):
    """Why the books stay as they are; with the payment where the line stands in them already."""

    reason = text(required=True)
    settlement_id = name()
    redemption_id = reference()
    instruction_id = reference()

    @validates_schema(skip_on_field_errors=True)
    def check_target(self, data: dict[str, Any], **_: object) -> None:
        """A batch is named with its redemption."""
        if "settlement_id" in data and "redemption_id" not in data:
            raise ValidationError({"redemption_id": [MESSAGES["required"]]})


class VaultQuery(PageQuery):
    """Accounts behind references: all, or those that wait for a second person."""

    waiting = typed_flag()


def _written(pattern: str, longest: int) -> Checked:
    """What banks write in letters and digits, copied from their papers: blanks may stand between; or nothing."""
    shape = {"type": "string", "maxLength": longest, "pattern": f"^ *(?:{pattern})?$"}
    return Checked(lambda value: check_text(value, "", longest).strip(), shape)


class VaultBody(Body):
    """The account behind a reference: its holder, and its IBAN or another number."""

    account_ref = text(required=True, longest=128)
    holder = text(required=True, longest=140)
    iban = _written("(?:[A-Za-z0-9] *){15,34}", 42)
    number = _written("[A-Za-z0-9](?:(?: *[A-Za-z0-9-]){0,32} *[A-Za-z0-9])? *", 42)
    bic = _written("[A-Za-z0-9]{4}[A-Za-z]{2}[A-Za-z0-9]{2}(?:[A-Za-z0-9]{3})? *", 11)
    bank_code = _written("[A-Za-z0-9]{1,35} *", 35)


class VaultApprovalBody(Body):
    """The account behind a reference, its number copied from the paper once more."""

    account_ref = text(required=True, longest=128)
    number = text(required=True, longest=42)


_TEXT = said(TEXT)
_BALANCE: Final = {"type": "integer", "description": "Minor units; below zero where the account is overdrawn."}
_LEFT_OUT: Final = answer(
    "LeftOut", "An instruction that may not leave today.", "instruction_id redemption_id code text remedy"
)
BANK_FILE: Final = answer(
    "BankFile",
    "A file for the bank: instructions of a batch, paid on a day from one account.",
    "settlement_id currency count total digest",
    file_id=_TEXT,
    form=_TEXT,
    bank_account=_TEXT,
    pay_on=said("Day"),
)
BANK_FILE_MADE: Final = shown(
    "BankFileMade",
    "A file for the bank as it was made.",
    "settlement_id currency count total digest",
    number=said(count(1)),
    file_id=_TEXT,
    form=_TEXT,
    bank_account=_TEXT,
    pay_on=said("Day"),
    left_out=several(_LEFT_OUT),
)
_AHEAD: Final = answer(
    "InstructionAhead",
    "An instruction that waits to be sent.",
    "instruction_id redemption_id payee_id account_ref amount",
)
BANK_FILE_AHEAD: Final = shown(
    "BankFileAhead",
    "What the next file of a batch would hold.",
    "settlement_id programme currency total",
    file_id=_TEXT,
    instructions=several(_AHEAD),
    left_out=several(_LEFT_OUT),
)
BANK_FILES: Final = shown(
    "BankFiles", "The files that were made of a batch.", "settlement_id", items=several(BANK_FILE)
)
_REFUSED: Final = answer("LineRefused", "A line that could not be taken in.", "code detail", pointer=_TEXT)
_REPORT: Final = answer(
    "DocumentTakenIn",
    "What became of one document: its lines that are matched, that wait for people, that were known before.",
    "",
    bank_account=_TEXT,
    statement_id=_TEXT,
    source=_TEXT,
    form=_TEXT,
    known=said(TRUTH),
    lines=said(count()),
    matched=said(count()),
    open=said(count()),
    repeated=said(count()),
    announced=said(count()),
    again=said(count()),
    refused=several(_REFUSED),
)
TAKEN_IN: Final = shown("TakenIn", "What became of a bank's file.", "", documents=several(_REPORT))
STATEMENTS: Final = page_of(
    answer(
        "BankStatement",
        "A document of a bank.",
        "currency count digest",
        bank_account=_TEXT,
        statement_id=_TEXT,
        source=_TEXT,
        form=_TEXT,
        from_on=said("Day"),
        until_on=said("Day"),
        has_balances=said(TRUTH),
        opening=said(_BALANCE),
        closing=said(_BALANCE),
        credited=said(count()),
        debited=said(count()),
        imported_by=_TEXT,
        imported_at=_TEXT,
    )
)
_TOLD: Final = (
    "bank_account line_id statement_id source direction booked_on bank_reason stated_in cause outcome instruction_id"
    " redemption_id settlement_id party_id debt_id reason proposed_by decided_by"
)
_LINE: Final[dict[str, Any]] = {
    **dict.fromkeys(_TOLD.split(), _TEXT),
    "note": said({"type": "object", "description": "What the bank wrote beside it, while it waits for a person."}),
}
WORK_ITEMS: Final = page_of(answer("WorkItem", "A line of a bank.", "amount status bank_reference text", **_LINE))
WORK_ITEM: Final = shown("WorkItemShown", "A line of a bank.", "amount status bank_reference text", **_LINE)
RESOLUTION: Final = shown(
    "WorkItemDecided",
    "How a line of a bank stands after a decision.",
    "amount status",
    bank_account=_TEXT,
    line_id=_TEXT,
    direction=_TEXT,
    booked_on=_TEXT,
    outcome=_TEXT,
    cause=_TEXT,
    known=said(TRUTH),
)
_SIGNED: Final = {"type": "integer", "description": "Minor units; below zero where money left."}
_DIFFERENCE: Final = answer(
    "Difference", "What only one side has.", "day", what=_TEXT, amount=said(_SIGNED), number=_TEXT, why=_TEXT
)
RECONCILIATION: Final = shown(
    "Reconciliation",
    "The books and the statements of an account, day by day.",
    "currency from_on until_on",
    bank_account=_TEXT,
    agrees=said(TRUTH),
    days=several(
        answer(
            "ReconciledDay",
            "The sums of a day.",
            "day",
            books=said(_SIGNED),
            bank=said(_SIGNED),
            set_aside=said(_SIGNED),
            difference=said(_SIGNED),
        )
    ),
    differences=several(_DIFFERENCE),
    set_aside=several(_DIFFERENCE),
    gaps=several(
        answer(
            "Gap",
            "Two statements between which one is missing.",
            "",
            after=_TEXT,
            before=_TEXT,
            closing=said(_SIGNED),
            opening=said(_SIGNED),
        )
    ),
)
_KNOWN: Final = "account_ref holder iban number bic bank_code entered_by entered_at approved_by approved_at"
_ENTRY: Final[dict[str, Any]] = dict.fromkeys(_KNOWN.split(), _TEXT)
VAULT_ENTRY: Final = answer("VaultEntry", "The account behind a reference, its number shown in part.", "", **_ENTRY)
VAULT: Final = answer(
    "VaultPage",
    "A page: accounts behind references.",
    "",
    items=several(VAULT_ENTRY),
    next=said({"type": ["string", "null"], "description": "The cursor of the next page."}),
)
