"""Where documents lie: a folder with two levels, or a bucket; a document is named by its digest and never changes."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from service.evidence.buckets import Bucket
from service.evidence.keeping import EvidenceStoreUnavailable, Found, Store
from service.evidence.settings import Evidence

INCOMING: Final = "incoming"


def open_store(data: Path, settings: Evidence) -> Store:
    """The store that the settings name."""
    scheme, _, place = settings.store.partition(":")
    if scheme == "folder":
        return Folder(data / place)
    return Bucket(place, settings, data / "evidence" / INCOMING)


@contextmanager
def new_file(folder: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file to write a document into before anything is known of it; it is gone at the end, unless it was moved."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(".partial", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


class Folder:
    """Documents as files, in folders by the first two and the next two characters of their digests."""

    def __init__(self, path: Path) -> None:
        """Use a folder, which is made when it is needed."""
        self.incoming = path / INCOMING
        self._path = path

    def put(self, digest: str, path: Path) -> None:
        """Move a file into its place; at no moment is there half of it."""
        place = self._place(digest)
        try:
            for folder in (place.parent.parent, place.parent):
                folder.mkdir(exist_ok=True, mode=0o700)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.replace(place)
            for folder in (place.parent, place.parent.parent):
                _sync(folder)
        except OSError as fault:
            raise EvidenceStoreUnavailable from fault

    def get(self, digest: str) -> Found | None:
        """A file and its size."""
        try:
            file = self._place(digest).open("rb")
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise EvidenceStoreUnavailable from fault
        return Found(os.fstat(file.fileno()).st_size, file)

    def digests(self) -> Iterator[str]:
        """The names of all files, in order."""
        for path in sorted(self._path.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            yield path.name

    def _place(self, digest: str) -> Path:
        return self._path / digest[:2] / digest[2:4] / digest


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
