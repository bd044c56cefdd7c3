"""Samples that neither side can choose: monetary units by cells, and strata by tickets, both out of one seed.

Everything is a function of the seed and of the items before the commitment, in the order of the log, so that anybody
draws the same sample again with SHA-256 and whole numbers alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from vouchers.refusals import Refused

_CELL: Final = b"/cell/"
_TICKET: Final = b"/ticket/"


class NothingToDraw(Refused):
    """The population has no item with an amount above nothing."""

    remedy = "Draw from another population, or over more days."


class Item(NamedTuple):
    """One thing that may be drawn: its key, its place in the log, its amount in minor units, and its stratum."""

    key: str
    seq: int
    amount: int
    stratum: str = ""


class Drawn(NamedTuple):
    """An item of the sample: why it is in it, and for how much it stands in an estimate of the whole."""

    item: Item
    why: str  # certain, cell or stratum
    place: int  # the cell or ticket rank that drew it
    stands_for: int  # minor units of the population, or items of the stratum, by method


def by_monetary_units(items: Sequence[Item], seed: bytes, wanted: int) -> list[Drawn]:
    """Monetary-unit sampling: items as large as the interval are certain; of the rest one unit in each equal cell.

    Each cell is a range of monetary units, and the seed points at one unit in it, so that every unit has the same
    chance. An item that two cells point at is drawn once and stands for both.
    """
    able = [item for item in items if item.amount > 0]
    if not able:
        raise NothingToDraw(pointer="/population")
    certain, rest = _certain(able, wanted)
    drawn = [Drawn(item, "certain", 0, item.amount) for item in certain]
    cells = wanted - len(certain)
    whole = sum(item.amount for item in rest)
    if cells > 0 and rest:
        drawn += _pointed_at(rest, [_unit(seed, cell, whole, cells) for cell in range(cells)], whole // cells)
    return sorted(drawn, key=lambda each: each.item.seq)


def _certain(items: Sequence[Item], wanted: int) -> tuple[list[Item], list[Item]]:
    """Items at least as large as the interval of the others, and those others."""
    certain: list[Item] = []
    rest = list(items)
    while rest and len(certain) < wanted:
        whole, cells = sum(item.amount for item in rest), wanted - len(certain)
        large = [item for item in rest if item.amount * cells >= whole]
        if not large:
            break
        # Where all that is left is large, the largest go first; the log's order decides between equals.
        large = sorted(large, key=lambda item: (-item.amount, item.seq))[:cells]
        certain += large
        taken = {item.seq for item in large}
        rest = [item for item in rest if item.seq not in taken]
    return certain, rest


def _unit(seed: bytes, cell: int, whole: int, cells: int) -> int:
    """The monetary unit of a cell that the seed points at; 256 bits against 53 leave no bias that could be measured."""
    first, after = whole * cell // cells, whole * (cell + 1) // cells
    number = int.from_bytes(hashlib.sha256(seed + _CELL + str(cell).encode()).digest(), "big")
    return first + number % max(1, after - first)


def _pointed_at(items: Iterable[Item], units: Sequence[int], interval: int) -> list[Drawn]:
    """The items that own these units, which come in rising order."""
    drawn: list[Drawn] = []
    passed = cell = 0
    for item in items:
        passed += item.amount
        first, hits = cell, 0
        while cell < len(units) and units[cell] < passed:
            cell, hits = cell + 1, hits + 1
        if hits:
            drawn.append(Drawn(item, "cell", first, interval * hits))
    return drawn


def by_strata(items: Sequence[Item], seed: bytes, wanted: int) -> list[Drawn]:
    """Stratified sampling: every stratum by its share of the items, at least one; in it the smallest tickets."""
    strata: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        strata[item.stratum].append(item)
    if not strata:
        raise NothingToDraw("The population has no items.", pointer="/population")
    drawn: list[Drawn] = []
    for stratum, number in shares({name: len(each) for name, each in strata.items()}, wanted).items():
        ranked = sorted(strata[stratum], key=lambda item: ticket(seed, item.key))[:number]
        drawn += [Drawn(item, "stratum", rank, len(strata[stratum])) for rank, item in enumerate(ranked)]
    return sorted(drawn, key=lambda each: each.item.seq)


def shares(sizes: dict[str, int], wanted: int) -> dict[str, int]:
    """How many items each stratum gives: one each where there is room, the rest by size and largest remainder."""
    names = sorted(sizes)
    if wanted <= len(names):
        largest = sorted(names, key=lambda name: (-sizes[name], name))[:wanted]
        return {name: int(name in largest) for name in names}
    whole = sum(sizes.values())
    wanted = min(wanted, whole)
    room, free = {name: sizes[name] - 1 for name in names}, wanted - len(names)
    spare = sum(room.values()) or 1
    given = {name: 1 + room[name] * free // spare for name in names}
    order = sorted(names, key=lambda name: (-(room[name] * free % spare), name))
    for name in order[: wanted - sum(given.values())]:
        given[name] += 1
    return given


def ticket(seed: bytes, key: str) -> bytes:
    """The ticket of an item: nobody can foresee it without the seed, and it depends on no other item."""
    return hashlib.sha256(seed + _TICKET + key.encode()).digest()
