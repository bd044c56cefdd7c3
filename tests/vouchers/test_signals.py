"""Signals, sums and holds: what makes a person look at a claim, and what keeps its money; none of it is a verdict."""

import pytest

from tests.examples import CHANGNING, LAB, PROOF, PUDONG, REPORT, YUAN, order_numbers, voucher_of
from tests.supervised import FENG, LI, ZHAO, a_watched_town
from vouchers import application as app
from vouchers.order.own_shares import ProveOwnShare, ReportRefund
from vouchers.review.decisions import (
    NothingHeld,
    OverrideNeedsReason,
    PaymentHeld,
    ReviewerNotIndependent,
    ReviewUnknown,
)

NONE_DRAWN = {"B": {"sample_bp": 0}, "D": {"sample_bp": 0}}
SIGNALS = {
    "near_bp": 100,
    "min_days": {"TEST": 2},
    "subcontracted_bp": 3_000,
    "yearly_repeats": 2,
    "statuses": ["active"],
    "shared": True,
}
NEAR = "just-below-threshold"
SUMS = [{"from_amount": 5_000 * YUAN, "approvals": 1}, {"from_amount": 8_000 * YUAN, "approvals": 2}]


def town_with(signals=None, **more):
    return a_watched_town({"signals": signals or {}, **more}, tier=NONE_DRAWN)


def signals_in(town, order_id="O-1"):
    return [each.signal for each in town.review(f"{order_id}-R1").signals]


def order_and_claim(town, order_id="O-1", days=7, **changes):
    """Order today, deliver some days later, claim then."""
    town.order(order_id, **changes)
    town.go(f"2026-02-{int(town.on[8:]) + days:02d}")
    town.deliver(order_id)
    town.invoice(order_id)
    town.redeem(order_id)


# Sums and people (rule 44, ask 43) -------------------------------------------------------------------------------


@pytest.mark.parametrize(("gross", "needed"), [(9_998, 0), (10_000, 1), (15_998, 1), (16_000, 2)])
def test_the_size_of_a_claim_says_how_many_must_approve_it(gross, needed):
    with a_watched_town({"approvals": SUMS}, tier=NONE_DRAWN) as (town, _):
        town.claimed(gross=gross * YUAN)
        assigned = town.review().assigned
        assert (assigned.approvals_needed if assigned else 0) == needed
        assert town.state().status == ("requested" if needed else "approved")


def test_why_a_person_must_look_is_on_record_with_its_clause():
    with a_watched_town({"approvals": SUMS}, tier=NONE_DRAWN) as (town, _):
        town.claimed(gross=16_000 * YUAN)
        required = town.events("review/O-1-R1")[1]
        assert (required.reason, required.clause) == ("8,000.00 needs 2 approvals.", "supervision")


# Signals of a claim ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "signals"), [(1, ["impossible-speed"]), (2, [])])
def test_a_delivery_faster_than_such_work_can_be_makes_a_person_look(days, signals):
    with town_with(SIGNALS) as (town, _):
        order_and_claim(town, days=days)
        assert signals_in(town) == signals
        assert town.state().status == ("requested" if signals else "approved")


@pytest.mark.parametrize(
    ("gross", "signals"),
    [(9_898, []), (9_900, [NEAR]), (9_998, [NEAR]), (10_000, [])],
)
def test_a_claim_just_below_a_threshold_makes_a_person_look(gross, signals):
    with town_with(SIGNALS, approvals=SUMS[:1]) as (town, _):
        order_and_claim(town, gross=gross * YUAN)
        assert signals_in(town) == signals


@pytest.mark.parametrize(("gross", "signals"), [(15_998, []), (16_000, ["exactly-at-ceiling"])])
def test_a_claim_exactly_at_the_ceiling_makes_a_person_look(gross, signals):
    limited = {"TEST": {"max_per_order": 8_000 * YUAN}}
    with a_watched_town({"signals": SIGNALS}, tier=NONE_DRAWN, category=limited) as (town, _):
        order_and_claim(town, gross=gross * YUAN)
        assert signals_in(town) == signals


@pytest.mark.parametrize(("share_bp", "signals"), [(3_000, []), (3_001, ["subcontracted"])])
def test_a_service_that_is_passed_on_makes_a_person_look(share_bp, signals):
    with town_with(SIGNALS) as (town, _):
        order_and_claim(town, attributes={"subcontracted_bp": share_bp})
        assert signals_in(town) == signals


@pytest.mark.parametrize(("status", "signals"), [("active", []), ("closed", ["status-at-claim"])])
def test_a_firm_that_is_closed_at_the_claim_makes_a_person_look(status, signals):
    with town_with(SIGNALS) as (town, _):
        town.order()
        town.go("2026-02-10").record(as_of_on="2026-02-09", status=status)
        town.deliver()
        town.invoice()
        town.redeem()
        assert signals_in(town) == signals


@pytest.mark.parametrize(("kind", "signals"), [("same-account", ["shared-account"]), ("family", [])])
def test_an_account_or_contact_shared_with_another_firm_makes_a_person_look(kind, signals):
    with town_with(SIGNALS) as (town, watch):
        watch.link(PUDONG, CHANGNING, kind)
        order_and_claim(town)
        assert signals_in(town) == signals


