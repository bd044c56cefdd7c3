"""What-if begins with this: the log's own commands, found again from its events, write the same log."""

import pytest
from msgspec.structs import replace

from service.audit.whatif.comparing import NOTES
from service.audit.whatif.playing import ANSWERS, CARRIED, DECIDED, SAME, topics_of
from service.settings import load_settings
from service.wiring import Service
from tests.audit.whatif_worlds import anew, both, small_year
from tests.examples import CHANGNING, PUDONG, SEED, SH, WUJIANG, YUAN, revised
from tests.service.walk import a_year
from tests.town import a_town, an_empty_town
from vouchers import application as app
from vouchers import wire


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    folder = small_year(tmp_path_factory.mktemp("whatif"))
    with Service(load_settings(str(folder), {})) as service:
        yield list(service.ledger.entries())


def test_every_decision_of_the_year_is_found_again_but_refusals_whose_request_is_not_on_record(year):
    _, steps = both(year)
    assert len(steps) > 900
    assert {topics_of(step) for step in steps if not step.reproduced} <= {"refusal.Recorded"}
    assert {step.outcome for step in steps} <= {SAME, CARRIED}


def test_the_year_decided_again_is_the_same_log_to_the_last_byte(year):
    course, steps = both(year, rewrite=anew)
    again = []
    for step in steps:
        assert step.outcome in (DECIDED, CARRIED)
        told = [(each.stream, each.event, each.on) for each in step.happened]
        entries = step.turn.without(ANSWERS).entries
        told = told or [(entry.agg, entry.data, entry.eff) for entry in entries]
        for entry, (stream, event, on) in zip(entries, told, strict=True):
            again.append(wire.seal(replace(entry, agg=stream, data=event, eff=on)))
    assert again == [wire.seal(entry) for entry in year if type(entry.data) not in ANSWERS]
    assert course.other.slots == {}


@pytest.mark.parametrize("number", [1, 2])
def test_a_random_year_of_the_town_is_found_again(number):
    with a_year(number, 200) as town:
        course, steps = both(town.ledger.entries(), seed=SEED, rewrite=anew)
    # What is said about the log itself moves nothing; seeds of samples are found again.
    assert {topics_of(step).partition(".")[0] for step in steps if not step.reproduced} == NOTES - {"sample"}
    assert {step.outcome for step in steps} == {DECIDED, CARRIED}
    assert course.other.slots == {}


def test_another_seed_of_the_sample_is_noticed(year):
    _, steps = both(year, seed=b"of another installation")
    assert any(not step.reproduced and "review" in topics_of(step) for step in steps)


def test_the_town_of_the_tests_is_found_again():
    with a_town() as town:
        town.record(CHANGNING)
        town.record(WUJIANG)
        town.entitle(PUDONG, CHANGNING, WUJIANG)
        town.paid("O-1")
        town.claw_back(1_000 * YUAN)
        town.order("O-2")
        town.cancel("O-2")
        town.claimed("O-3")
        town.do(app.adopt_policy, revised(SH, "2026"))
        town.order("O-4", key="once")
        town.order("O-4", key="once")
        town.go("2027-02-01").expire()
        _, steps = both(town.ledger.entries(), seed=SEED, rewrite=anew)
    assert len(steps) > 20
    assert {step.outcome for step in steps} == {DECIDED}


def test_an_empty_log_has_no_decisions():
    with an_empty_town() as town:
        assert both(town.ledger.entries())[1] == []
