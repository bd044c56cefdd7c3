"""The names of the outside world and of our own things, each with its check: credit codes, invoice keys, codes."""

import re
from collections.abc import Callable, Container
from hashlib import sha256
from operator import mul
from typing import Final

from vouchers.divisions import check_division
from vouchers.refusals import Malformed

_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_LONGEST_TEXT: Final = 64

# GB 32100-2015: 31 characters, each worth its place; the weight of place i is 3^(i-1) mod 31, that of the check is 1.
CREDIT_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE_LENGTH: Final = 18
_CREDIT_LEGAL: Final = CREDIT_CODE_ALPHABET.encode()
_CREDIT_MODULUS: Final = 31
_CREDIT_WEIGHTS: Final = (*(pow(3, place, _CREDIT_MODULUS) for place in range(17)), 1)
_CREDIT_VALUES: Final = bytes(CREDIT_CODE_ALPHABET.find(chr(byte)) % 256 for byte in range(256))
_DIVISION: Final = slice(2, 8)

# GB 11714: places 9 to 17 are an organisation code, whose letters are worth 10 to 35 and whose check is modulo 11.
_ORGANISATION: Final = slice(8, 16)
_ORGANISATION_CHECK_AT: Final = 16
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_VALUES: Final = bytes("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".find(chr(byte)) % 256 for byte in range(256))
_ORGANISATION_CHECKS: Final = "0X987654321"

CREDIT_CODES_SINCE: Final = "2015-10-01"
OLD_CODE_LENGTHS: Final = (9, 10, 15, 16)  # the hyphen before the check may be there
_OLD_CODE: Final = re.compile(r"(?:[0-9]{6})?([0-9A-Z]{8})-?([0-9X])")

# Crockford's base 32: no I, L, O, U among the data; the check symbol is the number modulo 37.
_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_CHECKS: Final = _CODE_ALPHABET + "*~$=U"
_CODE_AWKWARD: Final = frozenset({32, 33, 34, 35})  # The values of * ~ $ = as a check.
_CODE_VALUES: Final = {symbol: value for value, symbol in enumerate(_CODE_ALPHABET)}
_CODE_PAIRS: Final = tuple(high + low for high in _CODE_ALPHABET for low in _CODE_ALPHABET)
_CODE: Final = re.compile(r"([A-Z]{1,4})([0-9A-HJKMNP-TV-Z]{12})([0-9A-HJKMNP-Z*~$=])")
_CODE_TAIL: Final = 13
_CODE_MISREAD: Final = str.maketrans("OIL", "011")
_CODE_GAPS: Final = re.compile(r"[-\s]+")

