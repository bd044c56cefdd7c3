"""Changing an order: what its own policy says to the new terms on the day of the change."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from vouchers.policy.assessing import assess
from vouchers.policy.capping import caps, fit
from vouchers.policy.model import Assessment, Cap, OrderFacts, Policy, Used

# What was asked when the order was registered, and is not asked of a change of it.
_ASKED_ONCE = frozenset({"policy-not-in-force", "service-already-started", "order-too-late"})
# What makes no sense at any time; everything else is not asked of an order that only shrinks.
_OF_THE_TERMS = frozenset({"asked-out-of-range", "pieces-out-of-range", "attribute-missing", "cost-out-of-range"})


def assess_less(policy: Policy, then: OrderFacts) -> Assessment:
    """The subsidy of new terms on the facts of the registration; an order may shrink whatever has become of them."""
    found = assess(policy, then, {})
    return replace(found, reasons=tuple([each for each in found.reasons if each.code in _OF_THE_TERMS]))


def assess_more(
    policy: Policy, now: OrderFacts, then: OrderFacts, used: Mapping[str, Used], before: int, counted: Collection[str]
) -> Assessment:
    """Everything the policy says to terms that ask for more: the facts of today, and every ceiling for what is added.

    The ceilings are those of the day of registration that the order is `counted` in; it does not count as another one.
    """
    found = assess(policy, now, {})
    reasons = [each for each in found.reasons if each.code not in _ASKED_ONCE]
    trace = [step for step in found.trace if not step.rule.startswith("cap-")]
    against: tuple[Cap, ...] = ()
    if found.subsidy > before:
        against = tuple([_once(cap) for cap in caps(policy, then) if cap.stream in counted])
        for cap in against:
            fit(cap, used, found.subsidy - before, reasons, trace)
    # A ceiling may object to the whole and to what is added; the first says it.
    first = {each.code: each for each in reversed(reasons)}
    told = tuple([each for each in reasons if first[each.code] is each])
    return replace(found, reasons=told, caps=against, trace=tuple(trace))


def _once(cap: Cap) -> Cap:
    """A ceiling on sums alone: the order was counted, and the limits of a single order were asked of the whole."""
    return replace(cap, count_limit=None, order_limit=None, first_limit=None)
