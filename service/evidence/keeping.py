"""What every evidence store is: documents by digest, put once and read by whoever may."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from vouchers.refusals import Unavailable


class EvidenceStoreUnavailable(Unavailable):
    """The evidence store cannot be used now; nothing was kept."""

    remedy = "Repeat the request in a moment."


class Stream(Protocol):
    """Bytes that come in parts."""

    def read(self, size: int, /) -> bytes:
        """The next part; nothing at the end."""

    def close(self) -> None:
        """Read no more."""


class Found(NamedTuple):
    """A document that is there: its size, and its bytes, for whoever asked to close."""

    size: int
    stream: Stream


class Store(Protocol):
    """Somewhere to keep documents; what comes in is written to the folder `incoming` first."""

    incoming: Path

    def put(self, digest: str, path: Path) -> None:
        """Keep the document in a file, which may be moved away; raises EvidenceStoreUnavailable."""

    def get(self, digest: str) -> Found | None:
        """The document of this digest, if it is there."""

    def digests(self) -> Iterator[str]:
        """The digest of every document that is there."""
