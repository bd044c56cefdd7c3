"""Accreditation: which services on which days."""

import pytest

from tests.examples import LAB
from tests.given import given
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import (
    Accredit,
    AccreditationPeriodInvalid,
    NotAccredited,
    ProviderUnknown,
    accredit,
    may_take_orders,
)
from vouchers.provider.events import Accredited, Admitted

ADMITTED = Admitted("Lab", "register", "", {})
COMMAND = Accredit(LAB, "TEST", "2026-02-01", "2026-06-30")
ACCREDITED = Accredited("TEST", "2026-02-01", "2026-06-30")


def test_a_provider_is_accredited_for_a_category_and_its_days():
    given(PROVIDER, ADMITTED).when(accredit, COMMAND).then(ACCREDITED)


def test_the_same_accreditation_again_changes_nothing():
    given(PROVIDER, ADMITTED, ACCREDITED).when(accredit, COMMAND).then()


def test_one_day_is_a_period_and_none_is_not():
    one_day = Accredit(LAB, "TEST", "2026-02-01", "2026-02-01")
    given(PROVIDER, ADMITTED).when(accredit, one_day).then(Accredited("TEST", "2026-02-01", "2026-02-01"))
    backwards = Accredit(LAB, "TEST", "2026-02-02", "2026-02-01")
    given(PROVIDER, ADMITTED).when(accredit, backwards).refused(AccreditationPeriodInvalid)


def test_only_an_admitted_provider_is_accredited():
    given(PROVIDER).when(accredit, COMMAND).refused(ProviderUnknown)


@pytest.mark.parametrize("day", ["2026-02-01", "2026-06-30"])
def test_the_first_and_the_last_day_count(day):
    assert may_take_orders(given(PROVIDER, ADMITTED, ACCREDITED).state, "TEST", day) is None


@pytest.mark.parametrize(("category", "day"), [("TEST", "2026-01-31"), ("TEST", "2026-07-01"), ("RND", "2026-03-01")])
def test_another_day_or_service_does_not(category, day):
    given(PROVIDER, ADMITTED, ACCREDITED).when(may_take_orders, category, day).refused(NotAccredited)


def test_a_gap_between_two_accreditations_is_a_gap():
    renewed = Accredited("TEST", "2026-08-01", "2026-12-31")
    past = given(PROVIDER, ADMITTED, ACCREDITED, renewed)
    assert may_take_orders(past.state, "TEST", "2026-08-01") is None
    past.when(may_take_orders, "TEST", "2026-07-31").refused(NotAccredited)


def test_a_service_that_began_in_time_may_be_claimed_after_the_accreditation_ended(town):
    town.accredit(category="RND", first="2026-02-01", last="2026-02-02")
    town.order(category="RND")
    town.go("2026-02-20").deliver()
    town.invoice()
    town.redeem()
    assert town.state().claimed == 5_000_00
    with town.refused(NotAccredited):
        town.order("O-2", category="RND")
