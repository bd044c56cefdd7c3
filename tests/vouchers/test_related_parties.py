"""Related parties: tested at the order, at the redemption, before payment, and again six months later."""

import pytest

from tests.examples import CHANGNING, LAB, PUDONG, YUAN, voucher_of
from tests.supervised import FENG, ZHAO, a_watched_town, an_unwatched_town
from tests.vouchers.parts import change
from vouchers import application as app
from vouchers.application.linking import ReviewerTied
from vouchers.application.pledging import PledgeVoucher
from vouchers.application.signalling import TiedSinceTheOrder, TiesRecheckedTooEarly
from vouchers.link.decisions import (
    LinkDaysReversed,
    LinkKindUnknown,
    LinkToItself,
    LinkUnknown,
    ShareOutOfRange,
)
from vouchers.refusals import Ineligible

HOLDING = "holding-of-both"
TIES = {"ties": {"at_order": "refuse", "at_redemption": "review", "depth": 2, "share_bp": 2_500, "months": 6}}


@pytest.fixture
def watched():
    with a_watched_town(TIES) as both:
        yield both


def test_a_provider_that_the_firm_controls_is_refused_at_the_order(watched):
    town, watch = watched
    watch.link(PUDONG, LAB)
    with town.refused(Ineligible, "related-party") as caught:
        town.order()
    assert "control" in caught.value.causes[0].text
    assert caught.value.causes[0].pointer == "/provider_id"


def test_an_order_of_two_that_became_related_meanwhile_grows_no_more(watched):
    town, watch = watched
    town.order()
    watch.link(PUDONG, LAB)
    with town.refused(Ineligible, "related-party"):
        change(town, 12_000 * YUAN)
    assert change(town, 8_000 * YUAN)["subsidy"] == 4_000 * YUAN


def test_a_firm_that_its_provider_controls_is_refused_at_the_order(watched):
    town, watch = watched
    watch.link(LAB, PUDONG)
    with town.refused(Ineligible, "related-party"):
        town.order()


def test_a_common_controller_makes_two_parties_related(watched):
    town, watch = watched
    watch.link(HOLDING, PUDONG)
    watch.link(HOLDING, LAB)
    with town.refused(Ineligible, "related-party"):
        town.order()


def test_the_controller_that_the_register_names_counts_like_a_link(watched):
    town, watch = watched
    watch.link(f"controller-of-{PUDONG}", LAB)
    with town.refused(Ineligible, "related-party"):
        town.order()


@pytest.mark.parametrize(("share_bp", "tied"), [(2_500, True), (2_499, False)])
def test_a_shareholding_counts_from_the_policys_share_on(watched, share_bp, tied):
    town, watch = watched
    watch.link(PUDONG, LAB, "shareholding", share_bp)
    if tied:
        with town.refused(Ineligible, "related-party"):
            town.order()
    else:
        assert town.order()["subsidy"] == 5_000 * YUAN


@pytest.mark.parametrize(("second_bp", "tied"), [(5_000, True), (4_999, False)])
def test_shares_along_a_chain_are_multiplied(watched, second_bp, tied):
    town, watch = watched
    watch.link(PUDONG, "a-subsidiary", "shareholding", 5_000)
    watch.link("a-subsidiary", LAB, "shareholding", second_bp)
    if tied:
        with town.refused(Ineligible, "related-party"):
            town.order()
    else:
        assert town.order()


def test_holders_of_a_quarter_of_both_relate_them_though_the_product_is_small(watched):
    town, watch = watched
    watch.link(HOLDING, PUDONG, "shareholding", 3_000)
    watch.link(HOLDING, LAB, "shareholding", 3_000)
    with town.refused(Ineligible, "related-party"):
        town.order()


def test_a_way_longer_than_the_policys_depth_does_not_count(watched):
    town, watch = watched
    watch.link(PUDONG, "one")
    watch.link("one", "two")
    watch.link("two", LAB)
    assert town.order()


