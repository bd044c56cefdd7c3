"""Ceilings at every level: which of them an order counts against, and whether it still fits."""

from collections.abc import Mapping
from dataclasses import replace

from vouchers.money import WHOLE_BP
from vouchers.policy.explain import written
from vouchers.policy.levels import levels_of
from vouchers.policy.model import Cap, OrderFacts, Policy, Reason, Step, Used
from vouchers.policy.periods import rolling_label
from vouchers.policy.rules import CapRule, Rounding
from vouchers.policy.subsidies import Context, base_of, holds, origin_name, origins

_NOTHING_USED = Used(0, 0)


def caps(policy: Policy, order: OrderFacts) -> tuple[Cap, ...]:
    """Every ceiling that the order counts against, each stream once with its lowest limits."""
    found: dict[str, Cap] = {}
    for rule in policy.cap_rules:
        key = _key(policy, rule, order)
        if not key:
            continue
        weight, whole = _weight(policy, rule, order) if rule.of_level else (1, 1)
        if not weight:
            continue
        period = _period(rule, order)
        stream = _stream(rule, key, period)
        cap = Cap(
            rule.level,
            key,
            period,
            _limit(policy, rule, order),
            rule.count,
            rule.clause,
            rule.order_limit,
            rule.first_limit,
            rule.of_level,
            weight,
            whole,
            stream,
        )
        found[stream] = _tighter(found[stream], cap) if stream in found else cap
    return tuple(found.values())


def fit(cap: Cap, used: Mapping[str, Used], asked: int, reasons: list[Reason], trace: list[Step]) -> None:
    """Add a step where the order fits under the ceiling (reaching it exactly is allowed), else the reasons."""
    now = used.get(cap.stream, _NOTHING_USED)
    if cap.of_level:
        asked = cap.part(asked)
    if cap.count_limit is not None:
        if now.count >= cap.count_limit:
            reasons.append(_too_many(cap, now))
        else:
            trace.append(Step(f"cap-{cap.level}", cap.clause, f"order {now.count + 1} of {cap.count_limit}"))
    if cap.order_limit is not None and asked > cap.order_limit:
        reasons.append(_too_much_at_once(cap, "order", asked, cap.order_limit))
    if cap.first_limit is not None and asked > cap.first_limit and not now.count:
        reasons.append(_too_much_at_once(cap, "first order", asked, cap.first_limit))
    if cap.limit is None:
        return
    total = now.amount + asked
    if total > cap.limit:
        reasons.append(_too_much(cap, now, asked, cap.limit))
        return
    text = f"{written(now.amount)} used + {written(asked)} = {written(total)} of {written(cap.limit)}"
    trace.append(Step(f"cap-{cap.level}", cap.clause, text))


def _key(policy: Policy, rule: CapRule, order: OrderFacts) -> str:
    """Whom the ceiling counts for, or nothing where it does not concern the order."""
    if rule.category and rule.category != order.category:
        return ""
    if rule.when and not all(holds(condition, order) for condition in rule.when):
        return ""
    scope = policy.cap_scope
    match rule.level:
        case "enterprise" | "lifetime":
            who = order.enterprise_id
        case "group":
            who = str(order.enterprise.get("controller", ""))
        case "category":
            who = f"{order.enterprise_id}:{rule.category or order.category}"
        case "provider":
            who = order.provider_id
        case "pool":
            who = _pool(policy, rule, order)
        case "region":
            who = str(order.enterprise.get("region", ""))[: rule.region_digits]
        case _:
            return scope
    return f"{scope}:{who}" if who else ""


def _pool(policy: Policy, rule: CapRule, order: OrderFacts) -> str:
    """The pool of the order where the ceiling is on it: a pair of origins, or the pool of the category."""
    pair = origin_name(origins(Context(order, policy.home_regions, Rounding(half_up=False, unit=1), "")))
    category = policy.categories.get(order.category)
    pool = category.pool if category else ""
    return rule.pool if rule.pool in {pair, pool} else "" if rule.pool else pool


