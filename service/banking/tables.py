"""Tables of bookings in CSV, as a bank of the settings writes them."""

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from service.banking.documents import (
    BankAmountInvalid,
    BankFileMalformed,
    BankTotalsDiffer,
    Document,
    Line,
    TooManyLines,
)
from service.banking.settings import Columns, OurAccount
from vouchers.money import exponent_of, parse_amount
from vouchers.refusals import Malformed

_LONGEST_ROW: Final = 20_000  # characters
_MARK: Final = b"\xef\xbb\xbf"
_SIGNS: Final = str.maketrans("", "", "¥￥元 \u00a0\t'")
_OUTSIDE: Final = str.maketrans("－−", "--")


class EncodingNotTold(Malformed):
    """The table is written in other characters than the settings say."""

    remedy = "Set the encoding of this account's columns, or save the table in it."


class HeadingMissing(Malformed):
    """A column that the settings name is not in the table."""


def read_table(content: bytes, account: OurAccount, most_lines: int) -> list[Document]:
    """The statement that a table is; without a number of its own it has that of its bytes."""
    columns = account.columns
    rows = _rows(_decoded(content, columns), columns)
    number = f"csv-{hashlib.sha256(content).hexdigest()[:32]}"
    document = Document("statement", "csv", number, account.key, account.currency)
    balances: list[int] = []
    for at, row in enumerate(rows):
        pointer = f"/documents/0/entries/{at}"
        if at >= most_lines:
            raise TooManyLines(pointer=pointer)
        line = _line(row, account, pointer)
        document.lines.append(line)
        if columns.balance:
            balances.append(_signed(row[columns.balance], account, f"{pointer}/balance"))
    if not document.lines:
        raise BankFileMalformed("The table has no line.", pointer="/documents/0/entries")
    days = [line.booked_on for line in document.lines]
    document.from_on, document.until_on = min(days), max(days)
    if balances:
        _check_balances(document, balances)
    return [document]


def _decoded(content: bytes, columns: Columns) -> str:
    encoding = "utf-8" if content.startswith(_MARK) else columns.encoding
    try:
        return content.removeprefix(_MARK).decode(encoding)
    except UnicodeDecodeError as fault:
        detail = f"Byte {fault.start + 1} is no {encoding}."
        raise EncodingNotTold(detail, pointer=f"/bytes/{fault.start}") from fault


