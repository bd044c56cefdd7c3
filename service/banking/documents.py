"""What a bank's file says, whatever its form: documents with lines."""

import re
from dataclasses import dataclass, field
from typing import Final

from vouchers.days import check_day
from vouchers.money import MAX_AMOUNT, exponent_of
from vouchers.refusals import Malformed, Refused

_DECIMAL: Final = re.compile(r"0*([0-9]{1,18})(?:\.([0-9]{1,18}))?")


class BankFileUnknown(Malformed):
    """This is none of the forms that banks answer in."""

    remedy = "Send camt.053, camt.054 or pain.002 of ISO 20022, or the bank's table in CSV."


class BankFileMalformed(Malformed):
    """The bank's file lacks something that its form has to say."""

    remedy = "Fetch the file from the bank again, and send it unchanged."


class BankAmountInvalid(Malformed):
    """This is no amount in the currency of the account."""

    remedy = "Ask the bank for a corrected file; amounts have no sign, and no more decimals than their currency."


class BankTotalsDiffer(Refused):
    """What the file says of its own sums or numbers does not fit what it lists."""

    remedy = "Fetch the whole file from the bank again."


class TooManyLines(Malformed):
    """The file has more lines than are taken in at once."""

    remedy = "Ask the bank for a file of fewer days."


@dataclass(slots=True)
class Line:
    """One thing that the bank tells. `names` are numbers that may be ours, the surest first; `text` is free.

    `batch` is the number of a file of ours whose payments the bank booked in one sum.
    """

    place: str
    direction: str
    amount: int
    currency: str
    booked_on: str
    reference: str = ""
    names: tuple[str, ...] = ()
    batch: str = ""
    reason: str = ""
    text: str = ""
    party: str = ""


@dataclass(slots=True)
class Document:
    """One statement, notification or report of a bank, with its lines; balances may be below zero."""

    source: str
    form: str
    number: str
    account: str = ""
    currency: str = ""
    from_on: str = ""
    until_on: str = ""
    has_balances: bool = False
    opening: int = 0
    closing: int = 0
    lines: list[Line] = field(default_factory=list)

    def total(self, direction: str) -> int:
        """The sum of its lines in one direction."""
        return sum(line.amount for line in self.lines if line.direction == direction)


def amount_of(text: str, currency: str, pointer: str) -> int:
    """Minor units of an amount as ISO 20022 writes it; exact or refused."""
    found = _DECIMAL.fullmatch(text)
    exponent = exponent_of(currency, pointer)
    decimals = (found[2] or "").rstrip("0") if found else ""
    if found is None or len(decimals) > exponent:
        raise BankAmountInvalid(f"{text[:30]!r} is no amount in {currency}.", pointer=pointer)
    amount: int = int(found[1]) * 10**exponent + int(decimals.ljust(exponent, "0") or 0)
    if amount > MAX_AMOUNT:
        raise BankAmountInvalid(f"{text[:30]} is more than can be kept.", pointer=pointer)
    return amount


def day_of(text: str, pointer: str) -> str:
    """The day of a date, or of an instant as the bank's own clock has it."""
    try:
        return check_day(text[:10], pointer)
    except Malformed as fault:
        raise BankFileMalformed(f"{text[:30]!r} is no day.", pointer=pointer) from fault
