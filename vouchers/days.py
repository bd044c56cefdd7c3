"""Local days as ISO text, which compares as it counts, and instants as UTC text."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vouchers.refusals import Malformed

FIRST_YEAR: Final = 1990
FIRST_YEAR_OF_FACTS: Final = 1000  # A university may be older than any programme.
LAST_YEAR: Final = 2199
CHINA: Final = "Asia/Shanghai"

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_LENGTH: Final = 10
_MONTHS: Final = 12
# RFC 3339 section 5.6, narrowed to UTC and to the precision that a datetime keeps.
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_LONGEST_INSTANT: Final = 27


class DayMalformed(Malformed):
    """The day is not written as year, month and day."""


class DayUnknown(Malformed):
    """The calendar has no such day."""


class DayOutOfRange(Malformed):
    """The day lies outside the years that this service counts."""


class InstantMalformed(Malformed):
    """The instant is not a moment in UTC."""


class ZoneUnknown(Malformed):
    """The time zone is not known."""


def check_day(text: object, pointer: str = "", first_year: int = FIRST_YEAR) -> str:
    """Return the text if it is a real day YYYY-MM-DD of the years 1990 to 2199, else refuse it."""
    # Only texts of the right length are remembered, so that no caller can fill the memory.
    if isinstance(text, str) and len(text) == _DAY_LENGTH:
        refusal = _refusal_of(text, first_year)
        if refusal is None:
            return text
    else:
        refusal = DayMalformed
    remedies = {
        DayMalformed: "Write the day as YYYY-MM-DD, for example 2026-03-31.",
        DayUnknown: "Give a day that the month has.",
        DayOutOfRange: f"Give a day from {first_year}-01-01 to {LAST_YEAR}-12-31.",
    }
    raise refusal(pointer=pointer, remedy=remedies[refusal])


def check_day_of_fact(text: object, pointer: str = "") -> str:
    """Return the text if it is a real day of the years 1000 to 2199, on which something may have been founded."""
    return check_day(text, pointer, FIRST_YEAR_OF_FACTS)


@lru_cache(maxsize=32_768)
def _refusal_of(text: str, first_year: int) -> type[Malformed] | None:
    if not _DAY.fullmatch(text):
        return DayMalformed
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return DayUnknown
    return None if first_year <= day.year <= LAST_YEAR else DayOutOfRange


@lru_cache(maxsize=32_768)
def add_days(day: str, count: int) -> str:
    """Return the day so many days later, or earlier for a negative count."""
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()


@lru_cache(maxsize=32_768)
def add_months(day: str, count: int) -> str:
    """Return the same day so many months later; where that month is shorter, its last day."""
    start = date.fromisoformat(day)
    years, month = divmod(start.year * _MONTHS + start.month - 1 + count, _MONTHS)
    length = monthrange(years, month + 1)[1]
    return date(years, month + 1, min(start.day, length)).isoformat()


def end_of_year(day: str) -> str:
    """Return the last day of the calendar year of a day."""
    return f"{day[:4]}-12-31"


def days_between(first: str, last: str) -> int:
    """Return how many days lie from the first to the last: 0 for the same day, negative if the last is earlier."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def within(day: str, first: str, last: str) -> bool:
    """Tell whether a day lies from the first to the last, both counted."""
    return first <= day <= last


def check_instant(text: object, pointer: str = "") -> str:
    """Return the text if it is an instant such as 2026-03-31T15:59:59Z, with at most six decimals, else refuse it."""
    if isinstance(text, str) and len(text) <= _LONGEST_INSTANT and _INSTANT.fullmatch(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            pass  # Well formed, but no such moment: refused below like any other.
        else:
            return text
    raise InstantMalformed(pointer=pointer, remedy="Write the instant as YYYY-MM-DDThh:mm:ssZ.")


def instant_of(microseconds: int) -> str:
    """Write microseconds since 1970 as an instant with six decimals; such texts compare as they count."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def microseconds_of(instant: str) -> int:
    """Return the microseconds from 1970 to an instant."""
    since = datetime.fromisoformat(instant) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)


@lru_cache(maxsize=32_768)
def local_day(instant: str, zone: str = CHINA) -> str:
    """Return the day that the calendar on a wall in the zone shows at an instant."""
    return datetime.fromisoformat(instant).astimezone(_zone(zone)).date().isoformat()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:  # ValueError: a name that leaves the time zone folder.
        raise ZoneUnknown(remedy="Use a name of the time zone database, such as Asia/Shanghai.") from fault
