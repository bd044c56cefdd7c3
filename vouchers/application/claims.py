"""What the steps of a redemption share: its answer, and the way of its value back to the reservation."""

from typing import Any

from vouchers.kinds import ORDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.voucher import decisions as voucher_decisions

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


def back_to_reserved(unit: Unit, order_id: str, state: Order, events: list[order.Event], reason: str) -> None:
    """Append a rejection or a reversal, and let the voucher reserve again what was claimed."""
    registered = orders.known(state)
    unit.append(ORDER, order_id, events)
    unit.append(
        VOUCHER,
        registered.voucher_id,
        voucher_decisions.reverse_claim(
            unit.load(VOUCHER, registered.voucher_id),
            order_id=order_id,
            redemption_id=state.redemption_id,
            category=registered.category,
            amount=state.claimed,
            reason=reason,
        ),
    )
