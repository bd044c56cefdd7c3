"""Money back: what was paid and is demanded again."""

from vouchers.application.booking import take_back
from vouchers.application.claims import Answer, answer_of
from vouchers.kinds import ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders


def claw_back(unit: Unit, command: orders.ClawBack) -> Answer:
    """Demand paid money back."""
    state = unit.load(ORDER, command.order_id)
    events = orders.claw_back(state, command)
    unit.append(ORDER, command.order_id, events)
    for ordered in events:
        claim = state.claims[ordered.redemption_id]
        take_back(unit, command.order_id, state, claim, ordered.amount, command.reason)
    return {**answer_of(unit, command.order_id), "clawed_back": command.amount}
