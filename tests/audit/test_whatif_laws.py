"""Laws of the other course: it is what would have been recorded, and its books add up like any others."""

import pytest

from service.audit.replaying.sources import Opened
from service.audit.whatif.asking import course, played, read_log
from service.audit.whatif.changes import OtherFact, OtherValues, Put, Suspended
from service.audit.whatif.comparing import of_programme
from tests.audit.whatif_worlds import two_orders
from tests.examples import INSTITUTE, LAB, PUDONG, SEED, SH_CODE, YUAN, voucher_of
from tests.rulebooks import changed
from tests.service.walk import a_year
from tests.town import a_town
from vouchers import application as app
from vouchers.kinds import BUDGET, VOUCHER
from vouchers.voucher.events import PLACES

CHANGES = {
    "a tenth": OtherValues(SH_CODE, "2026-01-01", (Put("category.*.rate_bp", 1_000),)),
    "nine tenths": OtherValues(SH_CODE, "2026-01-01", (Put("category.*.rate_bp", 9_000),)),
    "a smaller voucher": OtherValues(SH_CODE, "2026-01-01", (Put("voucher.general.face", 20_000 * YUAN),)),
    "a laboratory less": Suspended(LAB, "2026-03-01"),
    "an institute less for a month": Suspended(INSTITUTE, "2026-03-01", "finish", "2026-04-01"),
    "a firm that moved away": OtherFact(PUDONG, "region", "320584", "2026-04-01"),
    "a firm that was never here": OtherFact(PUDONG, "region", "320584", "2025-01-01"),
}


def lower(document):
    for category in document["category"].values():
        category["rate_bp"] = 4_000


def test_the_other_course_is_what_a_town_under_the_other_policy_records():
    """The same people ask for the same; one town only imagines the rate that the other one has."""
    with a_town() as imagined, a_town() as real:
        real.go("2026-02-02").paid("O-february")
        real.go("2026-03-01").do(app.adopt_policy, changed(lower, version="2026", effective_on="2026-03-01"))
        real.go("2026-04-01").paid("O-april")
        two_orders(imagined)
        for town in (imagined, real):
            town.order("O-rest", gross=100_000 * YUAN)
            town.go("2026-05-02").cancel("O-rest")
            town.paid("O-may", gross=12_345 * YUAN)
            town.claw_back(7 * YUAN, "O-may")
            town.go("2027-01-01").expire()
        found, _ = played(
            read_log(Opened(imagined.ledger), SEED),
            [OtherValues(SH_CODE, "2026-03-01", (Put("category.*.rate_bp", 4_000),))],
        )
        truth, _ = played(read_log(Opened(real.ledger), SEED), [])
        assert [each.other for each in of_programme(found, SH_CODE)] == [
            each.history for each in of_programme(truth, SH_CODE)
        ]
        assert found.other.orders == truth.history.orders
        assert found.other.pools == truth.history.pools
        assert found.refused == []


@pytest.fixture(scope="module")
def year():
    with a_year(3, 200) as town:
        yield read_log(Opened(town.ledger), SEED)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_fen_is_made_or_lost_in_the_other_course(year, change):
    other = course(year, [change])
    steps = list(other.play(year.source.entries(0, year.size)))
    assert any(step.outcome != "same" for step in steps)
    recorded = {entry.agg for entry in year.source.entries(0, year.size)}
    vouchers = [name for name in recorded | other.other.slots.keys() if name.startswith("voucher/")]
    assert VOUCHER.stream(voucher_of()) in vouchers
    for name in vouchers:
        state = other.other.slot(name).state
        places = [getattr(state, place) for place in PLACES]
        assert min(places) >= 0, name
        assert sum(places) == (state.terms.face if state.terms else 0), name
    for name in other.other.slots:
        if name.startswith(BUDGET.stream("")):
            assert 0 <= other.other.slot(name).state.committed <= other.other.slot(name).state.appropriated


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_both_sides_of_a_report_add_up(year, change):
    found, _ = played(year, [change])
    for sums in (found.history, found.other):
        for code, programme in sums.programmes.items():
            assert sum(programme.places.values()) == programme.face
            paid = sum(each.paid - each.clawed_back for each in sums.orders.values() if each.programme == code)
            assert programme.places["paid"] == paid
            assert sum(programme.months.values()) == sum(programme.categories.values())
    assert found.unexplained == 0
