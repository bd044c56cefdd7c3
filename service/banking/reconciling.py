"""Whether the books and the statements say the same of an account: day by day, and every difference by its name."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from service.banking.files import our_account
from service.projections import banking as views
from service.projections.debts import debtors
from service.projections.settlements import settlements_paid
from service.wiring import Service
from vouchers.debt import events as debt
from vouchers.kinds import DEBT, SETTLEMENT
from vouchers.settlement import events as settlement

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved by the books: to a payee below zero, to us above it."""

    day: str
    amount: int
    number: str
    reference: str


@dataclass(slots=True)
class Reconciliation:
    """The days of an account with both sums, what differs, and whether nothing does."""

    bank_account: str
    first: str
    last: str
    currency: str
    days: list[Answer] = field(default_factory=list)
    differences: list[Answer] = field(default_factory=list)
    set_aside: list[Answer] = field(default_factory=list)
    gaps: list[Answer] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether the books are equal to the statements."""
        return not (self.differences or self.gaps)


def reconcile(service: Service, bank_account: str, first: str, last: str) -> Reconciliation:
    """Compare the books with the statements of an account over some days."""
    ours = our_account(service, bank_account)
    service.catch_up()
    with service.views.session() as session:
        rows = views.booked(session, bank_account, first, last)
        papers = [
            each
            for each in views.statements(session, bank_account=bank_account, days=(first, last), limit=100_000)
            if each.source == "statement"
        ]
        numbers = [number for code in ours.programmes for number in settlements_paid(session, first, last, code)]
        parties = sorted({party for code in ours.programmes for party in debtors(session, programme=code)})
    moved = [move for number in numbers for move in _payments(service, number)]
    moved += [move for party in parties for move in _repayments(service, party, ours.programmes)]
    moved = [move for move in moved if first <= move.day <= last]
    found = Reconciliation(bank_account, first, last, ours.currency)
    _compare(found, moved, rows)
    found.gaps = list(_gaps(papers))
    found.differences += _incomplete([each for each in papers if first <= each.from_on and each.until_on <= last], rows)
    return found


def _compare(found: Reconciliation, moved: list[Movement], rows: list[views.BankLine]) -> None:
    """Sums by day; and what only one side has, by payment, amount and day."""
    books: defaultdict[str, int] = defaultdict(int)
    bank: defaultdict[str, int] = defaultdict(int)
    aside: defaultdict[str, int] = defaultdict(int)
    unpaired = defaultdict[tuple[str, int, str], list[Movement]](list)
    for move in moved:
        books[move.day] += move.amount
        unpaired[move.number, move.amount, move.day].append(move)
    for row in rows:
        amount = row.amount if row.direction == "credit" else -row.amount
        bank[row.booked_on] += amount
        number = row.instruction_id or row.redemption_id or row.debt_id
        partners = unpaired.get((number, amount, row.booked_on), [])
        if partners and row.status not in views.WAITING:
            partners.pop()
        elif row.status == "set_aside":
            aside[row.booked_on] += amount
            found.set_aside.append(_told("set aside", row.booked_on, amount, row.line_id, row.reason))
        else:
            why = row.cause or row.status
            found.differences.append(_told("only the bank has it", row.booked_on, amount, row.line_id, why))
    for move in (move for several in unpaired.values() for move in several):
        found.differences.append(_told("only the books have it", move.day, move.amount, move.number, move.reference))
    for day in sorted({*books, *bank}):
        amounts = {"books": books[day], "bank": bank[day], "set_aside": aside[day]}
        found.days.append({"day": day, **amounts, "difference": bank[day] - aside[day] - books[day]})
    found.differences.sort(key=lambda each: (each["day"], each["what"], each["number"]))


def _told(what: str, day: str, amount: int, number: str, why: str) -> Answer:
    return {"what": what, "day": day, "amount": amount, "number": number, "why": why}


def _payments(service: Service, settlement_id: str) -> Iterator[Movement]:
    """What the books say of a batch: an event says what happened, the state before it how much."""
    state = SETTLEMENT.empty
    for entry in service.ledger.history(SETTLEMENT.stream(settlement_id)):
        event = entry.data
        match event:
            case settlement.Confirmed():
                amount = state.lines[event.redemption_id].due
                yield Movement(event.paid_on, -amount, event.instruction_id, event.bank_reference)
            case settlement.PartlyPaid():
                yield Movement(event.paid_on, -event.amount, event.instruction_id, event.bank_reference)
            case settlement.Returned():
                yield Movement(event.returned_on, event.amount, event.instruction_id, event.reason)
        state = SETTLEMENT.evolve(state, event)


def _repayments(service: Service, party: str, programmes: tuple[str, ...]) -> Iterator[Movement]:
    """What a party paid on its debts to some programmes."""
    owed = service.ledger.state(DEBT, party).debts
    for entry in service.ledger.history(DEBT.stream(party)):
        event = entry.data
        if isinstance(event, debt.Received) and owed[event.debt_id].demanded.programme in programmes:
            yield Movement(event.received_on, event.amount, event.debt_id, event.reference)


def _gaps(papers: list[views.BankStatement]) -> Iterator[Answer]:
    """Statements that do not begin where the one before ended: one between them is missing."""
    told = [each for each in papers if each.has_balances]
    told.sort(key=lambda each: (each.from_on, each.until_on, each.seq))
    for before, after in pairwise(told):
        closing, opening = _signed(before.closing, before.closing_side), _signed(after.opening, after.opening_side)
        if closing != opening:
            yield {
                "after": before.statement_id,
                "before": after.statement_id,
                "closing": closing,
                "opening": opening,
            }


def _incomplete(papers: list[views.BankStatement], rows: list[views.BankLine]) -> Iterator[Answer]:
    """Statements of which lines are missing here, because their import was interrupted; it can be repeated.

    Of statements that overlap nobody can say which of them a line belongs to.
    """
    booked: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        booked[row.stated_in] += row.amount if row.direction == "credit" else -row.amount
    for paper in papers:
        others = [each for each in papers if each.from_on <= paper.until_on and each.until_on >= paper.from_on]
        amount = paper.credited - paper.debited
        if len(others) == 1 and booked[paper.statement_id] != amount:
            missing = amount - booked[paper.statement_id]
            yield _told(
                "lines of a statement are missing", paper.until_on, missing, paper.statement_id, "import it again"
            )


def _signed(balance: int, side: str) -> int:
    return -balance if side == "debit" else balance
