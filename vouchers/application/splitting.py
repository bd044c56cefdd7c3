"""Split orders: what one firm orders from one provider within some days counts as one, where the policy says so."""

from collections.abc import Iterator, Sequence

from vouchers.application.cases import Case
from vouchers.days import add_days
from vouchers.kinds import ORDER, PAIR
from vouchers.ledger import Unit
from vouchers.order.decisions import known
from vouchers.order.events import Registered
from vouchers.pair import decisions as pairs
from vouchers.pair import events as pair
from vouchers.policy import Policy
from vouchers.policy.quotes import needed, offers, said
from vouchers.policy.rules import Category
from vouchers.policy.supervision import Splitting
from vouchers.policy.wording import written
from vouchers.refusals import Cause, Ineligible

GONE = frozenset({"cancelled", "lapsed"})


def not_split(unit: Unit, case: Case) -> None:
    """Refuse an order, or more of one, that passes a limit together with the pair's orders of the days around it."""
    rules, command = splitting_of(case.policy), case.command
    category = case.policy.categories.get(command.category)
    if rules is None or category is None:
        return
    state = unit.load(ORDER, command.order_id)
    registered = state.registered
    if registered is not None and case.assessment.subsidy == 0 and command.gross <= registered.gross:
        return
    subsidy = case.assessment.subsidy + state.held + state.taken
    on = registered.registered_on if registered else unit.on
    pair_of = command.enterprise_id, command.provider_id
    for beside in _windows(
        _standing(unit, case.policy, rules, *pair_of, category.code, on, command.order_id), on, rules
    ):
        causes = _against(case, rules, category, subsidy, beside)
        if causes:
            raise Ineligible(tuple(causes))


def _against(
    case: Case, rules: Splitting, category: Category, subsidy: int, beside: Sequence[Registered]
) -> list[Cause]:
    """The limits that an order passes together with those beside it, where none stands alone."""
    if not beside:
        return []
    causes, command = list[Cause](), case.command
    subsidy += sum(each.subsidy for each in beside)
    cost = command.gross + sum(each.gross for each in beside)
    counted = f"{len(beside) + 1} orders with this provider within {rules.days} days count as one"
    if rules.max_per_order and category.max_per_order is not None and subsidy > category.max_per_order:
        text = f"{counted}: {written(subsidy)}, above {written(category.max_per_order)} for one order."
        remedy = f"Ask for less, or order again once {rules.days} days have passed."
        causes.append(Cause("order-split", _clause(case.policy), text, remedy, "/gross"))
    rule, shown = needed(case.policy.quotes, category.code, cost), offers(command.attributes)
    if rules.quotes and rule is not None and shown < rule.count:
        text = f"{counted}: {written(cost)}. {said(rule, shown)}"
        causes.append(Cause("order-split", rule.clause, text, "Give the digests of the offers as quotes.", "/gross"))
    return causes


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
    on, pair_of = registered.registered_on, (registered.enterprise_id, registered.provider_id)
    others = _standing(unit, policy, rules, *pair_of, registered.category, on, order_id)
    return amount + max(sum(each.subsidy for each in beside) for beside in _windows(others, on, rules))


def splitting_of(policy: Policy) -> Splitting | None:
    """The policy's rules of splitting, if it has any."""
    return policy.supervision.splitting if policy.supervision else None


def pair_key(enterprise_id: str, provider_id: str) -> str:
    """The key of a pair's stream."""
    return f"{enterprise_id}:{provider_id}"


def _standing(
    unit: Unit, policy: Policy, rules: Splitting, firm: str, provider: str, category: str, on: str, order_id: str
) -> list[Registered]:
    """The pair's other orders of the days before and after, with their present terms; cancelled ones do not count."""
    around = unit.load(PAIR, pair_key(firm, provider)).within(
        policy.programme, category, add_days(on, rules.days - 1), 2 * rules.days - 1
    )
    others = [unit.load(ORDER, each.order_id) for each in around if each.order_id != order_id]
    return [known(each) for each in others if each.status not in GONE]


def _windows(standing: Sequence[Registered], on: str, rules: Splitting) -> Iterator[list[Registered]]:
    """What lies beside an order of a day in each stretch of so many days that holds it."""
    ends = {on, *(each.registered_on for each in standing if each.registered_on > on)}
    for end in sorted(ends):
        first = add_days(end, 1 - rules.days)
        yield [each for each in standing if first <= each.registered_on <= end]


def _clause(policy: Policy) -> str:
    return policy.supervision.clause if policy.supervision else ""
