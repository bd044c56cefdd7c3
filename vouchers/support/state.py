"""How the support of a platform stands, year by year."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.support import events as support
from vouchers.values import Value, field, replace


class Year(Value):
    """One year: its figures, the decision on them, and the payment; each is there once it happened."""

    stated: support.IncomeStated | None = None
    decided: support.SupportDecided | None = None
    paid: support.SupportPaid | None = None


class Support(Value):
    """Every year of one platform in one programme."""

    years: Mapping[str, Year] = field(default_factory=lambda: MappingProxyType({}))

    def year(self, period: str) -> Year:
        """One year, empty before anything happened in it."""
        return self.years.get(period, Year())


def evolve(state: Support, event: support.Event) -> Support:
    """Apply one event; the past is never refused."""
    year = state.year(event.period)
    match event:
        case support.IncomeStated():
            year = replace(year, stated=event)
        case support.SupportDecided():
            year = replace(year, decided=event)
        case support.SupportPaid():
            year = replace(year, paid=event)
        case _:
            assert_never(event)
    return Support(MappingProxyType({**state.years, event.period: year}))
