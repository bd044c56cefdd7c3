"""Size classes of enterprises: China's 2011-300 classes for its 16 sectors, and the European Union's.

Money is in minor units (fen, cent), staff in persons.
"""

from types import MappingProxyType

from vouchers.facts import Fact, Facts
from vouchers.values import Value

LARGE, MEDIUM, SMALL, MICRO = "large", "medium", "small", "micro"
CLASSES = (MICRO, SMALL, MEDIUM, LARGE)
SETTLED = "settled_class_"  # with the name of the classes: the fact that says what has settled over several years

_WAN = 1_000_000  # The Chinese table is in 10,000 yuan; a yuan is 100 fen.
_OTHER = 16


class Thresholds(Value):
    """One sector's row: the measures, the ceilings of a medium firm, the floors of medium and of small."""

    measures: tuple[str, ...]
    ceilings: tuple[int, ...]
    medium: tuple[int, ...]
    small: tuple[int, ...]

    def size(self, facts: Facts) -> str:
        """The size class; a ceiling counts as reached at its number, and one that is not reached is enough."""
        found = [facts[measure] for measure in self.measures]
        if _reach(found, self.ceilings):
            return LARGE
        if _reach(found, self.medium):
            return MEDIUM
        return SMALL if _reach(found, self.small) else MICRO


def _reach(found: list[Fact], marks: tuple[int, ...]) -> bool:
    """Whether every measured number is at least its mark."""
    for value, mark in zip(found, marks, strict=True):  # noqa: SIM110 - asked for every firm, and all() is slower.
        if not _reached(value, mark):
            return False
    return True


def _reached(value: Fact, mark: int) -> bool:
    """Whether a measured number is at least the mark."""
    return isinstance(value, int) and value >= mark


def _row(measures: str, ceilings: str, medium: str, small: str) -> Thresholds:
    """A row of the table as it is printed: S staff in persons, R revenue and A assets in 10,000 yuan."""
    names = {"S": "staff", "R": "revenue", "A": "assets"}
    units = [1 if measure == "S" else _WAN for measure in measures]

    def scaled(text: str) -> tuple[int, ...]:
        return tuple(int(number) * unit for number, unit in zip(text.split(), units, strict=True))

    return Thresholds(tuple(names[m] for m in measures), scaled(ceilings), scaled(medium), scaled(small))


CHINA_2011_300 = MappingProxyType(
    {
        1: _row("R", "20000", "500", "50"),  # farming
        2: _row("SR", "1000 40000", "300 2000", "20 300"),  # industry
        3: _row("RA", "80000 80000", "6000 5000", "300 300"),  # construction
        4: _row("SR", "200 40000", "20 5000", "5 1000"),  # wholesale
        5: _row("SR", "300 20000", "50 500", "10 100"),  # retail
        6: _row("SR", "1000 30000", "300 3000", "20 200"),  # transport
        7: _row("SR", "200 30000", "100 1000", "20 100"),  # storage
        8: _row("SR", "1000 30000", "300 2000", "20 100"),  # post
        9: _row("SR", "300 10000", "100 2000", "10 100"),  # lodging
        10: _row("SR", "300 10000", "100 2000", "10 100"),  # catering
        11: _row("SR", "2000 100000", "100 1000", "10 100"),  # information transmission
        12: _row("SR", "300 10000", "100 1000", "10 50"),  # software and IT services
        13: _row("RA", "200000 10000", "1000 5000", "100 2000"),  # real estate development
        14: _row("SR", "1000 5000", "300 1000", "100 500"),  # property management
        15: _row("SA", "300 120000", "100 8000", "10 100"),  # leasing and business services
        _OTHER: _row("S", "300", "100", "10"),  # other, research and technical services among them
    }
)

_EURO = 100
_MILLION = 1_000_000 * _EURO
_EU_ROWS = ((MICRO, 10, 2 * _MILLION, 2 * _MILLION), (SMALL, 50, 10 * _MILLION, 10 * _MILLION))
_EU_LAST = (MEDIUM, 250, 50 * _MILLION, 43 * _MILLION)


def china_2011_300(facts: Facts) -> str:
    """The class under MIIT document 2011-300; an unknown sector counts as "other"."""
    return _china_row(facts).size(facts)


def eu_sme(facts: Facts) -> str:
    """The class under Recommendation 2003/361/EC: headcount, and one of turnover or balance sheet."""
    staff, revenue, assets = facts["staff"], facts["revenue"], facts["assets"]
    for name, below, turnover, balance in (*_EU_ROWS, _EU_LAST):
        if not _reached(staff, below) and not (_reached(revenue, turnover + 1) and _reached(assets, balance + 1)):
            return name
    return LARGE


def china_measures(facts: Facts) -> tuple[str, ...]:
    """The facts that the Chinese class of this firm needs."""
    return ("sector", *_china_row(facts).measures) if "sector" in facts else ("sector",)


def eu_measures(_facts: Facts) -> tuple[str, ...]:
    """The facts that the European class of any firm needs."""
    return ("staff", "revenue", "assets")


def _china_row(facts: Facts) -> Thresholds:
    """The row of the firm's sector."""
    sector = facts["sector"]
    row = CHINA_2011_300.get(sector) if isinstance(sector, int) else None
    return row or CHINA_2011_300[_OTHER]


SIZE_CLASSES = MappingProxyType(
    {"CN-2011-300": (china_2011_300, china_measures), "EU-SME": (eu_sme, eu_measures)},
)
