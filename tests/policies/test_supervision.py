"""The table [supervision]: what it says, what it leaves to its defaults, and every fault with its place."""

import pytest

from schemas.policy_shape import PolicySchema
from tests.policies.cases import CP, SH, document, policy
from vouchers.policy import PolicyFaults, parse


def with_supervision(**table):
    changed = document()
    changed["supervision"] = table
    return changed


def parsed(**table):
    return parse(with_supervision(**table)).supervision


def fault_in(**table):
    with pytest.raises(PolicyFaults) as raised:
        parse(with_supervision(**table))
    [fault] = raised.value.faults
    assert fault.message
    assert fault.remedy
    return fault.path


def test_an_empty_table_asks_for_nothing():
    rules = parsed()
    assert (rules.ties, rules.splitting, rules.signals) == (None, None, None)
    assert not any((rules.holds, rules.period_seeds, rules.provider_tiers, rules.repair_months, rules.recheck_bp))
    assert rules.approvals_for(10**12) == 0


def test_a_document_without_the_table_has_no_supervision():
    changed = document()
    del changed["supervision"]
    assert parse(changed).supervision is None


@pytest.mark.parametrize(("amount", "people"), [(99, 0), (100, 1), (199, 1), (200, 3), (10**9, 3)])
def test_the_highest_threshold_that_is_reached_says_how_many_approve(amount, people):
    steps = [{"from_amount": 200, "approvals": 3}, {"from_amount": 100, "approvals": 1}]
    assert parsed(approvals=steps).approvals_for(amount) == people


@pytest.mark.parametrize(("faults", "steps"), [(1, 1), (2, 1), (3, 2), (4, 1), (6, 2)])
def test_the_largest_move_that_is_due_is_taken(faults, steps):
    moves = [{"after": "rejected"}, {"after": "rejected", "times": 3, "steps": 2}, {"after": "clean", "steps": 3}]
    assert parsed(move=moves).move_after("rejected", faults) == steps


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"ties": {"at_order": "forgive"}}, "supervision.ties.at_order"),
        ({"ties": {"depth": 5}}, "supervision.ties.depth"),
        ({"ties": {"share_bp": 0}}, "supervision.ties.share_bp"),
        ({"ties": {"months": "six"}}, "supervision.ties.months"),
        ({"ties": {"kinship": 1}}, "supervision.ties.kinship"),
        ({"splitting": {}}, "supervision.splitting.days"),
        ({"splitting": {"days": 0}}, "supervision.splitting.days"),
        ({"approvals": [{"from_amount": 1}]}, "supervision.approvals[0].approvals"),
        ({"approvals": [{"approvals": 1}]}, "supervision.approvals[0].from_amount"),
        ({"approvals": [{"from_amount": 1, "approvals": 6}]}, "supervision.approvals[0].approvals"),
        ({"move": [{"after": "lateness"}]}, "supervision.move[0].after"),
        ({"move": [{"after": "clean", "steps": 4}]}, "supervision.move[0].steps"),
        ({"recheck_every_months": 5}, "supervision.recheck_every_months"),
        ({"recheck_bp": 10_001}, "supervision.recheck_bp"),
        ({"signals": {"min_days": {"TEST": -1}}}, "supervision.signals.min_days.TEST"),
        ({"signals": {"last_hour": 25}}, "supervision.signals.last_hour"),
        ({"signals": {"hunch": True}}, "supervision.signals.hunch"),
        ({"holds": "yes"}, "supervision.holds"),
        ({"mercy": 1}, "supervision.mercy"),
    ],
)
def test_every_fault_names_its_place_and_remedy(table, path):
    assert fault_in(**table) == path


def test_a_whole_table_passes_the_schema_too():
    whole = {
        "repair_months": 12,
        "provider_tiers": True,
        "holds": True,
        "period_seeds": True,
        "approvals": [{"from_amount": 1, "approvals": 2}],
        "recheck_bp": 500,
        "recheck_every_months": 6,
        "move": [{"after": "clean", "times": 3, "steps": 1}],
        "ties": {"at_order": "refuse", "at_redemption": "ignore", "depth": 1, "share_bp": 1, "months": 6},
        "splitting": {"days": 30, "max_per_order": True, "quotes": False, "approvals": True},
        "signals": {"min_days": {"TEST": 3}, "statuses": ["active"], "near_bp": 10, "yearly_repeats": 3},
    }
    assert PolicySchema().validate(with_supervision(**whole)) == {}
    assert parsed(**whole).splitting.days == 30


def test_shanghai_and_changping_say_how_they_are_supervised():
    shanghai, changping = policy(SH).supervision, policy(CP).supervision
    assert (shanghai.holds, shanghai.period_seeds, shanghai.ties.months, shanghai.recheck_bp) == (True, True, 6, 500)
    assert changping.approvals_for(1) == 1, "every claim is checked before payment"
    assert (changping.recheck_bp, changping.recheck_every_months) == (500, 6)
    assert changping.ties.at_redemption == "refuse"
