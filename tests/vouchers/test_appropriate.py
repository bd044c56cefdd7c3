"""Budgets: appropriated, cut, committed to the last fen."""

import pytest

from tests.examples import SH_CODE, YUAN
from tests.given import given
from vouchers.budget.decisions import (
    AmountZero,
    Appropriate,
    BudgetBelowCommitments,
    BudgetExhausted,
    BudgetMissing,
    CutBudget,
    appropriate,
    commit,
    cut,
    free,
)
from vouchers.budget.events import Appropriated, Committed, Cut, Freed
from vouchers.kinds import BUDGET
from vouchers.money import MAX_AMOUNT, AmountNotInteger, AmountOutOfRange
from vouchers.programme.decisions import ProgrammeUnknown

ACT = Appropriate("P", "2026", "TEST", 1_000, "act 1")
FUNDED = Appropriated("P", "2026", "TEST", "CNY", 1_000, "act 1", 1_000, 0)
COMMITTED = Committed("O-1", 400, 1_000, 400)


def test_money_is_appropriated_by_a_legal_act():
    given(BUDGET).when(appropriate, ACT, "CNY").then(FUNDED)


def test_a_second_act_adds_to_the_first():
    more = Appropriated("P", "2026", "TEST", "CNY", 1_000, "act 1", 2_000, 0)
    given(BUDGET, FUNDED).when(appropriate, ACT, "CNY").then(more)


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1])
def test_an_amount_out_of_range_is_refused(amount):
    act = Appropriate("P", "2026", "TEST", amount, "act 1")
    given(BUDGET).when(appropriate, act, "CNY").refused(AmountOutOfRange)


def test_totals_never_pass_what_can_be_kept_exactly():
    act = Appropriate("P", "2026", "TEST", MAX_AMOUNT, "act 2")
    given(BUDGET, FUNDED).when(appropriate, act, "CNY").refused(AmountOutOfRange)


def test_an_act_over_nothing_is_refused():
    given(BUDGET).when(appropriate, Appropriate("P", "2026", "TEST", 0, "act"), "CNY").refused(AmountZero)
    given(BUDGET, FUNDED).when(cut, CutBudget("P", "2026", "TEST", 0, "act")).refused(AmountZero)


def test_a_broken_amount_is_refused():
    given(BUDGET).when(appropriate, Appropriate("P", "2026", "TEST", 1.5, "a"), "CNY").refused(AmountNotInteger)
    given(BUDGET).when(appropriate, Appropriate("P", "2026", "TEST", True, "a"), "CNY").refused(AmountNotInteger)


def test_what_is_free_may_be_cut_and_not_a_fen_more():
    past = (FUNDED, COMMITTED)
    cut_600 = Cut("P", "2026", "TEST", 600, "act 2", 400, 400)
    given(BUDGET, *past).when(cut, CutBudget("P", "2026", "TEST", 600, "act 2")).then(cut_600)
    too_much = CutBudget("P", "2026", "TEST", 601, "act 2")
    given(BUDGET, *past).when(cut, too_much).refused(BudgetBelowCommitments, free=600)


def test_the_last_fen_of_a_budget_may_be_committed_and_not_one_more():
    past = (FUNDED, COMMITTED)
    given(BUDGET, *past).when(commit, order_id="O-2", amount=600).then(Committed("O-2", 600, 1_000, 1_000))
    given(BUDGET, *past).when(commit, order_id="O-2", amount=601).refused(BudgetExhausted, free=600, amount=601)


def test_without_an_appropriation_nothing_is_committed():
    given(BUDGET).when(commit, order_id="O-1", amount=1).refused(BudgetMissing)


def test_what_was_committed_can_be_freed():
    given(BUDGET, FUNDED, COMMITTED).when(free, order_id="O-1", amount=150).then(Freed("O-1", 150, 1_000, 250))
    given(BUDGET, FUNDED, COMMITTED).when(free, order_id="O-1", amount=0).then()


def test_money_for_an_unknown_programme_is_refused(empty_town):
    with empty_town.refused(ProgrammeUnknown):
        empty_town.appropriate("TEST", 100)


def test_an_order_takes_the_last_fen_of_its_pool_and_the_next_is_refused(town):
    town.cut("TEST", town.budget().free - 5_000 * YUAN)
    town.order("O-1")
    assert town.budget().free == 0
    with town.refused(BudgetExhausted):
        town.order("O-2", gross=2)


def test_one_empty_pool_does_not_block_another(town):
    town.accredit(category="RND")
    town.cut("TEST", town.budget().free)
    with town.refused(BudgetMissing):
        town.order("O-1")
    town.order("O-2", category="RND")
    assert town.budget("RND").committed == 5_000 * YUAN


def test_a_top_up_lets_orders_pass_again(town):
    town.cut("TEST", town.budget().free - 100)
    with town.refused(BudgetExhausted):
        town.order("O-1")
    town.appropriate("TEST", 5_000 * YUAN, programme=SH_CODE)
    town.order("O-1")
    assert town.budget().free == 100
