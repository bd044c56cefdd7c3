"""Days that follow from a grant."""

import pytest

from tests.policies.cases import EU, IE, SH, document, policy
from vouchers.policy import is_period, parse, period_of, redeem_by_of, use_by_of


def test_a_calendar_year_is_named_by_its_number():
    assert period_of(policy(SH), "2026-01-01") == period_of(policy(SH), "2026-12-31") == "2026"
    assert period_of(policy(SH), "2027-01-01") == "2027"


def test_a_window_is_named_by_its_two_days_whenever_one_asks():
    assert period_of(policy(EU), "2025-06-01") == period_of(policy(EU), "2026-06-01") == "2025-02-03..2025-12-05"


@pytest.mark.parametrize(
    ("code", "name", "known"),
    [
        (SH, "2026", True),
        (SH, "2026-01-01..2026-12-31", False),
        (SH, "26", False),
        (EU, "2025-02-03..2025-12-05", True),
        (EU, "2025-02-03..2025-12-06", False),
        (EU, "2025", False),
    ],
)
def test_a_period_is_known_by_its_whole_name(code, name, known):
    assert is_period(policy(code), name) is known


def test_a_period_of_twelve_months_is_known_by_its_first_and_last_day():
    changed = document(IE)
    changed["programme"]["effective_on"] = "2023-09-15"
    assert is_period(parse(changed), "2025-09-15..2026-09-14")
    assert not is_period(parse(changed), "2025-09-15..2026-09-15")
    assert not is_period(parse(changed), "2025-09-16..2026-09-15")


@pytest.mark.parametrize(
    ("effective_on", "on", "period"),
    [
        ("2023-09-15", "2023-09-15", "2023-09-15..2024-09-14"),
        ("2023-09-15", "2026-09-14", "2025-09-15..2026-09-14"),
        ("2023-09-15", "2026-09-15", "2026-09-15..2027-09-14"),
        ("2024-02-29", "2025-02-28", "2025-02-28..2026-02-27"),
        ("2024-02-29", "2025-02-27", "2024-02-29..2025-02-27"),
    ],
)
def test_twelve_months_are_counted_from_the_effective_day(effective_on, on, period):
    changed = document(IE)
    changed["programme"]["effective_on"] = effective_on
    assert period_of(parse(changed), on) == period


@pytest.mark.parametrize(
    ("rule", "count", "last"),
    [
        ("end_of_period", None, "2026-12-31"),
        ("months_after_issue", 1, "2026-02-28"),
        ("months_after_issue", 12, "2027-01-31"),
        ("days_after_issue", 1, "2026-02-01"),
    ],
)
def test_the_last_day_of_use_follows_the_rule(rule, count, last):
    changed = document()
    changed["deadlines"]["use_by"] = rule
    if count:
        changed["deadlines"]["use_by_count"] = count
    assert use_by_of(parse(changed), "2026-01-31") == last


def test_the_end_of_a_window_is_the_end_of_its_vouchers_where_the_rule_says_so():
    changed = document(EU)
    changed["deadlines"]["use_by"] = "end_of_period"
    del changed["deadlines"]["use_by_count"], changed["deadlines"]["source"]
    assert use_by_of(parse(changed), "2025-03-01") == "2025-12-05"


def test_redemption_ends_some_days_after_use():
    assert redeem_by_of(policy(SH), "2026-12-31") == "2027-03-31"
    assert redeem_by_of(policy("yrd-stiv"), "2026-12-31") == "2027-03-01"