def _rows(text: str, columns: Columns) -> Iterator[dict[str, str]]:
    """Every line of the table by its headings; a line with too few or too many cells is refused."""
    lines = io.StringIO(text, newline="")
    for _ in range(columns.skip):
        lines.readline()
    reader = csv.reader(lines, delimiter=columns.delimiter, strict=True)
    try:
        headings = [cell.strip() for cell in next(reader, [])]
        _check_headings(headings, columns)
        for at, cells in enumerate(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(headings) or sum(map(len, cells)) > _LONGEST_ROW:
                detail = f"It has {len(cells)} cells, and there are {len(headings)} headings."
                raise BankFileMalformed(detail, pointer=f"/documents/0/entries/{at}")
            yield dict(zip(headings, (cell.strip() for cell in cells), strict=True))
    except csv.Error as fault:
        raise BankFileMalformed(f"Line {reader.line_num}: {fault}.", pointer=f"/lines/{reader.line_num}") from fault


def _check_headings(headings: list[str], columns: Columns) -> None:
    used = [columns.day, columns.amount, columns.side, columns.paid_out, columns.paid_in, columns.balance]
    used += [columns.currency, columns.reference, columns.payment, columns.text, columns.party]
    for name in filter(None, used):
        if headings.count(name) != 1:
            detail = f"The table has {headings.count(name)} columns with the heading {name}."
            remedy = f"Set the headings of this account; the table has {', '.join(headings)[:300]}."
            raise HeadingMissing(detail, pointer="/columns", remedy=remedy)
    if not (columns.amount or (columns.paid_out and columns.paid_in)):
        remedy = "Set `amount`, or `paid_out` and `paid_in`, of this account's columns."
        raise HeadingMissing("The settings name no column for amounts.", pointer="/columns", remedy=remedy)


def _line(row: dict[str, str], account: OurAccount, pointer: str) -> Line:
    columns = account.columns
    currency = row[columns.currency] if columns.currency else account.currency
    if currency not in (account.currency, {"CNY": "人民币"}.get(account.currency)):
        raise BankFileMalformed(f"The booking is in {currency[:20]}.", pointer=f"{pointer}/currency")
    try:
        day = datetime.strptime(row[columns.day][:10], columns.day_form).date().isoformat()  # noqa: DTZ007 - a day
    except ValueError as fault:
        detail = f"{row[columns.day][:30]!r} is no day as {columns.day_form} has it."
        raise BankFileMalformed(detail, pointer=f"{pointer}/day") from fault
    amount = _movement(row, account, pointer)
    line = Line(pointer, "credit" if amount > 0 else "debit", abs(amount), account.currency, day)
    line.reference = row[columns.reference] if columns.reference else ""
    line.names = (row[columns.payment],) if columns.payment and row[columns.payment] else ()
    line.text = row[columns.text] if columns.text else ""
    line.party = row[columns.party] if columns.party else ""
    return line


def _movement(row: dict[str, str], account: OurAccount, pointer: str) -> int:
    """What a line adds to the account, below zero where money left."""
    columns = account.columns
    if not columns.amount:
        out, come = (_signed(row[name], account, f"{pointer}/amount") for name in (columns.paid_out, columns.paid_in))
        if (out == 0) == (come == 0) or out < 0 or come < 0:
            detail = "A line has one amount above zero, in one of its two columns."
            raise BankAmountInvalid(detail, pointer=f"{pointer}/amount")
        return come - out
    amount = _signed(row[columns.amount], account, f"{pointer}/amount")
    if columns.side:
        sides = {columns.debit: -1, columns.credit: 1}
        if row[columns.side] not in sides or amount < 0:
            detail = f"The side is {row[columns.side][:20]!r}."
            remedy = f"Set its words, here {columns.debit} and {columns.credit}; an amount has no sign then."
            raise BankAmountInvalid(detail, pointer=f"{pointer}/side", remedy=remedy)
        amount *= sides[row[columns.side]]
    if amount == 0:
        raise BankAmountInvalid("A line of nothing is none.", pointer=f"{pointer}/amount")
    return amount


def _signed(text: str, account: OurAccount, pointer: str) -> int:
    """Minor units of a cell, exactly; an empty cell is nothing."""
    plain = text.translate(_OUTSIDE).translate(_SIGNS)
    if account.columns.decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    if not plain:
        return 0
    try:
        amount = parse_amount(plain.lstrip("+-"), exponent_of(account.currency), pointer)
    except Malformed as fault:
        raise BankAmountInvalid(f"{text[:30]!r} is no amount in {account.currency}.", pointer=pointer) from fault
    return -amount if plain.startswith("-") else amount


def _check_balances(document: Document, balances: list[int]) -> None:
    """Every balance follows from the one before; a table may also begin with the latest line."""
    moves = [line.amount if line.direction == "credit" else -line.amount for line in document.lines]
    if _break_in(moves, balances) is not None and _break_in(moves[::-1], balances[::-1]) is None:
        moves.reverse()
        balances.reverse()
        document.lines.reverse()
    at = _break_in(moves, balances)
    if at is not None:
        detail = f"The balance after line {at + 1} does not follow from the one before."
        raise BankTotalsDiffer(detail, pointer=f"/documents/0/entries/{at}/balance")
    document.has_balances = True
    document.opening, document.closing = balances[0] - moves[0], balances[-1]


def _break_in(moves: list[int], balances: list[int]) -> int | None:
    return next((at for at in range(1, len(moves)) if balances[at - 1] + moves[at] != balances[at]), None)
