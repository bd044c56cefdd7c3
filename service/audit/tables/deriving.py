"""Rows of the derived tables from the entries of a log, in one pass.

The currency of a row is that of its event; else the one that its stream named before; else that of the programme that
the event or the stream names. So it depends on the log before the entry, and on nothing else.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from service.audit.tables.model import Column, Row, Source, Table
from vouchers.money import EXPONENTS
from vouchers.wire import parse

Getter = Callable[[dict[str, Any], Any, int], Any]
_ENTRY = frozenset(("seq", "rec", "eff", "occ", "actor", "type", "agg", "ver", "cause"))


class Currencies:
    """The currency that streams and programmes named last."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, entry: dict[str, Any]) -> str | None:
        """The currency of an entry, which is remembered for its stream."""
        stream, data = entry["agg"], entry["data"]
        named = data.get("currency")
        if named:
            self._known[stream] = named
            return str(named)
        programme = data.get("programme") or stream.split("/", 2)[1]
        return self._known.get(stream) or self._known.get(f"programme/{programme}")


class Deriver:
    """Makes the rows of tables from entries given in log order, one entry at a time."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tables
        self._currencies = Currencies()
        self._makers: dict[str, list[tuple[int, list[Getter], list[Getter]]]] = {}
        for number, table in enumerate(tables):
            cells = [_cell(column) for column in table.columns]
            for event in dict.fromkeys(event for source in table.sources for event in source.events):
                elements = [_elements(source) for source in table.sources if event in source.events]
                self._makers.setdefault(event, []).append((number, elements, cells))

    def rows(self, entry: dict[str, Any]) -> Iterator[tuple[int, Row]]:
        """The rows of an entry, each with the number of its table."""
        entry["currency"] = self._currencies.of(entry)
        for number, sources, cells in (*self._makers.get("*", ()), *self._makers.get(entry["type"], ())):
            place = 0
            for elements in sources:
                for item in elements(entry, None, 0):
                    place += 1
                    yield number, tuple([cell(entry, item, place) for cell in cells])


def rows_of(table: Table, lines: Iterable[bytes]) -> Iterator[Row]:
    """The rows of one table from the lines of a log; a redacted line says nothing and has none."""
    deriver = Deriver((table,))
    for line in lines:
        entry = parse(line)
        if "type" in entry:
            for _, row in deriver.rows(entry):
                yield row


def _cell(column: Column) -> Getter:
    """What puts the value of a column together, in its kind."""
    find = _getter(column.path)
    if column.words is not None:
        return partial(_word, find, column.words)
    if column.kind == "decimal":
        return partial(_decimal, find)
    if column.kind in ("integer", "amount"):
        return partial(_integer, find)
    if column.kind == "boolean":
        return partial(_boolean, find)
    return partial(_text, find)


def _word(find: Getter, words: dict[str, str], entry: dict[str, Any], item: Any, place: int) -> str | None:
    return words.get(find(entry, item, place)) or None


def _text(find: Getter, entry: dict[str, Any], item: Any, place: int) -> str | None:
    value = find(entry, item, place)
    if value is None or type(value) is str:
        return value or None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _integer(find: Getter, entry: dict[str, Any], item: Any, place: int) -> int | None:
    value = find(entry, item, place)
    return value if type(value) is int else None


def _boolean(find: Getter, entry: dict[str, Any], item: Any, place: int) -> bool | None:
    value = find(entry, item, place)
    return value if type(value) is bool else None


def _decimal(find: Getter, entry: dict[str, Any], item: Any, place: int) -> str | None:
    """An amount of minor units as text with the decimals of the row's currency."""
    value = find(entry, item, place)
    exponent = EXPONENTS.get(entry["currency"] or "")
    if type(value) is not int or exponent is None:
        return None
    whole, rest = divmod(abs(value), 10**exponent)
    return f"{'-' * (value < 0)}{whole}{f'.{rest:0{exponent}}' * (exponent > 0)}"


def _elements(source: Source) -> Getter:
    """What gives the elements that a source goes through: one that is nothing, where it makes one row."""
    if not source.each:
        return lambda entry, item, place: (None,)  # noqa: ARG005 - every way is asked alike
    path, deep = source.each.removesuffix("*"), source.each.endswith("*")
    find, member = _getter(path), path.rpartition(".")[2]
    return lambda entry, item, place: _members(find(entry, item, place), deep, member)


def _members(value: Any, deep: bool, of: str, way: str = "") -> Iterator[dict[str, Any]]:
    """The named values within a value; if it goes deep, down to the single ones, each with the way to it."""
    for key, inner in sorted(value.items()) if isinstance(value, dict) else enumerate(value or ()):
        name = f"{way}.{key}" if way else str(key)
        if deep and isinstance(inner, dict | list):
            yield from _members(inner, deep, of, name)
        else:
            yield {"of": of, "name": name, "value": inner}


def _getter(path: str) -> Getter:
    """What follows a path, alternatives included."""
    ways = [_way(way) for way in path.split("|")]
    if len(ways) == 1:
        return ways[0]

    def first(entry: dict[str, Any], item: Any, place: int) -> Any:
        for way in ways:
            value = way(entry, item, place)
            if value not in (None, ""):
                return value
        return None

    return first


def _way(path: str) -> Getter:
    """What follows a path without alternatives."""
    if path in _ENTRY or path == "currency":
        return lambda entry, item, place: entry.get(path)  # noqa: ARG005
    if path == "place":
        return lambda entry, item, place: place  # noqa: ARG005
    head, *steps = path.split(".")
    if head == "part":
        return partial(_part, int(steps[0].rstrip("+")), steps[0].endswith("+"))
    if head == "stream":
        return lambda entry, item, place: (  # noqa: ARG005
            entry["agg"].split("/")[1] if entry["agg"].startswith(f"{steps[0]}/") else None
        )
    if head == "document":
        return lambda entry, item, place: _follow(parse(entry["data"]["document"]), steps)  # noqa: ARG005
    if head == "item":
        return lambda entry, item, place: _follow(item, steps)  # noqa: ARG005
    if head == "data" and len(steps) == 1:
        return lambda entry, item, place: entry["data"].get(steps[0])  # noqa: ARG005
    return lambda entry, item, place: _follow(entry[head], steps)  # noqa: ARG005


def _part(number: int, rest: bool, entry: dict[str, Any], item: Any, place: int) -> str | None:  # noqa: ARG001
    """A part of the stream's name between slashes."""
    parts = entry["agg"].split("/", number if rest else -1)
    return parts[number] if number < len(parts) else None


def _follow(value: Any, steps: Sequence[str]) -> Any:
    """The value within a value; nothing where a step is missing."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
