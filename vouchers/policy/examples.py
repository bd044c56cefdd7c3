"""The table `[examples]`: worked cases that a policy carries with it, each with what it must come to."""

from collections.abc import Mapping
from typing import Final

from vouchers.facts import Fact, Facts
from vouchers.policy.reading import Table
from vouchers.values import Value

MOST_FACTS: Final = 40


class Example(Value):
    """One worked case: an order with its subsidy, or without a category a beneficiary with the vouchers granted.

    `refused` names every reason that must be found; none is expected where it is empty. `used` and `counted` say what
    the ceilings of a level have taken before, in minor units and in orders.
    """

    text: str
    on: str
    category: str
    voucher: str
    gross: int
    net: int
    asked: int | None
    enterprise: Facts
    provider: Facts
    attributes: Facts
    used: Mapping[str, int]
    counted: Mapping[str, int]
    subsidy: int | None
    grants: tuple[str, ...]
    refused: tuple[str, ...]


def read_examples(table: Table) -> tuple[Example, ...]:
    """Every case of the table; the facts of the table hold for all of them, those of a case come on top."""
    enterprise, provider = _facts(table, "enterprise"), _facts(table, "provider")
    cases = tuple(_example(each, enterprise, provider) for each in table.tables("case"))
    table.end()
    return cases


def _example(table: Table, enterprise: Facts, provider: Facts) -> Example:
    """One case."""
    category = table.text("category", default="")
    gross = table.whole("gross", least=1) if category else 0
    example = Example(
        text=table.text("text"),
        on=table.day("on", default=""),
        category=category,
        voucher=table.text("voucher", default=""),
        gross=gross,
        net=table.whole("net", default=gross),
        asked=table.maybe_whole("asked", least=1),
        enterprise={**enterprise, **_facts(table, "enterprise")},
        provider={**provider, **_facts(table, "provider")},
        attributes=_facts(table, "attributes"),
        used=_numbers(table, "used"),
        counted=_numbers(table, "counted"),
        subsidy=table.maybe_whole("subsidy"),
        grants=table.words("grants", default=()),
        refused=table.words("refused", default=()),
    )
    if example.subsidy is None and not example.grants and not example.refused:
        table.fault("", "This example expects nothing.", "Give subsidy, grants or refused.")
    table.end()
    return example


def _facts(table: Table, key: str) -> dict[str, Fact]:
    """Facts by name: words, whole numbers, yes or no, and lists of words."""
    found: dict[str, Fact] = {}
    for name, value in _items(table, key):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            found[name] = tuple(value)
        elif isinstance(value, str | int):
            found[name] = value
        else:
            table.fault(f"{key}.{name}", "This is not a fact.", "Write a word, a whole number, true, false or a list.")
    return found


def _numbers(table: Table, key: str) -> dict[str, int]:
    """Whole numbers by the level of the ceiling that they speak of."""
    found: dict[str, int] = {}
    for name, value in _items(table, key):
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            found[name] = value
        else:
            table.fault(f"{key}.{name}", "This must be a whole number.", "Write minor units, or a number of orders.")
    return found


def _items(table: Table, key: str) -> list[tuple[str, object]]:
    """The names and values of a small table, read as they are."""
    table.asked.add(key)
    value = table.content.get(key, {})
    if isinstance(value, Mapping) and len(value) <= MOST_FACTS:
        return list(value.items())
    table.fault(key, "This must be a table.", f"Write up to {MOST_FACTS} values {{ name = value }}.")
    return []
