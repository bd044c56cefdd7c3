"""A little bank of the tests: it reads our message, pays, rejects and returns, and tells it in statements."""

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tests.service.banks import OUR_NUMBER

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.05{kind}.001.{version}"
KINDS = {"3": ("BkToCstmrStmt", "Stmt"), "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


@dataclass
class Order:
    """One payment that the bank was told to make."""

    number: str
    amount: int
    account: str
    name: str


@dataclass
class Entry:
    """One booking: an amount below zero left the account."""

    amount: int
    number: str = ""
    reference: str = ""
    reason: str = ""
    text: str = ""
    batch: str = ""
    parts: tuple["Entry", ...] = ()
    reversal: bool = False
    status: str = "BOOK"
    name: str = "对方"


@dataclass
class LittleBank:
    """An account of ours with what was booked on it, in fen."""

    balance: int
    name: str = "STM"
    version: str = "08"
    entries: list[Entry] = field(default_factory=list)
    booked: int = 0

    def read(self, message: bytes) -> list[Order]:
        """What a message tells it to pay; its sums and its account must be right."""
        root = ET.fromstring(message)
        names = {each: each.tag.rpartition("}")[2] for each in root.iter()}
        by_name = lambda below, name: [each for each in below.iter() if names[each] == name]  # noqa: E731
        assert by_name(by_name(root, "DbtrAcct")[0], "Id")[-1].text == OUR_NUMBER
        found = []
        for each in by_name(root, "CdtTrfTxInf"):
            amount = round(float(by_name(each, "InstdAmt")[0].text or "") * 100)
            account = by_name(by_name(each, "CdtrAcct")[0], "Id")[-1].text or ""
            name = by_name(by_name(each, "Cdtr")[0], "Nm")[0].text or ""
            found.append(Order(by_name(each, "EndToEndId")[0].text or "", amount, account, name))
        assert sum(each.amount for each in found) == round(float(by_name(root, "CtrlSum")[0].text or "") * 100)
        return found

    def book(self, amount: int, number: str = "", **more: Any) -> Entry:
        """Book something under a fresh number of its own."""
        self.booked += 1
        entry = Entry(amount, number, **{"reference": f"{self.name}/{self.booked:06d}", **more})
        self.entries.append(entry)
        return entry

    def pay(self, order: Order, amount: int | None = None, **more: Any) -> Entry:
        """Carry a payment out, or a part of it."""
        return self.book(-(order.amount if amount is None else amount), order.number, **more)

    def statement(self, day: str, number: str = "", **changes: Any) -> bytes:
        """The statement of a day: everything booked since the one before."""
        opening, self.balance = self.balance, self.balance + sum(each.amount for each in self.entries)
        entries, self.entries = self.entries, []
        number = f"{self.name}-{number or day}"
        return document(day, number, entries, opening, self.balance, version=self.version, **changes)


def document(
    day: str,
    number: str,
    entries: list[Entry],
    opening: int,
    closing: int,
    *,
    kind: str = "3",
    version: str = "08",
    account: str = OUR_NUMBER,
    currency: str = "CNY",
    head: str = "",
) -> bytes:
    """A camt.053 or camt.054 message with these entries."""
    outer, inner = KINDS[kind]
    balances = _balance("OPBD", opening, day, currency) + _balance("CLBD", closing, day, currency)
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<Document xmlns="{CAMT.format(kind=kind, version=version)}"><{outer}>
<GrpHdr><MsgId>MSG-{number}</MsgId><CreDtTm>{day}T20:00:00+08:00</CreDtTm></GrpHdr>
<{inner}><Id>{number}</Id><CreDtTm>{day}T20:00:00+08:00</CreDtTm>
<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>
{balances if kind == "3" else ""}{"".join(_entry(each, day, currency, version) for each in entries)}
</{inner}></{outer}></Document>""".encode()


def report(number: str, rejected: dict[str, str], *, group: tuple[str, str] = ("", "PART"), day: str = "") -> bytes:
    """A pain.002 message that rejects instructions for reasons, or a whole message."""
    told = "".join(
        f"<TxInfAndSts><OrgnlInstrId>{each}</OrgnlInstrId><OrgnlEndToEndId>{each}</OrgnlEndToEndId>"
        f"<TxSts>{'RJCT' if reason else 'ACSP'}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{reason or 'NARR'}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for each, reason in rejected.items()
    )
    message, status = group
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{day or "2026-02-02"}T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message or "ANY"}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
<GrpSts>{status}</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>{told}</OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>""".encode()


def _balance(code: str, amount: int, day: str, currency: str) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_sum(amount, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def _sum(amount: int, currency: str) -> str:
    side = "CRDT" if amount >= 0 else "DBIT"
    whole, rest = divmod(abs(amount), 100)
    return f'<Amt Ccy="{currency}">{whole}.{rest:02d}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _entry(entry: Entry, day: str, currency: str, version: str) -> str:
    status = entry.status if version == "02" else f"<Cd>{entry.status}</Cd>"
    reference = f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef>" if entry.reference else ""
    details = "".join(_details(each, currency, version) for each in entry.parts or (entry,))
    if entry.batch:
        details = f"<Btch><PmtInfId>{entry.batch}</PmtInfId></Btch>"
    reversal = "<RvslInd>true</RvslInd>" if entry.reversal else ""
    return (
        f"<Ntry>{_sum(entry.amount, currency)}{reversal}<Sts>{status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        f"{reference}<BkTxCd/><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details(entry: Entry, currency: str, version: str) -> str:
    amount = _sum(entry.amount, currency).partition("<CdtDbtInd>")[0]
    if version == "02":
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    other = "Cdtr" if entry.amount < 0 else "Dbtr"
    back = f"<RtrInf><Rsn><Cd>{entry.reason}</Cd></Rsn></RtrInf>" if entry.reason else ""
    text = f"<RmtInf><Ustrd>{escape(entry.text)}</Ustrd></RmtInf>" if entry.text else ""
    party = f"<Nm>{escape(entry.name)}</Nm>" if version == "02" else f"<Pty><Nm>{escape(entry.name)}</Nm></Pty>"
    return (
        f"<TxDtls><Refs><EndToEndId>{entry.number or 'NOTPROVIDED'}</EndToEndId></Refs>{amount}"
        f"<RltdPties><{other}>{party}</{other}></RltdPties>{text}{back}</TxDtls>"
    )
