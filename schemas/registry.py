"""Rows of registry files: a header becomes a layout, a row becomes checked facts, or faults with their places."""

import re
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from schemas.registry_cells import (
    LONGEST_CELL,
    CellMissing,
    PersonalNumber,
    ReferenceMalformed,
    WordUnknown,
    division,
    plain,
    reader,
    short,
)
from schemas.registry_columns import ENTERPRISE_COLUMNS, NOT_KEPT, NOTHING, PROVIDER_COLUMNS, UNITS
from vouchers.facts import Fact
from vouchers.identifiers import OLD_CODE_LENGTHS, check_credit_code, check_old_code
from vouchers.refusals import Malformed, Refused

_UNIT: Final = re.compile(r"(.*?)(?:\(([^()]+)\)|_(yuan|wan|fen|cny|eur|cent))?$")
_ABROAD: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_NUMBER_ABROAD: Final = re.compile(r"[A-Z0-9][A-Z0-9.-]{1,39}")
_LISTS: Final = frozenset({"words", "codes", "periods"})


class ColumnUnknown(Malformed):
    """The file has a column that nobody knows."""


class ColumnTwice(Malformed):
    """Two columns of the file hold the same thing."""


class ColumnMissing(Malformed):
    """The file lacks a column that every row needs."""


class CellCount(Malformed):
    """The row has more or fewer cells than the header."""


class AsOfMissing(Malformed):
    """Neither the file nor the command says which day the rows speak of."""

    remedy = "Add a column with the day, or give --as-of DAY."


@dataclass(frozen=True, slots=True)
class RowFault:
    """One fault of a file: line (from 1), column, stable code, the value shortened, the sentence and the remedy."""

    line: int
    column: str
    code: str
    value: str
    detail: str
    remedy: str


class Reading(NamedTuple):
    """One good row: whom it is about, the day it speaks of, its facts, and what is not a fact (name, account...)."""

    key: str
    as_of_on: str
    facts: dict[str, Fact]
    extra: dict[str, Any]


class Faulty(Exception):
    """A row with faults, all of them: (column, value, refusal)."""

    def __init__(self, faults: list[tuple[str, str, Refused]]) -> None:
        """Hold the faults."""
        self.faults = faults
        super().__init__(f"{len(faults)} faults")


