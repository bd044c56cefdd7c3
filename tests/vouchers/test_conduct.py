"""Standing: tiers that move with a cause, appeals decided by somebody else, repair, and the ladder of sanctions."""

import pytest

from tests.examples import CHANGNING, LAB, PUDONG
from tests.supervised import LI, WU, a_watched_town, an_unwatched_town
from vouchers import application as app
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.reviewing import FaultUnknown
from vouchers.application.supervising import NotSupervised, OrderNotClean
from vouchers.conduct.decisions import (
    ActUnknown,
    AppealedAlready,
    AppealNeedsSomebodyElse,
    NoAppealOpen,
    NotEnoughCleanOrders,
    NothingToRepair,
    RepairTooEarly,
)
from vouchers.texts import TierUnknown

MOVES = [{"after": "rejected", "times": 1, "steps": 1}, {"after": "clean", "times": 2, "steps": 1}]
RULES = {"repair_months": 12, "provider_tiers": True, "move": MOVES}
ALWAYS = {"A": {"sample_bp": 10_000}, "B": {"sample_bp": 10_000}, "C": {"sample_bp": 10_000}}


@pytest.fixture
def watched():
    with a_watched_town(RULES, tier=ALWAYS) as both:
        yield both


def tier_of(town, code=PUDONG):
    return town.events(f"enterprise/{code}")[-1].tier


# Tiers (rule 43) -------------------------------------------------------------------------------------------------


def test_a_rejected_claim_with_fault_moves_the_firm_one_tier_down_with_its_cause(watched):
    town, watch = watched
    town.claimed()
    watch.reject(fault="enterprise")
    moved = watch.conduct().moves[1]
    assert (moved.tier_before, moved.tier, moved.cause, moved.reason) == ("B", "C", "fault", "a forged report")
    assert (moved.clause, moved.by) == ("supervision", "reviewer:zhao")
    assert tier_of(town) == "C"
    assert watch.conduct(LAB).faults == 0


def test_a_rejection_without_fault_moves_nobody(watched):
    town, watch = watched
    town.claimed()
    watch.reject(fault="")
    assert watch.conduct() == watch.conduct("nobody")


@pytest.mark.parametrize(("fault", "firm", "lab"), [("provider", "", "C"), ("both", "C", "C")])
def test_the_fault_of_the_provider_is_not_the_firms(watched, fault, firm, lab):
    town, watch = watched
    town.claimed()
    watch.reject(fault=fault)
    assert (watch.conduct().tier, watch.conduct(LAB).tier) == (firm, lab)


def test_whose_fault_it_is_must_be_known(watched):
    town, watch = watched
    town.claimed()
    with town.refused(FaultUnknown):
        watch.reject(fault="nobody")


def test_the_tier_at_the_time_of_the_order_governs_its_checks(watched):
    town, watch = watched
    town.order()
    watch.move("D")
    town.order("O-2")
    assert [town.state(number).registered.tier for number in ("O-1", "O-2")] == ["B", "D"]


def test_the_worse_tier_of_firm_and_provider_governs_where_the_policy_looks_at_both(watched):
    town, watch = watched
    watch.move("C", LAB)
    town.order()
    assert town.state().registered.tier == "C"


def test_a_providers_tier_counts_only_where_the_policy_looks_at_it():
    with a_watched_town({}) as (town, watch):
        watch.move("D", LAB)
        town.order()
        assert town.state().registered.tier == "B"


def test_the_old_command_of_an_officer_is_on_record_beside_the_others(watched):
    town, watch = watched
    town.tier("C")
    assert (watch.conduct().moves[1].cause, tier_of(town)) == ("officer", "C")
    with town.assert_quiet():
        town.tier("C")


def test_a_tier_is_one_of_four_and_a_move_to_itself_is_none(watched):
    town, watch = watched
    with town.refused(TierUnknown):
        watch.move("E")
    with town.assert_quiet():
        watch.move("B")


def test_two_paid_orders_without_fault_move_the_tier_up_once_each_counted(watched):
    town, watch = watched
    town.paid("O-1")
    town.paid("O-2")
    with town.refused(NotEnoughCleanOrders):
        watch.reward("O-1", "O-1")
    assert watch.reward("O-1", "O-2")["tier"] == "A"
    with town.refused(NotEnoughCleanOrders):
        watch.reward("O-1", "O-2")


