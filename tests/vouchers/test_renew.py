"""Accreditation lasts for the policy's term, is renewed before its end, and may be withdrawn for one category."""

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from tests.changed import a_town_where
from tests.examples import LAB
from tests.given import given
from vouchers import application as app
from vouchers.application.providing import AccreditationWithoutTerm, AccreditForTerm, CategoryNotOfThisProgramme
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import (
    Accredit,
    AccreditationUnknown,
    NotAccredited,
    ProviderUnknown,
    RenewAccreditation,
    RenewalTooLate,
    WithdrawAccreditation,
    accredit,
    renew,
    withdraw_accreditation,
)
from vouchers.provider.events import AccreditationWithdrawn, Accredited, Admitted, Renewed

ADMITTED = Admitted("Lab", "register", "", {})
ACCREDITED = Accredited("TEST", "2026-01-01", "2026-12-31")
WITHDRAW = WithdrawAccreditation(LAB, "TEST", "2026-06-01", "the qualification lapsed")
ENDED = AccreditationWithdrawn("TEST", "2026-06-01", "the qualification lapsed")


def test_an_admission_ends_after_24_months_unless_renewed():
    with a_town_where(provider={"valid_months": 24}) as town:
        term = AccreditForTerm(LAB, "SH-STIV", "RND", "2026-03-15")
        assert town.do(app.accredit_for_term, term)["until_on"] == "2028-03-14"
        serves = town.ledger.state(PROVIDER, LAB).serves
        assert (serves("RND", "2028-03-14"), serves("RND", "2028-03-15")) == (True, False)
        town.go("2028-03-14")
        renewed = town.do(app.renew_accreditation, RenewAccreditation(LAB, "SH-STIV", "RND"))
        assert renewed["until_on"] == "2030-03-14"
        assert town.ledger.state(PROVIDER, LAB).serves("RND", "2028-03-15")


def test_renewal_comes_before_the_end():
    past = given(PROVIDER, ADMITTED, ACCREDITED)
    past.when(renew, "TEST", 24, "2026-12-31").then(Renewed("TEST", "2027-01-01", "2028-12-31"))
    past.when(renew, "TEST", 24, "2027-01-01").refused(RenewalTooLate)
    past.when(renew, "RND", 24, "2026-12-31").refused(AccreditationUnknown)
    given(PROVIDER).when(renew, "TEST", 24, "2026-12-31").refused(ProviderUnknown)


def test_go_inno_authorises_consultancies_for_24_months(town):
    town.adopt("de-goinno")
    term = AccreditForTerm(LAB, "DE-GOINNO", "STAGE1", "2026-02-02")
    assert town.do(app.accredit_for_term, term)["until_on"] == "2028-02-01"


def test_a_policy_without_a_term_gives_none(town):
    with town.refused(AccreditationWithoutTerm):
        town.do(app.accredit_for_term, AccreditForTerm(LAB, "SH-STIV", "TEST", "2026-02-02"))
    with town.refused(CategoryNotOfThisProgramme):
        town.do(app.renew_accreditation, RenewAccreditation(LAB, "SH-STIV", "NONE"))


def test_a_withdrawn_accreditation_serves_until_the_day_before():
    state = given(PROVIDER, ADMITTED, ACCREDITED).when(withdraw_accreditation, WITHDRAW).then(ENDED)
    assert (state.serves("TEST", "2026-05-31"), state.serves("TEST", "2026-06-01")) == (True, False)


def test_a_withdrawal_concerns_one_category():
    other = Accredited("RND", "2026-01-01", "2026-12-31")
    state = given(PROVIDER, ADMITTED, ACCREDITED, other, ENDED).state
    assert (state.serves("RND", "2026-06-01"), state.serves("TEST", "2026-06-01")) == (True, False)


def test_a_withdrawal_again_changes_nothing_and_an_earlier_one_moves_the_end():
    past = given(PROVIDER, ADMITTED, ACCREDITED, ENDED)
    past.when(withdraw_accreditation, WITHDRAW).then()
    earlier = WithdrawAccreditation(LAB, "TEST", "2026-05-01", "the qualification lapsed")
    state = past.when(withdraw_accreditation, earlier).then(
        AccreditationWithdrawn("TEST", "2026-05-01", "the qualification lapsed")
    )
    assert (state.serves("TEST", "2026-04-30"), state.serves("TEST", "2026-05-01")) == (True, False)


def test_nothing_is_withdrawn_after_its_end():
    past = given(PROVIDER, ADMITTED, ACCREDITED)
    late = WithdrawAccreditation(LAB, "TEST", "2027-01-01", "late")
    past.when(withdraw_accreditation, late).refused(AccreditationUnknown)
    last = WithdrawAccreditation(LAB, "TEST", "2026-12-31", "late")
    past.when(withdraw_accreditation, last).then(AccreditationWithdrawn("TEST", "2026-12-31", "late"))


def test_a_registry_file_does_not_undo_a_withdrawal():
    past = given(PROVIDER, ADMITTED, ACCREDITED, ENDED)
    past.when(accredit, Accredit(LAB, "TEST", "2026-01-01", "2026-12-31")).then()
    state = past.when(accredit, Accredit(LAB, "TEST", "2026-09-01", "2026-12-31")).then(
        Accredited("TEST", "2026-09-01", "2026-12-31")
    )
    assert (state.serves("TEST", "2026-08-31"), state.serves("TEST", "2026-09-01")) == (False, True)


def test_a_withdrawn_accreditation_is_not_renewed():
    given(PROVIDER, ADMITTED, ACCREDITED, ENDED).when(renew, "TEST", 24, "2026-05-01").refused(AccreditationUnknown)


@pytest.mark.parametrize(("day", "fits"), [("2026-02-08", True), ("2026-02-09", False)])
def test_a_provider_must_be_accredited_on_the_day_of_the_order_and_existing_orders_finish(town, day, fits):
    town.order("O-1")
    town.do(app.withdraw_accreditation, WithdrawAccreditation(LAB, "TEST", "2026-02-09", "lapsed"))
    town.go(day)
    if fits:
        town.order("O-2")
    else:
        with town.refused(NotAccredited):
            town.order("O-2")
    town.deliver("O-1")
    town.invoice("O-1")
    assert town.redeem("O-1")["claimed"]


DAYS = [f"2026-01-{day:02d}" for day in range(1, 13)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted).map(tuple),
        st.sampled_from(DAYS),
    ),
    max_size=8,
)


@given_any(STEPS)
def test_a_provider_serves_on_the_days_it_was_given_and_not_taken_from(steps):
    state, spans = given(PROVIDER, ADMITTED).state, {}
    for step in steps:
        try:
            if isinstance(step, tuple):
                events = accredit(state, Accredit(LAB, "TEST", *step))
                spans.setdefault(step, "9999")
            else:
                events = withdraw_accreditation(state, WithdrawAccreditation(LAB, "TEST", step, "lapsed"))
                spans = {each: min(end, step) if each[1] >= step else end for each, end in spans.items()}
        except AccreditationUnknown:
            assert not any(last >= step for _, last in spans)
            continue
        for event in events:
            state = PROVIDER.evolve(state, event)
    for day in DAYS:
        wanted = any(first <= day <= last and day < end for (first, last), end in spans.items())
        assert state.serves("TEST", day) == wanted
