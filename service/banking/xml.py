"""XML as we read it: no document type, no entity, bounded, and one piece at a time with the line that it begins on."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET
from xml.parsers import expat

from vouchers.refusals import Malformed

DEEPEST: Final = 32  # elements in one another
LONGEST: Final = 20_000  # characters between two tags
MOST: Final = 20_000  # elements of one piece
_BLOCK: Final = 1 << 16
_CHINESE: Final = re.compile(rb"""\A<\?xml[^>]{0,80}encoding=["'](gbk|gb2312|gb18030)["']""", re.IGNORECASE)


class XmlBroken(Malformed):
    """The file is not well-formed XML; it may have been cut off."""

    remedy = "Fetch the file from the bank again, and send it unchanged."


class XmlForbidden(Malformed):
    """The file has a document type or entities of its own, which no message of a bank has."""

    remedy = "Send the bank's file unchanged; if it is the bank's, ask for one without a document type."


class XmlTooLarge(Malformed):
    """The file nests more deeply, or has a larger piece, than any message of a bank."""


class Piece(NamedTuple):
    """One part of a document: its name without the namespace, its element, the line that it begins on."""

    name: str
    element: ET.Element
    line: int


class Pieces:
    """A document in parts: the root's namespace, and every element of some names once it is whole."""

    def __init__(self, content: bytes, names: frozenset[str]) -> None:
        """Begin to read; what is wrong is told when its part is asked for."""
        self.namespace = ""
        self._names = names
        self._stack: list[tuple[ET.Element, int]] = []
        self._text: list[str] = []
        self._ready: deque[Piece] = deque()
        self._size = self._at = 0
        self._begun = False
        is_chinese = _CHINESE.match(content)
        if is_chinese:  # Which expat does not know.
            content = _decoded(content)
        self._content = content
        self._parser: Any = expat.ParserCreate("utf-8" if is_chinese else None, " ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        for name in ("StartDoctypeDeclHandler", "EntityDeclHandler", "ExternalEntityRefHandler"):
            setattr(self._parser, name, self._forbid)

    def begin(self) -> None:
        """Read as far as the root, so that its namespace is known."""
        while not self._begun and self._feed():
            pass

    def __iter__(self) -> Iterator[Piece]:
        """Every part in the order of their ends, read a block at a time."""
        while self._ready or self._feed():
            while self._ready:
                yield self._ready.popleft()

    def _feed(self) -> bool:
        """Read one block further; false where there is none."""
        if self._at >= len(self._content) and self._begun:
            return False
        block = self._content[self._at : self._at + _BLOCK]
        self._at += _BLOCK
        try:
            self._parser.Parse(block, self._at >= len(self._content))
        except expat.ExpatError as fault:
            detail = f"Line {fault.lineno}: {expat.errors.messages[fault.code]}."
            raise XmlBroken(detail, pointer=f"/lines/{fault.lineno}") from fault
        except (LookupError, ValueError) as fault:
            raise XmlBroken("The file names an encoding that is not read here.", pointer="/lines/1") from fault
        return True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        line = self._parser.CurrentLineNumber
        if not self._begun:
            self.namespace, self._begun = namespace, True
        self._size += 1
        if len(self._stack) >= DEEPEST or self._size > MOST:
            raise XmlTooLarge(pointer=f"/lines/{line}", remedy="Ask the bank for smaller files.")
        self._text.clear()
        self._stack.append((ET.Element(local, attributes), line))

    def _end(self, _: str) -> None:
        element, line = self._stack.pop()
        element.text = "".join(self._text).strip()
        self._text.clear()
        if element.tag in self._names:
            self._ready.append(Piece(element.tag, element, line))
            self._size = len(self._stack)
        elif self._stack:
            self._stack[-1][0].append(element)

    def _characters(self, text: str) -> None:
        self._text.append(text)
        if len(text) > LONGEST or (len(self._text) > 1 and sum(map(len, self._text)) > LONGEST):
            raise XmlTooLarge(pointer=f"/lines/{self._parser.CurrentLineNumber}", remedy="Ask the bank what this is.")

    def _forbid(self, *_: object) -> None:
        raise XmlForbidden(pointer=f"/lines/{self._parser.CurrentLineNumber}")


def text_of(element: ET.Element | None, *paths: str) -> str:
    """The text at the first of these paths that has one, or nothing."""
    for path in paths if element is not None else ():
        found = element.find(path)  # type: ignore[union-attr]
        if found is not None and found.text:
            return found.text
    return ""


def _decoded(content: bytes) -> bytes:
    try:
        return content.decode("gb18030").encode()
    except UnicodeDecodeError as fault:
        raise XmlBroken(f"Byte {fault.start + 1} is not in the encoding that the file names.", pointer="/") from fault
