"""What identifies an account at a bank: IBAN, other number, BIC; each checked, and shown only in part."""

import re
from typing import Final

from vouchers.refusals import Malformed
from vouchers.texts import check_text

LONGEST_NAME: Final = 140
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_NUMBER: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,32}[A-Z0-9])?")
_BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_MEMBER: Final = re.compile(r"[A-Z0-9]{1,35}")
# What every bank of the SEPA and SWIFT worlds takes in names and references.
LATIN: Final = re.compile(r"[A-Za-z0-9/?:().,'+ -]*")


class IbanMalformed(Malformed):
    """An IBAN begins with a country and two check digits, which do not fit this one."""


class AccountNumberMalformed(Malformed):
    """An account number has 1 to 34 letters, digits and hyphens."""


class BicMalformed(Malformed):
    """A BIC has 8 or 11 letters and digits: bank, country, place, branch."""


class BankCodeMalformed(Malformed):
    """The code of a bank in a clearing system has 1 to 35 letters and digits."""


class HolderMalformed(Malformed):
    """The holder of an account is named in 1 to 140 characters that can be kept."""


def check_iban(text: str) -> str:
    """Return an IBAN without blanks; its check digits are recomputed (ISO 13616)."""
    iban = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(iban) or int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 != 1:
        raise IbanMalformed(pointer="/iban", remedy="Copy it again from the bank's paper.")
    return iban


def check_number(text: str) -> str:
    """Return an account number that is no IBAN, without blanks."""
    number = text.replace(" ", "").upper()
    if not _NUMBER.fullmatch(number):
        raise AccountNumberMalformed(pointer="/number", remedy="Copy it again from the bank's paper.")
    return number


def check_bic(text: str) -> str:
    """Return a BIC."""
    bic = text.strip().upper()
    if not _BIC.fullmatch(bic):
        raise BicMalformed(pointer="/bic", remedy="Give all 8 or 11 characters.")
    return bic


def check_bank_code(text: str) -> str:
    """Return the code of a bank in its country's clearing system, such as the 12 digits of CNAPS."""
    code = text.strip().upper()
    if not _MEMBER.fullmatch(code):
        raise BankCodeMalformed(pointer="/bank_code", remedy="Give the digits alone.")
    return code


def check_holder(text: str) -> str:
    """Return the name of an account's holder, blanks in one row made one."""
    name = " ".join(check_text(text, "/holder").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise HolderMalformed(pointer="/holder", remedy="Write it as the bank does.")
    return name


def shown(number: str) -> str:
    """An account number as people may see it: its last four characters."""
    return f"…{number[-4:]}"
