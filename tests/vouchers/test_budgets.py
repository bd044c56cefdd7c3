"""Budgets that change in mid-year: transfers, cuts and top-ups, blocked pools, and a programme that closes."""

from dataclasses import replace

import pytest

from tests.examples import SH_CODE, YUAN
from tests.given import given
from tests.treasury import a_treasury
from vouchers.application.programmes import NotBlockedByPolicy, PeriodNotOfPolicy, PoolNotOfPolicy
from vouchers.budget.decisions import (
    AmountZero,
    BlockPool,
    BudgetBelowCommitments,
    BudgetExhausted,
    BudgetMissing,
    CategoryBlocked,
    CutBudget,
    PoolCanPay,
    PoolNotBlocked,
    PoolStillEmpty,
    ReopenPool,
    TransferBeyondFree,
    TransferBudget,
    TransferNotIndependent,
    TransferToItself,
    appropriate,
    block,
    commit,
    cut,
    free,
    reopen,
    transfer,
)
from vouchers.budget.decisions import Appropriate as Act
from vouchers.budget.events import (
    Appropriated,
    Blocked,
    Committed,
    Cut,
    Freed,
    Reopened,
    TransferredIn,
    TransferredOut,
)
from vouchers.kinds import BUDGET
from vouchers.money import MAX_AMOUNT, AmountOutOfRange
from vouchers.programme.decisions import ProgrammeClosed

FUNDED = Appropriated("P", "2026", "TEST", "CNY", 1_000, "act 1", 1_000, 0)
COMMITTED = Committed("O-1", 900, 1_000, 900)
BLOCKED = Blocked("2026-06-01", "used up", 1_000, 900)
BLOCK = BlockPool("P", "2026", "TEST", 101, "used up")
MOVE = TransferBudget("P", "2026", "TEST", "RND", 100, "act 2", "officer:li")


@pytest.fixture
def treasury():
    with a_treasury() as town:
        yield town


def test_money_is_made_available_in_periods_and_pools_that_orders_ask_for_and_in_no_others(treasury):
    treasury.appropriate("TEST", 1, period="2027")
    with treasury.refused(PeriodNotOfPolicy) as refusal:
        treasury.appropriate("TEST", 1, period="2026-01-01..2026-12-31")
    assert refusal.value.remedy == "Its period of 2026-02-02 is 2026; name one in this way."
    with treasury.refused(PoolNotOfPolicy) as refusal:
        treasury.appropriate("testing", 1)
    assert refusal.value.remedy.startswith("Its pools are ")
    with treasury.refused(PoolNotOfPolicy):
        treasury.transfer("TEST", "testing", 1)


def test_two_people_let_free_money_go_to_another_pool_and_not_a_fen_more():
    source = given(BUDGET, FUNDED, COMMITTED).state
    out, into = transfer(source, BUDGET.empty, MOVE, currency="CNY", approved_by="officer:wu")
    people = ("act 2", "officer:li", "officer:wu")
    assert out == [TransferredOut("P", "2026", "TEST", "RND", 100, *people, 900, 900)]
    assert into == [TransferredIn("P", "2026", "RND", "TEST", "CNY", 100, *people, 100, 0)]
    more = TransferBudget("P", "2026", "TEST", "RND", 101, "act 2", "officer:li")
    with pytest.raises(TransferBeyondFree):
        transfer(source, BUDGET.empty, more, currency="CNY", approved_by="officer:wu")


def test_a_transfer_makes_no_pool_larger_than_an_amount_can_be():
    source, full = (given(BUDGET, replace(FUNDED, appropriated=total)).state for total in (1_000, MAX_AMOUNT - 99))
    with pytest.raises(AmountOutOfRange):
        transfer(source, full, MOVE, currency="CNY", approved_by="officer:wu")
    _, [into] = transfer(source, full, replace(MOVE, amount=99), currency="CNY", approved_by="officer:wu")
    assert into.appropriated == MAX_AMOUNT


def test_a_transfer_needs_a_second_person_two_pools_and_an_amount(treasury):
    with treasury.refused(TransferNotIndependent):
        treasury.transfer("TEST", "RND", 100, actor="officer:Li")
    with treasury.refused(TransferToItself):
        treasury.transfer("TEST", "TEST", 100)
    with treasury.refused(AmountZero):
        treasury.transfer("TEST", "RND", 0)


def test_a_transfer_changes_no_total_of_the_programme(treasury):
    before = treasury.budget("TEST").appropriated + treasury.budget("RND").appropriated
    treasury.transfer("TEST", "RND", 300 * YUAN)
    after = [treasury.budget(pool).appropriated for pool in ("TEST", "RND")]
    assert sum(after) == before
    assert after[1] - after[0] == 600 * YUAN


def test_a_cut_in_mid_year_takes_what_is_free_and_never_what_is_promised(treasury):
    treasury.order("O-1")
    left = treasury.budget().free
    with treasury.refused(BudgetBelowCommitments):
        treasury.cut("TEST", left + 1)
    treasury.cut("TEST", left)
    assert (treasury.budget().appropriated, treasury.budget().free) == (5_000 * YUAN, 0)
    with treasury.refused(BudgetExhausted):
        treasury.order("O-2", gross=2)


