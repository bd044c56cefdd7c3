"""What samples are drawn from: payments, claims, orders, vouchers, decisions, each item with its amount and strata."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from service.audit.sampling import Drawn, Item, NothingToDraw, by_monetary_units, by_strata
from service.audit.suite.engines import opened
from service.audit.suite.logs import Log
from service.audit.suite.settings import shipped
from service.audit.suite.stocking import fill
from vouchers.draw.decisions import PopulationUnknown
from vouchers.draw.events import Committed
from vouchers.refusals import Refused

MOST: Final = 5_000_000  # items of one population


class StrataUnknown(Refused):
    """The population has no such column to be split by."""


class SeveralCurrencies(Refused):
    """Monetary units of several currencies cannot be counted together."""

    remedy = "Draw from one programme at a time."


class Population(NamedTuple):
    """What may be drawn from: a sentence about it, its query, and the columns that may split it.

    The query gives name, seq, amount, currency, programme, day and each of those columns.
    """

    text: str
    sql: str
    strata: tuple[str, ...]


_ORDERED: Final = ("category", "tier", "provider_id", "enterprise_id", "programme")
POPULATIONS: Final[Mapping[str, Population]] = {
    "payments": Population(
        "Payments that the bank confirmed, one item each.",
        "SELECT p.redemption_id || '@' || CAST(p.seq AS VARCHAR) AS name, p.seq, p.amount, p.currency, o.programme, "
        "p.paid_on AS day, o.category, o.tier, o.provider_id, o.enterprise_id "
        "FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.event = 'order.Paid'",
        _ORDERED,
    ),
    "claims": Population(
        "Claims as they were made.",
        "SELECT r.redemption_id AS name, r.seq, r.amount, r.currency, o.programme, r.eff AS day, o.category, o.tier, "
        "o.provider_id, o.enterprise_id "
        "FROM redemptions r JOIN orders o ON o.order_id = r.order_id WHERE r.event = 'order.RedemptionRequested'",
        _ORDERED,
    ),
    "orders": Population(
        "Orders as they were registered, with their subsidy.",
        "SELECT order_id AS name, seq, subsidy AS amount, currency, programme, registered_on AS day, category, tier, "
        "provider_id, enterprise_id FROM orders",
        _ORDERED,
    ),
    "vouchers": Population(
        "Vouchers as they were issued, with their face.",
        "SELECT voucher_id AS name, seq, face AS amount, currency, programme, issued_on AS day, kind, enterprise_id "
        "FROM vouchers",
        ("kind", "enterprise_id", "programme"),
    ),
    "entitlements": Population(
        "Decisions who is entitled, granted and denied; they have no amount, so that only strata are drawn.",
        "SELECT enterprise_id || '@' || CAST(seq AS VARCHAR) AS name, seq, 0 AS amount, '' AS currency, programme, "
        "eff AS day, outcome, policy_version FROM entitlements WHERE outcome IN ('granted', 'denied')",
        ("outcome", "policy_version", "programme"),
    ),
    "refusals": Population(
        "Requests for money that were refused.",
        "SELECT stream || '@' || CAST(e.seq AS VARCHAR) AS name, e.seq, r.amount, '' AS currency, r.programme, "
        "r.eff AS day, r.code, r.category FROM refusals r JOIN events e ON e.seq = r.seq",
        ("code", "category", "programme"),
    ),
}


class Sample(NamedTuple):
    """A sample as it was drawn: its items, how many there were to draw from, their sum and currency."""

    drawn: list[Drawn]
    population: int
    amount: int
    currency: str


def check_population(name: str, strata: str) -> Population:
    """The population of a name, which has the column that a stratified sample names."""
    population = POPULATIONS.get(name)
    if population is None:
        raise PopulationUnknown(pointer="/population")
    if strata and strata not in population.strata:
        remedy = f"Columns of {name}: {', '.join(population.strata)}."
        raise StrataUnknown(pointer="/strata", remedy=remedy)
    return population


def draw(committed: Committed, seed: bytes, log: Log, told: Callable[[int], None] = lambda _: None) -> Sample:
    """Draw what was committed to from the entries of a log, which ends before the commitment."""
    items, currency = items_of(committed, log, told)
    if committed.method == "mus":
        drawn = by_monetary_units(items, seed, committed.items)
    else:
        drawn = by_strata(items, seed, committed.items)
    return Sample(drawn, len(items), sum(item.amount for item in items), currency)


def items_of(committed: Committed, log: Log, told: Callable[[int], None] = lambda _: None) -> tuple[list[Item], str]:
    """The items that a sample draws from in the order of the log, and their currency."""
    population = check_population(committed.population, committed.strata)
    columns = ", ".join(("name", "seq", "amount", "currency", committed.strata or "''"))
    sql = f"SELECT {columns} FROM ({population.sql}) p WHERE 1 = 1{_narrowed(committed)} ORDER BY seq"  # noqa: S608
    with opened("sqlite") as engine:
        fill(engine, log.entries, [population.sql], shipped(), told=told)
        _, rows = engine.query(sql, MOST)
    currencies = {row[3] for row in rows}
    if committed.method == "mus" and len(currencies) > 1:
        raise SeveralCurrencies(f"The items are in {', '.join(sorted(currencies))}.", pointer="/programme")
    items = [Item(row[0], row[1], row[2] or 0, str(row[4] or "")) for row in rows]
    if not items:
        raise NothingToDraw(pointer="/population")
    return items, next(iter(currencies)) if len(currencies) == 1 else ""


def _narrowed(committed: Committed) -> str:
    """The conditions of a commitment; what stands in them was checked to be codes and days when it was recorded."""
    conditions: Iterable[tuple[str, str]] = (
        ("programme =", committed.programme), ("day >=", committed.from_on), ("day <=", committed.until_on),
    )  # fmt: skip
    return "".join(f" AND {column} '{value.replace(chr(39), chr(39) * 2)}'" for column, value in conditions if value)
