"""The ladder of sanctions: what each step stops, for how long, and for whom."""

import pytest

from tests.examples import CHANGNING, LAB, PUDONG, voucher_of
from tests.supervised import a_watched_town, an_unwatched_town
from vouchers.application.supervising import PaymentsSuspended
from vouchers.conduct.decisions import (
    ActUnknown,
    BarNeedsItsEnd,
    LevelUnknown,
    SanctionDaysReversed,
    SanctionEffectUnknown,
)
from vouchers.refusals import Ineligible


@pytest.fixture
def watched():
    with a_watched_town({"repair_months": 12, "provider_tiers": True}) as both:
        yield both


def test_a_warning_stops_nothing(watched):
    town, watch = watched
    watch.sanction("warned")
    town.paid()
    assert town.state().status == "paid"


@pytest.mark.parametrize("level", ["rectify", "payments", "removed", "barred"])
def test_every_further_step_stops_new_orders_from_its_first_day_on(watched, level):
    town, watch = watched
    town.order("O-1")
    watch.sanction(level, from_on="2026-02-03", until_on="2029-02-02")
    town.order("O-2")
    town.go("2026-02-03")
    with town.refused(Ineligible, "under-sanction") as caught:
        town.order("O-3")
    assert caught.value.causes[0].clause == "27"


@pytest.mark.parametrize(("day", "stands"), [("2026-03-31", True), ("2026-04-01", False)])
def test_a_sanction_holds_to_its_last_day(watched, day, stands):
    town, watch = watched
    watch.sanction("rectify", until_on="2026-03-31")
    town.go(day)
    if stands:
        with town.refused(Ineligible, "under-sanction"):
            town.order(ends_on="2026-05-01")
    else:
        assert town.order(ends_on="2026-05-01")


def test_a_lifted_sanction_ends_on_the_day_it_is_lifted_for(watched):
    town, watch = watched
    watch.sanction("rectify")
    watch.lift(1, from_on="2026-02-03")
    with town.refused(Ineligible, "under-sanction"):
        town.order()
    town.go("2026-02-03")
    assert town.order()
    with town.assert_quiet():
        watch.lift(1, from_on="2026-02-03")


def test_a_sanction_against_the_provider_stops_orders_with_it(watched):
    town, watch = watched
    watch.sanction("rectify", LAB)
    with town.refused(Ineligible, "under-sanction") as caught:
        town.order()
    assert caught.value.causes[0].pointer == "/provider_id"


def test_orders_in_flight_finish_while_a_party_must_rectify(watched):
    town, watch = watched
    town.approved()
    watch.sanction("rectify")
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    assert town.state().status == "paid"


@pytest.mark.parametrize(
    ("level", "effect"), [("payments", "finish"), ("removed", "freeze"), ("barred", "void"), ("rectify", "freeze")]
)
def test_money_in_flight_waits_where_the_sanction_says_so(watched, level, effect):
    town, watch = watched
    town.approved()
    watch.sanction(level, LAB, effect=effect, until_on="2029-02-02")
    with town.refused(PaymentsSuspended):
        town.propose("S-1", "O-1")
    watch.lift(1, LAB)
    town.propose("S-1", "O-1")
    assert town.state().status == "settling"


def test_a_batch_proposed_before_the_sanction_is_not_approved_after_it(watched):
    town, watch = watched
    town.approved()
    town.propose("S-1", "O-1")
    watch.sanction("payments")
    with town.refused(PaymentsSuspended):
        town.sign("S-1")


def test_a_bar_on_the_controller_stops_every_firm_that_has_it_on_the_day(watched):
    town, watch = watched
    watch.sanction("barred", until_on="2029-02-01", with_controller=True)
    town.record(CHANGNING, controller=f"controller-of-{PUDONG}")
    town.entitle(CHANGNING)
    with town.refused(Ineligible, "under-sanction") as caught:
        order_of(town, CHANGNING)
    assert caught.value.causes[0].text.startswith(f"controller-of-{PUDONG}")
    town.go("2026-03-01").record(CHANGNING, as_of_on="2026-02-28", controller="somebody-else")
    assert order_of(town, CHANGNING)


def test_a_bar_without_its_controller_leaves_the_other_firms_alone(watched):
    town, watch = watched
    watch.sanction("barred", until_on="2029-02-01")
    town.record(CHANGNING, controller=f"controller-of-{PUDONG}")
    town.entitle(CHANGNING)
    assert order_of(town, CHANGNING)


@pytest.mark.parametrize("way", ["appeal", "lift"])
def test_a_bar_on_the_controller_ends_with_the_one_that_it_was_imposed_with(watched, way):
    town, watch = watched
    watch.sanction("barred", until_on="2029-02-01", with_controller=True)
    town.record(CHANGNING, controller=f"controller-of-{PUDONG}")
    town.entitle(CHANGNING)
    town.record(as_of_on="2026-02-01", controller="somebody-else")
    if way == "appeal":
        watch.appeal(1)
        watch.decide(1, upheld=True)
    else:
        watch.lift(1)
    assert town.order()
    assert order_of(town, CHANGNING)


def test_a_dismissed_appeal_leaves_the_bar_on_the_controller(watched):
    town, watch = watched
    watch.sanction("barred", until_on="2029-02-01", with_controller=True)
    watch.appeal(1)
    watch.decide(1, upheld=False)
    with town.refused(Ineligible, "under-sanction", "under-sanction"):
        town.order()


def test_the_end_of_one_sanction_leaves_another_on_the_controller(watched):
    town, watch = watched
    watch.sanction("barred", until_on="2029-02-01", with_controller=True)
    watch.sanction("rectify")
    watch.lift(2)
    with town.refused(Ineligible, "under-sanction", "under-sanction") as caught:
        town.order()
    assert all("barred" in cause.text for cause in caught.value.causes)


def order_of(town, code):
    return town.order("O-9", enterprise_id=code, voucher_id=voucher_of(code), ends_on="2026-04-01")


def test_the_same_sanction_again_changes_nothing(watched):
    town, watch = watched
    watch.sanction("warned")
    with town.assert_quiet():
        watch.sanction("warned")


def test_a_sanction_that_says_too_little_is_refused(watched):
    town, watch = watched
    with town.refused(LevelUnknown):
        watch.sanction("beaten")
    with town.refused(SanctionEffectUnknown):
        watch.sanction("removed", effect="vanish")
    with town.refused(BarNeedsItsEnd):
        watch.sanction("barred")
    with town.refused(SanctionDaysReversed):
        watch.sanction("rectify", until_on="2026-02-01")
    with town.refused(ActUnknown):
        watch.lift(7)


def test_a_policy_without_supervision_asks_nobodys_conduct():
    with an_unwatched_town() as (town, watch):
        watch.sanction("rectify")
        assert town.order()
