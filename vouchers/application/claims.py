"""What the steps of a redemption share: its answer, and the way of its value back to the reservation."""

from collections.abc import Iterable, Sequence
from typing import Any

from vouchers.application.booking import unclaim
from vouchers.application.cases import facts_of
from vouchers.kinds import ORDER, REVIEW
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Bill, Order
from vouchers.policy import Assessment, Policy, settle
from vouchers.review import decisions as reviews

Answer = dict[str, Any]


def answer_of(unit: Unit, order_id: str, redemption_id: str = "") -> Answer:
    """How the order stands, and the redemption that a command was about; without a number the latest one."""
    state = unit.load(ORDER, order_id)
    return {
        "order_id": order_id,
        "status": state.status,
        "redemption_id": redemption_id or state.redemption_id,
        "claimed": state.claimed,
    }


def due_on(policy: Policy, state: Order, bills: Iterable[Bill], on: str) -> Assessment:
    """What the policy pays on some invoices of an order together, less what red letters took back of them.

    The subsidy is computed on their sum, so that brackets, pieces, ceilings and rounding hold for the order as a whole.
    """
    left = [(bill.gross - bill.red_gross, bill.net - bill.red_net) for bill in bills]
    gross, net = sum(gross for gross, _ in left), sum(net for _, net in left)
    return settle(policy, facts_of(orders.known(state), on), gross, net, state.held + earlier(state), left)


def gross_of(bills: Iterable[Bill]) -> int:
    """What some invoices of an order come to with tax, less what red letters took back of them."""
    return sum(bill.gross - bill.red_gross for bill in bills)


def earlier(state: Order) -> int:
    """What the redemptions that stand took of the subsidy, less what red letters showed to be too much."""
    return sum([claim.amount - claim.overpaid for claim in state.claims.values()])


def reverse_claims(unit: Unit, order_id: str, state: Order, redemptions: Sequence[str], reason: str) -> None:
    """Take redemptions back before a settlement takes them up; reviews that were still open are closed."""
    for redemption_id in redemptions:
        events = orders.reverse_redemption(state, reason, redemption_id)
        closed = reviews.close(unit.load(REVIEW, redemption_id), order_id=order_id, reason=reason)
        unit.append(REVIEW, redemption_id, closed)
        back_to_reserved(unit, order_id, state, events, reason)


def back_to_reserved(unit: Unit, order_id: str, state: Order, events: Sequence[order.Event], reason: str) -> None:
    """Append the rejection or reversal of one redemption, and let the voucher reserve again what was claimed."""
    unit.append(ORDER, order_id, events)
    for event in events:
        if isinstance(event, order.RedemptionRejected | order.RedemptionReversed):
            unclaim(unit, order_id, state, state.claims[event.redemption_id], reason)