def _weight(policy: Policy, rule: CapRule, order: OrderFacts) -> tuple[int, int]:
    """What the rule's level of government bears of a subsidy, as parts in a whole; nothing where it pays none of it."""
    category = policy.categories.get(order.category)
    base, _ = base_of(category, order.gross, order.net, order.enterprise) if category else (0, "")
    weights = dict(levels_of(policy, order, base))
    return weights.get(rule.of_level, 0), max(1, sum(weights.values()))


def _period(rule: CapRule, order: OrderFacts) -> str:
    """The name of the period that the ceiling counts over."""
    match rule.period:
        case "calendar_year":
            return order.on[:4]
        case "lifetime":
            return "lifetime"
        case "rolling":
            return rolling_label(rule.months)
        case _:
            return order.period


def _stream(rule: CapRule, key: str, period: str) -> str:
    """The stream in which the use of the ceiling is counted."""
    if rule.of_level:
        return f"level/{rule.level}/{key}:{rule.of_level}/{period}"
    kind = "window" if rule.period == "rolling" else "cap"
    return f"{kind}/{rule.level}/{key}/{period}"


def _limit(policy: Policy, rule: CapRule, order: OrderFacts) -> int | None:
    """The sum of the ceiling in minor units, a share being taken of the year's total."""
    if rule.share_bp is None:
        return rule.limit
    known = order.attributes.get("budget_total")
    total = known if isinstance(known, int) else policy.money.budget_total or 0
    share = total * rule.share_bp // WHOLE_BP
    return share if rule.limit is None else min(share, rule.limit)


def _tighter(one: Cap, other: Cap) -> Cap:
    """Two ceilings counted in one stream as one, with the lower limit of each kind."""
    limits = [limit for limit in (one.limit, other.limit) if limit is not None]
    counts = [count for count in (one.count_limit, other.count_limit) if count is not None]
    clause = other.clause if other.limit is not None and other.limit == min(limits) else one.clause
    single = (_lower(one.order_limit, other.order_limit), _lower(one.first_limit, other.first_limit))
    lower = Cap(one.level, one.key, one.period, min(limits, default=None), min(counts, default=None), clause, *single)
    return replace(lower, of_level=one.of_level, weight=one.weight, whole=one.whole, stream=one.stream)


def _lower(one: int | None, other: int | None) -> int | None:
    """The lower of two limits, either of which may be none."""
    return min((limit for limit in (one, other) if limit is not None), default=None)


def _too_much_at_once(cap: Cap, words: str, asked: int, limit: int) -> Reason:
    """The reason that a single order is larger than one may be."""
    text = f"The {words} of one {cap.level} may take {written(limit)}; {written(asked)} is asked."
    code = f"cap-{cap.level}-{words.replace(' ', '-')}-exceeded"
    return Reason(code, cap.clause, text, f"Ask for at most {written(limit)}.")


def _too_much(cap: Cap, now: Used, asked: int, limit: int) -> Reason:
    """The reason that the sum does not fit, with everything a clerk needs to see why."""
    left = max(0, limit - now.amount)
    text = (
        f"The {cap.level} limit of {written(limit)} for {cap.period} would be passed: "
        f"{written(now.amount)} used, {written(asked)} asked, {written(left)} remaining."
    )
    remedy = f"Ask for at most {written(left)}." if left else "Nothing is left to ask for in this period."
    return Reason(f"cap-{cap.level}-exceeded", cap.clause, text, remedy)


def _too_many(cap: Cap, now: Used) -> Reason:
    """The reason that no further order is allowed."""
    text = f"The {cap.level} limit of {cap.count_limit} orders for {cap.period} is reached: {now.count} counted."
    remedy = "Cancel an order that is not needed, or wait for the next period."
    if cap.period == "lifetime":
        remedy = "Cancel an order that is not needed; there is no next period."
    return Reason(f"cap-{cap.level}-count-exceeded", cap.clause, text, remedy)