_INVOICE_DIGITAL: Final = re.compile(r"[0-9]{20}")
_INVOICE_NUMBER: Final = re.compile(r"[0-9]{8}")
_INVOICE_CODE: Final = re.compile(r"[0-9]{10}(?:[0-9]{2})?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_ABROAD: Final = re.compile(r"[A-Z]{2}-[A-Z0-9][A-Z0-9.-]{1,39}")
_FOREIGN: Final = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")


class CreditCodeLength(Malformed):
    """A unified social credit code has 18 characters."""


class CreditCodeAlphabet(Malformed):
    """The unified social credit code has a character that cannot stand there."""


class CreditCodeCheck(Malformed):
    """A check character of the unified social credit code does not fit the others."""


class OldCodeMalformed(Malformed):
    """The old code is neither an organisation code of nine characters nor a tax number that ends in one."""


class OldCodeOutdated(Malformed):
    """An enterprise founded since 1 October 2015 has a unified social credit code."""

    remedy = "Copy the 18 characters from the business licence."


class InvoiceNumber(Malformed):
    """The invoice number is neither 20 digits (digital invoice) nor 8 digits with an invoice code."""


class InvoiceCode(Malformed):
    """The invoice code has neither 10 nor 12 digits."""


class InvoiceCountry(Malformed):
    """A foreign invoice needs the two letters of a country other than China."""


class InvoiceReference(Malformed):
    """The supplier or the number of a foreign invoice has characters that cannot be kept."""


class CodeMalformed(Malformed):
    """The code is not of the form V-XXXX-XXXX-XXXX-X."""


class CodeCheck(Malformed):
    """The check symbol at the end of the code does not fit the others."""


class CodePrefix(Malformed):
    """The code belongs to something else."""


def normalise(text: str) -> str:
    """Return a text without outer blanks, in narrow capitals: what people type instead of the canonical form."""
    return text.translate(_NARROW).strip().upper()


def check_credit_code(text: object, pointer: str = "", allowed: Container[str] = frozenset()) -> str:
    """Return the canonical form of a unified social credit code (GB 32100-2015), or refuse it with the place.

    Legal codes that fail a check exist (early pilots): the caller passes those it allows, each for a reason on file.
    """
    if isinstance(text, str) and len(text) == CREDIT_CODE_LENGTH and _credit_code_holds(text):
        return text
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise CreditCodeLength(pointer=pointer, remedy="Copy the 18 characters from the business licence.")
    code = normalise(text)
    if code not in allowed:
        _refuse_credit_code(code, pointer)
    return code


def check_firm(text: object, pointer: str = "", allowed: Container[str] = frozenset()) -> str:
    """Return the code of an enterprise or a provider: a credit code, or COUNTRY-NUMBER for one from abroad."""
    typed = normalise(text) if isinstance(text, str) and len(text) <= _LONGEST_TEXT else ""
    return typed if _ABROAD.fullmatch(typed) else check_credit_code(text, pointer, allowed)


def _credit_code_holds(code: str) -> bool:
    # Called for every row of a registry: tables and C loops, no loop of our own.
    raw = code.encode("ascii", "replace")
    return (
        not raw.translate(None, _CREDIT_LEGAL)
        and raw[_DIVISION].isdigit()
        and not sum(map(mul, raw.translate(_CREDIT_VALUES), _CREDIT_WEIGHTS)) % _CREDIT_MODULUS
        and _organisation_check(raw[_ORGANISATION]) == code[_ORGANISATION_CHECK_AT]
    )


def _refuse_credit_code(code: str, pointer: str) -> None:
    """Refuse a canonical code with its first fault, or return if it has none."""
    if len(code) != CREDIT_CODE_LENGTH:
        detail = f"A unified social credit code has 18 characters; this one has {len(code)}."
        remedy = "Copy the 18 characters from the business licence."
        raise CreditCodeLength(detail, pointer=pointer, remedy=remedy, length=len(code))
    for at, character in enumerate(code):
        legal = "0123456789" if _DIVISION.start <= at < _DIVISION.stop else CREDIT_CODE_ALPHABET
        if character not in legal:
            detail = f"Character {at + 1} of the credit code is {character!r}, which cannot stand there."
            remedy = "Compare that place with the business licence; I, O, S, V and Z are never used."
            raise CreditCodeAlphabet(detail, pointer=pointer, remedy=remedy, position=at + 1, found=character)
    raw = code.encode()
    # A slip in places 9 to 17 breaks both checks, one elsewhere only the last: so the first names the narrower place.
    checks: tuple[tuple[int, Callable[[bytes], str], slice, str], ...] = (
        (_ORGANISATION_CHECK_AT, _organisation_check, _ORGANISATION, "9 to 17"),
        (CREDIT_CODE_LENGTH - 1, _credit_check, slice(0, CREDIT_CODE_LENGTH - 1), "1 to 8 and 18"),
    )
    for at, check, covered, places in checks:
        expected = check(raw[covered])
        if code[at] != expected:
            detail = f"Character {at + 1} of the credit code is {code[at]}, but the others call for {expected}."
            remedy = f"Compare places {places} with the business licence."
            facts = {"position": at + 1, "found": code[at], "expected": expected}
            raise CreditCodeCheck(detail, pointer=pointer, remedy=remedy, **facts)


def _credit_check(first: bytes) -> str:
    rest = sum(map(mul, first.translate(_CREDIT_VALUES), _CREDIT_WEIGHTS)) % _CREDIT_MODULUS
    return CREDIT_CODE_ALPHABET[-rest % _CREDIT_MODULUS]


def _organisation_check(body: bytes) -> str:
    return _ORGANISATION_CHECKS[sum(map(mul, body.translate(_ORGANISATION_VALUES), _ORGANISATION_WEIGHTS)) % 11]


def check_old_code(text: str, founded_on: str, pointer: str = "") -> str:
    """Return the number under which an enterprise without a credit code is kept: CN- and its organisation code.

    A tax number of 15 characters is a division and that code. The credit code that came later holds it in places
    9 to 17, so that whoever sees both can tell that they are one enterprise.
    """
    found = _OLD_CODE.fullmatch(normalise(text)) if len(text) <= _LONGEST_TEXT else None
    if found is None or _organisation_check(found[1].encode()) != found[2]:
        raise OldCodeMalformed(pointer=pointer, remedy="Copy the organisation code: eight characters and a check.")
    if not founded_on or founded_on >= CREDIT_CODES_SINCE:
        raise OldCodeOutdated(pointer=pointer)
    return f"CN-{found[1]}{found[2]}"


def old_code_in(code: str) -> str:
    """The old number that an enterprise with this credit code had before, if it had one."""
    return f"CN-{code[_ORGANISATION.start : _ORGANISATION_CHECK_AT + 1]}"


def make_credit_code(department: str, entity_type: str, division: str, serial: str | int) -> str:
    """Return a valid code of an invented firm; a serial is eight characters, or a number written as MA and six."""
    body = serial if isinstance(serial, str) else "MA" + _base31(serial)
    first = f"{department}{entity_type}{check_division(division)}{body}{_organisation_check(body.encode())}"
    return check_credit_code(first + _credit_check(first.encode()))


def _base31(number: int) -> str:
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, _CREDIT_MODULUS)
        digits = CREDIT_CODE_ALPHABET[digit] + digits
    return digits


