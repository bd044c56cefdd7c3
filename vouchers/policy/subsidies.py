"""Subsidy functions: from a base in minor units to the public share, with the arithmetic in words."""

from collections.abc import Sequence
from typing import assert_never

from vouchers.facts import Facts
from vouchers.money import WHOLE_BP
from vouchers.policy.explain import percent, written
from vouchers.policy.model import OrderFacts, Reason
from vouchers.policy.rules import (
    Brackets,
    Category,
    Condition,
    Flat,
    Matrix,
    Money,
    PerDay,
    Pieces,
    Rounding,
    Stack,
    Subsidy,
)
from vouchers.values import Value

Origins = tuple[bool, bool]


class Share(Value):
    """A public share of a cost: the sum, each line of its arithmetic, and what speaks against it."""

    amount: int
    lines: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()


class Context(Value):
    """What a subsidy function may look at beside the base."""

    order: OrderFacts
    home_regions: tuple[str, ...]
    rounding: Rounding
    clause: str


def base_of(category: Category, gross: int, net: int, enterprise: Facts) -> tuple[int, str]:
    """The part of a cost that the rate applies to, and its name."""
    match category.base:
        case "net":
            return net, "net of VAT"
        case "net_if_deductible":
            # A firm that has not been shown to bear the VAT is taken to deduct it, which costs the public less.
            if enterprise.get("vat_deductible") is False:
                return gross, "gross, VAT not deductible"
            return net, "net, VAT deductible"
        case _:
            return gross, "invoice total (gross)"


def rounded(share: int, rounding: Rounding) -> int:
    """A sum of base x basis points as minor units, by the policy's rule."""
    whole = WHOLE_BP * rounding.unit
    return (2 * share + whole) // (2 * whole) * rounding.unit if rounding.half_up else share // whole * rounding.unit


def compute(subsidy: Subsidy, base: int, context: Context) -> Share:
    """The public share of a base, never above the base."""
    share = _compute(subsidy, base, context)
    if share.amount <= base:
        return share
    # Rounding up to a coarse unit may pass the cost itself.
    return Share(base, (*share.lines, f"not above the cost itself: {written(base)}"), share.reasons)


def by_line(subsidy: Subsidy, bases: Sequence[int], context: Context) -> Share:
    """The public share of several invoices, each rounded by itself; the parts add up to the whole."""
    shares = [compute(subsidy, base, context) for base in bases]
    amount = sum(share.amount for share in shares)
    lines = [line for share in shares for line in share.lines]
    reasons = tuple(dict.fromkeys(reason for share in shares for reason in share.reasons))
    return Share(amount, (*lines, f"{len(shares)} invoices, each rounded by itself = {written(amount)}"), reasons)


