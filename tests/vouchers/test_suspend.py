"""Suspension: no new orders from a day on, and open ones finish or are frozen."""

from dataclasses import replace

import pytest

from tests.examples import JIANGSU_LAB, LAB
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
ENDS = Reinstated("2026-04-01", "mended")
TODAY = "2026-02-20"


def test_a_suspension_says_what_happens_to_open_orders():
    given(PROVIDER, ADMITTED).when(suspend, COMMAND, TODAY).then(FROZEN)


def test_the_same_suspension_again_changes_nothing():
    given(PROVIDER, ADMITTED, FROZEN).when(suspend, COMMAND, TODAY).then()


@pytest.mark.parametrize("change", [{"effect": "finish"}, {"from_on": "2026-03-02"}])
def test_another_suspension_is_not_passed_over_in_silence(change):
    given(PROVIDER, ADMITTED, FROZEN).when(suspend, replace(COMMAND, **change), TODAY).refused(SuspendedOtherwise)


def test_an_unknown_effect_or_provider_is_refused():
    given(PROVIDER, ADMITTED).when(suspend, replace(COMMAND, effect="void"), TODAY).refused(EffectUnknown)
    given(PROVIDER).when(suspend, COMMAND, TODAY).refused(ProviderUnknown)
    given(PROVIDER).when(reinstate, REINSTATE, TODAY).refused(ProviderUnknown)


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
    state = past.when(reinstate, REINSTATE, TODAY).then(ENDS)
    assert may_take_orders(state, "TEST", "2026-04-01") is None
    assert may_be_paid(state, "2026-04-01") is None
    given(PROVIDER, ADMITTED, ACCREDITED).when(reinstate, REINSTATE, TODAY).then()


def test_until_the_day_of_its_reinstatement_it_stays_suspended():
    past = given(PROVIDER, ADMITTED, ACCREDITED, FROZEN, ENDS)
    refused = past.when(may_take_orders, "TEST", "2026-03-31").refused(ProviderSuspended)
    assert "until its reinstatement on 2026-04-01" in refused.detail
    past.when(may_be_paid, "2026-03-31").refused(ProviderSuspended)


def test_the_end_of_a_suspension_may_be_moved_until_it_has_come():
    past = given(PROVIDER, ADMITTED, FROZEN, ENDS)
    past.when(reinstate, REINSTATE, "2026-03-31").then()
    for day in ("2026-03-15", "2026-05-01"):
        past.when(reinstate, replace(REINSTATE, from_on=day), "2026-03-31").then(Reinstated(day, "mended"))
        past.when(reinstate, replace(REINSTATE, from_on=day), "2026-04-01").then()


def test_a_suspension_that_was_only_announced_never_begins_when_its_end_comes_first():
    past = given(PROVIDER, ADMITTED, ACCREDITED, FROZEN)
    state = past.when(reinstate, replace(REINSTATE, from_on=TODAY), TODAY).then(Reinstated(TODAY, "mended"))
    assert may_take_orders(state, "TEST", "2026-03-01") is None


def test_a_provider_is_suspended_anew_only_after_its_reinstatement():
    past = given(PROVIDER, ADMITTED, FROZEN, ENDS)
    anew = replace(COMMAND, from_on="2026-05-01")
    past.when(suspend, anew, "2026-03-31").refused(SuspendedOtherwise)
    past.when(suspend, COMMAND, "2026-03-31").refused(SuspendedOtherwise)
    state = past.when(suspend, anew, "2026-04-01").then(Suspended("2026-05-01", "freeze", "faults"))
    assert (state.effect_on("2026-04-30"), state.effect_on("2026-05-01")) == ("", "freeze")


def test_a_suspension_of_next_week_does_not_stop_todays_order(town):
    town.suspend("freeze", from_on="2026-02-09")
    town.order("O-1")
    town.go("2026-02-08").order("O-2")
    with town.go("2026-02-09").refused(ProviderSuspended):
        town.order("O-3")


def test_a_reinstatement_of_next_week_does_not_allow_todays_order(town):
    town.suspend("freeze")
    town.reinstate(from_on="2026-02-09")
    with town.go("2026-02-08").refused(ProviderSuspended):
        town.order()
    town.go("2026-02-09").order()
    assert town.state().status == "registered"


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


def test_a_claim_under_review_is_decided_during_the_freeze_and_paid_after_it(town):
    town.tier("D")
    town.claimed()
    town.suspend("freeze")
    town.approve(reviewer="reviewer:zhao")
    town.approve(reviewer="reviewer:feng")
    assert town.state().status == "approved"
    with town.refused(ProviderSuspended):
        town.propose("S-1", "O-1")
    town.reinstate()
    town.let_go()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    assert town.voucher().paid == 5_000_00


def test_what_the_bank_was_told_before_the_freeze_is_paid_during_it(town):
    town.approved()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.suspend("freeze")
    town.confirm("S-1")
    assert town.voucher().paid == 5_000_00


def test_during_the_freeze_the_bank_is_told_nothing_new(town):
    town.approved("O-1")
    town.approved("O-2")
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.propose("S-2", "O-2")
    town.suspend("freeze")
    with town.refused(ProviderSuspended):
        town.sign("S-2")
    town.fail("S-1", "O-1")
    with town.refused(ProviderSuspended):
        town.reinstruct("S-1", "O-1")
    town.reinstate()
    town.sign("S-2")
    town.reinstruct("S-1", "O-1")
    town.confirm("S-1", "O-1")
    town.confirm("S-2", "O-2")
    assert town.voucher().paid == 10_000_00


def test_a_batch_that_a_freeze_holds_up_is_withdrawn_and_the_rest_paid(town):
    town.admit(JIANGSU_LAB, account="account:2")
    town.accredit(JIANGSU_LAB)
    town.approved("O-1")
    town.order("O-2", provider_id=JIANGSU_LAB, gross=10_000_00)
    town.deliver("O-2")
    town.invoice("O-2")
    town.redeem("O-2")
    town.propose("S-1", "O-1", "O-2")
    town.suspend("freeze")
    town.withdraw("S-1")
    town.propose("S-2", "O-2")
    town.sign("S-2")
    town.confirm("S-2", "O-2")
    assert (town.state("O-1").status, town.state("O-2").status) == ("approved", "paid")


def test_a_frozen_order_can_still_be_cancelled(town):
    town.order()
    town.suspend("freeze")
    town.cancel()
    assert town.voucher().available == 300_000_00
