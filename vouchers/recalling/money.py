"""What was asked for when money was settled, demanded back and cleared, and what banks told of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from vouchers import application as app
from vouchers.application.reconciling import ApproveResolution
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.settling import ApproveSettlement, ConfirmPayment, ProposeSettlement
from vouchers.bankline import events as bankline
from vouchers.budget import decisions as budgets
from vouchers.budget import events as budget
from vouchers.clearing.decisions import TakeFlows
from vouchers.conduct import events as conduct
from vouchers.debt import events as debt
from vouchers.kinds import BANKLINE, BUDGET, ORDER, SETTLEMENT
from vouchers.money import WHOLE_BP
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.recalling.calls import Call, Recall, filled
from vouchers.recalling.past import Past
from vouchers.recalling.turns import Turn, key_of
from vouchers.remittance import events as remittance
from vouchers.settlement import events as settlement

_TARGET: Final = ("outcome", "settlement_id", "redemption_id", "instruction_id", "party_id", "debt_id")


def _proposed(turn: Turn, _past: Past) -> Iterator[Call]:
    """A batch of claims."""
    event = turn.one(settlement.Proposed)
    if event is not None:
        number, taken = turn.keys(settlement.Proposed)[0], tuple(turn.keys(order.Settling))
        yield Call(app.propose_settlement, ProposeSettlement(number, event.programme, taken))


def _approved(turn: Turn, _past: Past) -> Iterator[Call]:
    """The approval of a batch, with what was kept back for debts."""
    for number in turn.keys(settlement.Approved, settlement.Endorsed):
        yield Call(app.approve_settlement, ApproveSettlement(number))


def _of_the_bank(use_case: Callable[..., Any]) -> Recall:
    """What the bank said of one payment."""

    def recall(turn: Turn, past: Past) -> Iterator[Call]:
        told = {"settlement_id": turn.key, "order_id": _order_of(turn, past)}
        yield from filled(use_case, turn.first.data, told)

    return recall


def _confirmed(turn: Turn, past: Past) -> Iterator[Call]:
    """A payment as a whole or in part; the last part is a confirmation again."""
    event: settlement.Confirmed | settlement.PartlyPaid = turn.first.data
    told = (turn.key, _order_of(turn, past), event.bank_reference, event.paid_on)
    amount = event.amount if isinstance(event, settlement.PartlyPaid) else None
    yield Call(app.confirm_payment, ConfirmPayment(*told, event.instruction_id, event.redemption_id, amount))


def _order_of(turn: Turn, past: Past) -> str:
    """The order whose redemption a line of a settlement pays."""
    line = past.slot(SETTLEMENT.stream(turn.key)).state.lines.get(turn.first.data.redemption_id)
    return line.added.order_id if line else ""


def _demanded(turn: Turn, past: Past) -> Iterator[Call]:
    """A demand of an amount, or of what the policy takes back on a breach, which calls for measures too."""
    event: order.ClawbackOrdered = turn.first.data
    known = past.slot(ORDER.stream(turn.key)).state.registered
    if known is None:
        return
    owing: dict[str, int] = {}
    for entry in turn.entries:
        if isinstance(entry.data, debt.Demanded):
            owing[key_of(entry)] = owing.get(key_of(entry), 0) + entry.data.amount
    part: int | None = owing.get(known.enterprise_id, 0)
    if set(owing) == {known.provider_id if known.payee == "provider" else known.enterprise_id}:
        part = None
    if turn.one(conduct.MeasuresDue) or len(turn.all(order.ClawbackOrdered)) > 1:
        fault_bp = None if part is None else _fault_bp(turn, known.enterprise_id)
        yield Call(app.claw_back_breach, ClawBackBreach(turn.key, event.reason, fault_bp))
    else:
        command = orders.ClawBack(turn.key, event.amount, event.reason, event.redemption_id, part)
        yield Call(app.claw_back, command)


def _fault_bp(turn: Turn, enterprise_id: str) -> int:
    """The least part of the fault of which the enterprise owes what it owes of each redemption."""
    owed = {
        entry.data.redemption_id: entry.data.amount
        for entry in turn.entries
        if isinstance(entry.data, debt.Demanded) and key_of(entry) == enterprise_id
    }
    return max(
        -(-owed.get(each.redemption_id, 0) * WHOLE_BP // each.amount) for each in turn.all(order.ClawbackOrdered)
    )


def _flows(turn: Turn, _past: Past) -> Iterator[Call]:
    """Payments taken into a month's clearing, or out of it again."""
    code, _, month = turn.key.rpartition("/")
    taken = [entry.data.order_id for entry in turn.entries if entry.agg.startswith("clearing/")]
    yield Call(app.take_flows, TakeFlows(code, month, tuple(dict.fromkeys(taken))))


