"""What banks were sent and what they told: instructions by the number that a bank knows, files, statements, lines."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Index, and_, or_, select
from sqlalchemy.orm import Mapped, Session

from service.projections.debts import Debt
from service.projections.tables import Handler, Key, Number, Ops, Row, View, Word, key_of
from vouchers.bankline import events as bankline
from vouchers.remittance import events as remittance
from vouchers.remittance.decisions import bankable
from vouchers.settlement import events as settlement
from vouchers.statement import events as statement
from vouchers.wire import Outline

MOST: Final = 1_000
WAITING: Final = ("open", "proposed")
_DECIDERS: Final = ("approved_by", "set_aside_by", "declined_by")


class BankInstruction(Row):
    """An instruction by the number under which banks know it, and the file that it was sent in."""

    __tablename__ = "bank_instructions"
    __table_args__ = (Index("bank_instructions_by_file", "file_id"),)
    bank_number: Mapped[Key]
    instruction_id: Mapped[Word]
    settlement_id: Mapped[Word]
    redemption_id: Mapped[Word]
    file_id: Mapped[Word]


class BankFile(Row):
    """A file that a bank was sent: instructions of a batch with their total in minor units of `currency`."""

    __tablename__ = "bank_files"
    __table_args__ = (Index("bank_files_by_settlement", "settlement_id", "seq"),)
    file_id: Mapped[Key]
    seq: Mapped[Number]
    settlement_id: Mapped[Word]
    form: Mapped[Word]
    bank_account: Mapped[Word]
    currency: Mapped[Word]
    count: Mapped[Number]
    total: Mapped[Number]
    pay_on: Mapped[Word]
    made_at: Mapped[Word]
    made_by: Mapped[Word]
    digest: Mapped[Word]


class BankStatement(Row):
    """A document of a bank: balances are minor units of `currency`, those on the side `debit` below zero."""

    __tablename__ = "bank_statements"
    __table_args__ = (Index("bank_statements_by_day", "bank_account", "from_on"),)
    bank_account: Mapped[Key]
    statement_id: Mapped[Key]
    seq: Mapped[Number]
    source: Mapped[Word]
    form: Mapped[Word]
    digest: Mapped[Word]
    currency: Mapped[Word]
    from_on: Mapped[Word]
    until_on: Mapped[Word]
    has_balances: Mapped[Number]
    opening: Mapped[Number]
    opening_side: Mapped[Word]
    closing: Mapped[Number]
    closing_side: Mapped[Word]
    credited: Mapped[Number]
    debited: Mapped[Number]
    count: Mapped[Number]
    imported_by: Mapped[Word]
    imported_at: Mapped[Word]


class BankLine(Row):
    """One line of a bank; `status` is heard, matched, open, proposed, resolved or set_aside.

    `stated_in` is the statement that it is booked in, if any; `outcome` and what is named beside it, what it is or is
    said to be.
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        Index("bank_lines_by_status", "status", "seq"),
        Index("bank_lines_by_day", "bank_account", "booked_on"),
    )
    bank_account: Mapped[Key]
    line_id: Mapped[Key]
    seq: Mapped[Number]
    statement_id: Mapped[Word]
    source: Mapped[Word]
    direction: Mapped[Word]
    amount: Mapped[Number]
    currency: Mapped[Word]
    booked_on: Mapped[Word]
    bank_reference: Mapped[Word]
    bank_reason: Mapped[Word]
    stated_in: Mapped[Word]
    status: Mapped[Word]
    cause: Mapped[Word]
    text: Mapped[Word]
    outcome: Mapped[Word]
    settlement_id: Mapped[Word]
    redemption_id: Mapped[Word]
    instruction_id: Mapped[Word]
    party_id: Mapped[Word]
    debt_id: Mapped[Word]
    reason: Mapped[Word]
    proposed_by: Mapped[Word]
    decided_by: Mapped[Word]


def _instructed(ops: Ops, entry: Outline[settlement.Instructed]) -> None:
    event = entry.data
    ops[BankInstruction].fields[bankable(event.instruction_id)] |= {
        "instruction_id": event.instruction_id,
        "settlement_id": key_of(entry),
        "redemption_id": event.redemption_id,
    }


def _told(kind: type[Any], event: Any, *but: str) -> dict[str, Any]:
    """All that an event says, but what its row is found by."""
    return {each.name: getattr(event, each.name) for each in fields(kind) if each.name not in but}


def _file_made(ops: Ops, entry: Outline[remittance.FileMade]) -> None:
    event = entry.data
    told = _told(remittance.FileMade, event, "file_id")
    ops[BankFile].fields[event.file_id] |= {"seq": entry.seq, "settlement_id": key_of(entry), **told}


def _sent(ops: Ops, entry: Outline[remittance.InstructionSent]) -> None:
    ops[BankInstruction].fields[bankable(entry.data.instruction_id)]["file_id"] = entry.data.file_id


def _imported(ops: Ops, entry: Outline[statement.Imported]) -> None:
    event = entry.data
    told = _told(statement.Imported, event, "bank_account", "statement_id")
    told |= {"has_balances": int(event.has_balances), "imported_at": entry.rec, "seq": entry.seq}
    ops[BankStatement].fields[event.bank_account, event.statement_id] |= told


