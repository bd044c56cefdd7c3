"""An engine filled with the tables that some queries ask for, in one pass over the log."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
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
# What the queries of the tests join by; the automatic indexes of SQLite do the rest.
_INDEXES: Final = (
    ("orders", "order_id"),
    ("order_steps", "order_id"),
    ("redemptions", "redemption_id"),
    ("payments", "redemption_id"),
    ("order_invoices", "invoice"),
    ("invoices", "invoice"),
    ("calendar", "day"),
    ("invoice_numbers", "invoice"),
)
# The columns of the table of all entries that are members of an entry, read without opening its event.
_MEMBERS: Final = {
    "seq": "seq", "event": "type", "eff": "eff", "rec": "rec", "actor": "actor", "stream": "agg", "ver": "ver",
    "occ": "occ", "role": "auth.role", "cause": "cause",
}  # fmt: skip
_GATHERED: Final = frozenset(
    {"programme.PolicyAdopted", "anchor.AnchorRecorded", "draw.Committed", "draw.Revealed"}
)  # what the small tables are made of
_NAMES_CURRENCY: Final = b'"currency":"'
_REDACTED: Final = b'{"redacted":'


class _Auth(msgspec.Struct, gc=False):
    role: str | None = None


class _Outline(msgspec.Struct, gc=False):
    """An entry whose event stays unread."""

    actor: str
    agg: str
    auth: _Auth
    eff: str
    rec: str
    seq: int
    type: str
    ver: int
    cause: int | None = None
    occ: str | None = None


_outline: Final = msgspec.json.Decoder(_Outline)
_whole: Final = msgspec.json.Decoder()


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
    tables = _asked([frozenset(_WORD.findall(query.lower())) for query in queries], pruned=pruned)
    gathered, reading = _Gathered(), _Reading(tables)
    stock = Stock(rows=dict.fromkeys((table.name for table in tables), 0))
    for table in tables:
        engine.create(table.name, [(column.name, _kind(column.kind)) for column in table.columns])
    waiting = [list[Row]() for _ in tables]
    for line in entries():
        if not line.startswith(_REDACTED):
            reading.take(line, waiting, gathered)
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


def _asked(queries: Sequence[frozenset[str]], *, pruned: bool) -> list[Table]:
    """The tables that queries name, each with the columns that these queries name, or with all.

    Decimals are left out beside the whole amounts that they repeat. The numbers of a row are always kept, so that it
    can be found again in the log.
    """
    asked = []
    for table in TABLES:
        words = frozenset().union(*(query for query in queries if table.name in query))
        if words:
            keep = words | {"seq", "place"}
            columns = tuple(c for c in table.columns if not pruned or (c.name in keep and c.kind != "decimal"))
            asked.append(replace(table, columns=columns))
    return asked


def _kind(kind: str) -> str:
    return "BIGINT" if kind in ("integer", "amount", "boolean") else "VARCHAR"


def _add(engine: Engine, tables: Sequence[Table], waiting: list[list[Row]], stock: Stock) -> None:
    for table, rows in zip(tables, waiting, strict=True):
        if rows:
            engine.add(table.name, rows)
            stock.rows[table.name] += len(rows)
            rows.clear()


def _indexes(tables: Sequence[Table]) -> list[tuple[str, str]]:
    there = {(table.name, column.name) for table in tables for column in table.columns}
    small = {(name, column) for name, columns in helping.TABLES.items() for column, _ in columns}
    return [index for index in _INDEXES if index in there | small]


class _Reading:
    """How entries become rows: the table of all entries without opening events, the others by their definitions."""

    def __init__(self, tables: Sequence[Table]) -> None:
        """Find out which types of event have to be opened."""
        plain = [
            place
            for place, table in enumerate(tables)
            if table.name == "events" and all(column.name in _MEMBERS for column in table.columns)
        ]
        self._events = plain[0] if plain else -1
        members = [_MEMBERS[column.name] for place in plain for column in tables[place].columns]
        self._row: Callable[[_Outline], Row] = attrgetter(*members, "seq") if members else lambda _: ()
        self._places = [place for place in range(len(tables)) if place != self._events]
        self._deriver = Deriver([tables[place] for place in self._places])
        self._opened = {event for place in self._places for each in tables[place].sources for event in each.events}
        self._all = "*" in self._opened

    def take(self, line: bytes, waiting: list[list[Row]], gathered: "_Gathered") -> None:
        """Add the rows of one entry to those that wait."""
        outline = _outline.decode(line)
        gathered.pass_by(outline)
        if self._events >= 0:
            waiting[self._events].append(self._row(outline)[:-1])
        topic = outline.type
        if topic in _GATHERED:
            gathered.see(_whole.decode(line))
        # Streams are remembered by their currency, so that events which name one are always opened.
        if self._all or topic in self._opened or _NAMES_CURRENCY in line:
            for number, row in self._deriver.rows(_whole.decode(line)):
                waiting[self._places[number]].append(row)


@dataclass
class _Gathered:
    """What the small tables are made of, picked up on the way."""

    draws: Draws = field(default_factory=Draws)
    policies: list[Adopted] = field(default_factory=list)
    anchors: list[dict[str, Any]] = field(default_factory=list)
    invoices: dict[str, None] = field(default_factory=dict)
    days: set[str] = field(default_factory=set)

    def pass_by(self, outline: "_Outline") -> None:
        """Pick up the days and the invoice of an entry."""
        self.days.add(outline.eff)
        self.days.add(outline.rec[:10])
        if outline.agg.startswith("invoice/"):
            self.invoices[outline.agg[8:]] = None

    def see(self, entry: dict[str, Any]) -> None:
        """Pick up a policy, an anchor or a sample."""
        topic = entry["type"]
        if topic == "programme.PolicyAdopted":
            self.policies.append(adopted(entry))
        elif topic == "anchor.AnchorRecorded":
            times = [*entry["data"]["cosignature_times"].values(), entry["data"]["tsr_at"]]
            self.anchors.append({"seq": entry["seq"], "size": entry["data"]["size"], "times": times})
        else:
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
    known = stock.numbers.values
    rows: dict[str, Iterable[Row]] = {
        "calendar": helping.calendar(gathered.days),
        "thresholds": thresholds(gathered.policies, stock.numbers),
        "outside_times": helping.outside_times(gathered.anchors, known["clock_seconds"]),
        "invoice_numbers": helping.invoice_numbers(gathered.invoices),
        "replay_findings": found,
        "draw_checks": gathered.draws.checks(entries, max(gathered.days, default=""), known["reveal_days"]),
    }
    for name, columns in helping.TABLES.items():
        engine.create(name, columns)
        engine.add(name, rows[name])
    return frozenset(() if replayed is None else ("replay_findings",))
