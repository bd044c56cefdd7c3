"""A run of the tests as CSV for spreadsheets, as JSON for programs, and as one HTML page that prints."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.audit.suite.running import Finding, Ran, Report
from service.reporting.charts import Item, bars
from vouchers.money import EXPONENTS, format_amount

SHOWN: Final = 200  # findings of one test on the page; the tables beside it have all
_LABEL: Final = 29  # characters beside a bar
_SEQS: Final = 12  # entry numbers of one finding on the page
COLUMNS: Final = (
    "test", "title", "grade", "finding", "aggregate", "amount", "currency", "amount_decimal", "entries", "seqs",
    "explanation",
)  # fmt: skip
_PAGES: Final = Environment(
    loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def as_data(report: Report) -> dict[str, Any]:
    """A run as plain values."""
    return {
        "size": report.size,
        "root": report.root,
        "engine": report.engine,
        "numbers": dict(report.numbers),
        "digest": report.digest,
        "tests": [_test(ran) for ran in report.ran],
    }


def _test(ran: Ran) -> dict[str, Any]:
    return {
        "test": ran.test.name,
        "title": ran.test.title,
        "asks": ran.test.asks,
        "grade": ran.test.grade,
        "status": ran.status,
        "table": ran.test.over,
        "rows": ran.over,
        "complete": not ran.cut,
        "findings": [{**finding._asdict(), "seqs": list(finding.seqs)} for finding in ran.findings],
    }


def as_json(report: Report) -> str:
    """A run as one JSON document."""
    return json.dumps(as_data(report), ensure_ascii=False, indent=1) + "\n"


def as_csv(report: Report) -> str:
    """Every finding as a line (RFC 4180, UTF-8); entry numbers stand between blanks."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for ran in report.ran:
        for number, finding in enumerate(ran.findings, 1):
            writer.writerow(_line(ran, number, finding))
    return text.getvalue()


def _line(ran: Ran, number: int, finding: Finding) -> tuple[Any, ...]:
    exponent = EXPONENTS.get(finding.currency)
    known = finding.amount is not None and exponent is not None
    decimal = format_amount(finding.amount or 0, exponent or 0).replace(",", "") if known else ""
    seqs = " ".join(map(str, finding.seqs))
    return (
        ran.test.name, ran.test.title, ran.test.grade, number, finding.aggregate, finding.amount, finding.currency,
        decimal, finding.entries, seqs, finding.explanation,
    )  # fmt: skip


def as_html(report: Report) -> str:
    """A run as a page that needs nothing beside itself; the same run gives the same bytes."""
    return _PAGES.get_template("audit_tests.html").render(
        report=report,
        counts=_counts(report),
        charts=_charts(report),
        shown=SHOWN,
        seqs=_numbers,
        amount=_amount,
    )


def _counts(report: Report) -> Mapping[str, int]:
    return {
        "contradicting": sum(len(ran.findings) for ran in report.ran if ran.test.grade == "finding"),
        "looks": sum(len(ran.findings) for ran in report.ran if ran.test.grade == "look"),
        "clean": sum(ran.status == "ran" and not ran.findings for ran in report.ran),
        "not_run": sum(ran.status != "ran" for ran in report.ran),
    }


def _charts(report: Report) -> Mapping[str, Markup]:
    found = [Item(f"{ran.test.name} {ran.test.title}"[:_LABEL], len(ran.findings)) for ran in _found(report)]
    charts = {"found": bars("Findings by test", found, lambda number: f"{number:,}") if found else Markup()}
    for ran in report.ran:
        if ran.test.grade == "shown" and ran.findings:
            charts[ran.test.name] = _digits(ran)
    return charts


def _found(report: Report) -> Iterator[Ran]:
    return (ran for ran in report.ran if ran.findings and ran.test.grade != "shown")


def _digits(ran: Ran) -> Markup:
    """The share of each leading digit: a picture for each currency, its law beside it."""
    pictures = []
    for currency in dict.fromkeys(finding.currency for finding in ran.findings):
        lines = sorted(
            (finding for finding in ran.findings if finding.currency == currency), key=lambda each: each.facts["digit"]
        )
        items = []
        for line in lines:
            items.append(Item(f"{line.facts['digit']} found", line.facts["share"]))
            items.append(Item("Benford's law", line.facts["expected"]))
        pictures.append(
            bars(f"Leading digits in {currency}", items, lambda share: f"{share // 100}.{share % 100:02d} %")
        )
    return Markup().join(pictures)


def _numbers(finding: Finding) -> str:
    first = ", ".join(f"{seq:,}" for seq in finding.seqs[:_SEQS])
    more = finding.entries - min(finding.entries, _SEQS)
    return f"{first} and {more:,} more" if more else first


def _amount(finding: Finding) -> str:
    if finding.amount is None:
        return ""
    return format_amount(finding.amount, EXPONENTS.get(finding.currency, 2), finding.currency)
