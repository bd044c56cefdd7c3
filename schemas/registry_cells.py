"""Cells of registry files: how the text of each kind of column becomes a fact, or is refused."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from schemas.registry_columns import FLAGS, NOTHING, SECTORS, UNITS, WORDS, Column
from vouchers.days import check_day, check_day_of_fact
from vouchers.divisions import check_division
from vouchers.identifiers import check_firm
from vouchers.money import parse_amount
from vouchers.refusals import Malformed

LONGEST_CELL: Final = 4_000  # characters
MOST_VALUES: Final = 64
LONGEST_NUMBER: Final = 15  # digits
SHOWN: Final = 60  # characters of a faulty value that a report repeats

_SPARE: Final = re.compile(r"[\s_.\-/]+")
_PARTS: Final = re.compile(r"[|;；、]")
_DAY: Final = re.compile(r"([0-9]{4})[/.年-]?([0-9]{1,2})[/.月-]?([0-9]{1,2})日?")
REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_RESIDENT: Final = re.compile(r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9Xx]")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class CellMissing(Malformed):
    """A cell that every row needs is empty."""

    remedy = "Fill the cell in."


class CellTooLong(Malformed):
    """The cell is longer than anything that belongs there."""


class WordUnknown(Malformed):
    """The word is not one that this column knows."""


class NumberMalformed(Malformed):
    """The cell is not a whole number from zero."""


class PersonalNumber(Malformed):
    """The cell holds what looks like a resident identity number, which may not enter the log."""


class ReferenceMalformed(Malformed):
    """The reference is not opaque: letters, digits and . _ : / - only."""

    remedy = "Copy the number without blanks and other signs."


class PeriodMalformed(Malformed):
    """An accreditation is written CATEGORY:FROM:UNTIL."""


def plain(name: str) -> str:
    """A name without case, width, blanks and hyphens, as names are compared."""
    return _SPARE.sub("", unicodedata.normalize("NFKC", name).lower())


def short(text: str) -> str:
    """A text as a report repeats it: its beginning, and how long it was."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"


def reader(column: Column, unit: str | None) -> Callable[[str], Any]:
    """How the cells of a column are read."""
    match column.reads:
        case "money":
            return partial(_money, UNITS[unit] if unit else 2)
        case "word":
            return partial(_word, WORDS[column.name])
        case "words":
            return partial(_list, partial(_word, WORDS[column.name]))
        case "codes":
            return partial(_list, check_firm)
        case "periods":
            return partial(_list, _period)
        case reads:
            return _READERS[reads]


def _money(exponent: int, text: str) -> int:
    if len(text) < 10 and text.isascii() and text.isdigit():  # noqa: PLR2004 - short digits need no closer look.
        return int(text + "0" * exponent)
    return parse_amount(text, exponent)


def _count(text: str) -> int:
    if len(text) < 10 and text.isascii() and text.isdigit():  # noqa: PLR2004 - as above.
        return int(text)
    grouped = text.replace(",", "")
    if "." in text or len(grouped) > LONGEST_NUMBER or not (grouped.isascii() and grouped.isdigit()):
        raise NumberMalformed(remedy="Write digits such as 1,234, without sign or decimals.")
    return parse_amount(text, 0)


def _word(words: Mapping[str, str], text: str) -> str:
    word = words.get(text) or words.get(text.strip()) or words.get(text.strip().lower())
    if word is None:
        raise WordUnknown(remedy=f"Use one of {', '.join(dict.fromkeys(words.values()))}.")
    return word


def _list(convert: Callable[[str], str], text: str) -> tuple[str, ...]:
    parts = [part for part in map(str.strip, _PARTS.split(text)) if part not in NOTHING]
    if len(parts) > MOST_VALUES:
        raise CellTooLong(f"The cell has {len(parts)} values.", remedy=f"Give at most {MOST_VALUES}.")
    return tuple(sorted({convert(part) for part in parts}))


def _period(text: str) -> str:
    category, _, days = text.partition(":")
    first, _, last = days.partition(":")
    if not (REFERENCE.fullmatch(category) and first and last):
        raise PeriodMalformed(remedy="Write for example TEST:2026-01-01:2028-12-31.")
    return f"{category}:{_day(first)}:{_day(last)}"


def _sector(text: str) -> int:
    number = SECTORS.get(text) or SECTORS.get(plain(text))
    if number is None:
        raise WordUnknown(remedy="Give a number from 1 to 16, or the sector's name.")
    return number


@lru_cache(maxsize=32_768)
def _day(text: str, check: Callable[[str], str] = check_day) -> str:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return check(text)
    return check(f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}")


@lru_cache(maxsize=8_192)
def division(text: str) -> str:
    """A division code that exists; remembered, for a file names few of them."""
    return check_division(text)


def _flag(text: str) -> bool:
    flag = FLAGS.get(text.strip().lower())
    if flag is None:
        raise WordUnknown(remedy="Write yes or no.")
    return flag


def _reference(text: str) -> str:
    if _RESIDENT.fullmatch(text):
        raise PersonalNumber(remedy="Give a reference that says nothing, such as a salted hash kept by the register.")
    if not REFERENCE.fullmatch(text):
        raise ReferenceMalformed(remedy="Give a reference such as C-10482, never a person's name.")
    return text


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise WordUnknown(remedy="Give the two capital letters of the country, such as CN.")
    return text


def _text(text: str) -> str:
    if len(text) > LONGEST_CELL // 10 or not text.isprintable():
        raise CellTooLong(remedy="Give a name of one line, at most 400 characters.")
    return text


def _bounded(text: str) -> str:
    if len(text) > SHOWN:
        raise CellTooLong(remedy="Copy the number from the business licence.")
    return text.strip()


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "code": _bounded,
    "region": _bounded,
    "country": _country,
    "day": lambda text: _day(text if len(text) <= SHOWN else "?"),
    "founding": lambda text: _day(text if len(text) <= SHOWN else "?", check_day_of_fact),
    "sector": _sector,
    "count": _count,
    "flag": _flag,
    "reference": _reference,
    "text": _text,
}
