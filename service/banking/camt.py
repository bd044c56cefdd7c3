"""Statements (camt.053) and notifications (camt.054) of ISO 20022, in every version that has the same words."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree as ET

from service.banking.documents import (
    BankFileMalformed,
    BankTotalsDiffer,
    Document,
    Line,
    TooManyLines,
    amount_of,
    day_of,
)
from service.banking.xml import Pieces, text_of

NAMES: Final = frozenset({"Ntry", "Stmt", "Ntfctn", "GrpHdr"})
FORM: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[34]\.001\.(?:0[2-9]|1[0-3]))")
_SOURCES: Final = {"camt.053": "statement", "camt.054": "notification"}
_SIDES: Final = {"CRDT": "credit", "DBIT": "debit"}
_OPENING, _CLOSING = ("OPBD", "PRCD", "ITBD"), ("CLBD", "ITBD")
_NOTHING: Final = frozenset({"", "NOTPROVIDED", "NONREF"})


def read_camt(pieces: Pieces, form: str, most_lines: int) -> list[Document]:
    """Every statement or notification of a file."""
    found: list[Document] = []
    lines: list[Line] = []
    entries = 0
    page = ""
    for piece in pieces:
        if piece.name == "GrpHdr":
            page = text_of(piece.element, "MsgPgntn/PgNb")
        elif piece.name == "Ntry":
            pointer = f"/documents/{len(found)}/entries/{entries}"
            entries += 1
            lines += _lines(piece.element, pointer)
            if len(lines) > most_lines:
                raise TooManyLines(pointer=pointer)
        else:
            document = _document(piece.element, form, page, f"/documents/{len(found)}")
            _check_sums(document, piece.element, lines, entries, f"/documents/{len(found)}")
            found.append(replace(document, lines=lines))
            lines, entries = [], 0
    if not found:
        raise BankFileMalformed("The file has neither a statement nor a notification.", pointer="/documents")
    return found


def _document(element: ET.Element, form: str, page: str, pointer: str) -> Document:
    number, account = text_of(element, "Id"), text_of(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    if not number or not account:
        raise BankFileMalformed("It has no number, or names no account.", pointer=pointer)
    page = text_of(element, "StmtPgntn/PgNb", "NtfctnPgntn/PgNb") or page
    source = _SOURCES[form[:8]]
    document = Document(source, form, f"{number}.{page}" if page not in ("", "1") else number, account)
    document.currency = text_of(element, "Acct/Ccy")
    if source == "statement":
        _put_balances(document, element, pointer)
    first, last = text_of(element, "FrToDt/FrDtTm"), text_of(element, "FrToDt/ToDtTm")
    created = text_of(element, "CreDtTm")
    document.from_on = day_of(first, pointer) if first else document.from_on or day_of(created, pointer)
    document.until_on = day_of(last, pointer) if last else document.until_on or day_of(created, pointer)
    return document


def _put_balances(document: Document, element: ET.Element, pointer: str) -> None:
    """The balances that a statement begins and ends with; a page in the middle has interim ones."""
    balances = element.findall("Bal")
    codes = [text_of(each, "Tp/CdOrPrtry/Cd") for each in balances]
    opening = next((codes.index(code) for code in _OPENING if code in codes), None)
    closing = next((len(codes) - 1 - codes[::-1].index(code) for code in _CLOSING if code in codes), None)
    if opening is None or closing is None or opening == closing:
        raise BankFileMalformed("The statement has no opening or no closing balance.", pointer=f"{pointer}/balances")
    for name, at in (("opening", opening), ("closing", closing)):
        place = f"{pointer}/balances/{at}"
        amount, currency, side = _amount(balances[at], place)
        document.currency = document.currency or currency
        if currency != document.currency:
            raise BankFileMalformed(f"The balance is in {currency}.", pointer=place)
        setattr(document, name, amount if side == "credit" else -amount)
        day = text_of(balances[at], "Dt/Dt", "Dt/DtTm")
        setattr(document, "from_on" if name == "opening" else "until_on", day_of(day, place))
    document.has_balances = True


def _check_sums(document: Document, element: ET.Element, lines: list[Line], entries: int, pointer: str) -> None:
    """What a document says of itself must fit what it lists, in one currency."""
    currencies = {line.currency for line in lines}
    document.currency = document.currency or next(iter(currencies), "")
    if currencies - {document.currency} or not document.currency:
        raise BankFileMalformed(
            f"The account is in {document.currency or 'no currency'}, and bookings are in {', '.join(currencies)}.",
            pointer=f"{pointer}/entries",
        )
    total: Callable[[str], int] = lambda side: sum(line.amount for line in lines if line.direction == side)  # noqa: E731
    for name, side in (("TtlCdtNtries", "credit"), ("TtlDbtNtries", "debit")):
        told = text_of(element, f"TxsSummry/{name}/Sum")
        if told and amount_of(told, document.currency, f"{pointer}/totals") != total(side):
            raise BankTotalsDiffer(pointer=f"{pointer}/totals/{side}", told=told)
    count = text_of(element, "TxsSummry/TtlNtries/NbOfNtries")
    if count and count.lstrip("0") != str(entries):
        raise BankTotalsDiffer(f"It says {count[:20]} entries and has {entries}.", pointer=f"{pointer}/totals/count")


def _lines(entry: ET.Element, pointer: str) -> list[Line]:
    """The lines of one booking: one, or one for each payment in it where the bank tells them apart."""
    if text_of(entry, "Sts/Cd", "Sts") not in ("BOOK", ""):
        return []  # What is pending may yet not come.
    amount, currency, side = _amount(entry, pointer)
    booked = text_of(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    whole = Line(pointer, side, amount, currency, day_of(booked, f"{pointer}/day"))
    whole.reference = text_of(entry, "AcctSvcrRef")
    whole.reason = "reversed" if text_of(entry, "RvslInd") in ("true", "1") else ""
    whole.text = text_of(entry, "AddtlNtryInf")
    details = entry.findall("NtryDtls/TxDtls")
    if len(details) < 2:  # noqa: PLR2004 - one payment is the booking itself
        line = _detailed(whole, details[0]) if details else whole
        line.batch = "" if details else text_of(entry, "NtryDtls/Btch/PmtInfId")
        return [line]
    amounts = [_part(detail, currency, pointer) for detail in details]
    if sum(amounts) != amount or any(_side(detail, side) != side for detail in details):
        return [replace(whole, reason="details-differ")]
    parts = [replace(whole, place=f"{pointer}/details/{at}", amount=each) for at, each in enumerate(amounts)]
    return [_detailed(part, detail) for part, detail in zip(parts, details, strict=True)]


def _detailed(line: Line, detail: ET.Element) -> Line:
    """A line with what the bank says of its one payment."""
    names = [text_of(detail, f"Refs/{name}") for name in ("EndToEndId", "InstrId")]
    texts = [each.text or "" for each in detail.findall("RmtInf/Ustrd")]
    texts += [text_of(detail, "RmtInf/Strd/CdtrRefInf/Ref"), text_of(detail, "AddtlTxInf")]
    other = "Dbtr" if line.direction == "credit" else "Cdtr"
    return replace(
        line,
        names=tuple(dict.fromkeys(name for name in names if name not in _NOTHING)),
        reference=text_of(detail, "Refs/AcctSvcrRef") or line.reference,
        reason=text_of(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry") or line.reason,
        text=" ".join(filter(None, [*texts, line.text]))[:500],
        party=text_of(detail, f"RltdPties/{other}/Pty/Nm", f"RltdPties/{other}/Nm"),
    )


def _amount(element: ET.Element, pointer: str) -> tuple[int, str, str]:
    """Amount, currency and side of a booking or a balance."""
    amount, side = element.find("Amt"), _SIDES.get(text_of(element, "CdtDbtInd"))
    if amount is None or side is None:
        raise BankFileMalformed("It has no amount, or says not whether it is a debit or a credit.", pointer=pointer)
    currency = amount.get("Ccy", "")
    return amount_of(amount.text or "", currency, f"{pointer}/amount"), currency, side


def _part(detail: ET.Element, currency: str, pointer: str) -> int:
    """What one payment of a booking is, where that is told in the booking's currency; else less than nothing."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = detail.find(path)
        if found is not None and found.get("Ccy") == currency:
            return amount_of(found.text or "", currency, f"{pointer}/details")
    return -1


def _side(detail: ET.Element, side: str) -> str:
    return _SIDES.get(text_of(detail, "CdtDbtInd"), side)
