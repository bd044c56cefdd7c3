"""A point at which the log is asked: how much of it was recorded, and what of that had taken effect by a day."""

from bisect import bisect_right
from typing import Final, NamedTuple

from service.audit.replaying.sources import Source
from vouchers.days import check_day, check_instant, microseconds_of
from vouchers.refusals import Malformed, NotFound

_FORMS: Final = "size:N, recorded:YYYY-MM-DDThh:mm:ssZ, on:YYYY-MM-DD, now, or several with commas between them"
NOW: Final = "now"


class PointMalformed(Malformed):
    """A point says how much of the log was recorded, and optionally by which day it had taken effect."""

    remedy = f"Write {_FORMS}."


class LogEndsBeforePoint(NotFound):
    """The log is shorter than this."""


class Point(NamedTuple):
    """The first `size` entries, and of those what had taken effect by the end of a day; all of them without a day."""

    size: int
    on: str = ""

    def has(self, seq: int, eff: str) -> bool:
        """Whether an entry counts at this point."""
        return seq < self.size and (not self.on or eff <= self.on)

    def __str__(self) -> str:
        """The point as it is typed."""
        return f"size:{self.size}" + (f",on:{self.on}" if self.on else "")


def point_of(source: Source, *, size: int | None = None, recorded: str = "", on: str = "") -> Point:
    """A point of a log; without a size or an instant, all that the log holds now."""
    whole = source.size()
    if size is not None and recorded:
        raise PointMalformed("A point has a size or an instant, and not both.", pointer="/size")
    if size is not None and size > whole:
        raise LogEndsBeforePoint(f"The log has {whole:,} entries.", pointer="/size", remedy=f"Give at most {whole}.")
    if on:
        check_day(on, "/on")
    return Point(size_at(source, recorded) if recorded else whole if size is None else size, on)


def size_at(source: Source, recorded: str) -> int:
    """How many entries had been recorded by an instant; recorded times never go back."""
    until = microseconds_of(check_instant(recorded, "/recorded"))

    def at(number: int) -> int:
        return next((microseconds_of(entry.rec) for entry in source.entries(number, source.size())), until + 1)

    return bisect_right(range(source.size()), until, key=at)


def parse_point(source: Source, text: str) -> Point:
    """A point as it is typed: size:700000, recorded:2026-07-01T00:00:00Z, on:2026-06-30, now."""
    said: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = part.partition(":")
        if name in said or (name != NOW and (name not in ("size", "recorded", "on") or not value)):
            raise PointMalformed(f"{text[:80]!r} is no point.", pointer="/point")
        said[name] = value
    size = said.get("size")
    if size is not None and not (size.isascii() and size.isdecimal() and len(size) <= 15):  # noqa: PLR2004
        raise PointMalformed(f"{text[:80]!r} is no point.", pointer="/point")
    return point_of(
        source,
        size=None if size is None else int(size),
        recorded=said.get("recorded", ""),
        on=said.get("on", ""),
    )
