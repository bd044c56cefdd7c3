"""How an entitlement is decided."""

from vouchers.entitlement import events as entitlement
from vouchers.entitlement.state import Entitlement


def decide(state: Entitlement, decision: entitlement.Granted | entitlement.Denied) -> list[entitlement.Event]:
    """Record a decision once: a grant is never repeated, a denial only when facts or policy changed."""
    before = state.decision
    if isinstance(before, entitlement.Granted):
        return []
    if (
        isinstance(before, entitlement.Denied)
        and isinstance(decision, entitlement.Denied)
        and before.facts == decision.facts
        and before.policy_digest == decision.policy_digest
    ):
        return []
    return [decision]
