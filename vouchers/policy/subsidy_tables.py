"""Reading a category's subsidy function: `rate_bp` for a flat rate, a `subsidy` table, or a shared one's name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from vouchers.money import WHOLE_BP
from vouchers.policy.conditions import read_when
from vouchers.policy.reading import Table
from vouchers.policy.rules import Brackets, Flat, Level, Matrix, PerDay, Pieces, Stack, Subsidy


def read_subsidy(category: Table, shared: Mapping[str, Subsidy]) -> Subsidy:
    """The subsidy function of one category; exactly one must be given."""
    category.asked.update(("rate_bp", "subsidy"))
    if not category.has("subsidy"):
        return Flat(_rate(category, "rate_bp"))
    if category.has("rate_bp"):
        category.fault("rate_bp", "There is a subsidy as well.", "Remove one of the two.")
    if isinstance(category.content["subsidy"], str):
        name = category.one_of("subsidy", tuple(shared))
        return shared.get(name, Flat(0))
    return read_function(category.table("subsidy"))


def read_function(table: Table) -> Subsidy:
    """The subsidy function of one table."""
    kind = table.one_of("kind", tuple(_KINDS))
    subsidy = _KINDS[kind](table) if kind in _KINDS else Flat(0)
    table.end()
    return subsidy


def _rate(table: Table, key: str) -> int:
    """A rate in basis points, from nothing to the whole."""
    return table.whole(key, most=WHOLE_BP)


def _flat(table: Table) -> Subsidy:
    """One rate."""
    return Flat(_rate(table, "rate_bp"))


def _matrix(table: Table) -> Subsidy:
    """Four rates by the origins of enterprise and provider."""
    return Matrix(*(_rate(table, key) for key in ("in_in_bp", "in_out_bp", "out_in_bp", "out_out_bp")))


def _brackets(table: Table) -> Subsidy:
    """Bands with rising ends; the last may be open."""
    bands: list[tuple[int | None, int]] = []
    floor = 0
    for band in table.tables("bands", required=True):
        end = band.maybe_whole("up_to", least=1)
        if end is not None and end <= floor:
            band.fault("up_to", "The bands must rise.", "Put the bands in order.")
        bands.append((end, _rate(band, "rate_bp")))
        floor = end if end is not None else floor
        band.end()
    if any(end is None for end, _ in bands[:-1]):
        table.fault("bands", "Only the last band may be open.", "Give up_to in every band but the last.")
    if bands and bands[-1][0] is not None:
        bands.append((None, 0))
    return Brackets(tuple(bands))


def _per_day(table: Table) -> Subsidy:
    """A rate and a ceiling for each day."""
    return PerDay(_rate(table, "rate_bp"), table.whole("day_ceiling", least=1))


def _pieces(table: Table) -> Subsidy:
    """The value of a piece, and how many an order takes."""
    pieces = Pieces(
        piece=table.whole("piece", least=1),
        fewest=table.whole("fewest", default=1, least=1, most=1_000_000),
        most=table.whole("most", least=1, most=1_000_000),
    )
    if pieces.most < pieces.fewest:
        table.fault("most", "This is less than fewest.", "Give a number from fewest upwards.")
    return pieces


def _stack(table: Table) -> Subsidy:
    """The levels in the order in which they pay."""
    levels = tuple(_level(each) for each in table.tables("levels", required=True))
    of_rest = table.one_of("of", ("base", "rest")) == "rest"
    # Levels of one name stand under conditions that exclude each other: a rate here, another rate there.
    highest = {level.name: max(each.rate_bp for each in levels if each.name == level.name) for level in levels}
    if not of_rest and sum(highest.values()) > WHOLE_BP:
        table.fault("levels", "All levels together pay more than the whole.", "Lower a rate, or stack on the rest.")
    return Stack(levels, of_rest)


def _level(table: Table) -> Level:
    """One level, perhaps under a condition."""
    when = read_when(table.table("when"), of="provider") if table.has("when") else None
    table.asked.add("when")
    level = Level(table.text("name"), _rate(table, "rate_bp"), when)
    table.end()
    return level


_KINDS: Final[Mapping[str, Callable[[Table], Subsidy]]] = MappingProxyType(
    {
        "flat": _flat,
        "matrix": _matrix,
        "brackets": _brackets,
        "per_day": _per_day,
        "pieces": _pieces,
        "stack": _stack,
    }
)
