"""The tables [pooling], [foreign] and [carry_over]: each fault with its place, each default as before they came."""

from typing import Any

import pytest

from schemas import policies
from tests.examples import SH, shipped

SOUND = {
    "pooling": {"firms": 4, "vouchers": 12, "max_per_order": "firm"},
    "foreign": {"currencies": ["GBP"], "rounding": "floor", "max_rate_age_days": 0, "invoice_rate": "invoice"},
    "carry_over": {"share_bp": 10_000, "limit": 0},
}


def _faults(table: str, **changes: Any) -> list[tuple[str, bool]]:
    _, document = policies.load_policy(policies.shipped()[SH])
    document[table] = {key: value for key, value in (SOUND[table] | changes).items() if value is not None}
    return [(fault.path, bool(fault.remedy)) for fault in policies.check(policies.canonical(document))]


@pytest.mark.parametrize("table", SOUND)
def test_a_sound_table_has_no_fault(table):
    assert _faults(table) == []


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("pooling", "firms", 0),
        ("pooling", "firms", 13),
        ("pooling", "vouchers", 3),
        ("pooling", "max_per_order", "each"),
        ("foreign", "rounding", "up"),
        ("foreign", "max_rate_age_days", 367),
        ("foreign", "invoice_rate", "today"),
        ("foreign", "rounding", None),
        ("foreign", "currencies", None),
        ("carry_over", "share_bp", 10_001),
        ("carry_over", "share_bp", None),
        ("carry_over", "limit", -1),
    ],
)
def test_a_fault_names_its_place_and_what_helps(table, key, value):
    assert (f"{table}.{key}", True) in _faults(table, **{key: value})


def test_an_unknown_currency_is_told_with_its_place():
    assert _faults("foreign", currencies=["GBP", "XXX"]) == [("foreign.currencies[1]", True)]


def test_without_the_tables_a_policy_is_as_before():
    policy, _, _ = shipped(SH)
    assert (policy.pooling.firms, policy.pooling.each) == (1, False)
    assert policy.foreign.currencies == ()
    assert policy.carry_over.of(1_000_000) == 0
    assert not policy.money.rounding.by_line
    assert (policy.deadlines.caps_freed, policy.deadlines.restore_returned) == ("always", False)