def _blocked(turn: Turn, past: Past) -> Iterator[Call]:
    """A pool is closed by an order that it cannot pay; the least such order is asked for."""
    event: budget.Blocked = turn.first.data
    code, period, pool = turn.key.split("/", 2)
    amount = max(0, past.slot(BUDGET.stream(turn.key)).state.free) + 1
    yield Call(app.block_pool, budgets.BlockPool(code, period, pool, amount, event.reason))


def _bank_file(turn: Turn, _past: Past) -> Iterator[Call]:
    """A file for the bank, with its instructions."""
    sent = tuple([each.instruction_id for each in turn.all(remittance.InstructionSent)])
    told = {"settlement_id": turn.key, "instructions": sent}
    yield from filled(app.make_bank_file, turn.first.data, told)


def line_told(turn: Turn, past: Past) -> Iterator[Call]:
    """A line of a bank and what it seemed to be; one that was heard before may be told once more."""
    stated, matched, left = turn.one(bankline.Stated), turn.one(bankline.Matched), turn.one(bankline.LeftOpen)
    for key in turn.keys(bankline.Heard, bankline.Stated, bankline.Matched, bankline.LeftOpen):
        told: dict[str, Any] = {"line_id": key.partition("/")[2]}
        if stated is not None:
            told |= {"source": "statement", "statement_id": stated.statement_id, "booked_on": stated.booked_on}
        if matched is not None:
            told |= {name: getattr(matched, name) for name in _TARGET}
        if left is not None:
            told |= {"cause": left.cause, "text": left.text}
        heard = turn.one(bankline.Heard) or past.slot(BANKLINE.stream(key)).state.heard
        if heard is not None:
            yield from filled(app.book_line, heard, told)


def line_agreed(turn: Turn, _past: Past) -> Iterator[Call]:
    """What an open line is said to be, agreed upon by a second person."""
    for key in turn.keys(bankline.Resolved):
        account, line_id = key.split("/", 1)
        yield Call(app.approve_resolution, ApproveResolution(account, line_id))


MONEY: Final[Mapping[str, Recall]] = {
    "order.Settling": _proposed,
    "settlement.Endorsed": _approved,
    "settlement.Approved": _approved,
    "debt.Netted": _approved,
    "settlement.Confirmed": _confirmed,
    "settlement.PartlyPaid": _confirmed,
    "settlement.Failed": _of_the_bank(app.fail_payment),
    "settlement.Returned": _of_the_bank(app.return_payment),
    "settlement.Instructed": _of_the_bank(app.reinstruct_payment),
    "order.ClawbackOrdered": _demanded,
    "clearing.FlowAdded": _flows,
    "clearing.FlowTakenOut": _flows,
    "budget.Blocked": _blocked,
    "remittance.FileMade": _bank_file,
    "bankline.Heard": line_told,
    "bankline.Stated": line_told,
    "bankline.Matched": line_told,
    "bankline.LeftOpen": line_told,
    "bankline.Resolved": line_agreed,
}
