"""The yearly support of platforms: income stated, support decided by the policy and committed, payment recorded."""

from typing import Any

from vouchers.application.programmes import budget_key, in_force, period_of_policy
from vouchers.budget import decisions as budgets
from vouchers.kinds import BUDGET, PROVIDER, SUPPORT
from vouchers.ledger import Unit
from vouchers.policy import Policy
from vouchers.policy.support import Support
from vouchers.policy.wording import written
from vouchers.programme import events as programme
from vouchers.provider import decisions as providers
from vouchers.support import decisions as supports
from vouchers.support import events as support

Answer = dict[str, Any]


def state_income(unit: Unit, command: supports.StateIncome) -> Answer:
    """State what a platform earned in a year."""
    _, _, rule = _rule(unit, command.programme)
    period_of_policy(unit, command.programme, command.period)
    provider = unit.load(PROVIDER, command.provider_id)
    providers.admitted(provider)
    if provider.facts.get("kind") not in rule.kinds:
        raise supports.NotAPlatform(pointer="/provider_id", remedy=f"Kinds supported: {', '.join(rule.kinds)}.")
    key = _key(command)
    unit.append(SUPPORT, key, supports.state_income(unit.load(SUPPORT, key), command, unit.actor))
    return {"support": key, "period": command.period}


def decide_support(unit: Unit, command: supports.DecideSupport) -> Answer:
    """Decide the support of a year, and commit it in the budget of the year."""
    adopted, policy, rule = _rule(unit, command.programme)
    key = _key(command)
    state = unit.load(SUPPORT, key)
    figures = supports.stated(state, command.period)
    due, lines = rule.due(figures.market_income, figures.total_income, figures.performance_bp)
    amount = rule.rd_part + due
    budget = budget_key(command.programme, command.period, rule.pool)
    decided = support.SupportDecided(
        programme=command.programme,
        provider_id=command.provider_id,
        period=command.period,
        policy_version=adopted.version,
        policy_digest=adopted.digest,
        currency=policy.currency,
        rd_part=rule.rd_part,
        degressive_part=due,
        amount=amount,
        pool=rule.pool,
        trace=tuple([support.Line("support", rule.clause, line) for line in lines]),
        decided_by=unit.actor,
    )
    unit.append(SUPPORT, key, supports.decide(state, decided))
    order_id = f"support-{command.provider_id}-{command.period}"
    unit.append(BUDGET, budget, budgets.commit(unit.load(BUDGET, budget), order_id=order_id, amount=amount))
    whole = f"and the part for research of {written(rule.rd_part)}: {written(amount)}"
    return {"support": key, "period": command.period, "amount": amount, "explanation": [*lines, whole]}


def pay_support(unit: Unit, command: supports.PaySupport) -> Answer:
    """Record that the support of a year was paid."""
    key = _key(command)
    state = unit.append(SUPPORT, key, supports.pay(unit.load(SUPPORT, key), command, unit.actor))
    paid = state.year(command.period).paid
    assert paid is not None, "a payment was recorded above"
    return {"support": key, "period": command.period, "amount": paid.amount, "paid_on": paid.paid_on}


def _rule(unit: Unit, code: str) -> tuple[programme.PolicyAdopted, Policy, Support]:
    """The support that the policy in force gives, with its adoption."""
    adopted, policy = in_force(unit, code, unit.on)
    if policy.support is None:
        raise supports.NoSupport(pointer="/programme", remedy="Name a programme that supports platforms.")
    return adopted, policy, policy.support


def _key(command: supports.StateIncome | supports.DecideSupport | supports.PaySupport) -> str:
    return f"{command.programme}/{command.provider_id}"
