"""The sample: a seed committed before the first draw, revealed after the last day, and drawn again by anybody."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.examples import SH_CODE
from tests.supervised import FENG, ZHAO, a_watched_town, an_unwatched_town
from vouchers.application.sampling import (
    NothingPaidThen,
    RecheckPeriodWrong,
    SeedStillSecret,
    derive,
    draw_of,
    seed_of,
)
from vouchers.review.decisions import OutcomeNotKnown, RecheckNotDrawn, ReviewerNotIndependent
from vouchers.sample.decisions import PeriodNotOver, SeedCommittedAlready, SeedNotAsCommitted, SeedNotCommitted

SEEDS = {"period_seeds": True, "recheck_bp": 10_000, "recheck_every_months": 6}
OTHER = b"another secret"


@pytest.fixture
def watched():
    with a_watched_town(SEEDS) as both:
        yield both


def test_a_seed_is_committed_before_the_first_draw_and_says_nothing_of_itself(watched):
    town, watch = watched
    commitment = watch.commit()["commitment"]
    assert len(commitment) == 64
    assert town.seed.hex() not in commitment
    assert watch.sample().last_on == "2026-12-31"
    with town.assert_quiet():
        watch.commit()


def test_the_first_draw_of_a_period_commits_its_seed_in_the_same_step(watched):
    town, watch = watched
    town.claimed()
    topics = town.topics()
    assert topics.index("sample.SeedCommitted") < next(
        place for place, topic in enumerate(topics) if topic.startswith("review.")
    )
    assert watch.sample().commitment


def test_committing_another_seed_after_the_first_draw_is_refused(watched):
    town, watch = watched
    town.claimed()
    with town.refused(SeedCommittedAlready):
        watch.commit(seed=OTHER)


def test_nobody_reveals_another_seed_than_the_committed_one(watched):
    town, watch = watched
    watch.commit()
    town.go("2027-01-01")
    with town.refused(SeedNotAsCommitted):
        watch.reveal(seed=OTHER)
    assert watch.reveal()["seed"] == seed_of(town.seed, SH_CODE, "2026").hex()
    with town.assert_quiet():
        watch.reveal()


@pytest.mark.parametrize(("day", "over"), [("2026-12-31", False), ("2027-01-01", True)])
def test_the_seed_stays_secret_to_the_periods_last_day(watched, day, over):
    town, watch = watched
    watch.commit()
    town.go(day)
    if over:
        assert watch.reveal()["seed"]
    else:
        with town.refused(PeriodNotOver):
            watch.reveal()


def test_a_seed_that_was_never_committed_is_not_revealed(watched):
    town, watch = watched
    with town.refused(SeedNotCommitted):
        watch.reveal()


def test_every_draw_of_a_period_is_drawn_again_from_its_revealed_seed(watched):
    town, watch = watched
    for number in range(1, 41):
        town.claimed(f"O-{number}", 100_000)
    town.go("2027-01-01")
    watch.reveal()
    found = derive(town.ledger, SH_CODE, "2026")
    assert (found.agreeing, found.first_difference) == (40, "")
    drawn = [number for number in range(1, 41) if town.review(f"O-{number}-R1").assigned]
    assert found.drawn == len(drawn) > 0


class Forged:
    """The town's log with its draws replaced, as somebody might do who keeps the file."""

    def __init__(self, ledger):
        self.state = ledger.state
        self.ledger = ledger

    def entries(self):
        for entry in self.ledger.entries():
            told = {name: getattr(entry, name) for name in ("agg", "data", "eff", "seq", "type")}
            if entry.type in {"review.Spared", "review.Assigned"}:
                told["data"] = replace(entry.data, draw_bp=entry.data.draw_bp ^ 1)
            yield SimpleNamespace(**told)


def test_a_draw_that_was_not_made_with_the_seed_is_named(watched):
    town, watch = watched
    watch.commit()
    town.claimed()
    town.go("2027-01-01")
    watch.reveal()
    assert derive(town.ledger, SH_CODE, "2026").first_difference == ""
    assert derive(Forged(town.ledger), SH_CODE, "2026").first_difference.startswith("O-1-R1 (log entry ")