@pytest.mark.parametrize(
    "kind", ["family", "employment", "co-construction", "same-director", "same-account", "same-contact"]
)
def test_a_tie_of_any_kind_counts(watched, kind):
    town, watch = watched
    watch.link(PUDONG, LAB, kind)
    with town.refused(Ineligible, "related-party"):
        town.order()


@pytest.mark.parametrize(("until_on", "tied"), [("2026-02-01", False), ("2026-02-02", True)])
def test_a_link_that_ended_before_the_order_does_not_count_and_one_of_its_day_does(watched, until_on, tied):
    town, watch = watched
    watch.link(PUDONG, LAB)
    watch.unlink(PUDONG, LAB, until_on)
    if tied:
        with town.refused(Ineligible, "related-party"):
            town.order()
    else:
        assert town.order()


@pytest.mark.parametrize(("from_on", "tied"), [("2026-02-02", True), ("2026-02-03", False)])
def test_a_link_counts_from_its_first_day(watched, from_on, tied):
    town, watch = watched
    watch.link(PUDONG, LAB, from_on=from_on)
    if tied:
        with town.refused(Ineligible, "related-party"):
            town.order()
    else:
        assert town.order()


def test_a_link_created_after_the_order_but_before_the_claim_makes_a_person_look(watched):
    town, watch = watched
    town.order()
    town.go("2026-02-10")
    watch.link(PUDONG, LAB, from_on="2026-02-09")
    town.deliver()
    town.invoice()
    town.redeem()
    assert town.state().status == "requested"
    assert [each.signal for each in town.review().signals] == ["related-party"]


def test_a_link_of_one_day_between_order_and_claim_counts(watched):
    town, watch = watched
    town.order()
    town.go("2026-02-10")
    watch.link(PUDONG, LAB, from_on="2026-02-05", until_on="2026-02-05")
    town.deliver()
    town.invoice()
    town.redeem()
    assert town.review().is_signalled("related-party")


def test_the_policy_may_refuse_a_claim_of_related_parties():
    refusing = {"ties": TIES["ties"] | {"at_redemption": "refuse"}}
    with a_watched_town(refusing) as (town, watch):
        town.order()
        watch.link(PUDONG, LAB, from_on="2026-02-02")
        town.deliver()
        town.invoice()
        with town.refused(Ineligible, "related-party"):
            town.redeem()


def test_the_policy_may_let_a_related_order_pass_and_look_at_its_claim():
    looking = {"ties": TIES["ties"] | {"at_order": "review"}}
    with a_watched_town(looking) as (town, watch):
        watch.link(PUDONG, LAB)
        town.claimed()
        assert town.review().is_signalled("related-party")


def test_a_change_of_the_controller_after_the_order_counts_at_the_claim(watched):
    town, watch = watched
    town.order()
    town.go("2026-02-10")
    town.record(as_of_on="2026-02-09", controller=LAB)
    town.deliver()
    town.invoice()
    town.redeem()
    assert town.review().is_signalled("related-party")
    assert watch.conduct().faults == 0


def test_a_link_created_after_the_claim_but_before_payment_holds_the_money(watched):
    town, watch = watched
    town.approved()
    town.go("2026-03-01")
    watch.link(PUDONG, LAB, from_on="2026-03-01")
    with town.refused(TiedSinceTheOrder):
        town.propose("S-1", "O-1")
    watch.signal("related-party")
    watch.let_go()
    town.propose("S-1", "O-1")
    assert town.state().status == "settling"


@pytest.mark.parametrize(("from_on", "until_on", "tied"), [
    ("2026-02-09", "", True), ("2025-01-01", "2026-02-01", False),
])  # fmt: skip
def test_the_ties_of_a_partner_firm_are_looked_at_again_at_the_claim(from_on, until_on, tied):
    with a_watched_town(TIES, pooling={"firms": 2, "vouchers": 2}) as (town, watch):
        town.record(CHANGNING)
        town.entitle(CHANGNING)
        partner = voucher_of(CHANGNING)
        town.do(app.pledge_voucher, PledgeVoucher(partner, "O-1", PUDONG, 1_000 * YUAN, "2026-03-31"))
        town.order(vouchers=(partner,))
        town.go("2026-02-10")
        watch.link(CHANGNING, LAB, from_on=from_on, until_on=until_on)
        town.deliver()
        town.invoice()
        town.redeem()
        assert town.review().is_signalled("related-party") is tied


