"""What speaks against an order whose money is given out in a queue or in rounds: others came first."""

from vouchers.application.cases import Case
from vouchers.kinds import ROUND
from vouchers.ledger import Unit
from vouchers.refusals import Refused


class OthersWaitFirst(Refused):
    """Others wait for the money of this category, and nobody is served before them."""

    remedy = "Join the queue; orders are served in the order of their places."


class AllottedInRounds(Refused):
    """The money of this category is given out in rounds, and not order by order."""

    remedy = "Ask for it in a round; when the round closes, the order is registered with its share."


# The refusals that speak of money only: an order that meets no other may wait for it.
ABOUT_MONEY = frozenset({"budget-exhausted", "budget-missing", "others-wait-first", "allotted-in-rounds"})


def nobody_jumps(unit: Unit, case: Case) -> None:
    """Nobody is served before those who wait, nor beside a round; where the policy has neither, nothing is loaded."""
    how = case.policy.money.exhaustion
    if case.assessment.subsidy == 0:
        return  # It asks for no money, such as an order that only ends later.
    order_id = case.command.order_id
    if how == "queue":
        state = unit.load(ROUND, case.budget)
        if state.first not in ("", order_id):
            raise OthersWaitFirst(pointer="/category", waiting=len(state.waiting))
    elif how == "pro_rata":
        state = unit.load(ROUND, case.budget)
        if order_id not in state.allotted or state.allotted[order_id] != case.assessment.subsidy:
            raise AllottedInRounds(pointer="/category", closes_on=state.closes_on)
