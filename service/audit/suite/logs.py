"""The log that tests and samples go over: a source up to a size, with the root that it has there."""

from collections.abc import Iterator
from typing import NamedTuple

from service.audit.asof.points import LogEndsBeforePoint
from service.audit.replaying.sources import Source


class Log(NamedTuple):
    """The first entries of a log."""

    source: Source
    size: int

    def root(self) -> str:
        """The root of the Merkle tree over them, in hexadecimal digits."""
        return self.source.root(self.size).hex()

    def entries(self) -> Iterator[bytes]:
        """Every entry's bytes in order, without a newline; of a redacted one what the log says is left of it."""
        return self.source.lines(0, self.size)


def log_of(source: Source, size: int | None = None) -> Log:
    """The first so many entries of a source, or all that it has now; raises LogEndsBeforePoint."""
    present = source.size()
    if size is not None and size > present:
        raise LogEndsBeforePoint(f"The log has {present:,} entries.", pointer="/size", remedy="Name a smaller size.")
    return Log(source, present if size is None else size)
