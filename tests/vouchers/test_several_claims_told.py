"""An order with several claims is judged by all of them, and not by the step that was taken last."""

import pytest

from tests.examples import YUAN
from tests.vouchers.parts import A, B, C, approve, change, claim, file, pay
from vouchers import application as app
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.order.decisions import ClawBack, OrderNotOpen, ReverseRedemption
from vouchers.order.subcontracting import ReportSubcontracting


@pytest.fixture
def used_up(town):
    """An order whose first claim took all that its new price supports; its second one was taken back."""
    town.order()
    town.deliver()
    file(town, A, 6_000 * YUAN)
    claim(town, more=True)
    file(town, B, 4_000 * YUAN)
    claim(town)
    town.do(app.reverse_redemption, ReverseRedemption("O-1", "too early", "O-1-R2"), actor="provider:lab")
    change(town, 6_000 * YUAN)
    state = town.state()
    assert (state.held, list(state.claims), state.taken) == (0, ["O-1-R1"], 3_000 * YUAN)
    return town


def test_an_order_of_which_nothing_is_left_is_not_cancelled_under_its_claim(used_up):
    with used_up.refused(OrderNotOpen):
        used_up.cancel()
    approve(used_up, "O-1-R1")
    pay(used_up, "S-1")
    assert (used_up.state().status, used_up.voucher().paid) == ("paid", 3_000 * YUAN)


def test_an_order_of_which_nothing_is_left_does_not_lapse(used_up):
    used_up.go("2028-01-01")
    with used_up.assert_quiet():
        used_up.lapse()


@pytest.mark.parametrize(
    "step",
    [
        lambda town: town.deliver(delivered_on="2026-02-03"),
        lambda town: file(town, C, 1_000 * YUAN),
        lambda town: change(town, 12_000 * YUAN),
        claim,
        lambda town: town.do(app.report_subcontracting, ReportSubcontracting("O-1", 2_000), actor="provider:lab"),
    ],
)
def test_an_order_of_which_nothing_is_left_takes_no_further_step(used_up, step):
    used_up.go("2026-02-03")
    with used_up.refused(OrderNotOpen):
        step(used_up)


def test_subcontracting_is_reported_while_more_is_to_be_claimed_wherever_the_first_claim_is(town):
    town.order()
    town.deliver()
    file(town, A, 6_000 * YUAN)
    claim(town, more=True)
    approve(town, "O-1-R1")
    pay(town, "S-1")
    report = ReportSubcontracting("O-1", 2_000)
    assert town.do(app.report_subcontracting, report, actor="provider:lab")["subcontracted_bp"] == 2_000
    file(town, B, 4_000 * YUAN)
    claim(town)
    with town.refused(OrderNotOpen):
        town.do(app.report_subcontracting, ReportSubcontracting("O-1", 3_000), actor="provider:lab")


def test_an_answer_tells_of_the_redemption_that_was_decided_and_not_of_the_latest(town):
    town.tier("D")
    town.order()
    town.deliver()
    for number, more in ((A, True), (B, False)):
        file(town, number, 5_000 * YUAN)
        claim(town, more=more)
    review = (app.approve_review, ApproveReview("O-1", "in order", "O-1-R1"))
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        assert town.do(*review, actor=reviewer)["redemption_id"] == "O-1-R1"
    reverse = ReverseRedemption("O-1", "too early", "O-1-R1")
    assert town.do(app.reverse_redemption, reverse, actor="provider:lab")["redemption_id"] == "O-1-R1"
    rejected = RejectReview("O-1", "of another firm", "O-1-R2")
    assert town.do(app.reject_review, rejected, actor="reviewer:zhao")["redemption_id"] == "O-1-R2"


def test_an_answer_tells_of_the_redemption_that_money_is_demanded_back_of(town):
    town.order()
    town.deliver()
    for number, more in ((A, True), (B, False)):
        file(town, number, 5_000 * YUAN)
        claim(town, more=more)
    for redemption in ("O-1-R1", "O-1-R2"):
        approve(town, redemption)
    pay(town, "S-1")
    answer = town.do(app.claw_back, ClawBack("O-1", 1_00, "counted twice", "O-1-R1"))
    assert answer["redemption_id"] == answer["debts"][0]["debt_id"].removesuffix("-C1") == "O-1-R1"
