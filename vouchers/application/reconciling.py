"""What banks tell, line by line: matched with our payments and debts, or left to people, two where money moves."""

from typing import Any

from vouchers.application.debts import ReceiveRepayment, receive_repayment
from vouchers.application.settling import (
    ConfirmPayment,
    FailPayment,
    ReturnPayment,
    confirm_payment,
    fail_payment,
    return_payment,
)
from vouchers.bankline import decisions as banklines
from vouchers.bankline import events as bankline
from vouchers.bankline.state import BankLine
from vouchers.debt import decisions as debts
from vouchers.kinds import BANKLINE, DEBT, SETTLEMENT, STATEMENT
from vouchers.ledger import Unit
from vouchers.refusals import Refused
from vouchers.settlement import decisions as settlements
from vouchers.settlement.state import Line
from vouchers.statement import decisions as statements
from vouchers.statement import events as statement
from vouchers.values import Value

Answer = dict[str, Any]


class CurrencyOfAnotherBatch(Refused):
    """The bank booked another currency than the one that is owed."""

    remedy = "Ask the bank what was converted, and at which rate."


class ReturnAmountDiffers(Refused):
    """The bank sent another amount back than it had paid; it may have kept a charge."""

    remedy = "Ask the bank for the whole amount; until then the payment counts as made."


class ImportStatement(Value):
    """Take a bank's document in: its balances and what was booked between them."""

    bank_account: str
    statement_id: str
    source: str
    form: str
    digest: str
    currency: str
    from_on: str
    until_on: str
    has_balances: bool
    opening: int
    opening_side: str
    closing: int
    closing_side: str
    credited: int
    debited: int
    count: int


class BookLine(Value):
    """Take in one line of a bank, with what it seems to be: an outcome and its payment or debt, or why nobody knows."""

    bank_account: str
    line_id: str
    statement_id: str
    source: str
    direction: str
    amount: int
    currency: str
    booked_on: str
    bank_reference: str
    bank_reason: str
    instruction_id: str = ""
    outcome: str = ""
    settlement_id: str = ""
    redemption_id: str = ""
    party_id: str = ""
    debt_id: str = ""
    cause: str = ""
    text: str = ""


class ProposeResolution(Value):
    """Say what an open line is: a payment, a return or a failure of one of ours, or a repayment of a debt."""

    bank_account: str
    line_id: str
    outcome: str
    reason: str
    settlement_id: str = ""
    redemption_id: str = ""
    instruction_id: str = ""
    party_id: str = ""
    debt_id: str = ""


class ApproveResolution(Value):
    """Agree as a second person with what an open line is said to be."""

    bank_account: str
    line_id: str


class DeclineResolution(Value):
    """Do not agree with what an open line is said to be."""

    bank_account: str
    line_id: str
    reason: str


class SetLineAside(Value):
    """Leave the books as they are: an open line is none of ours, or is a payment that stands in them already."""

    bank_account: str
    line_id: str
    reason: str
    settlement_id: str = ""
    redemption_id: str = ""
    instruction_id: str = ""


def import_statement(unit: Unit, command: ImportStatement) -> Answer:
    """Take a document in once; its lines are booked one by one after it."""
    told = statement.Imported(
        **{name: getattr(command, name) for name in command.__dataclass_fields__}, imported_by=unit.actor
    )
    key = f"{command.bank_account}/{command.statement_id}"
    events = statements.take_in(unit.load(STATEMENT, key), told)
    unit.append(STATEMENT, key, events)
    return {"bank_account": told.bank_account, "statement_id": told.statement_id, "known": not events}


def book_line(unit: Unit, command: BookLine) -> Answer:
    """Take one line in and book what it is; where the books cannot take it, it waits for a person and stops nobody."""
    key = f"{command.bank_account}/{command.line_id}"
    names = bankline.Heard.__dataclass_fields__
    told = bankline.Heard(**{name: getattr(command, name) for name in names})
    heard = banklines.hear(unit.load(BANKLINE, key), told)
    state = unit.append(BANKLINE, key, heard)
    is_known = state.status != "heard"
    if state.is_closed or state.proposal:
        return _answer(unit, command.bank_account, command.line_id, is_known=is_known)
    cause = (command.cause or "nothing-named", command.text)
    if command.outcome:
        cause = _try(unit, state, command)
    if any(cause):
        events = banklines.leave_open(state, cause=cause[0], text=cause[1])
        unit.append(BANKLINE, key, events)
    return _answer(unit, command.bank_account, command.line_id, is_known=is_known)


def propose_resolution(unit: Unit, command: ProposeResolution) -> Answer:
    """Say what an open line is; nothing moves until another person agrees."""
    key = f"{command.bank_account}/{command.line_id}"
    state = unit.load(BANKLINE, key)
    instruction_id = command.instruction_id
    if command.outcome == "repayment":
        debts.open_debt(unit.load(DEBT, command.party_id), command.debt_id)
    else:
        banklines.known(state)
        line, _ = _line(unit, command.settlement_id, command.redemption_id)
        instruction_id = instruction_id or line.instruction_id
    target = (command.settlement_id, command.redemption_id, instruction_id, command.party_id, command.debt_id)
    said = bankline.ResolutionProposed(command.outcome, *target, command.reason, unit.actor)
    unit.append(BANKLINE, key, banklines.propose(state, said))
    return _answer(unit, command.bank_account, command.line_id)


