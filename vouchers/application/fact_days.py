"""Which facts of an enterprise count for a decision: those of which day, and what has settled over the years."""

from vouchers.enterprise.state import Enterprise
from vouchers.facts import Facts
from vouchers.policy import Policy
from vouchers.policy.changes import tested, with_settled_classes


def facts_for(policy: Policy, enterprise: Enterprise, facts: Facts, day: str) -> Facts:
    """Facts as a policy judges them on a day: with the size class of several years where it asks for that."""
    if not policy.changes.need_history:
        return facts
    years = {int(each.as_of_on[:4]): each.facts for each in enterprise.known if each.as_of_on <= day}
    if enterprise.as_of_on <= day:
        # Facts that were stated again unchanged held in the years between as well.
        last = int(min(enterprise.stated_on, day)[:4])
        years |= dict.fromkeys(range(int(enterprise.as_of_on[:4]), last + 1), enterprise.facts)
    return with_settled_classes(policy.changes, facts, tuple(years.items()))


def facts_of_order(policy: Policy, enterprise: Enterprise, *, contract_on: str, granted_on: str, on: str) -> Facts:
    """The facts that an order is tested on: the policy names the day on which size is measured."""
    rules = policy.changes
    day = {"contract": contract_on, "grant": granted_on}.get(rules.test_facts_on, on)
    if rules.test_facts_on == "order" and not rules.need_history:
        return enterprise.facts
    return facts_for(policy, enterprise, tested(rules, enterprise.facts, enterprise.facts_on(day)), day)
