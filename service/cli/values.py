"""What may be typed as a value: days, amounts, codes, digests, people. A wrong one is told before anything starts."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from schemas.registry_cells import reader
from schemas.registry_columns import ENTERPRISE_COLUMNS, NOTHING, PROVIDER_COLUMNS, Column
from vouchers.days import check_day
from vouchers.divisions import check_division
from vouchers.facts import Fact
from vouchers.identifiers import CreditCodeCheck, check_code, check_firm, normalise
from vouchers.money import exponent_of, parse_amount
from vouchers.refusals import Malformed
from vouchers.texts import check_digest, check_id, check_path, check_words

ROLES: Final = ("enterprise", "provider", "officer", "reviewer", "finance", "regulator", "system")
_LONGEST_NUMBER: Final = 15  # digits
LONGEST_NAME: Final = 64


class Checked(click.ParamType[str]):
    """A value that one of the rules' own checks reads; what it refuses is wrong usage."""

    def __init__(self, name: str, check: Callable[[str], str]) -> None:
        """Name the value and its check."""
        self.name = name
        self._check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The canonical form of what was typed; nothing stays nothing where nothing is asked for."""
        if value == "" and param is not None and not param.required:
            return ""
        try:
            return self._check(value)
        except Malformed as refused:
            self.fail(f"{refused.detail} {refused.remedy} ({refused.code})", param, ctx)


class PersonMalformed(Malformed):
    """A person is written ROLE:NAME, a role that exists and a reference in plain letters and digits."""


class FactMalformed(Malformed):
    """A fact is written NAME=VALUE."""


class InstalmentMalformed(Malformed):
    """An instalment is written DAY=AMOUNT."""


def check_person(text: str) -> str:
    """Return ROLE:NAME, or refuse it."""
    role, _, name = text.partition(":")
    if role not in ROLES or not name:
        raise PersonMalformed(remedy=f"Roles: {', '.join(ROLES)}. Example: officer:li.")
    return check_id(text)


def check_voucher(text: str) -> str:
    """Return a voucher's number in its canonical form."""
    return check_code(text, prefix="V")


def check_key(text: str) -> str:
    """Return a number that people gave to a thing: a generated code in its canonical form, or their own."""
    try:
        return check_code(text)
    except Malformed:
        return check_id(text)


def check_instalment(text: str) -> tuple[str, str]:
    """Return the day and the amount of an instalment typed as DAY=AMOUNT, the amount as it was typed."""
    day, mark, amount = text.partition("=")
    if not mark:
        raise InstalmentMalformed(pointer="/instalments", remedy="Example: --part 2026-09-30=500.00")
    return check_day(day, "/instalments"), amount


def check_enterprise(text: str) -> str:
    """Return an enterprise's number: a credit code, or COUNTRY-NUMBER for one from abroad or from before 2015.

    A code whose check does not fit may be one that is let through for a reason on record: the log knows whose it is.
    """
    try:
        return check_firm(text)
    except CreditCodeCheck:
        return normalise(text)


def check_subject(text: str) -> str:
    """Return a voucher's number or an enterprise's."""
    return check_voucher(text) if normalise(text).startswith("V-") else check_enterprise(text)


def check_party(text: str) -> str:
    """Return the code of a firm in its canonical form, or the reference of a controller or a person as it stands."""
    try:
        return check_firm(text)
    except Malformed:
        return check_words(text.strip())


def check_stream(text: str) -> str:
    """Return the number or code of anything that has a history."""
    try:
        return check_code(text)
    except Malformed:
        return check_path(text.strip())


def check_reference(text: str) -> str:
    """Return the reference of an account as registry files have it: opaque, without blanks."""
    return str(_cell(_PROVIDER_COLUMNS["account_ref"], text.strip())[1])


def check_place(text: str) -> str:
    """Return the division code of an address, or the code of a place abroad."""
    return text if _PLACE_ABROAD.fullmatch(text) else check_division(text)


def _cell(column: Column, value: str) -> tuple[str, Fact]:
    """A fact by the name of its column, the value read as a cell of it."""
    name = column.name
    if value in NOTHING and column.reads in ("words", "codes"):
        return name, ()
    try:
        return name, reader(column, None)(value)
    except Malformed as refused:
        raise type(refused)(refused.detail, pointer=f"/facts/{name}", remedy=refused.remedy) from refused


# The columns of registry files, by the facts that they hold; a place abroad.
_COLUMNS: Final = {each.name: each for each in ENTERPRISE_COLUMNS if each.name not in ("enterprise_id", "as_of_on")}
_PROVIDER_COLUMNS: Final = {
    each.name: each for each in PROVIDER_COLUMNS if each.name not in ("provider_id", "as_of_on", "name")
}
_PLACE_ABROAD: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")

DAY = Checked("day", check_day)
CREDIT_CODE = Checked("credit code", check_firm)
VOUCHER = Checked("voucher", check_voucher)
NUMBER = Checked("number", check_key)
DIGEST = Checked("digest", lambda text: check_digest(text.strip().lower()))
CATEGORY = Checked("category", check_id)
PROGRAMME_CODE = Checked("programme", check_id)
PERSON = Checked("role:name", check_person)
REGION = Checked("region", check_id)
PLACE = Checked("place", lambda text: check_place(text.strip()))
REFERENCE = Checked("reference", check_reference)
SOURCE_NAME = Checked("source", check_id)
ENTERPRISE = Checked("enterprise", check_enterprise)
SUBJECT = Checked("enterprise|voucher", check_subject)
PARTY = Checked("party", check_party)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def amount_in(text: str, currency: str, pointer: str) -> int:
    """Minor units of an amount typed as "1,234.56" in a currency."""
    return parse_amount(text, exponent_of(currency), pointer)


def digest_of(file: Path | None, digest: str | None, name: str) -> str:
    """The SHA-256 of a document, computed from the file or given; one of the two is needed."""
    if (file is None) == (digest is None):
        raise click.UsageError(f"Give either --{name} FILE or --{name}-digest HEX.")
    if file is None:
        return str(digest)
    with file.open("rb") as document:
        return hashlib.file_digest(document, "sha256").hexdigest()


def fact_of(text: str) -> tuple[str, Fact]:
    """A fact typed as NAME=VALUE: yes or no, a whole number, a list with semicolons, or a word."""
    name, mark, value = text.partition("=")
    if not mark or not name.isidentifier() or not name.isascii():
        raise FactMalformed(pointer="/attributes", remedy="Example: days=3.")
    if name == "exclusions" or ";" in value:
        return name, tuple(word.strip() for word in value.split(";") if word.strip())
    if value in ("yes", "true", "no", "false"):
        return name, value in ("yes", "true")
    whole = value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER
    return name, int(value) if whole else value


def registry_fact_of(text: str) -> tuple[str, Fact]:
    """A registry's fact typed as NAME=VALUE, read as a registry file's cell of that name; a list with semicolons."""
    name, mark, value = text.partition("=")
    name = name.strip()
    if not mark or name not in _COLUMNS:
        told = f"No registry states {name[:LONGEST_NAME]}." if mark else ""
        raise FactMalformed(told, pointer="/facts", remedy=f"Write NAME=VALUE, with one of {', '.join(_COLUMNS)}.")
    return _cell(_COLUMNS[name], value.strip())


def provider_fact_of(text: str) -> tuple[str, Fact]:
    """A provider's fact typed as NAME=VALUE, read as a registry file's cell of that name where there is one."""
    name, mark, value = text.partition("=")
    column = _PROVIDER_COLUMNS.get(name.strip())
    return _cell(column, value.strip()) if mark and column else fact_of(text)
