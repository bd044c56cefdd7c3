"""An anchor needs somebody who vouches, never goes back, and is recorded once."""

from dataclasses import replace

import pytest

from tests.town import Town
from vouchers import application as app
from vouchers.anchor.decisions import (
    KEY,
    AnchorBehind,
    AnchorContradicted,
    NobodyVouched,
    RecordAnchor,
    TokenIncomplete,
    record,
)
from vouchers.anchor.events import AnchorRecorded
from vouchers.anchor.state import Anchor, evolve
from vouchers.kinds import ANCHOR
from vouchers.refusals import Malformed

AT = "2026-03-02T09:00:00.000000Z"
COMMAND = RecordAnchor("vouchers.example/log", 10, "aa" * 32, "bb" * 32, {"office/w1+01020304": AT})
STAMPED = {"tsr_sha256": "cc" * 32, "tsr_at": AT}


def after(*commands):
    state = Anchor()
    for command in commands:
        for event in record(state, command):
            state = evolve(state, event)
    return state


def test_what_a_witness_signed_is_recorded_whole():
    assert record(Anchor(), COMMAND) == [
        AnchorRecorded("vouchers.example/log", 10, "aa" * 32, "bb" * 32, {"office/w1+01020304": AT}, "", "")
    ]


def test_a_time_stamp_alone_vouches_too():
    assert record(Anchor(), replace(COMMAND, cosignature_times={}, **STAMPED))


def test_an_anchor_that_nobody_vouched_for_is_none():
    with pytest.raises(NobodyVouched):
        record(Anchor(), replace(COMMAND, cosignature_times={}))


@pytest.mark.parametrize("half", [{"tsr_sha256": "cc" * 32}, {"tsr_at": AT}])
def test_half_a_time_stamp_is_refused(half):
    with pytest.raises(TokenIncomplete):
        record(Anchor(), replace(COMMAND, **half))


def test_the_same_note_again_changes_nothing_and_one_with_more_signatures_is_news():
    state = after(COMMAND)
    assert record(state, COMMAND) == []
    assert record(state, replace(COMMAND, note_sha256="dd" * 32))
    assert record(state, replace(COMMAND, **STAMPED))


def test_an_anchor_never_goes_back():
    state = after(COMMAND)
    with pytest.raises(AnchorBehind):
        record(state, replace(COMMAND, size=9))
    assert record(state, replace(COMMAND, size=11, root_hash="ee" * 32, note_sha256="dd" * 32))


def test_one_size_has_one_root():
    with pytest.raises(AnchorContradicted):
        record(after(COMMAND), replace(COMMAND, root_hash="ee" * 32))


def test_another_log_begins_anew():
    assert record(after(COMMAND), replace(COMMAND, origin="vouchers.example/log-2", size=1, root_hash="ee" * 32))


def test_the_last_anchor_is_the_state(town: Town):
    assert town.do(app.record_anchor, COMMAND)["size"] == 10
    town.do(app.record_anchor, replace(COMMAND, size=20, root_hash="ee" * 32, note_sha256="dd" * 32))
    assert town.ledger.state(ANCHOR, KEY).size == 20
    assert town.ledger.head(ANCHOR.stream(KEY))[0] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"origin": " "},
        {"size": 0},
        {"size": 2**53},
        {"size": True},
        {"root_hash": "AA" * 32},
        {"note_sha256": ""},
        {"tsr_sha256": "zz", "tsr_at": AT},
        {"tsr_sha256": "cc" * 32, "tsr_at": "yesterday"},
        {"cosignature_times": {"office": "yesterday"}},
        {"cosignature_times": {"办公室": AT}},
        {"cosignature_times": {"x" * 301: AT}},
        {"cosignature_times": {f"office{number}": AT for number in range(33)}},
        {"cosignature_times": "office"},
    ],
)
def test_what_the_log_could_not_keep_is_refused(town: Town, change):
    with pytest.raises(Malformed):
        town.do(app.record_anchor, replace(COMMAND, **change))
