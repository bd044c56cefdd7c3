"""Reports on the status of instructions (pain.002 of ISO 20022): only what is rejected changes anything."""

import re
from typing import Final
from xml.etree import ElementTree as ET

from service.banking.documents import BankFileMalformed, Document, Line, TooManyLines, day_of
from service.banking.xml import Piece, Pieces, text_of

NAMES: Final = frozenset({"GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"})
FORM: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(pain\.002\.001\.(?:0[3-9]|1[0-5]))")
_REJECTED: Final = frozenset({"RJCT", "CANC"})


def read_pain(pieces: Pieces, form: str, most_lines: int) -> list[Document]:
    """The one report of a file: every instruction or file of ours that the bank rejects, with its reason."""
    found: Document | None = None
    lines: list[Line] = []
    for at, piece in enumerate(pieces):
        pointer = f"/documents/0/reports/{at}"
        if piece.name == "GrpHdr":
            number, created = text_of(piece.element, "MsgId"), text_of(piece.element, "CreDtTm")
            day = day_of(created, "/documents/0/CreDtTm")
            found = Document("status", form, number, from_on=day, until_on=day)
            continue
        line = _line(piece, pointer)
        if line is not None:
            lines.append(line)
        if len(lines) > most_lines:
            raise TooManyLines(pointer=pointer)
    if found is None or not found.number:
        raise BankFileMalformed("The report has no number.", pointer="/documents/0")
    for line in lines:
        line.booked_on = found.from_on
    found.lines = lines
    return [found]


def _line(piece: Piece, pointer: str) -> Line | None:
    """One rejection: of an instruction, or of a file by its own number or that of its message."""
    element = piece.element
    if piece.name == "TxInfAndSts":
        names = tuple(filter(None, [text_of(element, f"Orgnl{name}") for name in ("EndToEndId", "InstrId")]))
        return _rejection(element, "TxSts", pointer, names=names)
    if piece.name == "OrgnlPmtInfAndSts":
        return _rejection(element, "PmtInfSts", pointer, batch=text_of(element, "OrgnlPmtInfId"))
    return _rejection(element, "GrpSts", pointer, batch=text_of(element, "OrgnlMsgId"))


def _rejection(
    element: ET.Element, status: str, pointer: str, *, names: tuple[str, ...] = (), batch: str = ""
) -> Line | None:
    if text_of(element, status) not in _REJECTED:
        return None
    line = Line(pointer, "none", 0, "", "", names=names, batch=batch)
    line.reason = text_of(element, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry")
    line.text = text_of(element, "StsRsnInf/AddtlInf")
    line.reference = text_of(element, "StsId")
    return line
