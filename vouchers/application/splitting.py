"""Split orders: what one firm orders from one provider within some days counts as one, where the policy says so."""

from vouchers.application.cases import Case
from vouchers.kinds import ORDER, PAIR
from vouchers.ledger import Unit
from vouchers.order.events import Registered
from vouchers.pair import decisions as pairs
from vouchers.pair import events as pair
from vouchers.policy import Policy
from vouchers.policy.quotes import needed, offers, said
from vouchers.policy.supervision import Splitting
from vouchers.policy.wording import written
from vouchers.refusals import Cause, Ineligible

GONE = frozenset({"cancelled", "lapsed"})


def not_split(unit: Unit, case: Case) -> None:
    """Refuse an order that passes a limit together with the pair's orders of the days before."""
    rules = splitting_of(case.policy)
    category = case.policy.categories.get(case.command.category)
    if rules is None or category is None:
        return
    command, causes = case.command, list[Cause]()
    before = _standing(unit, case.policy, rules, command.enterprise_id, command.provider_id, category.code, unit.on)
    if not before:
        return
    subsidy = case.assessment.subsidy + sum(each.subsidy for each in before)
    cost = command.gross + sum(each.gross for each in before)
    together = f"{len(before) + 1} orders with this provider within {rules.days} days count as one"
    if rules.max_per_order and category.max_per_order is not None and subsidy > category.max_per_order:
        text = f"{together}: {written(subsidy)}, above {written(category.max_per_order)} for one order."
        remedy = f"Ask for less, or order again once {rules.days} days have passed."
        causes.append(Cause("order-split", _clause(case.policy), text, remedy, "/gross"))
    rule, shown = needed(case.policy.quotes, category.code, cost), offers(command.attributes)
    if rules.quotes and rule is not None and shown < rule.count:
        text = f"{together}: {written(cost)}. {said(rule, shown)}"
        causes.append(Cause("order-split", rule.clause, text, "Give the digests of the offers as quotes.", "/gross"))
    if causes:
        raise Ineligible(tuple(causes))


def remember(unit: Unit, case: Case) -> None:
    """Keep what the pair ordered, for policies that will add it up."""
    supervision = case.policy.supervision
    if supervision is None or not (
        supervision.splitting or (supervision.signals and supervision.signals.yearly_repeats)
    ):
        return
    command = case.command
    key = pair_key(command.enterprise_id, command.provider_id)
    ordered = pair.Ordered(
        command.order_id, case.terms.programme, command.category, unit.on, command.gross, case.assessment.subsidy
    )
    unit.append(PAIR, key, pairs.remember(unit.load(PAIR, key), ordered))


def together(unit: Unit, registered: Registered, policy: Policy, order_id: str, amount: int) -> int:
    """The sum of a claim and of what the pair ordered beside it within the days, for the thresholds of approval."""
    rules = splitting_of(policy)
    if rules is None or not rules.approvals:
        return amount
    firm, provider = registered.enterprise_id, registered.provider_id
    beside = _standing(unit, policy, rules, firm, provider, registered.category, registered.registered_on)
    return amount + sum(each.subsidy for each in beside if each.order_id != order_id)


def splitting_of(policy: Policy) -> Splitting | None:
    """The policy's rules of splitting, if it has any."""
    return policy.supervision.splitting if policy.supervision else None


def pair_key(enterprise_id: str, provider_id: str) -> str:
    """The key of a pair's stream."""
    return f"{enterprise_id}:{provider_id}"


def _standing(
    unit: Unit, policy: Policy, rules: Splitting, firm: str, provider: str, category: str, on: str
) -> list[pair.Ordered]:
    """The pair's orders of those days that were not cancelled."""
    known = unit.load(PAIR, pair_key(firm, provider)).within(policy.programme, category, on, rules.days)
    return [each for each in known if unit.load(ORDER, each.order_id).status not in GONE]


def _clause(policy: Policy) -> str:
    return policy.supervision.clause if policy.supervision else ""
