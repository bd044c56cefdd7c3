"""How an entitlement is decided, and looked at again."""

from vouchers.entitlement import events as entitlement
from vouchers.entitlement.state import Entitlement
from vouchers.refusals import NotFound
from vouchers.values import Value


class NothingFound(NotFound):
    """There is no open finding about this entitlement."""

    remedy = "List the open findings."


class ClearFindings(Value):
    """Close what was found about an entitlement, with the reason; held claims may be paid again."""

    programme: str
    period: str
    enterprise_id: str
    reason: str


def decide(state: Entitlement, decision: entitlement.Granted | entitlement.Denied) -> list[entitlement.Event]:
    """Record a decision once: a grant is never repeated, a denial only when facts or policy changed."""
    before = state.decision
    if state.is_granted:
        return []
    if (
        isinstance(before, entitlement.Denied)
        and isinstance(decision, entitlement.Denied)
        and before.facts == decision.facts
        and before.policy_digest == decision.policy_digest
        and _codes(before) == _codes(decision)
        and state.pending is None
    ):
        return []
    return [decision]


def wait(state: Entitlement, pending: entitlement.Pending) -> list[entitlement.Event]:
    """Record once why nothing can be decided; what was granted already stays granted."""
    if state.is_granted or (state.pending is not None and state.pending.reasons == pending.reasons):
        return []
    return [pending]


def take_over(state: Entitlement, passed: entitlement.Passed) -> list[entitlement.Event]:
    """Take over what predecessors were granted, once."""
    return [] if state.passed == passed else [passed]


def doubt(state: Entitlement, found: entitlement.Doubted) -> list[entitlement.Event]:
    """Record once that later facts would have led elsewhere."""
    before = state.doubt
    if before is not None and (before.facts, before.would) == (found.facts, found.would):
        return []
    return [found]


def reassess(state: Entitlement, found: entitlement.Reassessed) -> list[entitlement.Event]:
    """Record a second look that finds something, or after one that did; the same again changes nothing."""
    before = state.last
    if before is None:
        return [found] if found.grounds else []
    moved = any(effect.treatment in _MOVING for effect in found.effects)
    same = (before.grounds, before.facts) == (found.grounds, found.facts) or not (before.grounds or found.grounds)
    return [] if same and not moved and found.held <= before.held else [found]


def clear(state: Entitlement, command: ClearFindings) -> list[entitlement.Event]:
    """Close the open findings."""
    if not state.findings:
        raise NothingFound(pointer="/enterprise_id")
    return [
        entitlement.Cleared(command.programme, command.period, command.enterprise_id, state.findings, command.reason)
    ]


def fail(state: Entitlement, failed: entitlement.Failed) -> list[entitlement.Event]:
    """Record a failure once."""
    return [] if state.failed == failed else [failed]


def _codes(denied: entitlement.Denied) -> tuple[str, ...]:
    return tuple([reason.code for reason in denied.reasons])


_MOVING = ("revoke", "release", "release_undelivered", "reject")
