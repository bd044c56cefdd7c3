"""Suspension: no new orders from a day on, and open ones finish or are frozen."""

from dataclasses import replace

import pytest

from tests.examples import LAB
from tests.given import given
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import (
    EffectUnknown,
    ProviderSuspended,
    ProviderUnknown,
    Reinstate,
    Suspend,
    SuspendedOtherwise,
    may_be_paid,
    may_take_orders,
    reinstate,
    suspend,
)
from vouchers.provider.events import Accredited, Admitted, Reinstated, Suspended

ADMITTED = Admitted("Lab", "register", "", {})
ACCREDITED = Accredited("TEST", "2026-01-01", "2026-12-31")
COMMAND = Suspend(LAB, "2026-03-01", "freeze", "faults")
FROZEN = Suspended("2026-03-01", "freeze", "faults")
FINISHING = Suspended("2026-03-01", "finish", "faults")
REINSTATE = Reinstate(LAB, "2026-04-01", "mended")


def test_a_suspension_says_what_happens_to_open_orders():
    given(PROVIDER, ADMITTED).when(suspend, COMMAND).then(FROZEN)


def test_the_same_suspension_again_changes_nothing():
    given(PROVIDER, ADMITTED, FROZEN).when(suspend, COMMAND).then()


@pytest.mark.parametrize("change", [{"effect": "finish"}, {"from_on": "2026-03-02"}])
def test_another_suspension_is_not_passed_over_in_silence(change):
    given(PROVIDER, ADMITTED, FROZEN).when(suspend, replace(COMMAND, **change)).refused(SuspendedOtherwise)


def test_an_unknown_effect_or_provider_is_refused():
    given(PROVIDER, ADMITTED).when(suspend, replace(COMMAND, effect="void")).refused(EffectUnknown)
    given(PROVIDER).when(suspend, COMMAND).refused(ProviderUnknown)
    given(PROVIDER).when(reinstate, REINSTATE).refused(ProviderUnknown)


@pytest.mark.parametrize("suspended", [FROZEN, FINISHING])
def test_orders_are_taken_until_the_day_before(suspended):
    past = given(PROVIDER, ADMITTED, ACCREDITED, suspended)
    assert may_take_orders(past.state, "TEST", "2026-02-28") is None
    past.when(may_take_orders, "TEST", "2026-03-01").refused(ProviderSuspended)


def test_a_frozen_provider_is_paid_until_the_day_before():
    past = given(PROVIDER, ADMITTED, ACCREDITED, FROZEN)
    assert may_be_paid(past.state, "2026-02-28") is None
    past.when(may_be_paid, "2026-03-01").refused(ProviderSuspended)


def test_a_provider_that_may_finish_is_paid():
    assert may_be_paid(given(PROVIDER, ADMITTED, ACCREDITED, FINISHING).state, "2026-03-01") is None


def test_a_reinstated_provider_works_again():
    past = given(PROVIDER, ADMITTED, ACCREDITED, FROZEN)
    state = past.when(reinstate, REINSTATE).then(Reinstated("2026-04-01", "mended"))
    assert may_take_orders(state, "TEST", "2026-04-01") is None
    given(PROVIDER, ADMITTED, ACCREDITED).when(reinstate, REINSTATE).then()


def test_an_order_of_a_provider_that_may_finish_is_paid(town):
    town.order()
    town.suspend("finish")
    town.deliver()
    town.invoice()
    town.redeem()
    assert town.state().claimed == 5_000_00
    with town.refused(ProviderSuspended):
        town.order("O-2")


def test_an_order_of_a_frozen_provider_waits_for_its_reinstatement(town):
    town.order()
    town.deliver()
    town.invoice()
    town.suspend("freeze")
    with town.refused(ProviderSuspended):
        town.redeem()
    town.reinstate()
    town.redeem()
    assert town.state().claimed == 5_000_00


def test_a_claim_approved_before_the_freeze_is_not_settled_after_it(town):
    town.approved()
    town.suspend("freeze")
    with town.refused(ProviderSuspended):
        town.propose("S-1", "O-1")
    town.reinstate()
    town.propose("S-1", "O-1")
    assert town.state().status == "settling"


def test_a_frozen_order_can_still_be_cancelled(town):
    town.order()
    town.suspend("freeze")
    town.cancel()
    assert town.voucher().available == 300_000_00
