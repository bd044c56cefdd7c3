"""What may happen to a settlement next."""

from collections.abc import Mapping, Sequence

from vouchers.money import check_amount, format_amount
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.settlement import events as settlement
from vouchers.settlement.state import Line, Settlement
from vouchers.texts import same_person

MAX_LINES = 2_000
OWED_AGAIN = ("failed", "partly_paid", "returned")


class SettlementUnknown(NotFound):
    """There is no settlement with this number."""

    remedy = "Check the number in the list of settlements."


class SettlementExists(Conflict):
    """A settlement with this number was already proposed."""

    remedy = "Look at that settlement, or propose under another number."


class SettlementEmpty(Refused):
    """There is nothing to settle."""


class SettlementTooLarge(Refused):
    """A settlement has at most 2,000 lines; propose several."""

    remedy = "Leave some orders for a second settlement."


class SettlementNotApproved(Conflict):
    """The settlement is not approved yet."""

    remedy = "Let a second person approve it first."


class SettlementApproved(Conflict):
    """The settlement is approved and the bank was told to pay: it cannot be withdrawn any more."""

    remedy = "Record what the bank answers; what was paid wrongly is clawed back."


class SettlementWithdrawn(Conflict):
    """The settlement was withdrawn before its approval, and pays nothing."""

    remedy = "Propose its orders in another settlement."


class ApproverNotIndependent(NotAllowed):
    """The person who proposed a settlement cannot approve it."""


class LineUnknown(NotFound):
    """This redemption is not in the settlement."""

    remedy = "Look at the settlement for the orders that it pays."


class LineNotInstructed(Conflict):
    """The bank was not told to pay this line, or has already answered."""

    remedy = "Look at the settlement for the line's status and its present instruction."


class PaymentDayInvalid(Refused):
    """The bank cannot have paid on a day that has not come."""


class InstructionUnknown(NotFound):
    """The bank was never told under this number to pay this line."""

    remedy = "Compare the number with the instructions of the settlement."


class PaidUnderAnotherReference(Conflict):
    """The bank confirmed this payment before under another reference; it may have paid twice."""

    remedy = "Ask the bank; what it paid twice is demanded back."


class PaymentAboveInstruction(Refused):
    """The bank paid more than it was told to."""


class LineNotPaid(Conflict):
    """Only money that the bank paid can come back from it."""

    remedy = "Look at the line: a payment that was not made has failed."


class LineNotFailed(Conflict):
    """Only a payment that failed, came back or was made in part can be instructed again."""

    remedy = "Look at the settlement: wait for the bank's answer, or leave the line as it is."


def propose(
    state: Settlement,
    lines: Sequence[settlement.LineAdded],
    *,
    programme: str,
    currency: str,
    proposed_by: str,
) -> list[settlement.Event]:
    """Put a batch together from approved redemptions."""
    if state.proposed is not None:
        raise SettlementExists(pointer="/settlement_id")
    if not lines:
        raise SettlementEmpty(pointer="/orders", remedy="Wait until a redemption is approved.")
    if len(lines) > MAX_LINES:
        raise SettlementTooLarge(pointer="/orders", limit=MAX_LINES)
    total = sum(line.amount for line in lines)
    return [settlement.Proposed(programme, currency, len(lines), total, proposed_by), *lines]


def withdraw(state: Settlement, *, withdrawn_by: str, reason: str) -> list[settlement.Event]:
    """Withdraw before approval, as whoever settles; withdrawing again changes nothing."""
    known(state)
    if state.withdrawn_by:
        return []
    if state.approved_by:
        raise SettlementApproved(pointer="/settlement_id", approved_by=state.approved_by)
    return [settlement.Withdrawn(withdrawn_by, reason)]


def approve(
    state: Settlement,
    *,
    approved_by: str,
    accounts: Mapping[str, str],
    needed: int = 1,
    netted: Sequence[settlement.Netted] = (),
) -> list[settlement.Event]:
    """Approve as another person; the last approval needed instructs every line, approving again changes nothing.

    `accounts` are the payees' accounts of today, by redemption; `netted` is what is kept back from lines.
    """
    proposed = _standing(state)
    if state.approved_by or _one_of(approved_by, state.endorsed_by):
        return []
    if _one_of(approved_by, (proposed.proposed_by,)):
        raise ApproverNotIndependent(pointer="/approved_by", remedy="Let another finance officer approve it.")
    if not is_last_approval(state, needed):
        return [settlement.Endorsed(approved_by, needed)]
    kept: dict[str, int] = {}
    for each in netted:
        kept[each.redemption_id] = kept.get(each.redemption_id, 0) + each.amount
    return [
        settlement.Approved(approved_by),
        *netted,
        *(
            _instruct(line, accounts[redemption_id])
            for redemption_id, line in state.lines.items()
            if line.added.amount > kept.get(redemption_id, 0)
        ),
    ]


def is_last_approval(state: Settlement, needed: int) -> bool:
    """Whether the next approval is the last that the batch needs."""
    return len(state.endorsed_by) + 1 >= needed


