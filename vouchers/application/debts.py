"""Debts: what comes in on them, how they are paid in parts, and when the rest is given up."""

from typing import Any

from vouchers.application.programmes import policy_of
from vouchers.debt import decisions as debts
from vouchers.debt import events as debt
from vouchers.debt.state import Debt
from vouchers.kinds import DEBT, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.policy.recovery import Recovery
from vouchers.values import Value

Answer = dict[str, Any]


class ReceiveRepayment(Value):
    """A party paid on a debt; amount in minor units, with the bank's reference."""

    party_id: str
    debt_id: str
    amount: int
    received_on: str
    reference: str


class AgreeInstalments(Value):
    """Let a party pay a debt in parts."""

    party_id: str
    debt_id: str
    instalments: tuple[debt.Instalment, ...]
    reason: str


class CheckInstalments(Value):
    """End the plan of a debt if a part of it was not paid in time."""

    party_id: str
    debt_id: str


class ProposeWriteOff(Value):
    """Propose not to pursue the rest of a debt."""

    party_id: str
    debt_id: str
    reason: str
    clause: str


class ApproveWriteOff(Value):
    """Agree as a second person that the rest of a debt is not pursued."""

    party_id: str
    debt_id: str


def receive_repayment(unit: Unit, command: ReceiveRepayment) -> Answer:
    """Record what a party paid, first on the interest; the same reference again changes nothing."""
    events = debts.receive(
        unit.load(DEBT, command.party_id),
        debt_id=command.debt_id,
        amount=command.amount,
        received_on=command.received_on,
        reference=command.reference,
        on=unit.on,
    )
    return _appended(unit, command.party_id, command.debt_id, events)


def agree_instalments(unit: Unit, command: AgreeInstalments) -> Answer:
    """Agree on parts that together are what is left of the demand."""
    events = debts.agree_instalments(
        unit.load(DEBT, command.party_id),
        debt_id=command.debt_id,
        instalments=command.instalments,
        most=_terms(unit, command.party_id, command.debt_id).instalments,
        reason=command.reason,
        by=unit.actor,
        on=unit.on,
    )
    return _appended(unit, command.party_id, command.debt_id, events)


def check_instalments(unit: Unit, command: CheckInstalments) -> Answer:
    """End a plan of which a due part is not paid; stays quiet otherwise."""
    events = debts.miss_instalment(unit.load(DEBT, command.party_id), debt_id=command.debt_id, on=unit.on)
    return _appended(unit, command.party_id, command.debt_id, events)


def propose_write_off(unit: Unit, command: ProposeWriteOff) -> Answer:
    """Propose to give up what is left of a debt, where the policy lets so much be given up."""
    events = debts.propose_write_off(
        unit.load(DEBT, command.party_id),
        debt_id=command.debt_id,
        limit=_terms(unit, command.party_id, command.debt_id).write_off_up_to,
        reason=command.reason,
        clause=command.clause,
        by=unit.actor,
        on=unit.on,
    )
    return _appended(unit, command.party_id, command.debt_id, events)


def approve_write_off(unit: Unit, command: ApproveWriteOff) -> Answer:
    """Give up what is left of a debt, as a second person."""
    events = debts.approve_write_off(
        unit.load(DEBT, command.party_id),
        debt_id=command.debt_id,
        limit=_terms(unit, command.party_id, command.debt_id).write_off_up_to,
        by=unit.actor,
        on=unit.on,
    )
    return _appended(unit, command.party_id, command.debt_id, events)


def told(party_id: str, each: Debt, on: str) -> Answer:
    """How a debt stands at the end of a day."""
    return {
        "party_id": party_id,
        "debt_id": each.demanded.debt_id,
        "order_id": each.demanded.order_id,
        "programme": each.demanded.programme,
        "currency": each.demanded.currency,
        "demanded": each.demanded.amount,
        "due_on": each.demanded.due_on,
        "status": each.status,
        "principal": each.principal,
        "interest": each.interest(on),
        "owed": each.owed(on),
        "received": each.received,
        "netted": each.netted,
        "written_off": each.written_off,
    }


def _appended(unit: Unit, party_id: str, debt_id: str, events: list[debt.Event]) -> Answer:
    state = unit.append(DEBT, party_id, events)
    return told(party_id, state.debts[debt_id], unit.on)


def _terms(unit: Unit, party_id: str, debt_id: str) -> Recovery:
    """The terms of recovery of the policy that the debt's order was registered under."""
    demanded = debts.known(unit.load(DEBT, party_id), debt_id).demanded
    registered = orders.known(unit.load(ORDER, demanded.order_id))
    return policy_of(unit, registered).recovery
