"""What a policy says of facts that change: size over several years, the day of the test, causes and their treatment."""

import pytest

from schemas import policies
from tests.examples import facts_of_firm
from vouchers.application.fact_days import facts_for, facts_of_order
from vouchers.enterprise.state import Enterprise, Known
from vouchers.policy import PolicyFaults, entitle, parse
from vouchers.policy.changes import settled_class, treatment_of

SMALL, MEDIUM, LARGE = 20, 100, 300  # staff of "other", sector 16
NAME = "CN-2011-300"


def document(name="sh-stiv-2025", **tables):
    _, shipped = policies.load_policy(policies.shipped()[name])
    return {**shipped, **tables}


def years(*staff, first=2020):
    return [(first + i, {"sector": 16, "staff": each}) for i, each in enumerate(staff) if each is not None]


@pytest.mark.parametrize(
    ("staff", "settled"),
    [
        ((), ""),
        ((SMALL,), "small"),
        ((SMALL, LARGE), "small"),
        ((SMALL, LARGE, LARGE), "large"),
        ((SMALL, LARGE, SMALL, LARGE), "small"),
        ((SMALL, MEDIUM, LARGE), "medium"),
        ((SMALL, LARGE, MEDIUM), "medium"),
        ((LARGE, SMALL), "large"),
        ((LARGE, SMALL, SMALL), "small"),
        ((LARGE, SMALL, MEDIUM), "medium"),
        ((SMALL, LARGE, None, LARGE), "small"),
        ((SMALL, LARGE, None, LARGE, LARGE), "large"),
        ((SMALL, LARGE, LARGE, SMALL), "large"),
        ((MEDIUM, LARGE, SMALL), "medium"),
    ],
)
def test_a_class_is_lost_or_gained_only_after_two_consecutive_years(staff, settled):
    assert settled_class(NAME, years(*staff), 2) == settled


@pytest.mark.parametrize(("needed", "settled"), [(1, "large"), (2, "large"), (3, "small")])
def test_the_policy_says_how_many_years_it_takes(needed, settled):
    assert settled_class(NAME, years(SMALL, LARGE, LARGE), needed) == settled


def test_a_year_without_accounts_says_nothing_of_the_class():
    assert settled_class(NAME, [(2020, {"sector": 16, "staff": SMALL}), (2021, {"sector": 16})], 2) == "small"


def a_european_firm(*millions):
    """A firm of 249 staff with the turnovers of consecutive years, the latest of 2024."""
    own = {"staff": 249, "assets": 50_000_000_00, "country": "DE", "legal_form": "company"}
    first = 2025 - len(millions)
    *earlier, last = [
        Known(f"{first + i}-12-31", "register", "", {**own, "revenue": each * 1_000_000_00})
        for i, each in enumerate(millions)
    ]
    return Enterprise(*last, earlier=tuple(earlier))


@pytest.mark.parametrize(
    ("turnovers", "granted"),
    [((40, 60), True), ((60, 60), False), ((40, 60, 60), False), ((60, 40), False), ((60, 40, 40), True)],
)
def test_the_european_fund_asks_for_the_class_of_two_consecutive_years(turnovers, granted):
    policy = parse(document("eu-smef-2025"))
    firm = a_european_firm(*turnovers)
    decision = entitle(policy, facts_for(policy, firm, firm.facts, "2025-03-01"), "2025-03-01")
    assert [reason.code for reason in decision.reasons] == ([] if granted else ["size-class"])


def test_a_policy_that_asks_for_one_year_judges_the_facts_as_they_are():
    policy = parse(document())
    firm = a_european_firm(1, 2)
    assert facts_for(policy, firm, firm.facts, "2025-03-01") is firm.facts


@pytest.mark.parametrize(("day", "staff"), [("order", 120), ("contract", 99), ("grant", 50)])
def test_size_is_measured_on_the_day_that_the_policy_names_and_all_else_on_the_orders_day(day, staff):
    policy = parse(document("de-goinno", changes={"test_facts_on": day}))
    known = [
        Known("2025-12-31", "register", "", {"staff": 50, "controller": "c1", "region": "DE-BE"}),
        Known("2026-03-01", "register", "", {"staff": 99, "controller": "c2", "region": "DE-BY"}),
        Known("2026-04-01", "register", "", {"staff": 120, "controller": "c3", "region": "DE-HE"}),
    ]
    firm = Enterprise(*known[-1], earlier=tuple(known[:-1]))
    facts = facts_of_order(policy, firm, contract_on="2026-03-15", granted_on="2026-01-10", on="2026-04-02")
    assert facts == {"staff": staff, "controller": "c3", "region": "DE-HE"}


