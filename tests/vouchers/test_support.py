"""Support of platforms: it falls as market income grows, never below its floor, and the part for research stays."""

from dataclasses import replace

import pytest
from hypothesis import given as vary
from hypothesis import strategies as st

from tests.examples import DIGEST, LAB
from vouchers import application as app
from vouchers.application.programmes import PeriodNotOfPolicy
from vouchers.budget.decisions import BudgetExhausted
from vouchers.kinds import SUPPORT
from vouchers.policy.support import Support
from vouchers.provider.decisions import ProviderUnknown
from vouchers.support.decisions import (
    DecideSupport,
    IncomeMalformed,
    IncomeNotStated,
    NoSupport,
    NotAPlatform,
    PaySupport,
    StateIncome,
    SupportDecidedAlready,
    SupportNeedsSecondPerson,
    SupportNotDecided,
    SupportPaidAlready,
)

CODE = "SH-PLATFORM"
MILLION = 100_000_000  # fen of one million yuan
RULE = Support(base=10 * MILLION, floor=MILLION, rd_part=2 * MILLION, pool="support", kinds=("platform",), clause="")
INCOME = StateIncome(CODE, LAB, "2026", 4 * MILLION, 10 * MILLION, 9_000, DIGEST)
DECIDE = DecideSupport(CODE, LAB, "2026")
PAY = PaySupport(CODE, LAB, "2026", "2026-02-03", "bank-7")
sums = st.integers(0, 10**12)
scores = st.integers(0, 10_000)


@pytest.fixture
def platforms(empty_town):
    """A town whose programme supports one platform."""
    town = empty_town.go("2026-02-02")
    town.adopt("platform-backslide", 100 * MILLION)
    town.admit(kind="platform")
    return town


def state(town, actor="officer:li", **changes):
    return town.do(app.state_income, replace(INCOME, **changes), actor=actor)


def decide(town, actor="officer:wu"):
    return town.do(app.decide_support, DECIDE, actor=actor)


def pay(town, actor="finance:sun", **changes):
    return town.do(app.pay_support, replace(PAY, **changes), actor=actor)


@pytest.mark.parametrize(
    ("market", "total", "score", "due"),
    [
        (0, 10, 10_000, 10 * MILLION),
        (4, 10, 10_000, 6 * MILLION),
        (4, 10, 9_000, 540_000_000),
        (9, 10, 10_000, MILLION),
        (10, 10, 10_000, MILLION),
        (4, 10, 0, MILLION),
        (0, 0, 10_000, 10 * MILLION),
    ],
)
def test_support_is_the_base_less_the_market_share_times_performance(market, total, score, due):
    assert RULE.due(market, total, score)[0] == due


@vary(sums, sums, st.integers(1, 10**12), scores)
def test_support_falls_as_market_income_grows(market, more, others, score):
    before, _ = RULE.due(market, market + others, score)
    after, _ = RULE.due(market + more, market + more + others, score)
    assert after <= before


@vary(sums, sums, scores)
def test_support_never_falls_below_its_floor_and_never_to_zero(market, others, score):
    due, lines = RULE.due(market, market + others, score)
    assert RULE.floor <= due <= RULE.base
    assert len(lines) == 4


@vary(sums, sums, scores, scores)
def test_support_grows_with_performance(market, others, one, other):
    low, high = sorted((one, other))
    assert RULE.due(market, market + others, low)[0] <= RULE.due(market, market + others, high)[0]


def test_the_part_for_research_is_the_same_whatever_the_market_pays(platforms):
    amounts = []
    for period, market in (("2026", 0), ("2027", 10 * MILLION)):
        platforms.appropriate("support", 100 * MILLION, CODE, period)
        state(platforms, period=period, market_income=market)
        platforms.do(app.decide_support, replace(DECIDE, period=period), actor="officer:wu")
        decided = platforms.ledger.state(SUPPORT, f"{CODE}/{LAB}").year(period).decided
        amounts.append((decided.rd_part, decided.degressive_part, decided.amount))
    assert amounts == [(2 * MILLION, 9 * MILLION, 11 * MILLION), (2 * MILLION, MILLION, 3 * MILLION)]


def test_a_year_from_figures_to_payment(platforms):
    state(platforms)
    answer = decide(platforms)
    assert answer["amount"] == 2 * MILLION + 540_000_000
    assert answer["explanation"] == [
        "10,000,000.00 x 6,000,000.00 of 10,000,000.00 not from the market = 6,000,000.00",
        "at least the floor of 1,000,000.00: 6,000,000.00",
        "performance 90 %: 5,400,000.00",
        "at least the floor: 5,400,000.00",
        "and the part for research of 2,000,000.00: 7,400,000.00",
    ]
    assert platforms.budget("support", CODE).committed == 740_000_000
    assert pay(platforms)["amount"] == 740_000_000
    year = platforms.ledger.state(SUPPORT, f"{CODE}/{LAB}").year("2026")
    assert (year.decided.policy_version, year.paid.bank_reference) == ("2018", "bank-7")
    with platforms.assert_quiet():
        pay(platforms)
    with platforms.refused(SupportPaidAlready):
        pay(platforms, bank_reference="bank-8")


def test_income_is_stated_for_a_year_of_the_policy_and_no_other(platforms):
    state(platforms, period="2027")
    with platforms.refused(PeriodNotOfPolicy):
        state(platforms, period="202a")


def test_figures_may_be_corrected_until_they_are_decided_on(platforms):
    state(platforms)
    with platforms.assert_quiet():
        state(platforms)
    state(platforms, market_income=5 * MILLION)
    decide(platforms)
    with platforms.refused(SupportDecidedAlready):
        state(platforms)
    with platforms.refused(SupportDecidedAlready):
        decide(platforms)


def test_each_step_needs_another_person(platforms):
    state(platforms)
    with platforms.refused(SupportNeedsSecondPerson):
        decide(platforms, actor="officer:li")
    decide(platforms)
    with platforms.refused(SupportNeedsSecondPerson):
        pay(platforms, actor="officer:wu")


@pytest.mark.parametrize(
    "figures",
    [
        {"market_income": 2, "total_income": 1},
        {"performance_bp": 10_001},
    ],
)
def test_figures_that_do_not_fit_together_are_refused(platforms, figures):
    with platforms.refused(IncomeMalformed):
        state(platforms, **figures)


def test_steps_come_in_order(platforms):
    with platforms.refused(IncomeNotStated):
        decide(platforms)
    with platforms.refused(SupportNotDecided):
        pay(platforms)


def test_support_beyond_the_budget_is_refused_and_nothing_is_decided(platforms):
    state(platforms)
    platforms.cut("support", 100 * MILLION - 739_999_999, CODE)
    with platforms.refused(BudgetExhausted):
        decide(platforms)
    platforms.appropriate("support", 1, CODE)
    assert decide(platforms)["amount"] == 740_000_000


def test_only_platforms_of_the_directory_are_supported(platforms):
    with platforms.refused(ProviderUnknown):
        state(platforms, provider_id="52310000MJ4TE0069T")
    platforms.admit("52310000MJ4TE0069T", kind="institute")
    with platforms.refused(NotAPlatform):
        state(platforms, provider_id="52310000MJ4TE0069T")


def test_a_programme_without_support_supports_nobody(town):
    with town.refused(NoSupport):
        town.do(app.state_income, replace(INCOME, programme="SH-STIV"))


def test_a_programme_of_support_grants_no_vouchers(platforms):
    platforms.record()
    assert platforms.entitle(programme=CODE)["denied"] == 1
