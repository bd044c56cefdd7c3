"""Payments that come back: the bank returns them days later, and the claim is owed again."""

from dataclasses import dataclass
from typing import Any

from vouchers.application.booking import unpay
from vouchers.kinds import ORDER, SETTLEMENT
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.settlement import decisions as settlements

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReturnPayment:
    """The latest payment of an order's redemption came back from the payee's bank."""

    settlement_id: str
    order_id: str
    reason: str
    returned_on: str
    instruction_id: str = ""
    redemption_id: str = ""


def return_payment(unit: Unit, command: ReturnPayment) -> Answer:
    """Record that a payment came back; order and voucher hold it as claimed again, and it may be instructed anew."""
    before = unit.load(ORDER, command.order_id)
    claim = orders.claim_in(before, command.settlement_id, command.redemption_id)
    events = settlements.take_back(
        unit.load(SETTLEMENT, command.settlement_id),
        redemption_id=claim.redemption_id,
        instruction_id=command.instruction_id,
        reason=command.reason,
        returned_on=command.returned_on,
        on=unit.on,
    )
    if events:
        unit.append(SETTLEMENT, command.settlement_id, events)
        if claim.status == "paid":  # A payment in part had not moved anything yet.
            unit.append(ORDER, command.order_id, orders.return_payment(before, claim.redemption_id, command.reason))
            unpay(unit, command.order_id, before, claim, command.reason)
    line = unit.load(SETTLEMENT, command.settlement_id).lines[claim.redemption_id]
    return {
        "settlement_id": command.settlement_id,
        "order_id": command.order_id,
        "redemption_id": claim.redemption_id,
        "status": line.status,
        "due": line.due,
    }
