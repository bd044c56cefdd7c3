"""What an append is: all or nothing, dense, in order, in canonical bytes, the same in every store."""

import json
from datetime import timedelta

import pytest
import rfc8785
from eventsourcing.persistence import IntegrityError, StoredEvent

from tests.ledger.acts import (
    META,
    POOL,
    START,
    TooMuch,
    appropriate,
    attempt,
    both,
    commit,
    fingerprint,
    issue,
    refusing,
    reserve,
    tiers,
    together,
)
from vouchers import wire
from vouchers.budget.decisions import BudgetExhausted
from vouchers.kinds import BUDGET, VOUCHER
from vouchers.ledger import Ledger, Meta, open_recorder
from vouchers.refusals import EntryTooLarge


def test_an_append_reaches_several_streams_at_once(ledger):
    committed = ledger.execute(both(appropriate(1000), issue("V", 500), commit("O", 70), reserve("V", "O", 70)), META)
    assert committed.position == ledger.size() == 4
    assert ledger.state(BUDGET, POOL).committed == ledger.state(VOUCHER, "V").reserved == 70


@pytest.mark.parametrize(
    ("last", "refusal"),
    [
        (refusing(), TooMuch),
        (commit("O", 931), BudgetExhausted),
        (tiers("A", "x" * wire.MAX_ENTRY), EntryTooLarge),
    ],
)
def test_nothing_is_appended_when_the_last_step_is_refused(ledger, last, refusal):
    ledger.execute(both(appropriate(1000), issue("V", 1000)), META)
    before = fingerprint(ledger)
    with pytest.raises(refusal):
        ledger.execute(both(commit("O", 70), reserve("V", "O", 70), last), META)
    assert fingerprint(ledger) == before
    assert ledger.execute(both(commit("O", 930), reserve("V", "O", 930)), META).position == 4


def test_the_largest_entry_is_stored_and_one_byte_more_is_refused(ledger):
    ledger.execute(tiers("A", "x" * 60_000), META)
    room = wire.MAX_ENTRY - len(ledger.rows(0, 1)[0].entry) + 60_000
    ledger.execute(tiers("B", "x" * room), META)
    assert len(ledger.rows(1, 2)[0].entry) == wire.MAX_ENTRY
    with pytest.raises(EntryTooLarge):
        ledger.execute(tiers("C", "x" * (room + 1)), META)
    assert ledger.size() == 2


def test_numbers_are_dense_and_versions_count_from_one_in_each_stream(ledger):
    for number in range(12):
        attempt(ledger, refusing(tiers("A", "D")) if number % 3 == 2 else tiers("AB"[number % 2], "C", "D"))
    together(ledger, [tiers("A", "A"), refusing(), tiers("B", "A")])
    entries = list(ledger.entries())
    assert [entry.seq for entry in entries] == list(range(18))
    for stream in ("enterprise/A", "enterprise/B"):
        assert [entry.ver for entry in entries if entry.agg == stream] == list(range(1, 10))
        assert [entry.seq for entry in ledger.history(stream)] == [e.seq for e in entries if e.agg == stream]


def test_the_library_reads_the_same_events_numbered_from_one(shared_url, clock):
    with Ledger(open_recorder(shared_url), clock) as ledger:
        ledger.execute(both(appropriate(1000), tiers("A", "C", "D")), META)
        notifications = ledger._recorder.select_notifications(start=1, limit=10)
        assert [notification.id for notification in notifications] == [1, 2, 3]
        rows = [(str(n.originator_id), n.originator_version, n.topic, bytes(n.state)) for n in notifications]
        assert rows == [tuple(row) for row in ledger.rows(0, 3)]


def test_an_entry_has_the_envelope_and_nothing_else(ledger):
    ledger.execute(both(tiers("A", "C"), tiers("B", "D")), Meta("enterprise:x", "enterprise", "2025-12-31"))
    ledger.execute(tiers("A", "A"), META)
    first, second, third = (json.loads(row.entry) for row in ledger.rows(0, 3))
    assert first == {
        "actor": "enterprise:x",
        "agg": "enterprise/A",
        "auth": {"role": "enterprise"},
        "data": {"cause": "a test", "tier": "C"},
        "eff": "2025-12-31",
        "rec": "2026-01-02T08:00:00.000001Z",
        "seq": 0,
        "type": "enterprise.CreditTierChanged",
        "v": 1,
        "ver": 1,
    }
    assert second == first | {"agg": "enterprise/B", "data": {"cause": "a test", "tier": "D"}, "seq": 1, "cause": 0}
    assert third["occ"] == META.occurred_at
    assert "cause" not in third


