"""An auditor's sample: committed to, fixed by the log, revealed under a signed checkpoint, and drawn by anybody."""

import hashlib
from dataclasses import replace

import pytest

from service.audit.suite.populations import POPULATIONS as DRAWN_FROM
from tests.town import a_town
from vouchers import application as app
from vouchers.application.drawing import CommitDraw, RevealDraw
from vouchers.days import DayUnknown
from vouchers.draw.decisions import (
    POPULATIONS,
    DrawCommittedAlready,
    DrawItemsOutOfRange,
    DrawMethodUnknown,
    DrawRevealedTooEarly,
    DrawUnknown,
    NonceMalformed,
    NonceNotAsCommitted,
    PopulationUnknown,
    commitment_of,
    seed_of,
)
from vouchers.kinds import DRAW
from vouchers.texts import IdMalformed, NotADigest

NONCE, OTHER = "5e" * 32, "5f" * 32
ROOT = "ab" * 32
COMMIT = CommitDraw("Q1", commitment_of(NONCE), "00" * 16, "payments", "mus", 60)
REVEAL = RevealDraw("Q1", NONCE, size=40, root=ROOT, note_size=40, note_digest="cd" * 32)
AUDITOR = "regulator:wu"


@pytest.fixture
def town():
    with a_town() as town:
        yield town


def committed(town, **changes):
    return town.do(app.commit_draw, replace(COMMIT, **changes), actor=AUDITOR)


def revealed(town, **changes):
    return town.do(app.reveal_draw, replace(REVEAL, **changes), actor=AUDITOR)


def test_a_commitment_fixes_what_is_drawn_and_says_nothing_of_the_nonce(town):
    committed(town, strata="", programme="SH-STIV", from_on="2026-01-01", until_on="2026-06-30")
    [entry] = town.ledger.history("draw/Q1")
    assert entry.data.commitment == hashlib.sha256(bytes.fromhex(NONCE)).hexdigest()
    assert (entry.data.items, entry.data.method, entry.data.until_on) == (60, "mus", "2026-06-30")
    assert entry.actor == AUDITOR


def test_the_same_commitment_again_changes_nothing_though_the_house_says_another_salt(town):
    committed(town)
    with town.assert_quiet():
        committed(town, salt="11" * 16)


@pytest.mark.parametrize("change", [{"items": 61}, {"population": "claims"}, {"commitment": commitment_of(OTHER)}])
def test_what_was_committed_to_cannot_be_changed(town, change):
    committed(town)
    with town.refused(DrawCommittedAlready):
        committed(town, **change)


@pytest.mark.parametrize("change", [{"method": "judgement"}, {"method": "stratified"}, {"strata": "category"}])
def test_strata_belong_to_a_stratified_sample_and_to_no_other(town, change):
    with town.refused(DrawMethodUnknown):
        committed(town, **change)


def test_a_stratified_sample_names_its_column(town):
    committed(town, method="stratified", strata="category")
    assert town.ledger.state(DRAW, "Q1").committed.strata == "category"


def test_a_sample_is_drawn_from_a_population_that_there_is(town):
    with town.refused(PopulationUnknown):
        committed(town, population="people")
    for place, population in enumerate(POPULATIONS):
        committed(town, draw_id=f"Q{place}", population=population)
    assert tuple(DRAWN_FROM) == POPULATIONS


def test_a_sample_has_one_item_to_ten_thousand(town):
    with town.refused(DrawItemsOutOfRange):
        committed(town, items=10_001)
    committed(town, items=10_000)
    committed(town, draw_id="Q2", items=1)


def test_a_revealed_nonce_makes_the_seed_of_root_and_nonce(town):
    committed(town)
    answer = revealed(town)
    seed = hashlib.sha256(b"sample/v1" + bytes.fromhex(ROOT) + bytes.fromhex(NONCE)).hexdigest()
    assert answer["seed"] == seed == seed_of(bytes.fromhex(ROOT), bytes.fromhex(NONCE)).hex()
    assert town.ledger.state(DRAW, "Q1").revealed.seed == seed
    with town.assert_quiet():
        revealed(town)


def test_another_nonce_is_not_taken(town):
    committed(town)
    with town.refused(NonceNotAsCommitted):
        revealed(town, nonce=OTHER)


def test_a_nonce_stays_secret_until_a_checkpoint_covers_the_commitment(town):
    committed(town)
    with town.refused(DrawRevealedTooEarly):
        revealed(town, note_size=39)
    revealed(town, note_size=40)


def test_what_was_never_committed_to_is_not_revealed(town):
    with town.refused(DrawUnknown):
        revealed(town)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"commitment": "5e"}, NotADigest),
        ({"salt": "zz"}, NotADigest),
        ({"draw_id": "a/b"}, IdMalformed),
        ({"from_on": "2026-02-30"}, DayUnknown),
    ],
)
def test_what_the_log_cannot_keep_is_refused_at_the_border(town, change, refusal):
    with town.refused(refusal):
        committed(town, **change)


def test_a_nonce_is_thirty_two_bytes():
    for nonce in ("5e" * 31, "5E" * 32, "xy" * 32, ""):
        with pytest.raises(NonceMalformed):
            commitment_of(nonce)
