"""Explanations for people: sums, rates, and whole decisions as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.cases import SH, document, firm, order, policy
from vouchers.money import format_amount
from vouchers.policy import PolicyFaults, assess, assessment_text, decision_text, entitle, parse
from vouchers.policy.explain import listed, percent, written


@pytest.mark.parametrize(
    ("basis_points", "text"),
    [(0, "0 %"), (1, "0.01 %"), (50, "0.5 %"), (1250, "12.5 %"), (5000, "50 %"), (3333, "33.33 %"), (10_000, "100 %")],
)
def test_a_rate_is_written_without_needless_zeros(basis_points, text):
    assert percent(basis_points) == text


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_a_sum_is_written_like_everywhere_else(amount):
    assert written(amount) == format_amount(amount)


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_policy_counts_in_money_with_two_decimals_as_its_sentences_write_it(currency):
    changed = document()
    changed["programme"]["currency"] = currency
    with pytest.raises(PolicyFaults) as caught:
        parse(changed)
    assert [fault.path for fault in caught.value.faults] == ["programme.currency"]


@pytest.mark.parametrize(
    ("words", "text"), [([], "none"), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_a_list_reads_as_a_sentence(words, text):
    assert listed(words) == text


def test_a_grant_reads_from_the_outcome_to_the_conditions():
    lines = decision_text(entitle(policy(SH), firm(), "2026-01-05")).splitlines()
    assert lines[:2] == ["Granted for 2026", "voucher general: 300,000.00 CNY, use by 2026-12-31"]
    assert "region: region = 310115 (needed: begins with 31) [beneficiaries]" in lines


def test_a_denial_reads_with_its_remedy():
    text = decision_text(entitle(policy(SH), firm(region="320509"), "2026-01-05"))
    assert text.startswith(
        "Denied for 2026\nregion: The enterprise must be registered in Shanghai. Found: region = 320509"
    )
    assert "[beneficiaries] Use the programme of the place of registration." in text


def test_an_assessment_reads_as_arithmetic():
    lists = "abnormal-operation, integrity-breach or serious-dishonesty"
    assert assessment_text(assess(policy(SH), order(), {})).splitlines() == [
        "Eligible: subsidy 1,000.00, own share 1,000.00",
        "status: status = active (needed: active) [beneficiaries]",
        f"breach-lists: lists = none (needed: none of {lists}) [exclusions]",
        "base: invoice total (gross): 2,000.00 [amount of support]",
        "subsidy: 50 % of 2,000.00 = 1,000.00 [categories, R&D]",
        "cap-enterprise: 0.00 used + 1,000.00 = 1,000.00 of 300,000.00 [annual limit]",
        "cap-group: 0.00 used + 1,000.00 = 1,000.00 of 300,000.00 [annual limit per actual controller]",
    ]


def test_a_refused_assessment_begins_with_its_reasons():
    lines = assessment_text(assess(policy(SH), order(starts_on="2026-02-28"), {})).splitlines()
    assert lines[0].startswith("Not eligible")
    assert lines[1].startswith("service-already-started: The service starts on 2026-02-28")