def _heard(ops: Ops, entry: Outline[bankline.Heard]) -> None:
    event = entry.data
    told = _told(bankline.Heard, event, "bank_account")
    stated_in = event.statement_id if event.source == "statement" else ""
    ops[BankLine].fields[_key(entry)] |= {"seq": entry.seq, "stated_in": stated_in, "status": "heard", **told}


def _stated(ops: Ops, entry: Outline[bankline.Stated]) -> None:
    ops[BankLine].fields[_key(entry)] |= {"stated_in": entry.data.statement_id, "booked_on": entry.data.booked_on}


def _is(status: str, kind: type[Any]) -> Handler:
    """The handler that brings a line to a status, with all that its event says."""

    def step(ops: Ops, entry: Outline[Any]) -> None:
        told = _told(kind, entry.data)
        by = [told.pop(name) for name in _DECIDERS if name in told]
        ops[BankLine].fields[_key(entry)] |= {"status": status, **told, **({"decided_by": by[0]} if by else {})}

    return step


def _key(entry: Outline[Any]) -> tuple[str, str]:
    """The account and the number of a line."""
    bank_account, _, line_id = key_of(entry).partition("/")
    return bank_account, line_id


VIEW = View(
    "banking",
    1,
    (BankInstruction, BankFile, BankStatement, BankLine),
    {
        settlement.Instructed: _instructed,
        remittance.FileMade: _file_made,
        remittance.InstructionSent: _sent,
        statement.Imported: _imported,
        bankline.Heard: _heard,
        bankline.Stated: _stated,
        bankline.Matched: _is("matched", bankline.Matched),
        bankline.LeftOpen: _is("open", bankline.LeftOpen),
        bankline.ResolutionProposed: _is("proposed", bankline.ResolutionProposed),
        bankline.ResolutionDeclined: _is("open", bankline.ResolutionDeclined),
        bankline.Resolved: _is("resolved", bankline.Resolved),
        bankline.SetAside: _is("set_aside", bankline.SetAside),
    },
)


def instructions(session: Session, numbers: Iterable[str]) -> dict[str, BankInstruction]:
    """The instructions that banks know under these numbers."""
    wanted, found = sorted(set(numbers)), dict[str, BankInstruction]()
    for start in range(0, len(wanted), MOST):
        query = select(BankInstruction).where(BankInstruction.bank_number.in_(wanted[start : start + MOST]))
        found |= {each.bank_number: each for each in session.scalars(query) if each.instruction_id}
    return found


def instructions_in(session: Session, file_id: str) -> list[BankInstruction]:
    """What was sent in a file."""
    query = select(BankInstruction).where(BankInstruction.file_id == file_id)
    return list(session.scalars(query.order_by(BankInstruction.bank_number)))


def debts_named(session: Session, numbers: Iterable[str]) -> dict[str, list[str]]:
    """The parties that owe under these numbers of debts."""
    wanted, found = sorted(set(numbers)), dict[str, list[str]]()
    for start in range(0, len(wanted), MOST):
        query = select(Debt.debt_id, Debt.party).where(Debt.debt_id.in_(wanted[start : start + MOST]))
        for debt_id, party in session.execute(query.order_by(Debt.party)):
            found.setdefault(debt_id, []).append(party)
    return found


def files(session: Session, *, settlement_id: str = "", limit: int = MOST) -> list[BankFile]:
    """Files, the latest first."""
    query = select(BankFile).order_by(BankFile.seq.desc())
    if settlement_id:
        query = query.where(BankFile.settlement_id == settlement_id)
    return list(session.scalars(query.limit(min(limit, MOST))))


def statements(
    session: Session, *, bank_account: str = "", after: int = -1, limit: int = MOST, days: tuple[str, str] | None = None
) -> list[BankStatement]:
    """Documents of banks in the order of their import; `days` leaves those of other days out."""
    query = select(BankStatement).where(BankStatement.seq > after).order_by(BankStatement.seq)
    if bank_account:
        query = query.where(BankStatement.bank_account == bank_account)
    if days:
        query = query.where(BankStatement.until_on >= days[0], BankStatement.from_on <= days[1])
    return list(session.scalars(query.limit(limit)))


def bank_lines(
    session: Session, *, bank_account: str = "", status: str = "", after: int = -1, limit: int = MOST
) -> list[BankLine]:
    """Lines in log order; of one status, or all that wait for people where it is `waiting`."""
    query = select(BankLine).where(BankLine.seq > after).order_by(BankLine.seq)
    if bank_account:
        query = query.where(BankLine.bank_account == bank_account)
    if status:
        query = query.where(BankLine.status.in_(WAITING if status == "waiting" else (status,)))
    return list(session.scalars(query.limit(min(limit, MOST))))


def bank_line(session: Session, bank_account: str, line_id: str) -> BankLine | None:
    """One line."""
    return session.get(BankLine, (bank_account, line_id))


def booked(session: Session, bank_account: str, first: str, last: str) -> list[BankLine]:
    """What the statements of an account have booked on some days, in order."""
    query = select(BankLine).where(
        and_(BankLine.bank_account == bank_account, BankLine.booked_on >= first, BankLine.booked_on <= last),
        or_(BankLine.stated_in != "", BankLine.source == "statement"),
    )
    return list(session.scalars(query.order_by(BankLine.booked_on, BankLine.seq)))
