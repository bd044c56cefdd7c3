"""What holds for every order beside money: time, voucher, provider, independence, exclusions, conditions."""

from vouchers.days import add_days, add_months, within
from vouchers.policy.explain import listed, written
from vouchers.policy.granting import ask, not_in_force
from vouchers.policy.model import OrderFacts, Policy, Reason
from vouchers.policy.periods import use_by_of
from vouchers.policy.quotes import needed, offers, said
from vouchers.policy.regions import region_reasons
from vouchers.policy.rules import Category
from vouchers.policy.subsidies import base_of, facts_of


def order_reasons(policy: Policy, category: Category, order: OrderFacts, reasons: list[Reason]) -> None:
    """Add everything that speaks against an order, its money aside."""
    _time(policy, order, reasons)
    _voucher(policy, category, order, reasons)
    _provider(policy, category, order, reasons)
    region_reasons(policy, order, reasons)
    _independence(policy, order, reasons)
    _service(policy, category, order, reasons)
    _cost(category, order, reasons)
    if policy.quotes:
        _quotes(policy, category, order, reasons)
    for condition in (*policy.order_rules.conditions, *category.conditions):
        ask((condition,), facts_of(condition.of, order), order.on, reasons, [])


def use_by_on(policy: Policy, order: OrderFacts) -> str:
    """The last day of use of the order's voucher, an extension included."""
    extended = order.attributes.get("use_by_on")
    return extended if isinstance(extended, str) else use_by_of(policy, order.granted_on)


def _time(policy: Policy, order: OrderFacts, reasons: list[Reason]) -> None:
    """Registered in force and before the service, contract after the grant, service within the use-by day."""
    clause, rules = policy.deadlines.clause, policy.deadlines
    if not within(order.on, policy.effective_on, policy.ends_on or "9999-12-31"):
        reasons.append(not_in_force(policy, order.on))
    earliest = add_days(order.on, rules.days_ahead) if rules.days_ahead else order.on
    if order.starts_on < earliest:
        text = (
            f"The service starts on {order.starts_on}; an order of {order.on} may start on {earliest} at the earliest."
        )
        reasons.append(Reason("service-already-started", clause, text, f"Agree on a start from {earliest} on."))
    if rules.contract_after_grant and order.contract_on and order.contract_on < order.granted_on:
        text = f"The contract is of {order.contract_on}, before the voucher was granted on {order.granted_on}."
        remedy = f"Only contracts from {order.granted_on} on can be supported."
        reasons.append(Reason("contract-before-grant", clause, text, remedy))
    if order.ends_on < order.starts_on:
        text = f"The service ends on {order.ends_on}, before it starts on {order.starts_on}."
        reasons.append(Reason("service-days-reversed", clause, text, "Correct the two days."))
    _last_days(policy, order, reasons)


def _last_days(policy: Policy, order: OrderFacts, reasons: list[Reason]) -> None:
    """The days by which an order must be registered and its service must end."""
    clause, rules = policy.deadlines.clause, policy.deadlines
    last = use_by_on(policy, order)
    if order.on > last:
        text = f"The voucher could be used until {last}; the order is of {order.on}."
        reasons.append(Reason("voucher-use-by-passed", clause, text, "Use a voucher that is still in time."))
    elif rules.ends_within_use_by and order.ends_on > last:
        text = f"The service ends on {order.ends_on}, after the voucher's last day of use, {last}."
        reasons.append(Reason("service-ends-too-late", clause, text, f"Agree on an end by {last}."))
    if rules.order_by_months:
        latest = add_months(order.granted_on, rules.order_by_months)
        if order.on > latest:
            text = f"An order had to be registered by {latest}; this one is of {order.on}."
            reasons.append(Reason("order-too-late", clause, text, "Ask for a new voucher."))


def _voucher(policy: Policy, category: Category, order: OrderFacts, reasons: list[Reason]) -> None:
    """The voucher is one of this programme, and pays for this category."""
    if order.programme != policy.programme:
        text = f"The order is of programme {order.programme}; this is the policy of {policy.programme}."
        remedy = f"Register the order under {policy.programme}, or ask the other programme."
        reasons.append(Reason("programme-mismatch", category.clause, text, remedy))
    if order.voucher_kind not in category.vouchers:
        text = f'A voucher "{order.voucher_kind}" does not pay for {category.name}.'
        remedy = f"Use a voucher of kind {listed(category.vouchers)}."
        reasons.append(Reason("category-not-covered", category.clause, text, remedy))


