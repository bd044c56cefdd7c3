"""Worked examples inside a policy: the shipped ones come to theirs, and each limit is tried on both sides."""

import pytest

from schemas.policies import canonical, check
from tests.policies.cases import EVERY, SHIPPED, document, policy
from vouchers.policy import disagreements, parse

VARIANTS = [name for name in SHIPPED if name not in EVERY]


def with_case(case, name="cp-2017"):
    """A shipped document with one example alone."""
    changed = document(name)
    changed["examples"] = {
        "enterprise": {"legal_form": "company", "region": "110114", "lists": []},
        "provider": {"region": "110114"},
        "case": [case],
    }
    return changed


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_comes_to_its_own_examples(name):
    assert disagreements(policy(name)) == ()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_tries_each_of_its_conditions_on_both_sides(name):
    rules = policy(name)
    refused = {code for example in rules.examples for code in example.refused}
    asked = {condition.code for each in rules.beneficiaries for condition in each.conditions}
    assert asked <= refused
    granted = {kind for example in rules.examples for kind in example.grants}
    assert granted == set(rules.voucher_types)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_tries_each_of_its_limits(name):
    rules = policy(name)
    refused = {code for example in rules.examples for code in example.refused}
    for rule in rules.cap_rules:
        limits = {
            "exceeded": rule.limit or rule.share_bp,
            "count-exceeded": rule.count,
            "order-exceeded": rule.order_limit,
            "first-order-exceeded": rule.first_limit,
        }
        assert {f"cap-{rule.level}-{code}" for code, limit in limits.items() if limit} <= refused


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_pays_something_in_each_of_its_categories(name):
    rules = policy(name)
    assert {example.category for example in rules.examples if example.subsidy} == set(rules.categories)


def test_an_example_that_is_met_is_no_fault():
    case = {"text": "half", "category": "JOINT", "gross": 1_000, "subsidy": 500}
    assert check(canonical(with_case(case))) == []


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"category": "JOINT", "gross": 1_000, "subsidy": 501}, "The policy gives 5.00, the example 5.01."),
        ({"category": "JOINT", "gross": 1_000, "refused": ["x"]}, "objects with none, the example with x."),
        ({"category": "JOINT", "gross": 1_000, "subsidy": 500, "used": {"enterprise": 20_000_000}}, "cap-enterprise"),
        ({"category": "NONE", "gross": 1_000, "subsidy": 500}, "category-unknown"),
        ({"category": "JOINT", "gross": 1_000, "subsidy": 500, "provider": {"kind": "shop"}}, "provider-kind"),
        ({"category": "JOINT", "voucher": "outside", "gross": 1_000, "subsidy": 501}, "The policy gives 5.00"),
        ({"grants": ["inside"]}, "The policy objects with fact-missing"),
        ({"enterprise": {"region": "310115"}, "refused": ["staff"]}, "fact-missing"),
    ],
)
def test_an_example_that_is_not_met_is_a_fault_with_its_place(case, words):
    (fault,) = check(canonical(with_case({"text": "a case", **case})))
    assert fault.path == "examples.case[0]"
    assert fault.message.startswith("a case: ")
    assert words in fault.message
    assert fault.remedy == "Correct the rule, or the example."


def test_a_wrong_rate_is_found_by_the_example_of_its_number():
    changed = document("sd-lc")
    changed["category"]["SERVICE"]["subsidy"]["levels"][1]["rate_bp"] = 2999
    assert {fault.path for fault in disagreements(parse(changed))} >= {"examples.case[3]"}


@pytest.mark.parametrize(
    ("case", "path"),
    [
        ({"category": "JOINT", "gross": 1_000}, "examples.case[0]"),
        ({"category": "JOINT", "subsidy": 1}, "examples.case[0].gross"),
        ({"category": "JOINT", "gross": 1, "subsidy": 0, "used": {"pool": -1}}, "examples.case[0].used.pool"),
        ({"category": "JOINT", "gross": 1, "subsidy": 0, "provider": {"x": {"y": 1}}}, "examples.case[0].provider.x"),
        ({"category": "JOINT", "gross": 1, "subsidy": 0, "enterprise": 7}, "examples.case[0].enterprise"),
        ({"category": "JOINT", "gross": 1, "subsidy": 0, "colour": "red"}, "examples.case[0].colour"),
        ({"category": "JOINT", "gross": 1, "subsidy": 0, "on": "2026-02-30"}, "examples.case[0].on"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_read_is_a_fault(case, path):
    assert path in [fault.path for fault in check(canonical(with_case({"text": "a case", **case})))]
