"""Days are local, inclusive and comparable as text."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.days import (
    DayMalformed,
    DayOutOfRange,
    DayUnknown,
    InstantMalformed,
    ZoneUnknown,
    add_days,
    add_months,
    check_day,
    check_day_of_fact,
    check_instant,
    days_between,
    end_of_year,
    instant_of,
    local_day,
    microseconds_of,
    within,
)

days = st.dates(date(1990, 1, 1), date(2199, 12, 31)).map(date.isoformat)


@pytest.mark.parametrize("day", ["1990-01-01", "2199-12-31", "2024-02-29", "2026-12-31"])
def test_a_real_day_passes(day):
    assert check_day(day) == day


@pytest.mark.parametrize(
    "day",
    ["", "2026-1-01", "2026-01-1", "20260101", "2026/01/01", "2026-W01-1", "26-01-0001", "2026-01-01 ", " 026-01-01"]
    + [
        "2026-01-01T00:00:00Z",
        "２０２６-01-01",
        "+026-01-01",
        "2026-01-0a",
        "2026-01-01\n",
        pytest.param("x" * 10_000_000, id="ten-megabytes"),
        20260101,
        None,
    ],
)
def test_anything_but_year_month_and_day_is_malformed(day):
    with pytest.raises(DayMalformed) as refusal:
        check_day(day, "/starts_on")
    assert (refusal.value.code, refusal.value.pointer) == ("day-malformed", "/starts_on")


@pytest.mark.parametrize("day", ["2026-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00"])
def test_a_day_that_the_calendar_does_not_have_is_refused(day):
    with pytest.raises(DayUnknown):
        check_day(day)


@pytest.mark.parametrize("day", ["1989-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_day_outside_the_years_that_are_counted_is_refused(day):
    with pytest.raises(DayOutOfRange, match="outside") as refusal:
        check_day(day)
    assert "1990-01-01 to 2199-12-31" in refusal.value.remedy


@pytest.mark.parametrize("day", ["1000-01-01", "1592-03-03", "2199-12-31"])
def test_a_firm_or_university_may_be_older_than_any_programme(day):
    assert check_day_of_fact(day) == day


@pytest.mark.parametrize("day", ["0999-12-31", "2200-01-01"])
def test_nothing_was_founded_in_years_that_nobody_counts(day):
    with pytest.raises(DayOutOfRange) as refusal:
        check_day_of_fact(day)
    assert "1000-01-01 to 2199-12-31" in refusal.value.remedy


@given(days, st.integers(-20_000, 20_000))
def test_days_are_added_as_the_calendar_counts(day, count):
    later = add_days(day, count)
    assert date.fromisoformat(later) - date.fromisoformat(day) == timedelta(days=count)
    assert days_between(day, later) == count


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        ("2026-01-15", 1, "2026-02-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-01-01", -1, "2025-12-01"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-05-31", 0, "2026-05-31"),
        ("2026-10-31", 13, "2027-11-30"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(day, count, later):
    assert add_months(day, count) == later


@given(days, days)
def test_texts_compare_as_days_do(one, other):
    assert (one < other) == (date.fromisoformat(one) < date.fromisoformat(other))
    assert (days_between(one, other) > 0) == (one < other)


def test_the_first_and_the_last_day_still_count():
    first, last = "2026-01-01", "2026-03-31"
    assert within(first, first, last)
    assert within(last, first, last)
    assert not within(add_days(first, -1), first, last)
    assert not within(add_days(last, 1), first, last)


def test_a_year_ends_on_its_last_day():
    assert end_of_year("2026-07-01") == "2026-12-31"


@pytest.mark.parametrize("instant", ["2026-03-31T15:59:59Z", "2026-03-31T15:59:59.5Z", "2026-03-31T15:59:59.123456Z"])
def test_an_instant_in_utc_passes(instant):
    assert check_instant(instant) == instant


@pytest.mark.parametrize(
    "instant",
    [
        "",
        "2026-03-31",
        "2026-03-31T15:59:59",
        "2026-03-31T15:59:59+08:00",
        "2026-03-31t15:59:59z",
        "2026-03-31 15:59:59Z",
    ]
    + ["2026-03-31T15:59:59.Z", "2026-03-31T15:59:59.1234567Z", "2026-03-31T24:00:00Z", "2026-03-31T15:59:60Z"]
    + [
        "2026-02-30T00:00:00Z",
        "2026-03-31T15:60:00Z",
        "2026-03-31T15:59Z",
        pytest.param("x" * 10_000_000, id="ten-megabytes"),
        0,
        None,
    ],
)
def test_anything_else_is_no_instant(instant):
    with pytest.raises(InstantMalformed) as refusal:
        check_instant(instant, "/at")
    assert refusal.value.pointer == "/at"


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-03-31T15:59:59Z", "Asia/Shanghai", "2026-03-31"),
        ("2026-03-31T15:59:59.999999Z", "Asia/Shanghai", "2026-03-31"),
        ("2026-03-31T16:00:00Z", "Asia/Shanghai", "2026-04-01"),
        ("2026-06-30T22:59:59Z", "Europe/Dublin", "2026-06-30"),
        ("2026-06-30T23:00:00Z", "Europe/Dublin", "2026-07-01"),
        ("2026-12-31T23:00:00Z", "Europe/Dublin", "2026-12-31"),
        ("2026-12-31T23:00:00Z", "Europe/Vienna", "2027-01-01"),
    ],
)
def test_midnight_is_that_of_the_zone_with_its_summer_time(instant, zone, day):
    assert local_day(instant, zone) == day


def test_china_is_the_zone_unless_another_is_named():
    assert local_day("2026-12-31T16:00:00Z") == "2027-01-01"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(ZoneUnknown) as refusal:
        local_day("2026-01-01T00:00:00Z", zone)
    assert "Asia/Shanghai" in refusal.value.remedy


@given(st.integers(0, 7_000_000_000_000_000))
def test_microseconds_and_instants_are_two_forms_of_one_moment(microseconds):
    instant = check_instant(instant_of(microseconds))
    assert microseconds_of(instant) == microseconds
    assert datetime.fromisoformat(instant).tzinfo is UTC


def test_written_instants_compare_as_they_count():
    moments = [0, 999_999, 1_000_000, 1_774_972_799_500_000, 1_774_972_800_000_000]
    assert sorted(instant_of(moment) for moment in reversed(moments)) == [instant_of(moment) for moment in moments]