def test_an_entry_names_the_decision_behind_it(ledger):
    def begin(unit):
        unit.begin()

    ledger.execute(tiers("A", "C"), META)
    ledger.execute(both(tiers("A", "C", "D"), tiers("B", "C"), begin, tiers("C", "C", "D"), begin, begin), META)
    together(ledger, [refusing(tiers("A", "C")), tiers("A", "C", "D"), tiers("A", "C", "D")])
    causes = [None, None, 1, 1, None, 4, None, 6, None, 8]
    assert [entry.cause for entry in ledger.entries()] == causes


def test_the_bytes_are_canonical_and_hold_no_line_feed(ledger):
    ledger.execute(tiers("上海", '\u2028a\n"\\/\x7f\x1f', "€𝄞", "é"), META)
    for row in ledger.rows(0, 3):
        assert row.entry == rfc8785.dumps(json.loads(row.entry))
        assert b"\n" not in row.entry
        assert row.topic == json.loads(row.entry)["type"]


def test_the_recorded_time_never_goes_back(ledger, clock):
    for step in (timedelta(0), timedelta(hours=-1), timedelta(days=-3650), timedelta(days=1), timedelta(hours=23)):
        clock.now = START + step
        ledger.execute(tiers("A", "C"), META)
    recorded = [entry.rec for entry in ledger.entries()]
    assert recorded[0] == recorded[1] == recorded[2] < recorded[3] == recorded[4]


def test_the_recorded_time_does_not_go_back_when_the_log_is_opened_again(shared_url, clock):
    with Ledger(open_recorder(shared_url), clock) as ledger:
        ledger.execute(tiers("A", "C"), META)
    clock.now = START - timedelta(days=1)
    with Ledger(open_recorder(shared_url), clock) as ledger:
        ledger.execute(tiers("A", "D"), META)
        first, second = ledger.entries()
    assert first.rec == second.rec


def test_a_log_opened_again_goes_on_where_it_ended(shared_url, clock):
    with Ledger(open_recorder(shared_url), clock) as ledger:
        ledger.execute(both(appropriate(1000), commit("O", 400)), META)
    with Ledger(open_recorder(shared_url), clock) as ledger:
        with pytest.raises(BudgetExhausted):
            ledger.execute(commit("P", 601), META)
        ledger.execute(commit("P", 600), META)
        assert [entry.seq for entry in ledger.entries()] == [0, 1, 2]


def test_a_version_that_is_taken_is_refused_in_the_words_of_the_library(ledger):
    ledger.execute(tiers("A", "C"), META)
    taken = [StoredEvent("enterprise/B", 1, "t", b"{}"), StoredEvent("enterprise/A", 1, "t", b"{}")]
    with pytest.raises(IntegrityError):
        ledger._recorder.insert_events(taken)
    assert ledger.size() == 1
    assert ledger.names("enterprise/") == ["enterprise/A"]


def test_pages_of_rows_and_names_end_where_they_should(ledger):
    ledger.execute(both(*(tiers(f"{number:02}", "C") for number in range(7))), META)
    assert [len(ledger.rows(start, start + 3)) for start in (0, 3, 6, 7, 9)] == [3, 3, 1, 0, 0]
    assert [entry.seq for entry in ledger.entries(2, 5)] == [2, 3, 4]
    assert [entry.seq for entry in ledger.entries(5, 50)] == [5, 6]
    assert ledger.names("enterprise/", limit=3) == ["enterprise/00", "enterprise/01", "enterprise/02"]
    assert ledger.names("enterprise/", after="enterprise/04") == ["enterprise/05", "enterprise/06"]
    assert ledger.names("enterprise/1") == ledger.names("order/") == []


def test_an_empty_log_has_no_last_entry(ledger):
    assert fingerprint(ledger) == (0, b"")
    assert list(ledger.entries()) == ledger.rows(0, 10) == ledger.history("enterprise/A") == []
