"""Whether a policy comes to what its own examples say; one that does not is neither sound nor adopted."""

from collections.abc import Iterator

from vouchers.days import add_days
from vouchers.facts import Fact
from vouchers.policy.assessing import assess
from vouchers.policy.capping import caps
from vouchers.policy.examples import Example
from vouchers.policy.faults import PolicyFault
from vouchers.policy.granting import entitle
from vouchers.policy.model import OrderFacts, Policy, Used
from vouchers.policy.periods import period_of
from vouchers.policy.wording import listed, written

_REMEDY = "Correct the rule, or the example."


def disagreements(policy: Policy) -> tuple[PolicyFault, ...]:
    """Every example that the policy does not come to, by its place in the document."""
    found = []
    for index, example in enumerate(policy.examples):
        differences = _of_order(policy, example) if example.category else _of_grant(policy, example)
        message = " ".join(differences)
        if message:
            found.append(PolicyFault(f"examples.case[{index}]", f"{example.text}: {message}", _REMEDY))
    return tuple(found)


def _of_order(policy: Policy, example: Example) -> Iterator[str]:
    """What differs between an example of an order and the policy's assessment of it."""
    order = _order(policy, example)
    used = {
        cap.stream: Used(example.used.get(cap.level, 0), example.counted.get(cap.level, 0))
        for cap in caps(policy, order)
    }
    found = assess(policy, order, used)
    yield from _of_reasons(example, tuple(reason.code for reason in found.reasons))
    if example.subsidy is not None and found.subsidy != example.subsidy:
        yield f"The policy gives {written(found.subsidy)}, the example {written(example.subsidy)}."


def _of_grant(policy: Policy, example: Example) -> Iterator[str]:
    """What differs between an example of a beneficiary and the policy's decision on it."""
    decision = entitle(policy, example.enterprise, example.on or policy.effective_on)
    granted = tuple(grant.kind for grant in decision.vouchers)
    yield from _of_reasons(example, tuple(reason.code for reason in decision.reasons))
    if set(granted) != set(example.grants):
        yield f"The policy grants {listed(granted, 'and')}, the example {listed(example.grants, 'and')}."


def _of_reasons(example: Example, codes: tuple[str, ...]) -> Iterator[str]:
    """Which reasons one side names and the other does not."""
    if set(codes) != set(example.refused):
        yield f"The policy objects with {listed(codes, 'and')}, the example with {listed(example.refused, 'and')}."


def _order(policy: Policy, example: Example) -> OrderFacts:
    """An order of the example's terms, with a contract of its day and a provider that fits where none is described."""
    on = example.on or policy.effective_on
    category = policy.categories.get(example.category)
    fitting: dict[str, Fact] = {}
    if category:
        fitting = {"kind": category.provider_kinds[0], "qualifications": category.qualifications}
    starts_on = add_days(on, policy.deadlines.days_ahead)
    return OrderFacts(
        programme=policy.programme,
        category=example.category,
        voucher_kind=example.voucher or (category.vouchers[0] if category else ""),
        on=on,
        contract_on=on,
        starts_on=starts_on,
        ends_on=starts_on,
        gross=example.gross,
        net=example.net,
        asked=example.asked,
        enterprise_id="example",
        enterprise=example.enterprise,
        provider_id="example-provider",
        provider={**fitting, **example.provider},
        granted_on=on,
        period=period_of(policy, on),
        attributes=example.attributes,
    )
