"""Levels of government: which of them pay an order, and what part of a sum is whose."""

from collections.abc import Sequence

from vouchers.money import largest_remainder
from vouchers.policy.model import OrderFacts, Policy
from vouchers.policy.rules import Stack
from vouchers.policy.subsidies import holds, rounded

Weights = tuple[tuple[str, int], ...]


def levels_of(policy: Policy, order: OrderFacts, base: int) -> Weights:
    """The levels that pay an order with their weights, none where one purse pays all of it."""
    category = policy.categories.get(order.category)
    if category is not None and isinstance(category.subsidy, Stack):
        return _of_stack(policy, category.subsidy, order, base)
    return policy.stacking.cost_split if policy.stacking else ()


def split(amount: int, weights: Sequence[tuple[str, int]]) -> Weights:
    """A sum over levels by largest remainder: the parts add up to it to the last minor unit."""
    if not weights or not any(weight for _, weight in weights):
        return ()
    parts = largest_remainder(amount, [weight for _, weight in weights])
    return tuple([(name, part) for (name, _), part in zip(weights, parts, strict=True)])


def _of_stack(policy: Policy, stack: Stack, order: OrderFacts, base: int) -> Weights:
    found: dict[str, int] = {}
    rest = base
    for level in stack.levels:
        if level.when is None or holds(level.when, order):
            amount = rounded((rest if stack.of_rest else base) * level.rate_bp, policy.money.rounding)
            found[level.name] = found.get(level.name, 0) + amount
            rest -= amount
    return tuple(found.items())