def _provider(policy: Policy, category: Category, order: OrderFacts, reasons: list[Reason]) -> None:
    """The provider is of a kind and has a qualification that the category asks for, and sits where it may."""
    kind = order.provider.get("kind", "")
    if kind not in category.provider_kinds:
        text = f'A provider of kind "{kind}" may not offer {category.name}.'
        remedy = f"Choose a provider of kind {listed(category.provider_kinds)}."
        reasons.append(Reason("provider-kind-not-allowed", category.clause, text, remedy))
    if category.qualifications:
        held = order.provider.get("qualifications", ())
        if not isinstance(held, tuple) or not any(each in held for each in category.qualifications):
            text = f"The provider does not hold {listed(category.qualifications)}, which {category.name} needs."
            remedy = "Choose a provider that holds one of these, or have the provider's qualification recorded."
            reasons.append(Reason("provider-not-qualified", category.clause, text, remedy))
    home, place = str(order.enterprise.get("region", "")), str(order.provider.get("region", ""))
    for area in policy.order_rules.provider_outside_areas:
        if home.startswith(area) and place.startswith(area):
            text = f"Enterprise ({home}) and provider ({place}) are in the same area, {area}."
            remedy = "Choose a provider from another area; this programme pays across areas only."
            reasons.append(Reason("provider-in-own-area", policy.order_rules.clause, text, remedy))


def _independence(policy: Policy, order: OrderFacts, reasons: list[Reason]) -> None:
    """Enterprise and provider are not tied: no known link, no common controller, not one and the same."""
    if not policy.order_rules.independent:
        return
    linked = order.enterprise.get("linked_providers", ())
    controller = order.enterprise.get("controller", "")
    tied = isinstance(linked, tuple) and order.provider_id in linked
    if (
        tied
        or order.enterprise_id == order.provider_id
        or (controller and controller == order.provider.get("controller"))
    ):
        text = "Enterprise and provider are tied, so the service would be bought within one house."
        remedy = "Choose an independent provider."
        reasons.append(Reason("related-party", policy.order_rules.clause, text, remedy))


def _service(policy: Policy, category: Category, order: OrderFacts, reasons: list[Reason]) -> None:
    """The service includes nothing that is never paid, and says what the category needs to know."""
    included = order.attributes.get("exclusions", ())
    for name in included if isinstance(included, tuple) else (str(included),):
        if name in category.never or name in policy.order_rules.never:
            text = f"The service includes {name}, which is never supported in {category.name}."
            remedy = f"Leave {name} out of the order and of its invoice."
            reasons.append(Reason("spend-never-eligible", category.clause, text, remedy))
    for name in category.requires:
        if name not in order.attributes:
            text = f"{category.name} needs {name}, which the order does not give."
            reasons.append(Reason("attribute-missing", category.clause, text, f"Give {name}."))


def _quotes(policy: Policy, category: Category, order: OrderFacts, reasons: list[Reason]) -> None:
    """The order shows as many different offers as its cost asks for."""
    base, _ = base_of(category, order.gross, order.net, order.enterprise)
    rule, shown = needed(policy.quotes, category.code, base), offers(order.attributes)
    if rule is not None and shown < rule.count:
        remedy = "Give the digests of the offers as quotes, each of another provider."
        reasons.append(Reason("quotes-missing", rule.clause, said(rule, shown), remedy))


def _cost(category: Category, order: OrderFacts, reasons: list[Reason]) -> None:
    """The cost is a cost, and within the category's bounds."""
    if not 0 < order.net <= order.gross:
        text = f"Net {written(order.net)} and gross {written(order.gross)} do not fit together."
        reasons.append(Reason("cost-out-of-range", category.clause, text, "Give 0.00 < net <= gross."))
        return
    base, name = base_of(category, order.gross, order.net, order.enterprise)
    low, high = category.min_cost, category.max_cost
    if low is not None and base < low:
        text = f"The cost ({name}) is {written(base)}; orders begin at {written(low)}."
        reasons.append(Reason("cost-below-minimum", category.clause, text, "Order for a larger sum."))
    if high is not None and base > high:
        text = f"The cost ({name}) is {written(base)}; orders may cost up to {written(high)}."
        reasons.append(Reason("cost-above-maximum", category.clause, text, f"Order for {written(high)} or less."))