def invoice_key(number: str, code: str = "", pointer: str = "") -> str:
    """Return the natural key of a Chinese invoice: "dfp:<20 digits>" or "fp:<code>:<number>".

    Faults are placed at <pointer>/number and <pointer>/code.
    """
    number, code = _bounded(number), _bounded(code)
    if _INVOICE_DIGITAL.fullmatch(number) and not code:
        return f"dfp:{number}"
    if not code or not _INVOICE_NUMBER.fullmatch(number):
        remedy = "Give the 20 digits of a digital invoice alone, or the 8 digits of an older one with its code."
        raise InvoiceNumber(pointer=f"{pointer}/number", remedy=remedy)
    if not _INVOICE_CODE.fullmatch(code):
        raise InvoiceCode(pointer=f"{pointer}/code", remedy="Copy the 10 or 12 digits above the invoice number.")
    return f"fp:{code}:{number}"


def foreign_invoice_key(country: str, supplier: str, number: str, pointer: str = "") -> str:
    """Return the natural key of an invoice from abroad: "inv:<country>:<supplier's tax number>:<number>"."""
    country, supplier, number = _bounded(country), _bounded(supplier), _bounded(number)
    # A Chinese invoice under a second key could be paid a second time.
    if country == "CN" or not _COUNTRY.fullmatch(country):
        raise InvoiceCountry(
            pointer=f"{pointer}/country", remedy="Give a code such as IE; Chinese invoices: 20 digits."
        )
    for name, part in (("supplier", supplier), ("number", number)):
        if not _FOREIGN.fullmatch(part):
            remedy = "Use at most 40 letters, digits, full stops, slashes, hyphens and low lines, no blanks."
            raise InvoiceReference(pointer=f"{pointer}/{name}", remedy=remedy)
    return f"inv:{country}:{supplier}:{number}"


def _bounded(text: str) -> str:
    # No form above allows a question mark, so that an endless text is refused like any other.
    return normalise(text) if len(text) <= _LONGEST_TEXT else "?"


def make_code(prefix: str, *parts: str | int) -> str:
    """Return the code that people read out for a thing: the same for the same parts, V-XXXX-XXXX-XXXX-C.

    The data is the first 60 bits of SHA-256 over the prefix and the parts, one a line. A number whose check symbol
    would be none of A-Z and 0-9 is hashed again, so that no code needs quoting on paper, in a shell or an address.
    """
    text = "\n".join((prefix, *map(str, parts)))
    if text.count("\n") != len(parts):
        raise ValueError("a part with a line feed could be mistaken for two parts")
    digest = sha256(text.encode()).digest()
    number = int.from_bytes(digest[:8]) >> 4
    while number % 37 in _CODE_AWKWARD:
        digest = sha256(digest).digest()
        number = int.from_bytes(digest[:8]) >> 4
    pairs = _CODE_PAIRS
    return (
        f"{prefix}-{pairs[number >> 50]}{pairs[number >> 40 & 1023]}-{pairs[number >> 30 & 1023]}"
        f"{pairs[number >> 20 & 1023]}-{pairs[number >> 10 & 1023]}{pairs[number & 1023]}-{_CODE_CHECKS[number % 37]}"
    )


def check_code(text: object, pointer: str = "", prefix: str = "") -> str:
    """Return the canonical form of a code that a person typed, or refuse it.

    Small letters, missing or spare hyphens, O for 0 and I or L for 1 are understood; a prefix that is given must fit.
    """
    typed = normalise(text) if isinstance(text, str) and len(text) <= _LONGEST_TEXT else ""
    joined = _CODE_GAPS.sub("", typed)
    found = _CODE.fullmatch(joined[:-_CODE_TAIL] + joined[-_CODE_TAIL:].translate(_CODE_MISREAD))
    if found is None:
        raise CodeMalformed(pointer=pointer, remedy="Copy the letter and the 13 characters of the code.")
    kind, data, check = found.groups()
    number = 0
    for symbol in data:
        number = number << 5 | _CODE_VALUES[symbol]
    if _CODE_CHECKS[number % 37] != check:
        raise CodeCheck(pointer=pointer, remedy="Compare the code with its source, character by character.")
    if prefix and kind != prefix:
        raise CodePrefix(pointer=pointer, remedy=f"Give a code that begins with {prefix}.", expected=prefix, found=kind)
    return f"{kind}-{data[:4]}-{data[4:8]}-{data[8:]}-{check}"