def approve_resolution(unit: Unit, command: ApproveResolution) -> Answer:
    """Agree as a second person: the books take the line in the same step, or refuse it as they would from anybody."""
    key = f"{command.bank_account}/{command.line_id}"
    state = unit.load(BANKLINE, key)
    resolved = banklines.approve(state, approved_by=unit.actor)
    _book(unit, state, resolved, command.line_id)
    unit.append(BANKLINE, key, [resolved])
    return _answer(unit, command.bank_account, command.line_id)


def decline_resolution(unit: Unit, command: DeclineResolution) -> Answer:
    """Do not agree; the line waits for another word."""
    key = f"{command.bank_account}/{command.line_id}"
    events = banklines.decline(unit.load(BANKLINE, key), reason=command.reason, declined_by=unit.actor)
    unit.append(BANKLINE, key, events)
    return _answer(unit, command.bank_account, command.line_id)


def set_line_aside(unit: Unit, command: SetLineAside) -> Answer:
    """Leave the books as they are, with the reason."""
    key = f"{command.bank_account}/{command.line_id}"
    state = unit.load(BANKLINE, key)
    instruction_id = command.instruction_id
    if command.settlement_id:
        banklines.known(state)
        line, _ = _line(unit, command.settlement_id, command.redemption_id)
        instruction_id = instruction_id or line.instruction_id
    named = (command.settlement_id, command.redemption_id, instruction_id)
    aside = bankline.SetAside(command.reason, *named, unit.actor)
    unit.append(BANKLINE, key, banklines.set_aside(state, aside))
    return _answer(unit, command.bank_account, command.line_id)


def _try(unit: Unit, state: BankLine, command: BookLine) -> tuple[str, str]:
    """Book what a line seems to be; where the books refuse it, nothing of that stays, and the reason is returned."""
    kept = len(unit.pending)
    target = (command.settlement_id, command.redemption_id, command.instruction_id, command.party_id, command.debt_id)
    matched = bankline.Matched(command.outcome, *target)
    try:
        events = banklines.match(state, matched)
        _book(unit, state, matched, command.line_id)
    except Refused as refused:
        unit.undo(kept)
        return refused.code, refused.detail
    unit.append(BANKLINE, f"{command.bank_account}/{command.line_id}", events)
    return "", ""


def _book(unit: Unit, state: BankLine, found: bankline.Matched | bankline.Resolved, line_id: str) -> None:
    """Let the books say what a line says, by the command that a person would give."""
    heard = banklines.known(state)
    settlement_id, redemption_id, instruction_id = found.settlement_id, found.redemption_id, found.instruction_id
    reference = heard.bank_reference or line_id
    if found.outcome == "repayment":
        owed = debts.open_debt(unit.load(DEBT, found.party_id), found.debt_id).demanded
        _check_currency(heard, owed.currency)
        paid_in = ReceiveRepayment(found.party_id, found.debt_id, heard.amount, heard.booked_on, reference)
        receive_repayment(unit, paid_in)
        return
    line, currency = _line(unit, settlement_id, redemption_id)
    of_line = (settlement_id, line.added.order_id)
    if found.outcome == "failure":
        reason = f"the bank rejected it: {heard.bank_reason or 'no reason given'}"
        fail_payment(unit, FailPayment(*of_line, reason, instruction_id, redemption_id))
        return
    _check_currency(heard, currency)
    if found.outcome == "return":
        if line.last and line.last != heard.amount:
            raise ReturnAmountDiffers(pointer="/amount", paid=line.last)
        reason = f"the bank sent it back: {heard.bank_reason or 'no reason given'}"
        return_payment(unit, ReturnPayment(*of_line, reason, heard.booked_on, instruction_id, redemption_id))
        return
    paid = ConfirmPayment(*of_line, reference, heard.booked_on, instruction_id, redemption_id, heard.amount)
    confirm_payment(unit, paid)


def _line(unit: Unit, settlement_id: str, redemption_id: str) -> tuple[Line, str]:
    """A payment of a batch and its currency."""
    state = unit.load(SETTLEMENT, settlement_id)
    proposed = settlements.known(state)
    if redemption_id not in state.lines:
        raise settlements.LineUnknown(pointer="/redemption_id")
    return state.lines[redemption_id], proposed.currency


def _check_currency(heard: bankline.Heard, owed: str) -> None:
    if heard.currency != owed:
        raise CurrencyOfAnotherBatch(f"The bank booked {heard.currency}; {owed} is owed.", pointer="/currency")


def _answer(unit: Unit, bank_account: str, line_id: str, *, is_known: bool = True) -> Answer:
    state = unit.load(BANKLINE, f"{bank_account}/{line_id}")
    heard = banklines.known(state)
    return {
        "bank_account": bank_account,
        "line_id": line_id,
        "direction": heard.direction,
        "amount": heard.amount,
        "currency": heard.currency,
        "booked_on": heard.booked_on,
        "status": state.status,
        "outcome": state.outcome,
        "cause": state.cause,
        "known": is_known,
    }