@pytest.mark.parametrize(("other", "signals"), [(LAB, ["same-address"]), (CHANGNING, [])])
def test_an_address_shared_with_the_provider_refuses_nothing_and_makes_a_person_look(other, signals):
    ties = {"at_order": "refuse", "at_redemption": "refuse", "depth": 2, "share_bp": 2_500, "months": 6}
    with town_with(SIGNALS, ties=ties) as (town, watch):
        watch.link(PUDONG, other, "same-address")
        order_and_claim(town)
        assert signals_in(town) == signals


def test_the_same_service_in_two_years_running_makes_a_person_look():
    with town_with(SIGNALS) as (town, _):
        order_and_claim(town, "O-1")
        assert signals_in(town, "O-1") == []
        town.go("2027-02-02")
        town.appropriate("TEST", 10_000_000 * YUAN, period="2027")
        town.entitle()
        voucher_id = voucher_of(period="2027")
        town.order("O-2", voucher_id=voucher_id, ends_on="2027-03-01")
        town.go("2027-02-10").deliver("O-2")
        town.invoice("O-2")
        town.redeem("O-2")
        assert signals_in(town, "O-2") == ["same-every-year"]


@pytest.mark.parametrize(("refunded", "signals"), [(0, []), (1_00, ["own-share-refunded"])])
def test_an_own_share_that_came_back_in_part_makes_a_person_look_though_enough_is_left(refunded, signals):
    with town_with({"own_share": True}) as (town, _):
        town.order()
        town.deliver()
        town.invoice()
        town.do(app.prove_own_share, ProveOwnShare("O-1", 5_001_00, town.on, PROOF))
        if refunded:
            town.do(app.report_refund, ReportRefund("O-1", refunded, town.on, REPORT))
        town.redeem()
        assert signals_in(town) == signals


def test_a_claim_without_signals_is_spared_as_before():
    with town_with(SIGNALS) as (town, _):
        order_and_claim(town)
        assert town.state().status == "approved"


def test_approving_in_spite_of_signals_is_an_override_with_a_reason():
    with town_with(SIGNALS) as (town, watch):
        order_and_claim(town, days=1)
        with town.refused(OverrideNeedsReason):
            watch.approve(note=" ")
        watch.approve(note="a repeat of last year's set-up")
        overridden = town.events("review/O-1-R1")[-2]
        assert (overridden.reviewer, overridden.signals) == (ZHAO, ("impossible-speed",))
        assert overridden.reason == "a repeat of last year's set-up"
        assert town.state().status == "approved"


def test_a_claim_without_signals_is_approved_without_a_note():
    with a_watched_town({"approvals": SUMS}, tier=NONE_DRAWN) as (town, watch):
        town.claimed()
        watch.approve(note="")
        assert town.state().status == "approved"


# Signals of a scan, and holds ------------------------------------------------------------------------------------


def test_a_signal_about_an_approved_claim_holds_its_money_until_an_officer_lets_it_go():
    with town_with() as (town, watch):
        town.approved()
        assert watch.signal("burst")["hold"] == "signal burst"
        with town.refused(PaymentHeld):
            town.propose("S-1", "O-1")
        watch.let_go()
        town.propose("S-1", "O-1")
        with town.assert_quiet():
            watch.signal("burst")


def test_a_signal_after_the_batch_was_proposed_stops_its_approval():
    with town_with() as (town, watch):
        town.approved()
        town.propose("S-1", "O-1")
        watch.signal("burst")
        with town.refused(PaymentHeld):
            town.sign("S-1")
        watch.let_go()
        assert town.sign("S-1")["approved"]


def test_a_signal_about_a_paid_claim_is_on_record_and_takes_nothing():
    with town_with() as (town, watch):
        town.paid()
        watch.signal("identical-amounts")
        assert signals_in(town) == ["identical-amounts"]
        assert town.review().hold == ""
        assert town.state().paid == 5_000 * YUAN


def test_a_signal_about_an_open_review_is_seen_by_its_reviewers():
    with a_watched_town({"approvals": SUMS}, tier=NONE_DRAWN) as (town, watch):
        town.claimed()
        watch.signal("agent")
        assert town.review().hold == ""
        with town.refused(OverrideNeedsReason):
            watch.approve(note="")


def test_a_signal_needs_a_claim():
    with town_with() as (town, watch):
        town.order()
        with town.refused(ReviewUnknown):
            watch.signal("burst")


def test_nothing_is_let_go_that_is_not_held_and_not_by_who_asked_for_it():
    with town_with() as (town, watch):
        town.approved()
        with town.refused(NothingHeld):
            watch.let_go()
    with a_watched_town({"holds": True}) as (town, watch):
        town.tier("D")
        town.claimed()
        with town.refused(ReviewerNotIndependent):
            watch.let_go(officer="provider:lab")


def test_the_money_of_the_strictest_tier_is_held_even_when_two_have_approved_it():
    with a_watched_town({"holds": True}) as (town, watch):
        town.tier("D")
        town.claimed()
        watch.approve(reviewer=ZHAO)
        watch.approve(reviewer=FENG)
        assert town.state().status == "approved"
        with town.refused(PaymentHeld):
            town.propose("S-1", "O-1")
        watch.let_go(officer=LI)
        town.propose("S-1", "O-1")
        assert town.state().status == "settling"


@pytest.mark.parametrize("tier", ["A", "B"])
def test_the_money_of_good_tiers_leaves_at_once(tier):
    with a_watched_town({"holds": True}) as (town, _):
        town.tier(tier)
        number = next(iter(order_numbers(sampled=False)))
        town.claimed(number)
        town.propose("S-1", number)
        assert town.state(number).status == "settling"
