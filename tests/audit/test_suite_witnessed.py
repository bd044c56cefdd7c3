"""With a witness: a nonce is revealed once it has cosigned, and recorded times lie between what it stated."""

from datetime import timedelta

import pytest

from service.audit.drawn import NotCosigned, revealing, salted
from service.wiring import Who
from tests.audit.houses import watched
from tests.audit.suite_worlds import run
from vouchers import application
from vouchers.application.drawing import CommitDraw
from vouchers.draw.decisions import commitment_of

AUDITOR = Who("regulator:wu", "regulator")
NONCE = "5e" * 32
ENGINES = pytest.mark.parametrize("engine", ["sqlite", "duckdb"])


@pytest.fixture
def home(tmp_path):
    with watched(tmp_path) as (found, _):
        yield found


def lines_of(home):
    ledger = home.service.ledger
    return [row.entry for row in ledger.rows(0, ledger.size())]


def test_a_nonce_stays_secret_until_a_witness_has_cosigned_its_commitment(home):
    home.grow(2)
    command = salted(CommitDraw("Q1", commitment_of(NONCE), "", "orders", "stratified", 1, "category"))
    home.service.execute(application.commit_draw, command, AUDITOR)
    home.service.checkpoints.sign_if_grown()
    with pytest.raises(NotCosigned):
        revealing(home.service, "Q1", NONCE)
    home.turn(now=True)
    reveal = revealing(home.service, "Q1", NONCE)
    assert (reveal.size, reveal.note_size >= reveal.size) == (3, True)
    home.service.execute(application.reveal_draw, reveal, AUDITOR)
    assert run(lines_of(home), "T26").findings == []


def test_two_salts_are_never_the_same():
    asked = CommitDraw("Q1", commitment_of(NONCE), "", "orders", "stratified", 1, "category")
    assert len({salted(asked).salt for _ in range(50)}) == 50


@ENGINES
def test_times_of_an_honest_clock_lie_between_what_the_witness_stated(home, engine):
    for _ in range(3):
        home.grow(3)
        home.wait(minutes=11)
        assert home.turn().by
    assert run(lines_of(home), "T02", engine).findings == []


@ENGINES
def test_a_clock_that_is_late_shows_behind_the_anchor_that_it_comes_after(home, engine):
    home.grow(2)
    home.turn()
    home.wait(hours=5)
    home.turn(now=True)
    home.grow()
    home.wait(minutes=20)
    home.turn()
    lines = lines_of(home)
    late = lines[-2].replace(b'"rec":"2026-03-02T14', b'"rec":"2026-03-02T09')
    assert late != lines[-2]
    [*found] = run([*lines[:-2], late, lines[-1]], "T02", engine).findings
    assert {finding.seqs for finding in found} == {(len(lines) - 2,)}


@ENGINES
def test_a_clock_that_is_early_shows_in_what_was_covered_before_it_was_written(home, engine):
    home.grow(2)
    home.ahead = timedelta(hours=3)
    home.grow(2)
    home.ahead = timedelta()
    home.wait(minutes=11)
    home.turn()
    found = run(lines_of(home), "T02", engine).findings
    assert {finding.seqs for finding in found if "already covers" in finding.explanation} == {(2,), (3,)}
