"""Where a mirror reads a log from: its address, or a folder with its tiles (C2SP tlog-tiles)."""

from pathlib import Path
from typing import Final, Protocol

from service.outward.reaching import ask, chosen
from vouchers.refusals import NotFound, Unavailable

LARGEST_FILE: Final = 17 * 1024 * 1024  # bytes: 256 entries of the largest size
_OK, _MISSING = 200, 404


class TileMissing(NotFound):
    """The log does not have a file that its checkpoint covers."""

    remedy = "Ask the log's operator for the whole log as tiles: vouchers audit tiles DIR."


class SourceUnavailable(Unavailable):
    """The log cannot be read."""

    remedy = "Run it again: what was read already is kept."


class Source(Protocol):
    """A log as static files."""

    def read(self, path: str) -> bytes:
        """The file of a path such as tile/0/000; raises TileMissing, SourceUnavailable."""


class Folder:
    """A folder with the tiles of a log."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self._folder = folder

    def read(self, path: str) -> bytes:
        """The file of a path."""
        try:
            with (self._folder / path).open("rb") as file:
                return file.read(LARGEST_FILE)
        except FileNotFoundError as fault:
            raise TileMissing(f"{self._folder / path} is missing.") from fault
        except OSError as fault:
            raise SourceUnavailable(f"{self._folder / path}: {fault.strerror}.") from fault


class Address:
    """A log that is read over HTTP, with a credential where it asks for one."""

    def __init__(self, url: str, credential: str = "", seconds: int = 30) -> None:
        """Ask nothing yet."""
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._headers = {"Authorization": f"Bearer {credential}"} if credential else {}

    def read(self, path: str) -> bytes:
        """The file of a path."""
        reply = ask(chosen(f"{self._url}/{path}"), "GET", self._headers, b"", self._seconds, LARGEST_FILE)
        if reply.status == _MISSING:
            raise TileMissing(f"{self._url}/{path} is missing.")
        if reply.status != _OK:
            raise SourceUnavailable(f"{self._url}/{path}: {reply.failure or f'it answered {reply.status}'}.")
        return reply.body


def source_of(place: str, credential: str = "") -> Source:
    """The source at an http(s) address, or in a folder."""
    return Address(place, credential) if place.startswith(("https://", "http://")) else Folder(Path(place))
