"""A bank's file as documents: what it is follows from its first bytes, and what it may be from its namespace."""

from typing import Final

from service.banking import camt, pain
from service.banking.documents import BankFileUnknown, Document
from service.banking.settings import Banking, OurAccount
from service.banking.tables import read_table
from service.banking.xml import Pieces
from vouchers.refusals import Malformed, Refused

_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_NAMES: Final = camt.NAMES | pain.NAMES


class BankFileTooLarge(Refused):
    """The bank's file is larger than is taken in at once."""

    status = 413
    remedy = "Ask the bank for a file of fewer days."


class AccountNotNamed(Malformed):
    """A table says not which account it is of."""

    remedy = "Name the account of ours that it is of, by its name in the settings."


def read(content: bytes, banking: Banking, account: OurAccount | None = None) -> list[Document]:
    """Every document of a file; `account` is that of a table, which does not name its own."""
    if len(content) > banking.largest_file:
        raise BankFileTooLarge(limit=banking.largest_file)
    if _is_xml(content):
        return _read_xml(content, banking.most_lines)
    if content.startswith(b"PK\x03\x04") or b"\x00" in content[:1_000]:
        raise BankFileUnknown("This is no text.", pointer="/", remedy="Unpack it first, and send each file by itself.")
    if account is None:
        raise AccountNotNamed(pointer="/query/account")
    return read_table(content, account, banking.most_lines)


def _is_xml(content: bytes) -> bool:
    start = content[:200]
    if start.startswith(_MARKS[1:]):
        return True  # Only XML comes in UTF-16.
    return start.removeprefix(_MARKS[0]).lstrip().startswith(b"<")


def _read_xml(content: bytes, most_lines: int) -> list[Document]:
    pieces = Pieces(content.lstrip() if content[:1].isspace() else content, _NAMES)
    pieces.begin()
    for module, reader in ((camt, camt.read_camt), (pain, pain.read_pain)):
        if found := module.FORM.fullmatch(pieces.namespace):
            return reader(pieces, found[1], most_lines)
    detail = f"The file is of the namespace {pieces.namespace[:100]}." if pieces.namespace else ""
    raise BankFileUnknown(detail, pointer="/Document")
