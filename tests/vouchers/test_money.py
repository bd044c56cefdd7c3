"""Money is whole minor units, and no share of it makes or loses one."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.money import (
    EXPONENTS,
    MAX_AMOUNT,
    AmountNotInteger,
    AmountOutOfRange,
    AmountUnreadable,
    CurrencyUnknown,
    check_amount,
    exponent_of,
    format_amount,
    largest_remainder,
    parse_amount,
    share_floor,
)

amounts = st.integers(0, MAX_AMOUNT)
basis_points = st.integers(0, 20_000)


@pytest.mark.parametrize("amount", [0, 1, MAX_AMOUNT])
def test_an_amount_from_zero_to_the_largest_exact_integer_passes(amount):
    assert check_amount(amount) == amount


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1])
def test_one_unit_outside_is_refused_with_its_place(amount):
    with pytest.raises(AmountOutOfRange) as refusal:
        check_amount(amount, "/gross")
    assert (refusal.value.code, refusal.value.pointer) == ("amount-out-of-range", "/gross")


@pytest.mark.parametrize("value", [True, False, 1.0, "1", None, [1], Fraction(1)])
def test_what_is_not_an_integer_is_no_amount(value):
    with pytest.raises(AmountNotInteger) as refusal:
        check_amount(value)
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.56", 123_456),
        ("1234.5", 123_450),
        ("0", 0),
        ("0.01", 1),
        ("007", 700),
        (" 12 ", 1_200),
        ("１，２３４．５６", 123_456),
        ("　９", 900),
        ("1,000,000", 100_000_000),
        ("90071992547409.91", MAX_AMOUNT),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, amount):
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "+1", "1.", ".5", "1e3", "1E3", "0x10", "1,23", "12,34,567", "1.234,56", "1 234", "1.2.3"]
    + [
        "NaN",
        "inf",
        "¥5",
        "²",
        "①",
        "٣",
        "五",
        "1_000",
        "1,234,",
        "0" * 21,
        pytest.param("9" * 10_000_000, id="ten-megabytes"),
    ],
)
def test_anything_else_is_unreadable(text):
    with pytest.raises(AmountUnreadable) as refusal:
        parse_amount(text, pointer="/line/3")
    assert refusal.value.pointer == "/line/3"


def test_decimals_that_the_currency_does_not_have_are_refused():
    assert parse_amount("1.234", exponent=3) == 1_234
    assert parse_amount("1", exponent=0) == 1
    with pytest.raises(AmountUnreadable, match="3 decimals; this currency has 2"):
        parse_amount("1.230")
    with pytest.raises(AmountUnreadable):
        parse_amount("1.0", exponent=0)


def test_a_readable_amount_may_still_be_too_large():
    with pytest.raises(AmountOutOfRange):
        parse_amount("90071992547409.92")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "CNY", "0.00 CNY"),
        (5, "EUR", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (123_456_789, "CNY", "1,234,567.89 CNY"),
        (1_234, "JPY", "1,234 JPY"),
        (1_234, "KWD", "1.234 KWD"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(amount, currency, text):
    assert format_amount(amount, exponent_of(currency), currency) == text


def test_an_unknown_currency_is_refused_with_the_known_ones():
    with pytest.raises(CurrencyUnknown) as refusal:
        exponent_of("XXX", "/currency")
    assert refusal.value.pointer == "/currency"
    assert "CNY" in refusal.value.remedy


@given(st.integers(0, 10**14), st.sampled_from(sorted(set(EXPONENTS.values()))))
def test_what_is_written_can_be_read_again(amount, exponent):
    assert parse_amount(format_amount(amount, exponent), exponent) == amount


@given(amounts, basis_points)
def test_a_share_rounded_down_is_the_exact_one_without_its_fraction(amount, bp):
    assert share_floor(amount, bp) == floor(Fraction(amount * bp, 10_000))


@given(amounts, st.lists(st.integers(0, MAX_AMOUNT), min_size=1, max_size=12).filter(any))
def test_a_split_loses_nothing_and_is_less_than_one_unit_off_everywhere(total, weights):
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_of_equal_remainders_the_earlier_part_wins():
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(2, [1, 1, 1]) == [1, 1, 0]
    assert largest_remainder(7, [0, 1]) == [0, 7]


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0, 0]), (1, [2, -1]), (-1, [1])])
def test_a_split_without_meaning_is_a_programming_error(total, weights):
    with pytest.raises(ValueError, match="needed"):
        largest_remainder(total, weights)
