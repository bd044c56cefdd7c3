"""Every audit test finds what is planted for it, with the entries behind it, on both engines, and nothing elsewhere."""

import pytest

from service.audit.suite.asking import audit_tests
from service.audit.suite.engines import NAMES
from service.audit.suite.helping import ReplayFinding
from tests.audit.plants import EACH, PLANTED, committed_draw, extension
from tests.audit.suite_worlds import a_world, clean_lines, run


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize(("test", "plant"), EACH)
def test_what_is_planted_is_found_with_its_entries(test, plant, engine):
    world = a_world()
    lines, planted, numbers = plant(world)
    report = run(lines, test, engine, **numbers)
    found = {seq for finding in report.findings for seq in finding.seqs}
    assert found == {_seq(each) for each in planted}
    assert all(finding.explanation.endswith(".") for finding in report.findings)


def _seq(each):
    """The number of a planted entry, which it has once the log is written."""
    return each["seq"] if isinstance(each, dict) else each


def test_a_nonce_is_awaited_for_a_month():
    world = a_world()
    committed = world.add("draw.Committed", "Q1", committed_draw(), rec="2026-07-01T03:00:00.000000Z")
    world.add("voucher.Extended", "V-1", extension(), rec="2026-07-30T03:00:00.000000Z", eff="2026-07-30")
    assert run(world.lines(), "T26").findings == []
    world.add("voucher.Extended", "V-1", extension(), rec="2026-07-31T03:00:00.000000Z", eff="2026-07-31")
    assert [finding.seqs for finding in run(world.lines(), "T26").findings] == [(committed["seq"],)]


@pytest.mark.parametrize("engine", NAMES)
def test_nothing_is_found_in_a_clean_half_year(engine):
    report = run(list(clean_lines()), engine=engine, replayed=[])
    assert [finding.explanation for finding in report.findings] == []
    assert {ran.status for ran in report.ran} == {"ran"}


def test_every_test_has_something_planted_but_the_picture_and_those_that_are_told():
    assert set(audit_tests()) == {*PLANTED, "T18", "T20", "T21", "T22"}
    assert [name for name, test in audit_tests().items() if test.grade == "shown"] == ["T18"]


@pytest.mark.parametrize("engine", NAMES)
def test_what_deciding_again_finds_is_told_by_the_level_that_found_it(engine):
    found = [ReplayFinding(level, 30 + level, f"Level {level} differs.") for level in (1, 2, 3)]
    report = run(list(clean_lines()), "T20,T21,T22", engine, replayed=found)
    assert [(ran.test.name, [f.seqs for f in ran.findings]) for ran in report.ran] == [
        ("T20", [(31,)]), ("T21", [(32,)]), ("T22", [(33,)]),
    ]  # fmt: skip
    assert report.findings[0].explanation == "Level 1 differs."


def test_what_needs_deciding_again_is_not_called_clean_without_it():
    report = run(list(clean_lines()), "T20,T21,T22")
    assert [ran.status for ran in report.ran] == ["not given"] * 3
