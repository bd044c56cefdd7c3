"""An engine filled with the tables that some queries ask for, in one pass over the log."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from service.audit.suite import helping
from service.audit.suite.drawing import Draws
from service.audit.suite.engines import Engine
from service.audit.suite.helping import ReplayFinding
from service.audit.suite.policies import Adopted, adopted, in_force, thresholds
from service.audit.suite.settings import Numbers
from service.audit.tables import TABLES, Table
from service.audit.tables.deriving import Deriver
from service.audit.tables.model import Row

_BATCH: Final = 20_000  # entries
_WORD: Final = re.compile(r"[a-z_]+")
_INDEXES: Final = (
    "order_id", "redemption_id", "voucher_id", "invoice", "enterprise_id", "provider_id", "instruction_id", "digest",
    "contract_digest", "report_digest", "party", "payee_id", "settlement_id", "day",
)  # fmt: skip
_decoder: Final = msgspec.json.Decoder()


@dataclass
class Stock:
    """What was put into an engine: how many entries, the rows of each table, and the numbers of the run."""

    size: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=lambda: Numbers({}))
    given: frozenset[str] = frozenset()


def fill(
    engine: Engine,
    entries: Callable[[], Iterable[bytes]],
    queries: Collection[str],
    numbers: Numbers,
    *,
    replayed: Iterable[ReplayFinding] | None = None,
    pruned: bool = True,
    told: Callable[[int], None] = lambda _: None,
) -> Stock:
    """Fill an engine with what the queries name.

    `pruned` leaves out columns that no query names. `replayed` are the findings of deciding again, where that was done;
    `told` hears how many entries have been read, now and then.
    """
    words = frozenset(word for query in queries for word in _WORD.findall(query.lower()))
    tables = _asked(words, pruned=pruned)
    gathered = _Gathered()
    stock = Stock(rows=dict.fromkeys((table.name for table in tables), 0))
    for table in tables:
        engine.create(table.name, [(column.name, _kind(column.kind)) for column in table.columns])
    deriver, waiting = Deriver(tables), [list[Row]() for _ in tables]
    for line in entries():
        entry = _decoder.decode(line)
        if "redacted" not in entry:
            for number, row in deriver.rows(entry):
                waiting[number].append(row)
            gathered.see(entry)
        stock.size += 1
        if stock.size % _BATCH == 0:
            _add(engine, tables, waiting, stock)
            told(stock.size)
    _add(engine, tables, waiting, stock)
    stock.numbers = in_force(gathered.policies, numbers)
    stock.given = _help(engine, entries, gathered, stock, replayed)
    engine.ready(_indexes(tables))
    told(stock.size)
    return stock


def _asked(words: frozenset[str], *, pruned: bool) -> list[Table]:
    """The tables that are named, with the columns that are named; decimals stand beside whole amounts and are left out.

    All numbers of a table are kept, so that a row can be found again in the log.
    """
    keep = words | {"seq", "place"}
    return [
        replace(
            table, columns=tuple(c for c in table.columns if not pruned or (c.name in keep and c.kind != "decimal"))
        )
        for table in TABLES
        if table.name in words
    ]


def _kind(kind: str) -> str:
    return "BIGINT" if kind in ("integer", "amount", "boolean") else "VARCHAR"


def _add(engine: Engine, tables: Sequence[Table], waiting: list[list[Row]], stock: Stock) -> None:
    for table, rows in zip(tables, waiting, strict=True):
        if rows:
            engine.add(table.name, rows)
            stock.rows[table.name] += len(rows)
            rows.clear()


def _indexes(tables: Sequence[Table]) -> list[tuple[str, str]]:
    own = [(table.name, column.name) for table in tables for column in table.columns if column.name in _INDEXES]
    return [*own, ("calendar", "day"), ("invoice_numbers", "invoice")]


@dataclass
class _Gathered:
    """What the small tables are made of, picked up on the way."""

    draws: Draws = field(default_factory=Draws)
    policies: list[Adopted] = field(default_factory=list)
    anchors: list[dict[str, Any]] = field(default_factory=list)
    invoices: dict[str, None] = field(default_factory=dict)
    days: set[str] = field(default_factory=set)

    def see(self, entry: dict[str, Any]) -> None:
        """Pick up what an entry holds for the small tables."""
        self.days.add(entry["eff"])
        self.days.add(entry["rec"][:10])
        kind, topic = entry["type"].partition(".")[0], entry["type"]
        if kind == "invoice":
            self.invoices[entry["agg"].partition("/")[2]] = None
        elif topic == "programme.PolicyAdopted":
            self.policies.append(adopted(entry))
        elif topic == "anchor.AnchorRecorded":
            times = [*entry["data"]["cosignature_times"].values(), entry["data"]["tsr_at"]]
            self.anchors.append({"seq": entry["seq"], "size": entry["data"]["size"], "times": times})
        self.draws.see(entry)


def _help(
    engine: Engine,
    entries: Callable[[], Iterable[bytes]],
    gathered: _Gathered,
    stock: Stock,
    replayed: Iterable[ReplayFinding] | None,
) -> frozenset[str]:
    """Make the small tables, and return the names of those that something was given for."""
    found = [] if replayed is None else [(number, *each) for number, each in enumerate(replayed)]
    rows: dict[str, Iterable[Row]] = {
        "calendar": helping.calendar(gathered.days),
        "thresholds": thresholds(gathered.policies, stock.numbers),
        "outside_times": helping.outside_times(gathered.anchors, stock.numbers.values["clock_seconds"]),
        "invoice_numbers": helping.invoice_numbers(gathered.invoices),
        "replay_findings": found,
        "draw_checks": gathered.draws.checks(entries),
    }
    for name, columns in helping.TABLES.items():
        engine.create(name, columns)
        engine.add(name, rows[name])
    return frozenset(() if replayed is None else ("replay_findings",))
