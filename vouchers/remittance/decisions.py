"""What may happen to a remittance next, and under which number a bank knows an instruction."""

import re
from collections.abc import Sequence
from typing import Final

from vouchers.days import add_days
from vouchers.identifiers import make_code
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.remittance import events as remittance
from vouchers.remittance.state import Remittance
from vouchers.values import Value

FORMS: Final = ("pain.001", "csv")
AHEAD: Final = 30  # days
# What ISO 20022 lets a reference be, of what our numbers are made of.
_BANKABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,34}")


class NothingToSend(Refused):
    """Every instruction of the batch stands in a file already, or was answered."""

    remedy = "Fetch the file that was made; what failed is instructed again first."


class FileOvertaken(Conflict):
    """The batch has changed while the file was made, and this file would not be what the batch says."""

    remedy = "Make the file again."


class SentBefore(Conflict):
    """An instruction stands in a file already; in two files the bank could pay it twice."""

    remedy = "Fetch the file that it stands in."


class FormUnknown(Refused):
    """A file for the bank is a pain.001 message or a table in CSV."""

    remedy = f"Use one of {', '.join(FORMS)}."


class BankFileNotMade(NotFound):
    """No such file was made of this batch."""

    remedy = "Make a file of the batch, or look at its files."


class FileOfAnotherForm(Conflict):
    """The file was made in another form; in two forms the bank could pay it twice."""


class PayDayInvalid(Refused):
    """The bank can be told to pay from today on, and not long ahead."""


class Instruction(Value):
    """One instruction that waits to be sent."""

    instruction_id: str
    redemption_id: str
    payee_id: str
    account_ref: str
    amount: int


def make_file(
    state: Remittance,
    waiting: Sequence[Instruction],
    made: remittance.FileMade,
    named: tuple[str, ...],
    *,
    on: str,
) -> list[remittance.Event]:
    """Put all that waits into one file; `named` are the instructions that its bytes were made of."""
    if made.form not in FORMS:
        raise FormUnknown(pointer="/form")
    if not waiting:
        raise NothingToSend(pointer="/settlement_id")
    twice = [each.instruction_id for each in waiting if each.instruction_id in state.file_of]
    if twice:
        raise SentBefore(pointer="/instructions", instruction_id=twice[0])
    if not on <= made.pay_on <= add_days(on, AHEAD):
        raise PayDayInvalid(pointer="/pay_on", remedy=f"Give a day from {on} to {add_days(on, AHEAD)}.")
    if tuple(each.instruction_id for each in waiting) != named:
        raise FileOvertaken(pointer="/instructions")
    return [
        made,
        *(
            remittance.InstructionSent(
                made.file_id, each.instruction_id, each.redemption_id, each.payee_id, each.account_ref, each.amount
            )
            for each in waiting
        ),
    ]


def file_at(state: Remittance, number: int = 0) -> remittance.FileMade:
    """A file of a batch by its number from 1, or the latest; refused where there is none."""
    if not 0 <= number <= len(state.files) or not state.files:
        raise BankFileNotMade(pointer="/file")
    return state.files[number - 1]


def file_number(settlement_id: str, number: int) -> str:
    """The number of a file, derived from its batch; as the bank gets it, at most 35 characters."""
    return bankable(f"{settlement_id}-F{number}")


def bankable(number: str) -> str:
    """A number of ours as a bank takes it: itself where it is short and plain, else a code derived from it."""
    return number if _BANKABLE.fullmatch(number) else make_code("E", number)