def limited(category: Category, money: Money, base: int, share: Share, firms: int = 1) -> Share:
    """The share after the maximum per order and the share that stays with the enterprise, each cut said aloud.

    Where several firms pool their vouchers and the policy counts the maximum for each, it is so many times as large.
    """
    amount, lines = share.amount, share.lines
    if category.max_per_order is not None and amount > category.max_per_order * firms:
        amount = category.max_per_order * firms
        each = f" of {firms} firms" if firms > 1 else ""
        lines = (*lines, f"cut to the maximum per order{each}: {written(amount)}")
    most = base - -(-base * money.own_share_min_bp // WHOLE_BP)
    if amount > most:
        amount = most
        own = percent(money.own_share_min_bp)
        lines = (*lines, f"at least {own} stays with the enterprise: {written(amount)}")
    return Share(amount, lines, share.reasons)


def firms_of(order: OrderFacts) -> int:
    """How many firms the maximum per order counts for."""
    firms = order.attributes.get("pooled_firms", 1)
    return firms if isinstance(firms, int) else 1


def holds(condition: Condition, order: OrderFacts) -> bool:
    """Whether a condition holds for an order; a fact that is not known does not hold."""
    facts = facts_of(condition.of, order)
    return not condition.check.missing(facts) and condition.check.holds(facts, order.on)


def facts_of(side: str, order: OrderFacts) -> Facts:
    """The facts of one side of an order: enterprise, provider, or the order itself."""
    match side:
        case "enterprise":
            return order.enterprise
        case "provider":
            return order.provider
        case _:
            return order.attributes


def origins(context: Context) -> Origins:
    """Whether the enterprise and the provider are at home in the policy's region."""
    home = context.home_regions
    enterprise, provider = context.order.enterprise.get("region"), context.order.provider.get("region")
    return str(enterprise or "").startswith(home), str(provider or "").startswith(home)


def origin_name(inside: Origins) -> str:
    """The name of a pair of origins: "in-out" for an enterprise at home with a provider from outside."""
    return "-".join("in" if side else "out" for side in inside)


def _compute(subsidy: Subsidy, base: int, context: Context) -> Share:
    """The share by the kind of function."""
    match subsidy:
        case Flat(rate_bp):
            return _flat(rate_bp, base, context.rounding)
        case Matrix():
            return _matrix(subsidy, base, context)
        case Brackets():
            return _brackets(subsidy, base, context.rounding)
        case PerDay():
            return _per_day(subsidy, base, context)
        case Pieces():
            return _pieces(subsidy, base, context)
        case Stack():
            return _stack(subsidy, base, context)
        case _:
            assert_never(subsidy)


def _flat(rate_bp: int, base: int, rounding: Rounding, prefix: str = "") -> Share:
    """One rate on the base."""
    amount = rounded(base * rate_bp, rounding)
    return Share(amount, (f"{prefix}{percent(rate_bp)} of {written(base)} = {written(amount)}",))


def _matrix(matrix: Matrix, base: int, context: Context) -> Share:
    """The rate of the pair of origins."""
    inside = origins(context)
    rates = {
        (True, True): matrix.in_in_bp,
        (True, False): matrix.in_out_bp,
        (False, True): matrix.out_in_bp,
        (False, False): matrix.out_out_bp,
    }
    enterprise, provider = ("inside" if side else "outside" for side in inside)
    prefix = f"enterprise {enterprise}, provider {provider}: "
    return _flat(rates[inside], base, context.rounding, prefix)


def _brackets(brackets: Brackets, base: int, rounding: Rounding) -> Share:
    """Each band of the cost at its own rate; rounded once, on the sum."""
    lines: list[str] = []
    share, floor = 0, 0
    for end, rate_bp in brackets.bands:
        part = (base if end is None else min(base, end)) - floor
        if part <= 0:
            break
        share += part * rate_bp
        exact = written(part * rate_bp // WHOLE_BP)
        lines.append(f"{percent(rate_bp)} of {written(part)} above {written(floor)} = {exact}")
        floor += part
    amount = rounded(share, rounding)
    return Share(amount, (*lines, f"sum of the bands = {written(amount)}"))


def _per_day(rule: PerDay, base: int, context: Context) -> Share:
    """A rate under a ceiling for each day."""
    days = _number(context, "days")
    if days is None:
        return Share(0, (), (_number_missing("days", context.clause),))
    share = _flat(rule.rate_bp, base, context.rounding)
    ceiling = days * rule.day_ceiling
    if share.amount <= ceiling:
        return share
    line = f"cut to {days} days x {written(rule.day_ceiling)} = {written(ceiling)}"
    return Share(ceiling, (*share.lines, line))


def _pieces(rule: Pieces, base: int, context: Context) -> Share:
    """Whole pieces up to the cost, or as many as are asked for."""
    fit = min(base // rule.piece, rule.most)
    wanted = _number(context, "pieces")
    pieces = fit if wanted is None else min(wanted, fit)
    amount = pieces * rule.piece
    lines = (f"{pieces} pieces of {written(rule.piece)} = {written(amount)}; no change is given",)
    if rule.fewest <= pieces and (wanted is None or wanted <= rule.most):
        return Share(amount, lines)
    text = f"An order takes {rule.fewest} to {rule.most} pieces of {written(rule.piece)}."
    remedy = f"Choose up to {fit} pieces for this cost." if fit >= rule.fewest else "Order for a larger sum."
    return Share(amount, lines, (Reason("pieces-out-of-range", context.clause, text, remedy),))


def _stack(rule: Stack, base: int, context: Context) -> Share:
    """The shares of several levels, each rounded by itself because each level pays its own."""
    total, rest = 0, base
    lines: list[str] = []
    for level in rule.levels:
        if level.when is not None and not holds(level.when, context.order):
            continue
        share = _flat(level.rate_bp, rest if rule.of_rest else base, context.rounding, f"{level.name}: ")
        lines.extend(share.lines)
        total += share.amount
        rest = base - total
    return Share(total, (*lines, f"all levels together = {written(total)}"))


def _number(context: Context, name: str) -> int | None:
    """A whole number among the attributes of the order."""
    value = context.order.attributes.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number_missing(name: str, clause: str) -> Reason:
    """The reason that a number is needed to compute the subsidy."""
    text = f"The subsidy of this category depends on {name}, and the order does not give them."
    return Reason("attribute-missing", clause, text, f"Give the number of {name}.")
