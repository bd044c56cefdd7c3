"""The tests run over a log: what each found, with the entries, the amount and the sentence of every finding."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from service.audit.suite.asking import AuditTest
from service.audit.suite.engines import opened
from service.audit.suite.helping import ReplayFinding
from service.audit.suite.settings import Numbers
from service.audit.suite.stocking import Stock, fill
from vouchers.money import EXPONENTS, WHOLE_BP, format_amount
from vouchers.wire import checked

MOST_ROWS: Final = 200_000  # of one test
MOST_SEQS: Final = 1_000  # of one finding
_COLUMNS: Final = ("finding", "seq", "aggregate", "amount", "currency")


class Finding(NamedTuple):
    """What a test found: where, for how much, which entries say so, and the sentence.

    `entries` counts all entries of the finding; `seqs` are the numbers of the first thousand. `facts` are the words and
    figures of the sentence.
    """

    test: str
    grade: str
    aggregate: str
    amount: int | None
    currency: str
    seqs: tuple[int, ...]
    entries: int
    explanation: str
    facts: Mapping[str, Any]


class Ran(NamedTuple):
    """A test that was run, or why it was not: over how many rows it went, and what it found."""

    test: AuditTest
    status: str  # ran | not given
    over: int
    findings: tuple[Finding, ...]
    cut: bool = False


class Report(NamedTuple):
    """A run: the log's size and root, the engine, the numbers that held, every test, and a digest of all findings."""

    size: int
    root: str
    engine: str
    numbers: Mapping[str, int]
    ran: tuple[Ran, ...]
    digest: str

    @property
    def findings(self) -> list[Finding]:
        """What contradicts the rules or deserves a look; pictures are left out."""
        return [finding for ran in self.ran for finding in ran.findings if finding.grade != "shown"]


def run_tests(
    tests: Sequence[AuditTest],
    entries: Callable[[], Iterable[bytes]],
    numbers: Numbers,
    *,
    engine: str = "sqlite",
    root: str = "",
    replayed: Iterable[ReplayFinding] | None = None,
    told: Callable[[str, int], None] = lambda _what, _number: None,
) -> Report:
    """Run tests over the entries of a log; `told` hears what is being done, and how far it is."""
    with opened(engine) as database:
        # Every table that a test goes over is there, so that the report can say over how many rows it went.
        queries = [f"{test.sql} {test.over}" for test in tests]
        stock = fill(
            database, entries, queries, numbers, replayed=replayed, told=lambda number: told("reading", number)
        )
        ran = []
        for place, test in enumerate(tests):
            told(test.name, place)
            ran.append(_run(test, stock, lambda sql: database.query(sql, MOST_ROWS + 1)))
    return Report(stock.size, root, engine, stock.numbers.values, tuple(ran), digest_of(ran))


def _run(test: AuditTest, stock: Stock, ask: Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]) -> Ran:
    over = stock.rows.get(test.over, 0)
    if test.needs and test.needs not in stock.given:
        return Ran(test, "not given", over, ())
    names, rows = ask(test.query(stock.numbers.values))
    sentence = test.sentence(stock.numbers.values)
    lines = [dict(zip(names, row, strict=True)) for row in rows[:MOST_ROWS]]
    lines.sort(key=lambda line: (line["finding"], line["seq"]))
    found = [_finding(test, sentence, list(members)) for _, members in groupby(lines, key=lambda line: line["finding"])]
    found.sort(key=lambda finding: finding.seqs[:1])
    return Ran(test, "ran", over, tuple(found), len(rows) > MOST_ROWS)


def _finding(test: AuditTest, sentence: str, members: list[dict[str, Any]]) -> Finding:
    first = members[0]
    seqs = sorted({int(line["seq"]) for line in members if line["seq"] >= 0})
    currency = first["currency"] or ""
    amount = None if first["amount"] is None else int(first["amount"])
    words = {name: Word(value, currency) for name, value in first.items()}
    return Finding(
        test.name, test.grade, first["aggregate"], amount, currency, tuple(seqs[:MOST_SEQS]), len(seqs),
        sentence.format_map(words).strip(), {name: first[name] for name in first if name not in _COLUMNS},
    )  # fmt: skip


class Word:
    """A value in a sentence: {x} as it is, {x:money} in the currency of the finding, {x:percent} of basis points.

    A form with a dollar sign, as in {x:, against $}, stands for the words with the money in its place, or for nothing
    where there is no sum.
    """

    def __init__(self, value: Any, currency: str) -> None:
        """Keep the value and the currency of its finding."""
        self._value = value
        self._currency = currency

    def __format__(self, form: str) -> str:
        """The value as people write it."""
        if "$" in form:
            return "" if self._value is None else form.replace("$", format(self, "money"))
        if self._value is None:
            return "nothing"
        if form == "money":
            return format_amount(int(self._value), EXPONENTS.get(self._currency, 2), self._currency).strip()
        if form == "percent":
            whole, rest = divmod(int(self._value) * 10, WHOLE_BP // 10)
            return f"{whole}.{rest // 100} %"
        return f"{self._value:,}" if isinstance(self._value, int) else str(self._value)


def digest_of(ran: Iterable[Ran]) -> str:
    """SHA-256 over every finding in its order, as canonical JSON lines: two engines that agree have the same."""
    digest = hashlib.sha256()
    for each in ran:
        digest.update(checked([each.test.name, each.status]) + b"\n")
        for finding in each.findings:
            digest.update(checked(finding._asdict()) + b"\n")
    return digest.hexdigest()
