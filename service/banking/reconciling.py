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


class _Unpaired:
    """What the books say, until the bank is found to say it too."""

    def __init__(self, moved: list[Movement]) -> None:
        self._by_number = defaultdict[str, list[Movement]](list)
        for move in moved:
            self._by_number[move.number].append(move)

    def take(self, number: str, day: str, amount: int, *, exactly: bool) -> Movement | None:
        """The movement of a number, a day and an amount; or else the nearest one in the same direction."""
        moves = self._by_number.get(number, [])
        same = [move for move in moves if (move.amount > 0) == (amount > 0)]
        found = [move for move in same if (move.day, move.amount) == (day, amount)]
        if not (found or exactly):
            found = [move for move in same if move.day == day] or same
        if not found:
            return None
        moves.remove(found[0])
        return found[0]

    def rest(self) -> Iterator[Movement]:
        """What only the books say."""
        for moves in self._by_number.values():
            yield from moves


def _compare(found: Reconciliation, moved: list[Movement], rows: list[views.BankLine]) -> None:
    """Sums by day; and what only one side has, by payment, amount and day.

    A line that was set aside with its payment named, which people booked otherwise, explains what differs.
    """
    aside: defaultdict[str, int] = defaultdict(int)
    unpaired = _Unpaired(moved)
    for row in sorted(rows, key=lambda each: each.status == "set_aside"):
        amount, day, is_aside = _amount(row), row.booked_on, row.status == "set_aside"
        number = row.instruction_id or row.redemption_id or row.debt_id
        move = None
        if number and row.status not in views.WAITING:
            move = unpaired.take(number, day, amount, exactly=not is_aside)
        if move is None and not is_aside:
            why = row.cause or row.status
            found.differences.append(_told("only the bank has it", day, amount, row.line_id, why))
        elif is_aside and (move is None or (move.day, move.amount) != (day, amount)):
            aside[day] += amount
            if move is not None:
                aside[move.day] -= move.amount
            left = amount - (move.amount if move else 0)
            found.set_aside.append(_told("set aside", day, left, row.line_id, row.reason))
    for move in unpaired.rest():
        found.differences.append(_told("only the books have it", move.day, move.amount, move.number, move.reference))
    found.differences.sort(key=lambda each: (each["day"], each["what"], each["number"]))
    found.days = list(_days(moved, rows, aside))


def _days(moved: list[Movement], rows: list[views.BankLine], aside: dict[str, int]) -> Iterator[Answer]:
    """Each day's sums, and what of them nobody explains."""
    books: defaultdict[str, int] = defaultdict(int)
    bank: defaultdict[str, int] = defaultdict(int)
    for move in moved:
        books[move.day] += move.amount
    for row in rows:
        bank[row.booked_on] += _amount(row)
    for day in sorted({*books, *bank}):
        explained = aside.get(day, 0)
        sums = {"books": books[day], "bank": bank[day], "set_aside": explained}
        yield {"day": day, **sums, "difference": bank[day] - explained - books[day]}


def _amount(row: views.BankLine) -> int:
    return row.amount if row.direction == "credit" else -row.amount


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
        booked[row.stated_in] += _amount(row)
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