@pytest.mark.parametrize(("from_on", "found"), [("2026-08-02", True), ("2026-08-03", False)])
def test_six_months_after_payment_a_new_tie_is_still_a_finding_and_a_day_later_not(watched, from_on, found):
    town, watch = watched
    town.paid()
    town.go("2026-12-01")
    watch.link(PUDONG, LAB, from_on=from_on)
    answer = watch.recheck_ties()
    assert answer["until_on"] == "2026-08-02"
    assert bool(answer["finding"]) is found
    assert bool(town.review().finding) is found


def test_a_finding_takes_nothing_back_by_itself(watched):
    town, watch = watched
    town.paid()
    town.go("2026-03-01")
    watch.link(PUDONG, LAB, from_on="2026-02-20")
    assert watch.recheck_ties()["finding"]
    assert town.state().clawed_back == 0
    with town.assert_quiet():
        watch.recheck_ties()


def test_ties_after_payment_are_looked_at_after_payment(watched):
    town, watch = watched
    town.approved()
    with town.refused(TiesRecheckedTooEarly):
        watch.recheck_ties()


def test_a_reviewer_with_a_tie_to_the_firm_or_the_provider_does_not_decide(watched):
    town, watch = watched
    watch.link(ZHAO, PUDONG, "family")
    watch.link(FENG, LAB, "employment")
    town.tier("D")
    town.claimed()
    for reviewer in (ZHAO, FENG):
        with town.refused(ReviewerTied):
            watch.approve(reviewer=reviewer)
        with town.refused(ReviewerTied):
            watch.reject(reviewer=reviewer)
    watch.approve(reviewer="reviewer:qian")
    assert town.review().approvals == ("reviewer:qian",)


def test_a_reviewers_tie_that_ended_before_the_order_does_not_count(watched):
    town, watch = watched
    watch.link(ZHAO, LAB, "employment", until_on="2026-02-01")
    town.tier("D")
    town.claimed()
    watch.approve()
    assert town.review().approvals == (ZHAO,)


def test_without_the_table_links_are_recorded_and_object_to_nothing():
    with an_unwatched_town() as (town, watch):
        watch.link(PUDONG, LAB)
        assert town.order()


def test_the_same_link_again_changes_nothing(watched):
    town, watch = watched
    watch.link(PUDONG, LAB, "family")
    with town.assert_quiet():
        watch.link(PUDONG, LAB, "family")
    watch.unlink(PUDONG, LAB, "2026-01-31", "family")
    with town.assert_quiet():
        watch.unlink(PUDONG, LAB, "2026-01-31", "family")


def test_a_link_that_cannot_be_is_refused(watched):
    town, watch = watched
    with town.refused(LinkKindUnknown):
        watch.link(PUDONG, LAB, "friendship")
    with town.refused(LinkToItself):
        watch.link(PUDONG, PUDONG)
    for share_bp in (0, 10_001):
        with town.refused(ShareOutOfRange):
            watch.link(PUDONG, LAB, "shareholding", share_bp)
    with town.refused(LinkDaysReversed):
        watch.link(PUDONG, LAB, from_on="2026-02-02", until_on="2026-02-01")
    with town.refused(LinkUnknown):
        watch.unlink(PUDONG, LAB, "2026-02-01")


def test_who_controls_both_in_the_register_is_told_once(watched):
    town, _ = watched
    town.admit(controller=f"controller-of-{PUDONG}")
    with town.refused(Ineligible, "related-party"):
        town.order()