def test_an_order_that_is_unpaid_clawed_back_or_anothers_is_not_clean(watched):
    town, watch = watched
    town.paid("O-1")
    town.paid("O-2")
    town.order("O-3")
    town.claw_back(1, "O-2")
    for other in ("O-2", "O-3"):
        with town.refused(OrderNotClean):
            watch.reward("O-1", other)
    with town.refused(OrderNotClean):
        watch.reward("O-1", "O-1", subject=CHANGNING)


def test_orders_from_before_the_last_fault_do_not_count(watched):
    town, watch = watched
    town.paid("O-1")
    town.paid("O-2")
    town.go("2026-02-03")
    watch.move("C")
    with town.refused(OrderNotClean):
        watch.reward("O-1", "O-2")


@pytest.mark.parametrize(("day", "early"), [("2027-02-01", True), ("2027-02-02", False)])
def test_credit_is_repaired_after_twelve_months_without_fault_and_not_a_day_before(watched, day, early):
    town, watch = watched
    watch.move("C")
    town.go(day)
    if early:
        with town.refused(RepairTooEarly) as caught:
            watch.repair()
        assert "2027-02-02" in caught.value.remedy
    else:
        assert watch.repair()["tier"] == "B"
        assert watch.conduct().moves[2].cause == "repair"


def test_what_is_not_broken_is_not_repaired(watched):
    town, watch = watched
    with town.refused(NothingToRepair):
        watch.repair()


def test_a_provider_repairs_its_credit_like_a_firm(watched):
    town, watch = watched
    watch.move("D", LAB)
    town.go("2027-02-02")
    assert watch.repair(LAB)["tier"] == "C"
    assert watch.repair(LAB)["tier"] == "B"


def test_a_policy_without_supervision_repairs_and_rewards_nothing():
    with an_unwatched_town() as (town, watch):
        for ask in (watch.repair, watch.reward):
            with town.refused(NotSupervised):
                ask()


# Appeals ---------------------------------------------------------------------------------------------------------


def test_an_upheld_appeal_gives_the_tier_back(watched):
    town, watch = watched
    watch.move("D")
    watch.appeal(1)
    assert tier_of(town) == "D"
    watch.decide(1, upheld=True)
    assert tier_of(town) == "B"
    assert watch.conduct().appeals == {1: "upheld"}


def test_a_dismissed_appeal_leaves_the_tier_and_is_final(watched):
    town, watch = watched
    watch.move("D")
    watch.appeal(1)
    watch.decide(1, upheld=False)
    assert tier_of(town) == "D"
    with town.refused(AppealedAlready):
        watch.appeal(1)
    with town.refused(NoAppealOpen):
        watch.decide(1, upheld=True)


def test_an_appeal_is_decided_by_somebody_else_than_who_decided_the_act(watched):
    town, watch = watched
    watch.move("D")
    watch.appeal(1)
    for same in (LI, "finance:li", "enterprise:pudong"):
        with town.refused(AppealNeedsSomebodyElse):
            watch.decide(1, upheld=False, actor=same)
    watch.decide(1, upheld=False, actor=WU)


def test_there_is_no_appeal_against_nothing(watched):
    town, watch = watched
    with town.refused(ActUnknown):
        watch.appeal(1)
    with town.refused(NoAppealOpen):
        watch.decide(1, upheld=True)


def test_an_upheld_appeal_lifts_a_sanction(watched):
    town, watch = watched
    watch.sanction("rectify")
    watch.appeal(1)
    watch.decide(1, upheld=True)
    assert town.order()


# Measures of a breach --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("enterprise_bp", "parties"), [(None, (LAB,)), (4_000, (PUDONG, LAB))])
def test_the_measures_of_a_breach_are_recorded_with_the_clawback_against_who_owes(watched, enterprise_bp, parties):
    town, watch = watched
    town.paid()
    command = ClawBackBreach("O-1", "a false order", enterprise_bp)
    town.do(app.claw_back_breach, command)
    for party in parties:
        [due] = watch.conduct(party).measures
        assert (due.order_id, due.measures) == ("O-1", ("blacklist", "public-notice"))
    assert {party for party in (PUDONG, LAB) if watch.conduct(party).measures} == set(parties)
    assert town.order("O-2")
