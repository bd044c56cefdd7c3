"""A review: someone independent approves or rejects, two of them where the tier asks for it."""

from itertools import islice

import pytest

from tests.examples import order_numbers
from tests.given import given
from vouchers.kinds import REVIEW
from vouchers.order.decisions import OrderUnknown
from vouchers.review.decisions import ReviewClosed, ReviewerNotIndependent, ReviewUnknown, approve, close, reject
from vouchers.review.events import Approved, Assigned, Closed, Rejected, Spared

ONE = Assigned("P", "O-1", "E", "L", "provider:lab", 5, "CNY", "B", 500, 3, (), 1)
TWO = Assigned("P", "O-1", "E", "L", "provider:lab", 5, "CNY", "D", 10_000, 3, (), 2)
ZHAO, FENG = "reviewer:zhao", "reviewer:feng"


def test_a_reviewer_approves():
    state = given(REVIEW, ONE).when(approve, reviewer=ZHAO, note="ok").then(Approved("O-1", ZHAO, "ok"))
    assert state.outcome == "approved"


def test_a_reviewer_rejects_with_a_reason():
    state = given(REVIEW, ONE).when(reject, reviewer=ZHAO, reason="forged").then(Rejected("O-1", ZHAO, "forged"))
    assert state.outcome == "rejected"


def test_two_people_approve_where_two_are_needed():
    first = Approved("O-1", ZHAO, "")
    assert given(REVIEW, TWO, first).state.outcome == ""
    state = given(REVIEW, TWO, first).when(approve, reviewer=FENG, note="").then(Approved("O-1", FENG, ""))
    assert state.outcome == "approved"


def test_one_person_does_not_count_twice():
    given(REVIEW, TWO, Approved("O-1", ZHAO, "")).when(approve, reviewer=ZHAO, note="").refused(ReviewerNotIndependent)
    given(REVIEW, TWO, Approved("O-1", ZHAO, "")).when(reject, reviewer=ZHAO, reason="x").refused(
        ReviewerNotIndependent
    )


def test_the_second_of_two_may_still_reject():
    past = given(REVIEW, TWO, Approved("O-1", ZHAO, ""))
    assert past.when(reject, reviewer=FENG, reason="x").then(Rejected("O-1", FENG, "x")).outcome == "rejected"


def test_nobody_checks_what_they_asked_for():
    given(REVIEW, ONE).when(approve, reviewer="provider:lab", note="").refused(ReviewerNotIndependent)
    given(REVIEW, ONE).when(reject, reviewer="provider:lab", reason="x").refused(ReviewerNotIndependent)


@pytest.mark.parametrize(
    "past", [(ONE, Approved("O-1", ZHAO, "")), (ONE, Rejected("O-1", ZHAO, "x")), (ONE, Closed("O-1", "x"))]
)
def test_a_decided_review_is_closed(past):
    given(REVIEW, *past).when(approve, reviewer=FENG, note="").refused(ReviewClosed)
    given(REVIEW, *past).when(reject, reviewer=FENG, reason="x").refused(ReviewClosed)


def test_a_review_whose_claim_is_taken_back_is_closed_once():
    taken_back = {"order_id": "O-1", "reason": "mistake"}
    first = Approved("O-1", ZHAO, "")
    assert given(REVIEW, ONE).when(close, **taken_back).then(Closed("O-1", "mistake")).outcome == "closed"
    half = given(REVIEW, TWO, first).when(close, **taken_back).then(Closed("O-1", "mistake"))
    assert (half.outcome, half.approvals) == ("closed", (ZHAO,))
    given(REVIEW, ONE, Closed("O-1", "mistake")).when(close, **taken_back).then()
    given(REVIEW, ONE, first).when(close, **taken_back).then()
    given(REVIEW, ONE, Rejected("O-1", ZHAO, "x")).when(close, **taken_back).then()
    given(REVIEW, Spared("O-1", "A", 200, 9_000)).when(close, **taken_back).then()
    given(REVIEW).when(close, **taken_back).then()


def test_what_was_spared_or_never_assigned_has_no_review():
    given(REVIEW, Spared("O-1", "A", 200, 9_000)).when(approve, reviewer=ZHAO, note="").refused(ReviewUnknown)
    given(REVIEW).when(approve, reviewer=ZHAO, note="").refused(ReviewUnknown)


@pytest.fixture
def strict(town):
    town.tier("D")
    town.claimed()
    return town


def test_the_strictest_tier_is_always_checked_by_two(strict):
    assert strict.state().status == "requested"
    strict.approve(reviewer=ZHAO)
    assert strict.state().status == "requested"
    with strict.refused(ReviewerNotIndependent):
        strict.approve(reviewer=ZHAO)
    strict.approve(reviewer=FENG)
    assert strict.state().status == "approved"


def test_a_rejected_claim_is_reserved_again_and_may_be_claimed_anew(strict):
    strict.reject()
    assert (strict.state().status, strict.state().held, strict.state().claimed) == ("invoiced", 5_000_00, 0)
    assert strict.voucher().held["O-1"].reserved == 5_000_00
    strict.redeem()
    assert strict.state().redemption_id == "O-1-R2"
    assert strict.review("O-1-R1").outcome == "rejected"
    assert strict.review("O-1-R2").outcome == ""
    strict.approve(reviewer=ZHAO)
    strict.approve(reviewer=FENG)
    assert strict.state().status == "approved"


def test_a_rejected_claim_can_be_cancelled_and_gives_everything_back(strict):
    strict.reject()
    strict.cancel()
    assert strict.voucher().available == 300_000_00
    assert strict.budget().committed == 0


def test_a_claim_that_was_taken_back_is_not_approved(strict):
    strict.approve(reviewer=ZHAO)
    strict.reverse()
    assert strict.review().outcome == "closed"
    assert strict.topics()[-3:] == ["review.Closed", "order.RedemptionReversed", "voucher.ClaimReversed"]
    with strict.refused(ReviewClosed):
        strict.approve(reviewer=FENG)
    with strict.refused(ReviewClosed):
        strict.reject(reviewer=FENG)
    strict.redeem()
    assert (strict.review("O-1-R1").outcome, strict.review("O-1-R2").outcome) == ("closed", "")
    strict.approve(reviewer=ZHAO)
    assert strict.review("O-1-R2").approvals == (ZHAO,)


def test_a_review_that_was_decided_stays_so_when_its_claim_is_taken_back(strict):
    strict.approve(reviewer=ZHAO)
    strict.approve(reviewer=FENG)
    strict.reverse()
    assert strict.review().outcome == "approved"
    assert "review.Closed" not in strict.topics()


def test_an_unknown_order_has_no_review(town):
    with town.refused(OrderUnknown):
        town.approve("O-9")
    town.order()
    with town.refused(ReviewUnknown):
        town.approve()


def test_about_as_many_are_drawn_as_the_tier_says():
    assert len(list(islice(order_numbers(sampled=True, sample_bp=10_000), 50))) == 50
    numbers = list(islice(order_numbers(sampled=True, sample_bp=2_500), 250))
    assert 800 < int(numbers[-1].removeprefix("O-")) < 1_200
