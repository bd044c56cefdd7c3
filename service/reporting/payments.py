"""What the bank paid and what came back, movement by movement, for bookkeeping: from the history of each batch."""

from collections.abc import Iterator
from typing import Any, Final

from service.projections.settlements import settlements_paid
from service.wiring import Service
from vouchers import application
from vouchers.kinds import PROGRAMME, SETTLEMENT
from vouchers.policy import Policy
from vouchers.settlement import events as settlement
from vouchers.settlement.decisions import known
from vouchers.settlement.state import Line

COLUMNS: Final = (
    "day",
    "what",
    "programme",
    "settlement_id",
    "order_id",
    "redemption_id",
    "instruction_id",
    "payee_id",
    "from_account",
    "to_account",
    "currency",
    "amount",
    "netted",
    "bank_reference",
)


def payments(service: Service, first: str, last: str, programme: str = "") -> list[dict[str, Any]]:
    """Every movement of the days first..last: what was paid, set off, and came back (a negative amount)."""
    with service.views.session() as views:
        numbers = settlements_paid(views, first, last, programme)
    found = [each for number in numbers for each in _payments(service, number) if first <= each["day"] <= last]
    found.sort(key=lambda each: (each["day"], each["settlement_id"], each["redemption_id"], each["instruction_id"]))
    return found


def _payments(service: Service, settlement_id: str) -> Iterator[dict[str, Any]]:
    """Every movement of money of a batch, from its history: an event says what happened, the state before how much."""
    state = SETTLEMENT.empty
    for entry in service.ledger.history(SETTLEMENT.stream(settlement_id)):
        event = entry.data
        if isinstance(event, settlement.Confirmed | settlement.PartlyPaid | settlement.Returned | settlement.Netted):
            line, proposed = state.lines[event.redemption_id], known(state)
            yield {
                **_movement(event, line),
                "programme": proposed.programme,
                "settlement_id": settlement_id,
                "order_id": line.added.order_id,
                "redemption_id": event.redemption_id,
                "payee_id": line.added.payee_id,
                "from_account": _payer(service, proposed.programme, entry.eff),
                "to_account": line.account_ref,
                "currency": proposed.currency,
            }
        state = SETTLEMENT.evolve(state, event)


def _movement(event: Any, line: Line) -> dict[str, Any]:
    """When and what moved: an amount to the payee, or back from it as a negative one; set-off moves none."""
    match event:
        case settlement.Confirmed():
            day, what, amount, netted, reference = event.paid_on, "paid", line.due, 0, event.bank_reference
        case settlement.PartlyPaid():
            day, what, amount, netted, reference = event.paid_on, "part", event.amount, 0, event.bank_reference
        case settlement.Returned():
            day, what, amount, netted, reference = event.returned_on, "returned", -event.amount, 0, line.bank_reference
        case _:
            day, what, amount, netted, reference = event.netted_on, "set off", 0, event.amount, event.debt_id
    instruction_id = getattr(event, "instruction_id", "")
    return {
        "day": day,
        "what": what,
        "instruction_id": instruction_id,
        "amount": amount,
        "netted": netted,
        "bank_reference": reference,
    }


def _payer(service: Service, code: str, on: str) -> str:
    """The account that a programme's policy pays from on a day; after its end, the one of its last policy."""
    state = service.ledger.state(PROGRAMME, code)
    adopted = state.policy_on(on) or state.policies[-1]
    policy: Policy = application.compiled(adopted)
    return policy.settlement.account_ref
