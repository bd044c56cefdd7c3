"""States as cells, a name and a plain value each, so that two of them can be compared and one made of the other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

Cell = str | int | bool | None  # None says that it is not there.
Cells = dict[str, Cell]
Key = tuple[str | int, ...]


class Changed(NamedTuple):
    """One cell that differs between two points, with the entries that changed it; None where it is not there.

    Without entries the calendar alone did it: what was left of a voucher after its use-by day counts as expired.
    """

    key: Key
    cell: str
    before: Cell
    after: Cell
    seqs: tuple[int, ...]


def plain(value: Any) -> Any:
    """A state as plain values: members by name, keyed tables, lists."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(each) for name, each in value._asdict().items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(plain(each) for each in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def cells(value: Any) -> Cells:
    """A state as cells; an empty table or list has none, and what is None is not there."""
    return dict(_cells(plain(value), ""))


def _cells(value: Any, name: str) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, dict):
        members: Iterable[tuple[str, Any]] = value.items()
    elif isinstance(value, list):
        members = ((str(number), each) for number, each in enumerate(value))
    else:
        if value is not None:
            yield name, value
        return
    for member, each in members:
        yield from _cells(each, f"{name}.{member}" if name else member)


def changed_cells(before: Mapping[str, Cell], after: Mapping[str, Cell]) -> list[str]:
    """The names of the cells that differ, in their order."""
    names = dict.fromkeys((*before, *after))
    return [name for name in names if before.get(name) != after.get(name)]


def apply(rows: Mapping[Key, Mapping[str, Cell]], diff: Iterable[Changed]) -> dict[Key, Cells]:
    """Rows with a difference applied: what they are at the later point."""
    after = {key: dict(row) for key, row in rows.items()}
    for key, cell, _, value, _ in diff:
        row = after.setdefault(key, {})
        if value is None:
            row.pop(cell, None)
        else:
            row[cell] = value
    return {key: row for key, row in after.items() if row}
