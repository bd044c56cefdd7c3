"""What the steps of a redemption share: its answer, and the way of its value back to the reservation."""

from collections.abc import Sequence
from typing import Any

from vouchers.application.booking import unclaim
from vouchers.kinds import ORDER
from vouchers.ledger import Unit
from vouchers.order import events as order
from vouchers.order.state import Order

Answer = dict[str, Any]


def answer_of(unit: Unit, order_id: str) -> Answer:
    """How the order and its redemption stand."""
    state = unit.load(ORDER, order_id)
    return {
        "order_id": order_id,
        "status": state.status,
        "redemption_id": state.redemption_id,
        "claimed": state.claimed,
    }


def back_to_reserved(unit: Unit, order_id: str, state: Order, events: Sequence[order.Event], reason: str) -> None:
    """Append the rejection or reversal of one redemption, and let the voucher reserve again what was claimed."""
    unit.append(ORDER, order_id, events)
    for event in events:
        if isinstance(event, order.RedemptionRejected | order.RedemptionReversed):
            unclaim(unit, order_id, state, state.claims[event.redemption_id], reason)
