"""What a request says of a firm, held against what registries say of one: known facts have their types."""

from collections.abc import Mapping
from typing import Final

from schemas.registry_columns import ENTERPRISE_COLUMNS, PROVIDER_COLUMNS
from vouchers.divisions import check_division
from vouchers.facts import Facts
from vouchers.refusals import Malformed


class FactOfAnotherType(Malformed):
    """A fact has another type than registries state it with."""


_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    "count": (int, "Give a whole number."),
    "sector": (int, "Give the number of the size class, 1 to 16."),
    "money": (int, "Give a whole number of minor units."),
    "flag": (bool, "Give true or false."),
    "words": (tuple, "Give a list of words."),
    "codes": (tuple, "Give a list of credit codes."),
    "word": (str, "Give a word."),
    "day": (str, "Give a day, YYYY-MM-DD."),
    "founding": (str, "Give a day, YYYY-MM-DD."),
    "region": (str, "Give a division code."),
    "country": (str, "Give the two letters of a country."),
    "reference": (str, "Give an opaque reference."),
}
_READS: Final = {each.name: each.reads for each in (*ENTERPRISE_COLUMNS, *PROVIDER_COLUMNS) if each.reads in _TYPES}


def check_described(facts: Facts, pointer: str = "/facts") -> Facts:
    """Return facts, or refuse the first whose type is not the registries'; what no registry states may be anything."""
    for name, value in facts.items():
        kind, remedy = _TYPES.get(_READS.get(name, ""), (object, ""))
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise FactOfAnotherType(pointer=f"{pointer}/{name}", remedy=remedy)
    if facts.get("country", "CN") == "CN" and "region" in facts:
        check_division(str(facts["region"]), f"{pointer}/region")
    return facts
