"""Spending: whether an order is eligible, what the public pays of it, and what of the actual cost in the end."""

from collections.abc import Mapping, Sequence
from typing import Literal

from vouchers.policy.capping import caps, fit
from vouchers.policy.explain import written
from vouchers.policy.granting import ask, beneficiary_of, no_class
from vouchers.policy.model import Assessment, Cap, OrderFacts, Policy, Reason, ReviewRule, Step, Used
from vouchers.policy.ordering import order_reasons
from vouchers.policy.pooling import OF_A_FIRM
from vouchers.policy.regions import pool_of
from vouchers.policy.rules import Category, Pieces
from vouchers.policy.subsidies import Context, Share, base_of, by_line, compute, firms_of, limited


def assess(
    policy: Policy,
    order: OrderFacts,
    used: Mapping[str, Used],
    pledged: int = 0,
    against: tuple[Cap, ...] | None = None,
) -> Assessment:
    """Everything the policy says to an order: all reasons at once, the subsidy, and how both were found.

    What partner firms have pledged to it counts against their own ceilings and not against the firm's. `against` are
    the ceilings that it counts against, where they were looked up already.
    """
    reasons: list[Reason] = []
    trace: list[Step] = []
    category = policy.categories.get(order.category)
    if category is None:
        return _unknown_category(policy, order)
    order_reasons(policy, category, order, reasons)
    _ask_class(policy, order, reasons, trace)
    base, share = _share(policy, category, order, trace, gross=order.gross, net=order.net)
    reasons.extend(share.reasons)
    subsidy = _asked(order, share.amount, category, reasons, trace)
    against = caps(policy, order) if against is None else against
    for cap in against:
        fit(cap, used, subsidy - pledged if cap.level in OF_A_FIRM else subsidy, reasons, trace)
    evidence = (*policy.order_rules.evidence, *category.evidence)
    own_share = order.gross - subsidy
    pool = pool_of(policy, category, order.enterprise)
    return Assessment(tuple(reasons), base, subsidy, own_share, against, pool, evidence, tuple(trace))


def assess_partner(policy: Policy, order: OrderFacts, used: Mapping[str, Used], amount: int) -> Assessment:
    """What the policy says to a partner firm that pays a part of an order: its class, its voucher, its own ceilings."""
    trace: list[Step] = []
    reasons = assess_voucher(policy, order)
    _ask_class(policy, order, reasons, trace)
    against = tuple(cap for cap in caps(policy, order) if cap.level in OF_A_FIRM)
    for cap in against:
        fit(cap, used, amount, reasons, trace)
    return Assessment(tuple(reasons), 0, amount, 0, against, "", (), tuple(trace))


def assess_voucher(policy: Policy, order: OrderFacts) -> list[Reason]:
    """What speaks against an order as it looks from one of its vouchers, all money aside."""
    reasons: list[Reason] = []
    category = policy.categories.get(order.category)
    if category is not None:
        order_reasons(policy, category, order, reasons)
    return reasons


def settle(
    policy: Policy,
    order: OrderFacts,
    invoice_gross: int,
    invoice_net: int,
    reserved: int,
    lines: Sequence[tuple[int, int]] = (),
) -> Assessment:
    """What is paid on the actual cost: the same subsidy function, never above what was reserved.

    `lines` are gross and net of each invoice, for a policy that rounds line by line.
    """
    category = policy.categories.get(order.category)
    if category is None:
        return _unknown_category(policy, order)
    trace: list[Step] = []
    base, share = _share(policy, category, order, trace, gross=invoice_gross, net=invoice_net, lines=lines)
    subsidy = share.amount
    if subsidy > reserved:
        subsidy = reserved
        trace.append(Step("reserved", category.clause, f"not above what was reserved: {written(reserved)}"))
    own_share = invoice_gross - subsidy
    evidence = (*policy.order_rules.evidence, *category.evidence)
    pool = pool_of(policy, category, order.enterprise)
    # The ceilings counted the order when it was registered; none is asked again.
    return Assessment(share.reasons, base, subsidy, own_share, (), pool, evidence, tuple(trace))


def review_rule(policy: Policy, tier: str) -> ReviewRule:
    """How a redemption of this credit tier is checked; an unknown tier is checked like the strictest."""
    rule = policy.tiers.get(tier)
    return rule if rule is not None else max(policy.tiers.values(), key=lambda each: each.sample_bp)


def payee(policy: Policy) -> Literal["provider", "enterprise"]:
    """Who receives the public money."""
    return "enterprise" if policy.payee == "enterprise" else "provider"


def _ask_class(policy: Policy, order: OrderFacts, reasons: list[Reason], trace: list[Step]) -> None:
    """Whether the firm is still of a class of beneficiaries, and what is asked of that class at every order."""
    beneficiary = beneficiary_of(policy, order.enterprise, order.on)
    if beneficiary is None:
        reasons.append(no_class(policy, order.enterprise))
    else:
        ask(beneficiary.asked_again, order.enterprise, order.on, reasons, trace)


def _share(
    policy: Policy,
    category: Category,
    order: OrderFacts,
    trace: list[Step],
    *,
    gross: int,
    net: int,
    lines: Sequence[tuple[int, int]] = (),
) -> tuple[int, Share]:
    """The base and the public share of a cost, each step of it added to the trace."""
    base, name = base_of(category, gross, net, order.enterprise)
    trace.append(Step("base", policy.money.clause, f"{name}: {written(base)}"))
    context = Context(order, policy.home_regions, policy.money.rounding, category.clause)
    bases = [base_of(category, *each, order.enterprise)[0] for each in lines] if policy.money.rounding.by_line else []
    whole = by_line(category.subsidy, bases, context) if bases else compute(category.subsidy, base, context)
    share = limited(category, policy.money, base, whole, firms_of(order))
    trace.extend(Step("subsidy", category.clause, line) for line in share.lines)
    return base, share


def _asked(order: OrderFacts, most: int, category: Category, reasons: list[Reason], trace: list[Step]) -> int:
    """The subsidy that is taken: all of it, or what the enterprise asks for within it."""
    if order.asked is None:
        return most
    piece = category.subsidy.piece if isinstance(category.subsidy, Pieces) else 1
    if order.asked % piece:
        text = f"{written(order.asked)} is no whole number of pieces of {written(piece)}; no change is given."
        remedy = f"Ask for whole pieces: {written(order.asked // piece * piece)}, for example."
        reasons.append(Reason("asked-not-in-pieces", category.clause, text, remedy))
    elif 0 < order.asked <= most:
        trace.append(Step("asked", category.clause, f"the enterprise asks for {written(order.asked)}"))
        return order.asked
    else:
        text = f"{written(order.asked)} is asked for; the policy pays up to {written(most)} for this order."
        remedy = f"Ask for more than 0.00 and at most {written(most)}, or for all that is due."
        reasons.append(Reason("asked-out-of-range", category.clause, text, remedy))
    return most


def _unknown_category(policy: Policy, order: OrderFacts) -> Assessment:
    """The assessment of an order in a category that the policy does not have."""
    text = f'{policy.title} has no category "{order.category}".'
    reason = Reason("category-unknown", policy.money.clause, text, f"Choose one of: {', '.join(policy.categories)}.")
    return Assessment((reason,), 0, 0, order.gross, (), "", (), ())
