"""The only clock: everything else gets its time as data."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def now() -> str:
    """The present instant, RFC 3339 in UTC with microseconds."""
    return f"{datetime.now(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def today(zone: str) -> str:
    """The present local day of a time zone."""
    return datetime.now(ZoneInfo(zone)).date().isoformat()


def seconds() -> int:
    """The present instant in whole seconds since 1970, as tokens count."""
    return int(datetime.now(UTC).timestamp())


def milliseconds() -> int:
    """The present instant in whole milliseconds since 1970, as retries and leases count."""
    return int(datetime.now(UTC).timestamp() * 1_000)
