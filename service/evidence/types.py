"""Which documents are taken, and how each is known by its content; nothing is ever unpacked, parsed or run."""

import codecs
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, Protocol

from vouchers.refusals import Refused

# Media type -> the ending of a file of it.
SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/ofd": ".ofd",
        "application/pdf": ".pdf",
        "application/xml": ".xml",
        "image/jpeg": ".jpg",
        "image/png": ".png",
        "text/csv": ".csv",
        "text/plain": ".txt",
    }
)
_SIGNATURES: Final[Mapping[str, bytes]] = MappingProxyType(
    {
        "application/ofd": rb"PK\x03\x04",
        "application/pdf": rb"%PDF-[12]\.[0-9]",
        "image/jpeg": rb"\xff\xd8\xff",
        "image/png": rb"\x89PNG\r\n\x1a\n.{4}IHDR",
    }
)
_HEAD: Final = 4_096  # bytes in which a document says what it is
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_ENCODING: Final = re.compile(rb"""\A<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS: Final = frozenset({b"utf-8", b"gb18030", b"gbk", b"gb2312", b"us-ascii"})
_ROOT: Final = re.compile(rb"<(?:[^\s<>/!?:]+:)?([^\s<>/!?:]+)[\s/>]")
_ACTIVE: Final = frozenset({b"html", b"svg", b"xsl", b"stylesheet", b"script"})
_DECLARATION: Final = b"<!DOCTYPE"
_END: Final = struct.Struct("<4s4H2LH")  # the end of a zip file's directory
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")  # an entry of it
_LARGEST_DIRECTORY: Final = 1 << 20
_LONGEST_COMMENT: Final = 65_535


class ContentOfAnotherType(Refused):
    """The document is not of the type that it is announced as."""


class Inspector(Protocol):
    """Whoever looks at a document as it comes."""

    def feed(self, part: bytes) -> None:
        """Look at the next part; raises ContentOfAnotherType."""

    def finish(self, path: Path, /) -> None:
        """Look at the whole; raises ContentOfAnotherType."""


def inspector_of(media_type: str) -> Inspector:
    """Whoever knows documents of a type that is taken."""
    return _INSPECTORS.get(media_type, _Signed)(media_type)


class _Signed:
    """A document that begins as all of its type do."""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        self._head = b""

    def feed(self, part: bytes) -> None:
        if len(self._head) < _HEAD:
            self._head += part[: _HEAD - len(self._head)]

    def finish(self, _: Path, /) -> None:
        if not re.match(_SIGNATURES[self.media_type], self._head, re.DOTALL):
            raise _other(self.media_type)


class _Ofd(_Signed):
    """A page document of GB/T 33190: a zip file whose directory, which is all that is read of it, names OFD.xml."""

    def finish(self, path: Path, /) -> None:
        super().finish(path)
        with path.open("rb") as file:
            if b"OFD.xml" not in _names(file):
                raise _other(self.media_type)


class _Text:
    """Text in UTF-8 or GB18030 without control characters."""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        self._decoders = [codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")]

    def feed(self, part: bytes) -> None:
        if _CONTROLS.search(part):
            raise _other(self.media_type)
        self._decode(part)

    def finish(self, _: Path, /) -> None:
        self._decode(b"", final=True)

    def _decode(self, part: bytes, *, final: bool = False) -> None:
        """Go on with the encodings that are still possible."""
        possible = []
        for decoder in self._decoders:
            try:
                decoder.decode(part, final)
            except UnicodeDecodeError:
                continue
            possible.append(decoder)
        self._decoders = possible
        if not possible:
            raise _other(self.media_type)


class _Xml(_Text):
    """An XML document without a document type, from which alone it could name files or grow."""

    def __init__(self, media_type: str) -> None:
        super().__init__(media_type)
        self._head = b""
        self._tail = b""

    def feed(self, part: bytes) -> None:
        super().feed(part)
        if len(self._head) < _HEAD:
            self._head += part[: _HEAD - len(self._head)]
        if _DECLARATION in self._tail + part:
            raise ContentOfAnotherType("An XML document must not have a document type.", remedy="Send it without.")
        self._tail = (self._tail + part)[1 - len(_DECLARATION) :]

    def finish(self, path: Path, /) -> None:
        super().finish(path)
        head = self._head.removeprefix(codecs.BOM_UTF8).lstrip()
        encoding, root = _ENCODING.match(head), _ROOT.search(head)
        if not head.startswith(b"<") or root is None or root[1].lower() in _ACTIVE:
            raise _other(self.media_type)
        if encoding is not None and encoding[1].lower() not in _ENCODINGS:
            raise _other(self.media_type)


_INSPECTORS: Final[Mapping[str, Callable[[str], Inspector]]] = MappingProxyType(
    {"application/ofd": _Ofd, "application/xml": _Xml, "text/csv": _Text, "text/plain": _Text}
)


def _other(media_type: str) -> ContentOfAnotherType:
    remedy = "Announce the document as what it is, or correct it."
    return ContentOfAnotherType(f"This is no {media_type}.", pointer="/headers/content-type", remedy=remedy)


def _names(file: IO[bytes]) -> set[bytes]:
    """The names in the directory of a zip file; none where it has no directory of an ordinary size."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return set()
    *_, length, start, _ = _END.unpack_from(tail, at)
    if not 0 < length <= _LARGEST_DIRECTORY:
        return set()
    file.seek(start)
    directory, place = file.read(length), 0
    names = set()
    while len(directory) - place >= _ENTRY.size:
        mark, *_, name, extra, comment, _, _, _, _ = _ENTRY.unpack_from(directory, place)
        if mark != b"PK\x01\x02":
            return set()
        place += _ENTRY.size
        names.add(directory[place : place + name])
        place += name + extra + comment
    return names
