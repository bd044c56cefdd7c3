"""The yearly report of a programme: its figures, its charts, and the place of the log that it rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.projections.indicators import Kpis
from service.projections.kpis import kpis
from service.projections.orders import Order
from service.projections.programmes import Policy, Programme
from service.projections.providers import Provider
from service.projections.settlements import SettlementLine
from service.projections.spending import ProgrammeSpending, days_of, periods, spending
from service.reporting.charts import Item, bars, columns, divided
from vouchers.money import exponent_of, format_amount
from vouchers.refusals import NotFound

PLACES: Final = ("paid", "claimed", "reserved", "available", "expired", "returned", "revoked", "clawed_back")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PAGES: Final = Environment(
    loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


class PeriodUnknown(NotFound):
    """The programme has no period that begins in this year."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a report rests on: the number of log entries, the SHA-256 leaf hash of the last, and the day it is read."""

    position: int
    last_hash: str
    on: str


def period_in(session: Session, programme: str, year: int) -> str:
    """The period of a programme that begins in a year, or a refusal that names those there are."""
    known = periods(session, programme)
    for period in known:
        if days_of(period)[0][:4] == str(year):
            return period
    raise PeriodUnknown(pointer="/year", remedy=f"Periods with figures: {', '.join(known) or 'none'}.")


def report(session: Session, programme: str, period: str, basis: Basis) -> str:
    """The page as HTML; the same log, position and day give the same bytes."""
    known = session.get(Programme, programme)
    figures, money = kpis(session, programme, period, basis.on), spending(session, programme, period)
    write = _writer(money.currency)
    return _PAGES.get_template("report.html").render(
        programme=known,
        period=period,
        basis=basis,
        policies=_policies(session, programme, period),
        figures=figures,
        money=money,
        amount=write,
        percent=percent,
        charts=_charts(session, figures, money, write),
        names=_names(session, figures),
        places=PLACES,
    )


def percent(basis_points: int) -> str:
    """Basis points as a percentage with one decimal: 50.0 %."""
    return f"{basis_points // 100}.{basis_points % 100 // 10} %"


def _writer(currency: str) -> Callable[[int], str]:
    exponent = exponent_of(currency)
    return lambda amount: format_amount(amount, exponent)


def _policies(session: Session, programme: str, period: str) -> list[Policy]:
    first, last = days_of(period)
    query = select(Policy).where(Policy.programme == programme, Policy.effective_on <= last)
    found = session.scalars(query.order_by(Policy.effective_on, Policy.version))
    return [each for each in found if not each.ends_on or each.ends_on >= first]


def _charts(
    session: Session, figures: Kpis, money: ProgrammeSpending, write: Callable[[int], str]
) -> Mapping[str, Markup]:
    places = [Item(place.replace("_", " "), getattr(figures.value, place)) for place in PLACES]
    categories = [
        Item(line.category, line.paid + line.claimed + line.reserved) for line in money.categories if line.category
    ]
    return {
        "places": divided("Where the money is", places, write),
        "months": columns("Paid by month", _months(session, figures), lambda amount: write(amount).partition(".")[0]),
        "categories": bars("By category", categories, write),
        "denials": bars("Denials by reason", _items(figures.take_up.denials), _count),
        "signals": bars("Signals", _items(figures.supervision.signals), _count),
        "refusals": bars("Refusals by reason", _items(figures.orders.refused), _count),
        "sizes": bars("Granted by size", _items(_granted(figures.take_up.by_size)), _count),
        "regions": bars("Granted by region", _items(_granted(figures.take_up.by_region)), _count),
    }


def _months(session: Session, figures: Kpis) -> list[Item]:
    """What the bank paid in each month for orders of the period; a month of a later year names its year."""
    month = func.substr(SettlementLine.paid_on, 1, 7)
    query = (
        select(month, func.sum(SettlementLine.amount))
        .join(Order, Order.order_id == SettlementLine.order_id)
        .where(Order.programme == figures.programme, Order.period == figures.period, SettlementLine.status == "paid")
        .group_by(month)
        .order_by(month)
    )
    first = figures.period[:4]
    return [
        Item(MONTHS[int(name[5:]) - 1] + ("" if name.startswith(first) else f" ’{name[2:4]}"), int(amount))
        for name, amount in session.execute(query)
    ]


def _granted(split: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: line["granted"] for name, line in split.items() if line["granted"]}


def _items(counts: Mapping[str, int]) -> list[Item]:
    return [Item(name, count) for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def _count(number: int) -> str:
    return f"{number:,}"


def _names(session: Session, figures: Kpis) -> dict[str, str]:
    """The published names of the providers that a report lists."""
    codes = [code for code, _, _ in figures.market.top]
    query = select(Provider.provider_id, Provider.name).where(Provider.provider_id.in_(codes))
    return {row[0]: row[1] for row in session.execute(query)}
