"""The numbers and thresholds of the audit tests: what ships, what policies say, what an auditor's file says."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from vouchers.money import MAX_AMOUNT
from vouchers.refusals import Malformed

MEASURES: Final = ("gross", "subsidy")
_LARGEST_FILE: Final = 65_535
_RANGE: Final = (0, MAX_AMOUNT)
_RANGES: Final = {"utc_offset_minutes": (-1_440, 1_440), "round_unit": (1, MAX_AMOUNT)}


class NumbersFaulty(Malformed):
    """The file with the numbers of the audit tests cannot be read."""


class Threshold(NamedTuple):
    """A sum at which more is asked of an order; `hard` where nothing above it is allowed at all."""

    programme: str
    policy_version: str
    policy_digest: str
    name: str
    measure: str
    category: str
    amount: int
    hard: int


@dataclass(frozen=True)
class Numbers:
    """The numbers of a run, which of them an auditor's file set, and the thresholds of that file."""

    values: Mapping[str, int]
    stated: frozenset[str] = frozenset()
    thresholds: tuple[Mapping[str, Any], ...] = ()

    def but(self, **said: int) -> "Numbers":
        """These numbers with others that hold where the auditor's file says nothing."""
        known = {name: value for name, value in said.items() if name not in self.stated}
        return Numbers(MappingProxyType({**self.values, **known}), self.stated, self.thresholds)


@cache
def shipped() -> Numbers:
    """The numbers that ship."""
    text = files("service.audit.suite").joinpath("numbers.toml").read_text("utf-8")
    return Numbers(MappingProxyType(tomllib.loads(text)["numbers"]))


def read_numbers(path: Path) -> Numbers:
    """The numbers that ship, with those of an auditor's file in their place."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE + 1)
        if len(text) > _LARGEST_FILE:
            raise NumbersFaulty(f"It has more than {_LARGEST_FILE:,} bytes.", pointer="/numbers", remedy="Shorten it.")
        said = tomllib.loads(text.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        raise NumbersFaulty(str(fault), pointer="/numbers", remedy="Give a TOML file.") from fault
    base, numbers, own = shipped(), said.get("numbers", {}), said.get("threshold", [])
    if not isinstance(numbers, dict) or not isinstance(own, list):
        raise NumbersFaulty(pointer="/numbers", remedy="Write [numbers] and [[threshold]] as the shipped file does.")
    for name, value in numbers.items():
        if name not in base.values:
            remedy = f"Known: {', '.join(base.values)}."
            raise NumbersFaulty(f"{name} is no number of the tests.", pointer=f"/numbers/{name}", remedy=remedy)
        least, most = _RANGES.get(name, _RANGE)
        if type(value) is not int or not least <= value <= most:
            remedy = f"Give a whole number from {least:,} to {most:,}."
            raise NumbersFaulty(f"{name} cannot be {value}.", pointer=f"/numbers/{name}", remedy=remedy)
    thresholds = tuple(_checked(place, each) for place, each in enumerate(own))
    return Numbers(MappingProxyType({**base.values, **numbers}), frozenset(numbers), thresholds)


def _checked(place: int, given: Any) -> Mapping[str, Any]:
    named = isinstance(given, dict) and all(
        isinstance(given.get(name), str) and given[name] for name in ("programme", "name")
    )
    if not named or given.get("measure") not in MEASURES or type(given.get("amount")) is not int:
        remedy = "Give programme, name, measure (gross or subsidy) and amount in minor units."
        raise NumbersFaulty("A threshold is not complete.", pointer=f"/threshold/{place}", remedy=remedy)
    known: Mapping[str, Any] = given
    return known
