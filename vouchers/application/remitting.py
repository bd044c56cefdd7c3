"""Remittances: which instructions of a batch go into the next file for the bank, and that each goes into one only."""

from typing import Any

from vouchers.application.settling import may_be_paid_to
from vouchers.kinds import REMITTANCE, SETTLEMENT
from vouchers.ledger import Unit
from vouchers.refusals import Conflict, Refused
from vouchers.remittance import decisions as remittances
from vouchers.remittance import events as remittance
from vouchers.remittance.decisions import Instruction
from vouchers.settlement import decisions as settlements
from vouchers.settlement.state import Line, Settlement
from vouchers.values import Value

Answer = dict[str, Any]


class AccountMoved(Conflict):
    """The payee is paid to another account since this was instructed."""

    remedy = "Record the payment as failed and instruct it again, to the account of today."


class PreviewBankFile(Value):
    """Ask what the next file of a batch would hold."""

    settlement_id: str


class MakeBankFile(Value):
    """A file for the bank, made of these instructions of a batch; the digest is of its bytes."""

    settlement_id: str
    form: str
    bank_account: str
    pay_on: str
    made_at: str
    digest: str
    instructions: tuple[str, ...]


def preview_bank_file(unit: Unit, command: PreviewBankFile) -> Answer:
    """What the next file holds, what is left out of it and why; nothing is appended."""
    proposed = settlements.known(unit.load(SETTLEMENT, command.settlement_id))
    waiting, left_out = _waiting(unit, command.settlement_id)
    return {
        "settlement_id": command.settlement_id,
        "programme": proposed.programme,
        "currency": proposed.currency,
        "file_id": _next(unit, command.settlement_id),
        "total": sum(each.amount for each in waiting),
        "instructions": [_told(each) for each in waiting],
        "left_out": left_out,
    }


def make_bank_file(unit: Unit, command: MakeBankFile) -> Answer:
    """Put on record what the bank is sent; an instruction that stands in one file stands in no other."""
    proposed = settlements.known(unit.load(SETTLEMENT, command.settlement_id))
    waiting, left_out = _waiting(unit, command.settlement_id)
    made = remittance.FileMade(
        _next(unit, command.settlement_id),
        command.form,
        command.bank_account,
        proposed.currency,
        len(waiting),
        sum(each.amount for each in waiting),
        command.pay_on,
        command.made_at,
        command.digest,
        unit.actor,
    )
    state = unit.load(REMITTANCE, command.settlement_id)
    events = remittances.make_file(state, waiting, made, command.instructions, on=unit.on)
    unit.append(REMITTANCE, command.settlement_id, events)
    return {
        "settlement_id": command.settlement_id,
        "file_id": made.file_id,
        "number": len(state.files) + 1,
        "form": made.form,
        "bank_account": made.bank_account,
        "currency": made.currency,
        "count": made.count,
        "total": made.total,
        "pay_on": made.pay_on,
        "digest": made.digest,
        "left_out": left_out,
    }


def _next(unit: Unit, settlement_id: str) -> str:
    return remittances.file_number(settlement_id, len(unit.load(REMITTANCE, settlement_id).files) + 1)


def _waiting(unit: Unit, settlement_id: str) -> tuple[list[Instruction], list[Answer]]:
    """The instructions that stand in no file and may leave today; and those that may not, with the reason."""
    state: Settlement = unit.load(SETTLEMENT, settlement_id)
    if not state.approved_by:
        raise settlements.SettlementNotApproved(pointer="/settlement_id")
    sent = unit.load(REMITTANCE, settlement_id).file_of
    waiting: list[Instruction] = []
    left_out: list[Answer] = []
    for redemption_id, line in state.lines.items():
        if line.status != "instructed" or line.instruction_id in sent:
            continue
        try:
            _check_account(unit, line)
        except Refused as refused:
            told = {"code": refused.code, "text": refused.detail, "remedy": refused.remedy}
            left_out.append({"instruction_id": line.instruction_id, "redemption_id": redemption_id, **told})
            continue
        payee = (line.added.payee_id, line.account_ref, line.due)
        waiting.append(Instruction(line.instruction_id, redemption_id, *payee))
    return waiting, left_out


def _check_account(unit: Unit, line: Line) -> None:
    """Ask once more, as the file goes out: nobody that was frozen since is paid, nor an account that was given up."""
    if may_be_paid_to(unit, line) != line.account_ref:
        raise AccountMoved(pointer="/account_ref")


def _told(each: Instruction) -> Answer:
    return {
        "instruction_id": each.instruction_id,
        "redemption_id": each.redemption_id,
        "payee_id": each.payee_id,
        "account_ref": each.account_ref,
        "amount": each.amount,
    }
