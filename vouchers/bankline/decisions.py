"""What may happen to one line of a bank next."""

from typing import Final

from vouchers.bankline import events as bankline
from vouchers.bankline.state import BankLine
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.texts import same_person

DIRECTIONS: Final = ("debit", "credit", "none")
# What a line can turn out to be, and which way the money then goes.
OUTCOMES: Final = {"payment": "debit", "return": "credit", "repayment": "credit", "failure": "none"}


class BankLineUnknown(NotFound):
    """The bank told nothing under this number."""

    remedy = "List the lines that wait."


class BankLineSettled(Conflict):
    """It is known what this line is; it can be resolved once."""

    remedy = "Look at the line; what was booked wrongly is put right in the books."


class BankLineDiffers(Conflict):
    """A line with this number was heard before, and it said something else."""

    remedy = "Ask the bank which of the two holds."


class DirectionUnknown(Refused):
    """A line of a bank is a debit, a credit, or none of both."""

    remedy = f"Use one of {', '.join(DIRECTIONS)}."


class OutcomeNotFitting(Refused):
    """A line of this direction cannot be that."""


class ResolutionNotProposed(Conflict):
    """Nobody has said what this line is."""

    remedy = "Propose it first; another person then agrees."


class ResolverNotIndependent(NotAllowed):
    """The person who said what a line is cannot agree to it."""

    remedy = "Let another finance officer agree."


def hear(state: BankLine, told: bankline.Heard) -> list[bankline.Event]:
    """Take a line in; the same again changes nothing, but that a statement now confirms what was announced."""
    if told.direction not in DIRECTIONS:
        raise DirectionUnknown(pointer="/direction")
    before = state.heard
    if before is None:
        return [told]
    if (before.direction, before.amount, before.currency) != (told.direction, told.amount, told.currency):
        raise BankLineDiffers(pointer="/line_id")
    if told.source == "statement" and not state.stated_in:
        return [bankline.Stated(told.statement_id, told.booked_on)]
    return []


def match(state: BankLine, matched: bankline.Matched) -> list[bankline.Event]:
    """Say what the line is, as the books took it."""
    _check_outcome(known(state), matched.outcome)
    return [matched]


def leave_open(state: BankLine, *, cause: str, text: str) -> list[bankline.Event]:
    """Leave the line to a person; for the same cause again nothing changes."""
    return [] if state.cause == cause else [bankline.LeftOpen(cause, text)]


def propose(state: BankLine, proposal: bankline.ResolutionProposed) -> list[bankline.Event]:
    """Say what an open line is; a later word replaces an earlier one, the same again changes nothing."""
    heard = _open(state)
    _check_outcome(heard, proposal.outcome)
    return [] if state.proposal == proposal else [proposal]


def decline(state: BankLine, *, reason: str, declined_by: str) -> list[bankline.Event]:
    """Do not agree with what was proposed, or give up one's own word."""
    _open(state)
    return [bankline.ResolutionDeclined(reason, declined_by)] if state.proposal else []


def approve(state: BankLine, *, approved_by: str) -> bankline.Resolved:
    """Agree as another person with what was proposed."""
    _open(state)
    said = state.proposal
    if said is None:
        raise ResolutionNotProposed(pointer="/line_id")
    if same_person(approved_by, said.proposed_by):
        raise ResolverNotIndependent(pointer="/approved_by")
    return bankline.Resolved(
        said.outcome,
        said.settlement_id,
        said.redemption_id,
        said.instruction_id,
        said.party_id,
        said.debt_id,
        said.proposed_by,
        approved_by,
    )


def set_aside(state: BankLine, aside: bankline.SetAside) -> list[bankline.Event]:
    """Leave the books as they are; it moves no money, so that one person may. Again changes nothing."""
    if state.status == "set_aside":
        return []
    _open(state)
    return [aside]


def known(state: BankLine) -> bankline.Heard:
    """What the bank told, or a refusal where it told nothing."""
    if state.heard is None:
        raise BankLineUnknown(pointer="/line_id")
    return state.heard


def _open(state: BankLine) -> bankline.Heard:
    heard = known(state)
    if state.is_closed:
        raise BankLineSettled(pointer="/line_id", status=state.status)
    return heard


def _check_outcome(heard: bankline.Heard, outcome: str) -> None:
    if OUTCOMES.get(outcome) != heard.direction:
        fitting = [each for each, direction in OUTCOMES.items() if direction == heard.direction]
        remedy = f"A line of direction {heard.direction} can be {' or '.join(fitting)}; else set it aside."
        raise OutcomeNotFitting(pointer="/outcome", remedy=remedy)