def test_a_top_up_in_mid_year_is_spent_like_the_rest(treasury):
    treasury.cut("TEST", treasury.budget().free)
    treasury.appropriate("TEST", 5_000 * YUAN)
    treasury.order("O-1")
    assert treasury.budget().free == 0


def test_a_pool_is_blocked_when_it_cannot_pay_an_order_and_not_a_fen_before():
    past = given(BUDGET, FUNDED, COMMITTED)
    past.when(block, BLOCK, "2026-06-01").then(BLOCKED)
    past.when(block, BlockPool("P", "2026", "TEST", 100, "used up"), "2026-06-01").refused(PoolCanPay, free=100)
    given(BUDGET, FUNDED, COMMITTED, BLOCKED).when(block, BLOCK, "2026-06-02").then()
    given(BUDGET).when(block, BLOCK, "2026-06-01").refused(BudgetMissing)


def test_a_blocked_category_refuses_even_what_it_could_pay():
    past = given(BUDGET, FUNDED, COMMITTED, BLOCKED)
    past.when(commit, order_id="O-2", amount=1).refused(CategoryBlocked, since_on="2026-06-01", reason="used up")


def test_money_that_comes_back_does_not_open_a_blocked_category_by_itself():
    past = given(BUDGET, FUNDED, COMMITTED, BLOCKED)
    state = past.when(free, order_id="O-1", amount=50).then(
        Freed("O-1", 50, 1_000, 850), Blocked("2026-06-01", "used up", 1_000, 850)
    )
    assert (state.free, state.blocked_since) == (150, "2026-06-01")
    past.when(cut, CutBudget("P", "2026", "TEST", 60, "act 3")).then(
        Cut("P", "2026", "TEST", 60, "act 3", 940, 900), Blocked("2026-06-01", "used up", 940, 900)
    )


def test_a_top_up_opens_a_blocked_category_and_so_does_an_officer_once_there_is_money():
    past = given(BUDGET, FUNDED, COMMITTED, BLOCKED)
    state = past.when(appropriate, Act("P", "2026", "TEST", 10, "act 4"), "CNY").then(
        Appropriated("P", "2026", "TEST", "CNY", 10, "act 4", 1_010, 900), Reopened("act 4", 1_010, 900)
    )
    assert state.blocked_since == ""
    opening = ReopenPool("P", "2026", "TEST", "money came back")
    past.when(reopen, opening).then(Reopened("money came back", 1_000, 900))
    given(BUDGET, FUNDED, COMMITTED).when(reopen, opening).refused(PoolNotBlocked)
    empty = Blocked("2026-06-01", "used up", 900, 900)
    given(BUDGET, FUNDED, COMMITTED, empty).when(reopen, opening).refused(PoolStillEmpty)


def test_the_last_event_alone_tells_that_a_budget_is_blocked():
    assert BUDGET.tail
    assert given(BUDGET, BLOCKED).state == given(BUDGET, FUNDED, COMMITTED, BLOCKED).state


def test_one_blocked_category_blocks_no_other(treasury):
    treasury.accredit(category="RND")
    treasury.cut("TEST", treasury.budget().free - 100)
    with treasury.refused(BudgetExhausted):
        treasury.order("O-1")
    treasury.block(5_000 * YUAN)
    with treasury.refused(CategoryBlocked):
        treasury.order("O-1", gross=2)
    treasury.order("O-2", category="RND")
    treasury.appropriate("TEST", 5_000 * YUAN)
    treasury.order("O-1")


def test_orders_of_a_blocked_category_that_were_promised_run_out_and_may_be_cancelled(treasury):
    treasury.claimed("O-1")
    treasury.order("O-2")
    treasury.cut("TEST", treasury.budget().free)
    treasury.block(1)
    treasury.cancel("O-2")
    assert (treasury.budget().free, treasury.budget().blocked_since) == (5_000 * YUAN, "2026-02-02")
    treasury.reopen()
    treasury.order("O-3")
    assert treasury.budget().free == 0


def test_a_pool_is_blocked_only_where_the_policy_says_so():
    with a_treasury(money={"exhaustion": "first_come"}) as town, town.refused(NotBlockedByPolicy):
        town.block(1, "general")


def test_when_a_programme_closes_claims_run_out_and_the_free_budget_goes_back(treasury):
    treasury.approved("O-1")
    treasury.order("O-2")
    treasury.close_programme("2026-02-02")
    with treasury.refused(ProgrammeClosed):
        treasury.order("O-3")
    treasury.deliver("O-2")
    treasury.invoice("O-2")
    treasury.redeem("O-2")
    treasury.propose("S-1", "O-1")
    treasury.sign("S-1")
    treasury.confirm("S-1", "O-1")
    assert treasury.state("O-1").paid == 5_000 * YUAN
    treasury.cut("TEST", treasury.budget().free, SH_CODE)
    assert (treasury.budget().free, treasury.budget().appropriated) == (0, 10_000 * YUAN)
