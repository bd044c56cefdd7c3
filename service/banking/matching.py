"""What a line of a bank seems to be: a payment, return or failure of ours, a repayment of a debt, or unknown."""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from service.banking.documents import Document, Line
from service.projections import banking as views
from vouchers.application.reconciling import BookLine
from vouchers.identifiers import make_code
from vouchers.kinds import SETTLEMENT
from vouchers.ledger import Ledger
from vouchers.refusals import Malformed
from vouchers.settlement.state import Line as Payment
from vouchers.texts import LONGEST_ID, check_id

MOST_NAMES: Final = 20  # numbers looked for in one text
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{3,127}")
# What banks number things with. Anything else may be a text about people, and is not for the log.
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/#+-]{0,63}")
_REASON: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,34}")
_CAUSES: Final = {
    "nothing-named": "The bank names none of our payments or debts.",
    "several-named": "The bank names several of our payments or debts.",
    "amount-differs": "The text names a payment, and the amount is another.",
    "batch-differs": "The bank booked a file of ours in one sum, which is not what it still has to pay of it.",
    "reversal": "The bank took back what it had booked to the account.",
    "details-differ": "What the bank says of the payments in this booking does not add up to it.",
}


class Known(NamedTuple):
    """What of ours the bank may mean, by every number in its lines."""

    instructions: dict[str, views.BankInstruction]
    debts: dict[str, list[str]]


def statement_number(document: Document) -> str:
    """A document's number as a stream can be named after it."""
    try:
        return check_id(document.number)
    except Malformed:
        return make_code("M", " ".join(document.number.split()))


def reference_of(line: Line) -> str:
    """The bank's number of a line, where it has one that is no more than that."""
    return line.reference if _REFERENCE.fullmatch(line.reference) else ""


def numbers_in(line: Line) -> tuple[str, ...]:
    """Every word of a line's text that could be a number of ours."""
    words = (word.strip(".:_-") for word in _NAME.findall(line.text))
    return tuple(dict.fromkeys(words))[:MOST_NAMES]


def look_up(session: Session, lines: list[Line]) -> Known:
    """Everything of ours that some lines name."""
    wanted = {number for line in lines for number in (*line.names, *numbers_in(line)) if len(number) <= LONGEST_ID * 2}
    return Known(views.instructions(session, wanted), views.debts_named(session, wanted))


class Matcher:
    """The lines of one document as commands: what each is, or why a person has to look."""

    def __init__(self, account: str, document: Document, currency: str, known: Known, ledger: Ledger) -> None:
        """Begin with what is known of the numbers in it; `currency` is that of the account."""
        self._account = account
        self._currency = currency
        self._document = document
        self._known = known
        self._ledger = ledger
        self._seen: dict[tuple[str, ...], int] = {}

    def command(self, line: Line) -> BookLine:
        """One line with what it seems to be."""
        plain = self._plain(line)
        if line.reason in ("reversed", "details-differ") and line.direction == "debit":
            return _unknown(plain, "reversal" if line.reason == "reversed" else "details-differ")
        if line.batch and line.direction != "none":
            return _unknown(plain, "batch-differs")
        found = [self._known.instructions[name] for name in line.names if name in self._known.instructions]
        if not found:
            return self._by_text(plain, line)
        if len({each.instruction_id for each in found}) > 1:
            return _unknown(plain, "several-named")
        return _of_payment(plain, found[0])

    def _by_text(self, plain: BookLine, line: Line) -> BookLine:
        """By what stands in the text: then the amount has to be that of the payment."""
        words = (*line.names, *numbers_in(line))
        rows = {word: self._known.instructions[word] for word in words if word in self._known.instructions}
        owed = {(party, word) for word in words for party in self._known.debts.get(word, ())}
        meant = {row.instruction_id for row in rows.values()}
        if line.direction == "credit" and len(owed) == 1 and not meant:
            party_id, debt_id = next(iter(owed))
            return replace(plain, outcome="repayment", party_id=party_id, debt_id=debt_id)
        if len(meant) + len(owed) != 1:
            return _unknown(plain, "several-named" if meant or owed else "nothing-named")
        if not meant:
            return _unknown(plain, "nothing-named")
        row = next(iter(rows.values()))
        payment = self._payment(row)
        expected = (
            {"debit": payment.due or payment.last, "credit": payment.last}.get(line.direction) if payment else None
        )
        if expected != line.amount:
            return replace(_unknown(plain, "amount-differs"), instruction_id=row.instruction_id)
        return _of_payment(plain, row)

    def _payment(self, row: views.BankInstruction) -> Payment | None:
        return self._ledger.state(SETTLEMENT, row.settlement_id).lines.get(row.redemption_id)

    def _plain(self, line: Line) -> BookLine:
        """The line alone, known again by the bank's number of it and its day, for numbers may begin anew each day.

        Without a number, by its place in the document.
        """
        place = line.reference or f"{self._document.number}#{line.place}"
        parts = (place, line.booked_on, " ".join(line.names), line.direction, str(line.amount), line.reason, line.batch)
        times = self._seen[parts] = self._seen.get(parts, 0) + 1
        flat = [" ".join(part.split()) for part in parts]
        return BookLine(
            self._account,
            make_code("L", self._account, *flat, times),
            statement_number(self._document),
            self._document.source,
            line.direction,
            line.amount,
            line.currency or self._currency,
            line.booked_on,
            reference_of(line),
            line.reason if not line.reason or _REASON.fullmatch(line.reason) else "other",
        )


def spread(line: Line, rows: list[views.BankInstruction], ledger: Ledger) -> list[Line]:
    """A line about a whole file of ours as one line for each instruction in it that the bank has not answered yet.

    A sum that is not theirs together stays one line.
    """
    waiting = list[tuple[views.BankInstruction, int]]()
    for row in rows:
        payment = ledger.state(SETTLEMENT, row.settlement_id).lines.get(row.redemption_id)
        if not payment or payment.instruction_id != row.instruction_id:
            continue
        if payment.status == "instructed":
            waiting.append((row, payment.due))
        elif payment.status == "paid" and (payment.bank_reference, payment.paid_on) == (line.reference, line.booked_on):
            waiting.append((row, payment.last))  # By this very line, in a file that comes once more.
    if line.direction == "none":
        return [replace(line, names=(row.bank_number,), batch="") for row, _ in waiting]
    if not waiting or sum(due for _, due in waiting) != line.amount:
        return [line]
    return [replace(line, names=(row.bank_number,), amount=due, batch="") for row, due in waiting]


def text_of_cause(cause: str) -> str:
    """The sentence of a cause."""
    return _CAUSES.get(cause, "")


def _unknown(plain: BookLine, cause: str) -> BookLine:
    return replace(plain, cause=cause, text=_CAUSES[cause])


def _of_payment(plain: BookLine, row: views.BankInstruction) -> BookLine:
    outcome = {"debit": "payment", "credit": "return", "none": "failure"}[plain.direction]
    settlement_id, redemption_id, instruction_id = row.settlement_id, row.redemption_id, row.instruction_id
    target = replace(plain, settlement_id=settlement_id, redemption_id=redemption_id, instruction_id=instruction_id)
    return replace(target, outcome=outcome)
