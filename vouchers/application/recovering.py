"""Money back: what was paid and is demanded again."""

from vouchers.application.claims import Answer, answer_of
from vouchers.kinds import ORDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.voucher import decisions as voucher_decisions


def claw_back(unit: Unit, command: orders.ClawBack) -> Answer:
    """Demand paid money back."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    unit.append(ORDER, command.order_id, orders.claw_back(state, command))
    unit.append(
        VOUCHER,
        registered.voucher_id,
        voucher_decisions.claw_back(
            unit.load(VOUCHER, registered.voucher_id),
            order_id=command.order_id,
            redemption_id=state.redemption_id,
            category=registered.category,
            amount=command.amount,
            reason=command.reason,
        ),
    )
    return {**answer_of(unit, command.order_id), "clawed_back": command.amount}