def test_nothing_is_drawn_again_while_the_seed_is_secret(watched):
    town, _ = watched
    town.claimed()
    with pytest.raises(SeedStillSecret):
        derive(town.ledger, SH_CODE, "2026")


def test_the_seed_of_one_period_says_nothing_of_the_next(watched):
    town, _ = watched
    assert seed_of(town.seed, SH_CODE, "2026") != seed_of(town.seed, SH_CODE, "2027")
    assert seed_of(town.seed, SH_CODE, "2026") != seed_of(town.seed, "CP-2017", "2026")


def test_a_claim_dated_into_a_period_whose_seed_is_public_is_checked_by_a_person(watched):
    town, watch = watched
    watch.commit()
    town.order()
    town.deliver()
    town.invoice()
    town.go("2027-01-01")
    watch.reveal()
    town.go("2026-12-31").redeem()
    assert town.state().status == "requested"
    assert town.topics()[-1] == "review.Required"


def test_a_policy_without_seeds_of_its_own_draws_with_the_installations():
    with an_unwatched_town() as (town, watch):
        town.claimed()
        assert watch.sample().commitment == ""
        draw_bp = town.events("review/O-1-R1")[0].draw_bp
        assert draw_bp == draw_of(town.seed, "O-1-R1")


# Second checks of what was paid ----------------------------------------------------------------------------------


def test_half_yearly_the_sample_draws_second_checks_among_what_was_paid(watched):
    town, watch = watched
    town.paid()
    town.go("2026-07-01")
    assert watch.draw_again("2026-01-01", "O-1")["drawn"] == 1
    with town.assert_quiet():
        watch.draw_again("2026-01-01", "O-1")
    watch.recheck("faulty")
    assert town.review().recheck == "faulty"
    assert town.state().clawed_back == 0


@pytest.mark.parametrize("from_on", ["2026-02-01", "2026-01-02", "2026-07-01"])
def test_second_checks_are_drawn_for_whole_half_years_that_are_over(watched, from_on):
    town, watch = watched
    town.paid()
    town.go("2026-07-01")
    with town.refused(RecheckPeriodWrong):
        watch.draw_again(from_on, "O-1")


def test_second_checks_are_drawn_from_the_day_after_the_half_year(watched):
    town, watch = watched
    town.paid()
    town.go("2026-06-30")
    with town.refused(RecheckPeriodWrong):
        watch.draw_again("2026-01-01", "O-1")


def test_what_was_not_paid_in_the_half_year_is_not_drawn(watched):
    town, watch = watched
    town.approved("O-1")
    town.go("2026-07-01")
    with town.refused(NothingPaidThen):
        watch.draw_again("2026-01-01", "O-1")


def test_a_second_check_of_nothing_is_refused(watched):
    town, watch = watched
    town.paid()
    with town.refused(RecheckNotDrawn):
        watch.recheck("in-order")


def test_who_approved_a_claim_does_not_check_it_again():
    with a_watched_town(SEEDS, tier={"B": {"sample_bp": 10_000}}) as (town, watch):
        town.paid()
        town.go("2026-07-01")
        watch.draw_again("2026-01-01", "O-1")
        with town.refused(ReviewerNotIndependent):
            watch.recheck("in-order", reviewer=ZHAO)
        with town.refused(OutcomeNotKnown):
            watch.recheck("so-so")
        watch.recheck("in-order", reviewer=FENG)
        with town.refused(RecheckNotDrawn):
            watch.recheck("faulty", reviewer=FENG)


def test_second_checks_can_be_drawn_again_like_the_first(watched):
    town, watch = watched
    town.paid()
    town.go("2026-07-01")
    watch.draw_again("2026-01-01", "O-1")
    town.go("2027-01-01")
    watch.reveal()
    assert derive(town.ledger, SH_CODE, "2026").agreeing == 2