@pytest.mark.parametrize(("contract_on", "staff"), [("2026-03-31", 99), ("2026-04-01", 120)])
def test_go_inno_tests_a_firm_on_the_day_of_its_contract(contract_on, staff):
    policy = parse(document("de-goinno"))
    known = [
        Known("2026-03-01", "register", "", {"staff": 99}),
        Known("2026-04-01", "register", "", {"staff": 120}),
    ]
    firm = Enterprise(*known[-1], earlier=(known[0],))
    facts = facts_of_order(policy, firm, contract_on=contract_on, granted_on="2026-01-10", on="2026-04-02")
    assert facts["staff"] == staff


def test_a_day_before_anything_is_known_has_no_measures():
    policy = parse(document("de-goinno"))
    firm = Enterprise(*Known("2026-03-01", "register", "", {"staff": 99, "country": "DE"}))
    facts = facts_of_order(policy, firm, contract_on="2026-02-28", granted_on="2026-01-10", on="2026-04-02")
    assert facts == {"country": "DE"}


RULE = {"unreserved": "keep", "reserved": "honour", "claims": "honour"}


def test_without_rules_nothing_is_taken_and_with_several_the_severest_counts():
    rules = parse(document(changes={"cause": {"listed": {**RULE, "reasons": ["a"], "claims": "check"}}})).changes.rules
    other = parse(document(changes={"cause": {"other": {**RULE, "reasons": ["b"], "unreserved": "revoke"}}}))
    assert treatment_of(()) == treatment_of(()).__class__("keep", "honour", "honour")
    both = treatment_of([*rules, *other.changes.rules])
    assert (both.unreserved, both.reserved, both.claims) == ("revoke", "honour", "check")


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"test_facts_on": "payment"}, "changes.test_facts_on"),
        ({"consecutive_years": 0}, "changes.consecutive_years"),
        ({"consecutive_years": 11}, "changes.consecutive_years"),
        ({"cause": {"left-region": RULE}}, "changes.cause.left-region"),
        ({"cause": {"went-away": {**RULE, "reasons": ["region"]}}}, "changes.cause.went-away"),
        ({"cause": {"left-region": {**RULE, "reasons": ["region"], "unreserved": "burn"}}}, "unreserved"),
        ({"cause": {"left-region": {**RULE, "reasons": ["region"], "reserved": "burn"}}}, "reserved"),
        ({"cause": {"left-region": {**RULE, "reasons": ["region"], "claims": "burn"}}}, "claims"),
        ({"cause": {}}, "changes.cause"),
        ({"colour": "blue"}, "changes.colour"),
    ],
)
def test_a_fault_in_the_table_of_changes_is_named_with_its_place_and_remedy(table, path):
    with pytest.raises(PolicyFaults) as caught:
        parse(document(changes=table))
    assert [fault for fault in caught.value.faults if path in fault.path and fault.remedy]


@pytest.mark.parametrize("table", [{"max_age_days": -1}, {"max_age_days": 3_661}, {"needs": "registry"}])
def test_a_fault_in_the_table_of_facts_is_named_with_its_place(table):
    with pytest.raises(PolicyFaults) as caught:
        parse(document(facts=table))
    assert all(fault.path.startswith("facts.") for fault in caught.value.faults)


def test_an_unknown_sector_counts_as_other():
    policy = parse(document())
    for sector, granted in ((99, True), (16, True)):
        assert entitle(policy, facts_of_firm(sector=sector, staff=299), "2026-01-05").granted is granted
        assert not entitle(policy, facts_of_firm(sector=sector, staff=300), "2026-01-05").granted


@pytest.mark.parametrize(("before", "granted"), [(9_999_999_99, True), (10_000_000_00, False)])
def test_changping_asks_for_the_revenue_of_each_of_the_last_two_years(before, granted):
    policy = parse(document("cp-2017"))
    facts = facts_of_firm(region="110114", revenue=1_000_000_00, revenue_previous=before, sound_finance=True)
    codes = [reason.code for reason in entitle(policy, facts, "2018-03-01").reasons]
    assert ([code for code in codes if "revenue" in code] == []) is granted


@pytest.mark.parametrize(("confirmed_on", "settled"), [("2023-12-31", "micro"), ("2024-12-31", "large")])
def test_facts_that_were_stated_again_hold_in_the_years_between(confirmed_on, settled):
    policy = parse(document(changes={"consecutive_years": 2}))
    small, large = facts_of_firm(), facts_of_firm(staff=2_000, revenue=100_000_000_00)
    firm = Enterprise(
        "2023-12-31",
        facts=large,
        earlier=(Known("2022-12-31", "register", "", small),),
        confirmed_on=confirmed_on,
    )
    assert facts_for(policy, firm, large, "2025-03-01")["settled_class_CN-2011-300"] == settled