class Cell(NamedTuple):
    """Where a column stands in a row, and how its cells are read."""

    at: int
    name: str
    title: str
    convert: Callable[[str], Any]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A header understood: the cells of a row, and the columns that are left out."""

    subject: str  # enterprise | provider
    width: int
    cells: tuple[Cell, ...]
    left_out: tuple[str, ...]
    as_of_on: str
    allowed: Container[str]
    required: frozenset[str]


def layout_of(
    header: Sequence[str],
    subject: str,
    *,
    as_of_on: str = "",
    allowed: Container[str] = frozenset(),
    ignore_unknown: bool = False,
) -> Layout:
    """Understand a header; raises ColumnUnknown, ColumnTwice, ColumnMissing or AsOfMissing."""
    columns = ENTERPRISE_COLUMNS if subject == "enterprise" else PROVIDER_COLUMNS
    known = {plain(name): column for column in columns for name in column.names}
    cells: dict[str, Cell] = {}
    left_out: list[str] = []
    for at, title in enumerate(header):
        name, unit = _title(title)
        column = known.get(name)
        if column is None or (unit is not None and (column.reads != "money" or unit not in UNITS)):
            _leave_out(title, name if unit is None else "", subject, ignore_unknown, left_out)
        elif column.name in cells:
            raise ColumnTwice(pointer=short(title), remedy=f"Keep one of {cells[column.name].title!r} and {title!r}.")
        else:
            cells[column.name] = Cell(at, column.name, title, reader(column, unit), column.reads in _LISTS)
    required = frozenset(column.name for column in columns if column.required)
    for name in sorted(required - set(cells)):
        raise ColumnMissing(
            f"There is no column {name}.", pointer=name, remedy="Add it; docs/registry.md lists the columns."
        )
    if "as_of_on" not in cells and not as_of_on:
        raise AsOfMissing(pointer="as_of_on", remedy="Give --as-of DAY, or a column as_of_on.")
    return Layout(subject, len(header), tuple(cells.values()), tuple(left_out), as_of_on, allowed, required)


def read_row(layout: Layout, row: Sequence[str]) -> Reading:
    """The facts of one row; raises Faulty with every fault of it."""
    if len(row) != layout.width:
        detail = f"The row has {len(row)} cells, the header {layout.width}."
        refusal = CellCount(detail, remedy="Look for a missing quotation mark or delimiter.")
        raise Faulty([("", "", refusal)])
    facts: dict[str, Any] = {}
    try:
        for at, name, _, convert, is_list in layout.cells:
            text = row[at]
            if text not in NOTHING:
                facts[name] = convert(text)
            elif is_list:
                facts[name] = ()
        return _reading(layout, facts)
    except Refused as refused:
        raise Faulty(_faults(layout, row) or [("", "", refused)]) from None


def _reading(layout: Layout, facts: dict[str, Any]) -> Reading:
    as_of_on = facts.pop("as_of_on", layout.as_of_on)
    if layout.subject == "enterprise":
        key = _key(facts.pop("enterprise_id", ""), facts, layout.allowed)
        extra: dict[str, Any] = {}
    else:
        key = _key(facts.pop("provider_id", ""), facts, layout.allowed)
        extra = {name: facts.pop(name) for name in ("name", "accreditations", "account_ref") if name in facts}
        if "name" not in extra or "kind" not in facts:
            raise CellMissing
    if not as_of_on:
        raise AsOfMissing
    return Reading(key, as_of_on, facts, extra)


def _key(text: str, facts: dict[str, Any], allowed: Container[str]) -> str:
    """The registration number: a credit code, or abroad the country and the number there."""
    if not text:
        raise CellMissing(remedy="Give the credit code.")
    country = facts.setdefault("country", "CN")
    if country == "CN":
        region = facts.get("region")
        if region is not None:
            facts["region"] = division(region)
        if len(text) in OLD_CODE_LENGTHS:
            return check_old_code(text, str(facts.get("registered_on", "")))
        return check_credit_code(text, "", allowed)
    number = text.upper().removeprefix(f"{country}-")
    if not _NUMBER_ABROAD.fullmatch(number):
        detail = "A registration number has 2 to 40 letters, digits, full stops and hyphens."
        raise ReferenceMalformed(detail, remedy="Copy it from the register; a short one may begin with noughts.")
    _check_abroad(facts.setdefault("region", country))
    return f"{country}-{number}"


def _faults(layout: Layout, row: Sequence[str]) -> list[tuple[str, str, Refused]]:
    """Every fault of a row that has one: asked again, cell by cell.

    Without tracebacks, which lead back to this list: rows by the million must not wait for the search for cycles.
    """
    found: list[tuple[str, str, Refused]] = []
    facts: dict[str, Any] = {}
    title_of = {cell.name: cell.title for cell in layout.cells}
    for cell in layout.cells:
        text = row[cell.at]
        try:
            if text not in NOTHING:
                facts[cell.name] = cell.convert(text)
            elif cell.name in layout.required:
                raise CellMissing(remedy="Fill the cell, or take the row out.")
        except Refused as refused:
            # A report travels further than the file: what should not have been in the file is not repeated.
            shown = "…" if isinstance(refused, PersonalNumber) else short(text)
            found.append((cell.title, shown, refused.with_traceback(None)))
    if "as_of_on" in title_of and "as_of_on" not in facts and not layout.as_of_on:
        found.append((title_of["as_of_on"], "", AsOfMissing(remedy="Fill the cell, or give --as-of DAY.")))
    key = next(name for name in ("enterprise_id", "provider_id") if name in title_of)
    for name, ask in (("region", _check_region), (key, partial(_check_key, key, layout.allowed))):
        try:
            if name in facts:
                ask(facts)
        except Refused as refused:
            found.append((title_of[name], short(str(facts[name])), refused.with_traceback(None)))
    return found


def _check_region(facts: dict[str, Any]) -> None:
    if facts.get("country", "CN") == "CN":
        division(facts["region"])
    else:
        _check_abroad(facts["region"])


def _check_abroad(region: str) -> None:
    if not _ABROAD.fullmatch(region):
        detail = "A region abroad is its country, or the country and one to three letters or digits (ISO 3166-2)."
        raise WordUnknown(detail, remedy="Give a region such as IE, GB-NIR or DE-BY.")


def _check_key(key: str, allowed: Container[str], facts: dict[str, Any]) -> None:
    _key(facts[key], {name: value for name, value in facts.items() if name in ("country", "registered_on")}, allowed)


def _leave_out(title: str, name: str, subject: str, ignore_unknown: bool, left_out: list[str]) -> None:
    if name not in {plain(each) for each in NOT_KEPT[subject]} and not ignore_unknown:
        remedy = "Rename it as docs/registry.md says, or ignore unknown columns."
        if not title.isascii():
            remedy += " Where it looks garbled, the file may be GB18030 (--encoding gb18030)."
        raise ColumnUnknown(f"Nobody knows the column {short(title)!r}.", pointer=short(title), remedy=remedy)
    left_out.append(short(title))


def _title(title: str) -> tuple[str, str | None]:
    """A header's name in its plain form, and the unit that it says, if any."""
    text = unicodedata.normalize("NFKC", title[:LONGEST_CELL]).strip().lower()
    found = _UNIT.fullmatch(text)
    if found is None:
        return plain(text), None
    unit = found[2] or found[3]
    return plain(found[1]), plain(unit) if unit else None
