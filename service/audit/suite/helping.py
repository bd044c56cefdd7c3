"""Small tables beside those of the log, which let plain SQL count days, know thresholds and read invoice numbers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from service.audit.suite.settings import Threshold

CALENDAR: Final = (("day", "VARCHAR"), ("number", "BIGINT"), ("weekday", "BIGINT"), ("last_of_year", "BIGINT"))
THRESHOLDS: Final = tuple((name, "BIGINT" if name in ("amount", "hard") else "VARCHAR") for name in Threshold._fields)
OUTSIDE_TIMES: Final = (("seq", "BIGINT"), ("last_seq", "BIGINT"), ("not_before", "VARCHAR"), ("not_after", "VARCHAR"))
INVOICE_NUMBERS: Final = (
    ("invoice", "VARCHAR"), ("plain", "VARCHAR"), ("series", "VARCHAR"), ("number", "BIGINT"),
)  # fmt: skip
REPLAY_FINDINGS: Final = (("number", "BIGINT"), ("level", "BIGINT"), ("seq", "BIGINT"), ("sentence", "VARCHAR"))
DRAW_CHECKS: Final = (("seq", "BIGINT"), ("subject", "VARCHAR"), ("sentence", "VARCHAR"))
TABLES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "calendar": CALENDAR,
    "thresholds": THRESHOLDS,
    "outside_times": OUTSIDE_TIMES,
    "invoice_numbers": INVOICE_NUMBERS,
    "replay_findings": REPLAY_FINDINGS,
    "draw_checks": DRAW_CHECKS,
}
_CENTURY: Final = 36_525  # days
_AROUND: Final = 1_096
# Letters that are taken for digits, and what stands between the parts of a number.
_ALIKE: Final = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "-": "", "/": "", ".": "", "_": "", " ": ""})
_ZEROS: Final = re.compile(r"(?<![0-9])0+")
_LAST_DIGITS: Final = re.compile(r"(.*?)([0-9]{1,15})\D*$")


class ReplayFinding(NamedTuple):
    """What deciding again found about one entry: the level that found it, and its sentence."""

    level: int
    seq: int
    sentence: str


def calendar(days: Iterable[str]) -> Iterator[tuple[str, int, int, int]]:
    """Days with their number, their weekday from Monday as 0, and their year's last day.

    All days from the first to the last and three years around them, for what invoices and contracts say; where a
    mistyped year would make that more than a century, the days themselves.
    """
    known = sorted(date.fromisoformat(day).toordinal() for day in days)
    if known and known[-1] - known[0] < _CENTURY:
        known = list(range(max(1, known[0] - _AROUND), min(date.max.toordinal(), known[-1] + _AROUND) + 1))
    for number in known:
        day = date.fromordinal(number)
        yield day.isoformat(), number, day.weekday(), date(day.year, 12, 31).toordinal()


def invoice_numbers(invoices: Iterable[str]) -> Iterator[tuple[str, str, str, int | None]]:
    """Each invoice's key as its issuer may have meant it, and its place in the issuer's row of numbers."""
    for invoice in invoices:
        kind, _, rest = invoice.partition(":")
        plain = ":".join(_ZEROS.sub("", part.translate(_ALIKE)) for part in rest.upper().split(":"))
        found = _LAST_DIGITS.match(invoice)
        yield invoice, f"{kind}:{plain}", found[1] if found else invoice, int(found[2]) if found else None


def outside_times(anchors: Iterable[Mapping[str, Any]], seconds: int) -> Iterator[tuple[int, int, str, str]]:
    """Between which times outsiders place the log: nothing after an anchor before it, nothing it covers after it.

    An anchor is {seq, size, times}; clocks may differ by so many seconds. Where several outsiders stated a time, the
    widest one is taken: it holds as long as the clock of one of them is right.
    """
    for anchor in anchors:
        stated = [_instant(text) for text in anchor["times"] if text]
        if stated:
            first, last = min(stated) - timedelta(seconds=seconds), max(stated) + timedelta(seconds=seconds)
            yield anchor["seq"], anchor["size"] - 1, _written(first), _written(last)


def _instant(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def _written(instant: datetime) -> str:
    """An instant as the log writes it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
