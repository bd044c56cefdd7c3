"""Whatever aid is counted and freed in whatever order of days, no window of the months ever passes the ceiling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.aid import decisions as aids
from vouchers.aid.state import Aid as Ledger
from vouchers.aid.state import evolve
from vouchers.application.aiding import windows_of
from vouchers.days import add_days
from vouchers.policy import Aid

CEILING = 1_000
FIRST = "2023-01-01"
STEPS = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(1, 600), st.booleans(), st.integers(0, 1)), min_size=1, max_size=40
)


def within(ledgers, rule, day):
    """What all ledgers have in the window that ends on a day."""
    return sum(each.within(rule.first_day(day), day) for each in ledgers)


def played(rule, steps):
    """Two ledgers of one undertaking after some aid was granted, refused and freed, on days in no order."""
    ledgers = [Ledger(), Ledger()]
    for number, (day, amount, free, whose) in enumerate(steps):
        on = add_days(FIRST, day)
        if free and ledgers[whose].entries:
            source = next(iter(ledgers[whose].entries))
            events = aids.uncount(ledgers[whose], source_id=source, amount=amount, reason="freed")
        else:
            try:
                aids.check_ceiling(ledgers, amount, ceiling=CEILING, windows=windows_of(rule, ledgers, on))
            except aids.AidCeilingExceeded:
                continue
            events = aids.count(ledgers[whose], source_id=f"O-{number}", programme="P", granted_on=on, amount=amount)
        for event in events:
            ledgers[whose] = evolve(ledgers[whose], event)
    return ledgers


@given(STEPS)
def test_no_window_of_three_years_ever_passes_the_ceiling(steps):
    rule = Aid("S", CEILING, 36, "grant", "")
    ledgers = played(rule, steps)
    days = {entry.granted_on for each in ledgers for entry in each.entries.values()}
    assert all(within(ledgers, rule, day) <= CEILING for day in days)


@given(STEPS)
def test_no_calendar_year_ever_passes_the_ceiling(steps):
    rule = Aid("S", CEILING, 0, "grant", "")
    ledgers = played(rule, steps)
    for year in range(2023, 2030):
        assert sum(each.within(f"{year}-01-01", f"{year}-12-31") for each in ledgers) <= CEILING


@given(st.integers(0, 2_000), st.integers(0, CEILING))
def test_exactly_what_is_left_passes_and_one_more_does_not(day, had):
    rule = Aid("S", CEILING, 36, "grant", "")
    on = add_days(FIRST, day)
    [counted] = aids.count(Ledger(), source_id="O-1", programme="P", granted_on=on, amount=had) or [None]
    ledgers = [evolve(Ledger(), counted) if counted else Ledger()]
    windows = windows_of(rule, ledgers, on)
    aids.check_ceiling(ledgers, CEILING - had, ceiling=CEILING, windows=windows)
    with pytest.raises(aids.AidCeilingExceeded) as caught:
        aids.check_ceiling(ledgers, CEILING - had + 1, ceiling=CEILING, windows=windows)
    assert caught.value.facts["left"] == CEILING - had