def confirm(
    state: Settlement,
    *,
    redemption_id: str,
    bank_reference: str,
    paid_on: str,
    on: str,
    instruction_id: str = "",
    amount: int | None = None,
) -> list[settlement.Event]:
    """Record the bank's confirmation, of the whole or of a part; the same confirmation again changes nothing."""
    line = _line(state, redemption_id)
    _check_instruction(line, instruction_id)
    answered = line.status in ("paid", "partly_paid") and line.last > 0  # Else all of it was kept back.
    told = answered and instruction_id in ("", line.instruction_id)
    if told and bank_reference == line.bank_reference:
        return []
    if told:
        raise PaidUnderAnotherReference(pointer="/bank_reference", known=line.bank_reference)
    if line.status != "instructed" or instruction_id not in ("", line.instruction_id):
        raise LineNotInstructed(pointer="/redemption_id", status=line.status, instruction_id=line.instruction_id)
    if paid_on > on:
        raise PaymentDayInvalid(pointer="/paid_on", remedy=f"Give a day up to {on}.")
    paid = line.due if amount is None else check_amount(amount, "/amount")
    if not 0 < paid <= line.due:
        remedy = f"It was told to pay {format_amount(line.due)}; the rest is not ours to keep."
        raise PaymentAboveInstruction(pointer="/amount", remedy=remedy, due=line.due)
    if paid < line.due:
        return [settlement.PartlyPaid(redemption_id, line.instruction_id, paid, bank_reference, paid_on)]
    return [settlement.Confirmed(redemption_id, line.instruction_id, bank_reference, paid_on)]


def fail(state: Settlement, *, redemption_id: str, reason: str, instruction_id: str = "") -> list[settlement.Event]:
    """Record that the bank could not pay; the same failure, or one of an earlier instruction, changes nothing."""
    line = _line(state, redemption_id)
    _check_instruction(line, instruction_id)
    if line.status == "failed" or instruction_id not in ("", line.instruction_id):
        return []
    if line.status != "instructed":
        raise LineNotInstructed(pointer="/redemption_id", status=line.status)
    return [settlement.Failed(redemption_id, line.instruction_id, reason)]


def take_back(
    state: Settlement, *, redemption_id: str, instruction_id: str, reason: str, returned_on: str, on: str
) -> list[settlement.Event]:
    """Record that the latest payment came back; the same return again changes nothing."""
    line = _line(state, redemption_id)
    _check_instruction(line, instruction_id)
    if line.status == "returned" or instruction_id not in ("", line.instruction_id):
        return []
    if line.status not in ("paid", "partly_paid") or not line.last:
        raise LineNotPaid(pointer="/redemption_id", status=line.status)
    if not line.paid_on <= returned_on <= on:
        raise PaymentDayInvalid(pointer="/returned_on", remedy=f"Give a day from {line.paid_on} to {on}.")
    return [settlement.Returned(redemption_id, line.instruction_id, line.last, reason, returned_on)]


def reinstruct(state: Settlement, *, redemption_id: str, account_ref: str) -> list[settlement.Event]:
    """Tell the bank again to pay what it did not, to the payee's account of today; already instructed: nothing."""
    line = _line(state, redemption_id)
    if line.status == "instructed":
        return []
    if line.status not in OWED_AGAIN:
        raise LineNotFailed(pointer="/redemption_id", status=line.status)
    return [_instruct(line, account_ref)]


def known(state: Settlement) -> settlement.Proposed:
    """What was proposed, or a refusal where nothing was."""
    if state.proposed is None:
        raise SettlementUnknown(pointer="/settlement_id")
    return state.proposed


def _standing(state: Settlement) -> settlement.Proposed:
    proposed = known(state)
    if state.withdrawn_by:
        raise SettlementWithdrawn(pointer="/settlement_id", withdrawn_by=state.withdrawn_by)
    return proposed


def _line(state: Settlement, redemption_id: str) -> Line:
    _standing(state)
    if redemption_id not in state.lines:
        raise LineUnknown(pointer="/redemption_id")
    if not state.approved_by:
        raise SettlementNotApproved(pointer="/settlement_id")
    return state.lines[redemption_id]


def _check_instruction(line: Line, instruction_id: str) -> None:
    told = [_number(line, attempt) for attempt in range(1, line.attempt + 1)]
    if instruction_id and instruction_id not in told:
        raise InstructionUnknown(pointer="/instruction_id", instruction_id=line.instruction_id)


def _number(line: Line, attempt: int) -> str:
    """The number of an instruction: the same for the same attempt, so that no bank can take it twice."""
    return f"{line.added.redemption_id}-P{attempt}"


def _one_of(person: str, people: Sequence[str]) -> bool:
    """Whether a person is among these."""
    return any(same_person(person, each) for each in people)


def _instruct(line: Line, account_ref: str) -> settlement.Instructed:
    attempt = line.attempt + 1
    redemption_id = line.added.redemption_id
    return settlement.Instructed(redemption_id, _number(line, attempt), attempt, account_ref)
