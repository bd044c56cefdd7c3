"""Money as whole numbers of minor units (fen, cent), and shares of it that never lose one."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from vouchers.refusals import Malformed

MAX_AMOUNT: Final = 2**53 - 1  # The largest integer that every JSON reader keeps exact.
WHOLE_BP: Final = 10_000  # One hundred per cent in basis points.
EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KWD": 3, "PLN": 2, "USD": 2}
)

_LONGEST_TEXT: Final = 20
_WRITTEN: Final = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")
_NARROW: Final = str.maketrans("０１２３４５６７８９．，　", "0123456789., ")


class AmountNotInteger(Malformed):
    """The amount is not a whole number of minor units."""


class AmountOutOfRange(Malformed):
    """The amount is below zero or too large to be kept exactly."""


class AmountUnreadable(Malformed):
    """The amount cannot be read as a number."""


class CurrencyUnknown(Malformed):
    """The currency is not one that this service counts in."""


def check_amount(value: object, pointer: str = "") -> int:
    """Return the value if it is a whole amount from 0 to MAX_AMOUNT, else refuse it."""
    if type(value) is not int:  # A bool is an int to isinstance, and no amount.
        raise AmountNotInteger(pointer=pointer, remedy="Give the amount in fen or cents as a whole number.")
    if 0 <= value <= MAX_AMOUNT:
        return value
    raise AmountOutOfRange(pointer=pointer, remedy=f"Give an amount from 0 to {MAX_AMOUNT:,}.")


def exponent_of(currency: str, pointer: str = "") -> int:
    """Return how many decimals a currency is written with, or refuse a currency that is not in EXPONENTS."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise CurrencyUnknown(pointer=pointer, remedy=f"Use one of {', '.join(EXPONENTS)}.")
    return exponent


def parse_amount(text: str, exponent: int = 2, pointer: str = "") -> int:
    """Read "1,234.56" as 123456 minor units: a full stop before decimals, commas only between thousands, no sign."""
    written = _WRITTEN.fullmatch(text.translate(_NARROW).strip()) if len(text) <= _LONGEST_TEXT else None
    if written is None:
        remedy = f'Write digits such as "1,234.50": no sign, at most {_LONGEST_TEXT} characters.'
        raise AmountUnreadable(pointer=pointer, remedy=remedy)
    whole, decimals = written[1].replace(",", ""), written[2] or ""
    if len(decimals) > exponent:
        detail = f"The amount has {len(decimals)} decimals; this currency has {exponent}."
        raise AmountUnreadable(detail, pointer=pointer, remedy="Round the amount to the currency's decimals.")
    return check_amount(int(whole + decimals.ljust(exponent, "0")), pointer)


def format_amount(amount: int, exponent: int = 2, currency: str = "") -> str:
    """Write 123456 minor units as "1,234.56", followed by the currency if one is given."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**exponent)
    decimals = f".{rest:0{exponent}d}" if exponent else ""
    return f"{sign}{whole:,}{decimals}{' ' if currency else ''}{currency}"


def share_floor(amount: int, bp: int) -> int:
    """Return so many basis points of an amount, the broken minor unit dropped."""
    return amount * bp // WHOLE_BP


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total by weights so that the parts add up to it exactly; of equal remainders the earlier part wins.

    Raises ValueError for a total or weight below zero, or where no weight is above it: no share can be computed.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("a total and weights from zero, and one weight above it, are needed")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return parts
