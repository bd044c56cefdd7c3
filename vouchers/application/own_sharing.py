"""The share that the enterprise pays itself: proofs of payment in sums, and refunds that make them void."""

from typing import Any

from vouchers.application.claims import earlier
from vouchers.kinds import ORDER
from vouchers.ledger import Unit
from vouchers.order import own_shares
from vouchers.order.state import Order

Answer = dict[str, Any]


def prove_own_share(unit: Unit, command: own_shares.ProveOwnShare) -> Answer:
    """Count a payment of the enterprise towards its own share."""
    state = unit.load(ORDER, command.order_id)
    return _answer(command.order_id, unit.append(ORDER, command.order_id, own_shares.prove(state, command, unit.on)))


def report_refund(unit: Unit, command: own_shares.ReportRefund) -> Answer:
    """Take a refund off it; a claim that is left without its own share cannot be approved or paid any more."""
    state = unit.load(ORDER, command.order_id)
    events = own_shares.refund(state, command, unit.on, needed_of(state))
    return _answer(command.order_id, unit.append(ORDER, command.order_id, events))


def needed_of(state: Order) -> int:
    """What the enterprise must have paid itself: all of the claimed invoices that the redemptions do not pay.

    Before a claim it is all of the invoices that the reservation does not pay.
    """
    claimed = {number for claim in state.claims.values() for number in claim.invoices}
    bills = [bill for bill in state.bills.values() if bill.invoice in claimed or not claimed]
    invoiced = sum(bill.gross - bill.red_gross for bill in bills)
    return max(0, invoiced - (earlier(state) if claimed else state.held))


def _answer(order_id: str, state: Order) -> Answer:
    """How the own share stands; what was paid on a void one is a ground for a clawback."""
    own = state.own
    ground = state.paid - state.clawed_back if own.void else 0
    return {
        "order_id": order_id,
        "status": state.status,
        "proven": own.proven,
        "needed": own.needed,
        "void": own.void,
        "clawback_ground": ground,
    }
