"""The files themselves: pain.001.001.09 of ISO 20022, or a table in CSV; the same batch gives the same bytes."""

import csv
import io
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from service.banking.numbers import LATIN
from service.banking.settings import OurAccount
from service.banking.vault import Entry
from vouchers.money import exponent_of
from vouchers.refusals import Refused
from vouchers.remittance.decisions import bankable

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
COLUMNS: Final = (
    "file_id",
    "payment_id",
    "pay_on",
    "from_account",
    "to_account",
    "to_name",
    "to_bic",
    "to_bank_code",
    "currency",
    "amount",
    "text",
)
_LONGEST_LATIN: Final = 70  # characters of a name
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class NameNotTaken(Refused):
    """The bank takes 70 Latin letters without accents, digits and a few marks; the name of a holder is otherwise."""

    remedy = "Use the name that the bank itself writes: a payee's under a new reference, ours in the settings."


@dataclass(frozen=True, slots=True)
class Payment:
    """One line of a file: our number for it, how much, and the account behind the payee's reference."""

    instruction_id: str
    amount: int
    to: Entry


@dataclass(frozen=True, slots=True)
class File:
    """All that a file is made of; `message_id` is its secret, so that its digest tells nobody what it holds."""

    file_id: str
    message_id: str
    made_at: str
    pay_on: str
    currency: str
    payer: OurAccount
    payments: tuple[Payment, ...]


def written(file: File, form: str) -> bytes:
    """The bytes of a file in its form; refuses a name that the bank would not take."""
    if file.payer.characters == "latin":
        _check_names(file)
    return _pain(file) if form == "pain.001" else _csv(file)


def _check_names(file: File) -> None:
    """Refuse names that a bank of the SEPA and SWIFT worlds would send back; the whole file would come back."""
    names = {f"/accounts/{each.to.account_ref}/holder": each.to.holder for each in file.payments}
    for pointer, name in {"/payer/holder": file.payer.holder, **names}.items():
        if not LATIN.fullmatch(name) or len(name) > _LONGEST_LATIN:
            raise NameNotTaken(pointer=pointer)


def decimal(amount: int, currency: str) -> str:
    """An amount with all the decimals of its currency, as banks write it."""
    exponent = exponent_of(currency)
    whole, rest = divmod(amount, 10**exponent)
    return f"{whole}.{rest:0{exponent}d}" if exponent else str(whole)


def _pain(file: File) -> bytes:
    document = ET.Element("Document", xmlns=NAMESPACE)
    root = _below(document, "CstmrCdtTrfInitn")
    total = decimal(sum(each.amount for each in file.payments), file.currency)
    header = _below(root, "GrpHdr")
    _below(header, "MsgId", file.message_id)
    _below(header, "CreDtTm", file.made_at)
    _below(header, "NbOfTxs", str(len(file.payments)))
    _below(header, "CtrlSum", total)
    _below(_below(header, "InitgPty"), "Nm", file.payer.holder)
    block = _block(root, file, total)
    for payment in file.payments:
        _transfer(block, file, payment)
    text: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _block(root: ET.Element, file: File, total: str) -> ET.Element:
    """All payments of one day from one account; each is booked by itself, so that it can be told from the others."""
    block = _below(root, "PmtInf")
    _below(block, "PmtInfId", file.file_id)
    _below(block, "PmtMtd", "TRF")
    _below(block, "BtchBookg", "false")
    _below(block, "NbOfTxs", str(len(file.payments)))
    _below(block, "CtrlSum", total)
    if file.payer.service:
        _below(_below(_below(block, "PmtTpInf"), "SvcLvl"), "Cd", file.payer.service)
    _below(_below(block, "ReqdExctnDt"), "Dt", file.pay_on)
    _below(_below(block, "Dbtr"), "Nm", file.payer.holder)
    _account(_below(block, "DbtrAcct"), file.payer.iban, file.payer.number)
    _bank(_below(block, "DbtrAgt"), file.payer.bic, file.payer.bank_code)
    _below(block, "ChrgBr", file.payer.charges)
    return block


def _transfer(block: ET.Element, file: File, payment: Payment) -> None:
    transfer = _below(block, "CdtTrfTxInf")
    number = bankable(payment.instruction_id)
    names = _below(transfer, "PmtId")
    _below(names, "InstrId", number)
    _below(names, "EndToEndId", number)
    amount = _below(_below(transfer, "Amt"), "InstdAmt", decimal(payment.amount, file.currency))
    amount.set("Ccy", file.currency)
    if payment.to.bic or payment.to.bank_code:
        _bank(_below(transfer, "CdtrAgt"), payment.to.bic, payment.to.bank_code)
    _below(_below(transfer, "Cdtr"), "Nm", payment.to.holder)
    _account(_below(transfer, "CdtrAcct"), payment.to.iban, payment.to.number)
    _below(_below(transfer, "RmtInf"), "Ustrd", number)


def _account(parent: ET.Element, iban: str, number: str) -> None:
    name = _below(parent, "Id")
    if iban:
        _below(name, "IBAN", iban.replace(" ", "").upper())
    else:
        _below(_below(name, "Othr"), "Id", number.replace(" ", "").upper())


def _bank(parent: ET.Element, bic: str, code: str) -> None:
    bank = _below(parent, "FinInstnId")
    if bic:
        _below(bank, "BICFI", bic.upper())
    if code:
        _below(_below(bank, "ClrSysMmbId"), "MmbId", code)
    if not (bic or code):
        _below(_below(bank, "Othr"), "Id", "NOTPROVIDED")


def _below(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text or None
    return child


def _csv(file: File) -> bytes:
    """One payment a line, with a mark of its encoding at the beginning, for spreadsheets take it for another else."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for payment in file.payments:
        number, to = bankable(payment.instruction_id), payment.to
        amount = decimal(payment.amount, file.currency)
        cells = [file.file_id, number, file.pay_on, file.payer.key, to.iban or to.number, to.holder, to.bic]
        cells += [to.bank_code, file.currency, amount, f"{number} {file.message_id}"]
        writer.writerow(map(_cell, cells))
    return target.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
