"""The tables about money that runs out, large batches and demands: read with defaults, every fault named."""

import json

import pytest

from schemas.policies import check
from tests.policies.cases import EVERY, document, policy
from vouchers.policy import parse
from vouchers.policy.recovery import ApprovalRule, Recovery, approvals_needed

STEPS = (ApprovalRule(100, 2), ApprovalRule(500, 3))


def faults(**tables):
    changed = document()
    for table, values in tables.items():
        changed.setdefault(table, {}).update(values)
    return {fault.path: fault.remedy for fault in check(json.dumps(changed))}


@pytest.mark.parametrize("name", EVERY)
def test_without_the_tables_one_person_approves_and_no_interest_is_asked(name):
    found = policy(name)
    assert approvals_needed(found.settlement.approvals, 10**15) == 1
    assert found.recovery == Recovery()
    assert (found.recovery.interest_bp, found.recovery.grace_days, found.recovery.netting) == (0, 30, True)


def test_what_the_tables_say_is_read():
    changed = document()
    changed["recovery"] = {"interest_bp": 500, "base_days": 360, "interest_from": "payment", "clause": "[D]"}
    changed["settlement"]["approvals"] = [{"from_amount": 100, "approvals": 2}]
    changed["settlement"]["account_ref"] = "treasury:7"
    found = parse(changed)
    assert found.recovery == Recovery(500, 360, interest_from="payment", clause="[D]")
    assert (found.settlement.approvals, found.settlement.account_ref) == (STEPS[:1], "treasury:7")


@pytest.mark.parametrize(("total", "needed"), [(0, 1), (99, 1), (100, 2), (499, 2), (500, 3), (10**15, 3)])
def test_a_step_counts_from_its_amount_on(total, needed):
    assert approvals_needed(STEPS, total) == needed


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"interest_bp": 10_001}, "recovery.interest_bp"),
        ({"base_days": 359}, "recovery.base_days"),
        ({"interest_from": "never"}, "recovery.interest_from"),
        ({"instalments": 61}, "recovery.instalments"),
        ({"netting": 1}, "recovery.netting"),
        ({"penalty": 1}, "recovery.penalty"),
    ],
)
def test_a_fault_of_the_recovery_is_named_with_its_remedy(values, path):
    assert faults(recovery=values)[path]


@pytest.mark.parametrize(
    "steps",
    [
        [{"from_amount": 100, "approvals": 2}, {"from_amount": 100, "approvals": 3}],
        [{"from_amount": 100, "approvals": 3}, {"from_amount": 200, "approvals": 3}],
    ],
)
def test_steps_of_approval_that_do_not_rise_are_a_fault(steps):
    assert faults(settlement={"approvals": steps})["settlement.approvals[1].from_amount"]


def test_a_batch_has_at_most_ten_approvals_and_at_least_one():
    assert faults(settlement={"approvals": [{"from_amount": 1, "approvals": 10}]}) == {}
    for wrong in (0, 11):
        assert faults(settlement={"approvals": [{"from_amount": 1, "approvals": wrong}]})


@pytest.mark.parametrize("how", ["first_come", "block_category", "queue", "pro_rata"])
def test_money_runs_out_in_one_of_four_ways(how):
    assert faults(money={"exhaustion": how}) == {}
    assert faults(money={"exhaustion": "lottery"})["money.exhaustion"]
