"""Several writers on one log: threads, ledgers, processes, and the library's own inserts."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from tests.ledger.acts import (
    META,
    POOL,
    appropriate,
    attempt,
    both,
    commit,
    in_threads,
    issue,
    reserve,
    tier_of,
    tiers,
    together,
)
from tests.ledger.racer import RACERS, THREADS, TRIES
from vouchers import wire
from vouchers.enterprise.events import CreditTierChanged
from vouchers.kinds import BUDGET, ENTERPRISE, VOUCHER
from vouchers.ledger import Committed, Ledger, open_recorder

ROOT = Path(__file__).parents[2]
RACE = 60  # Seconds for two processes to start, race and end.


@pytest.fixture
def two(shared_url, clock):
    """Return two ledgers, each with its own writer, on one log."""
    with Ledger(open_recorder(shared_url), clock) as one, Ledger(open_recorder(shared_url), clock) as other:
        yield one, other


def foreign(ledger: Ledger, version: int, tier: str) -> None:
    """Append through the library's own method, as another program would."""
    topic, seq = "enterprise.CreditTierChanged", ledger.size()
    entry = wire.Entry(
        "x",
        "enterprise/A",
        {"role": "x"},
        CreditTierChanged(tier, "x"),
        META.on,
        "2026-01-02T08",
        seq,
        topic,
        1,
        version,
    )
    ledger._recorder.insert_events([StoredEvent("enterprise/A", version, topic, wire.encode(entry))])


def test_a_foreign_writer_between_two_groups_is_seen(ledger):
    ledger.execute(tiers("A", "C"), META)
    foreign(ledger, 2, "D")
    assert ledger.execute(tier_of("A"), META).result == "D"
    ledger.execute(tiers("A", "A"), META)
    foreign(ledger, 4, "B")
    ledger.execute(tiers("A", "C"), META)
    assert [(entry.seq, entry.ver) for entry in ledger.history("enterprise/A")] == [(n, n + 1) for n in range(5)]


def test_a_stream_that_was_empty_at_first_is_seen_once_another_writes_it(two):
    one, other = two
    assert one.execute(tier_of("A"), META).result == "B"
    other.execute(tiers("A", "D"), META)
    assert one.execute(tier_of("A"), META).result == "D"


def test_much_that_another_wrote_is_seen(two, monkeypatch):
    monkeypatch.setattr("vouchers.ledger.group.PAGE", 5)
    one, other = two
    for count in (1, 5, 6, 20):
        one.execute(both(tier_of("A"), tiers("B", "C")), META)
        other.execute(both(*(tiers("C", "C") for _ in range(count - 1)), tiers("A", "ABCD"[count % 4])), META)
        assert one.execute(tier_of("A"), META).result == "ABCD"[count % 4]
        assert one._cache.size == one.size()


def test_two_ledgers_take_turns_and_each_decides_on_what_is_there(two):
    one, other = two
    one.execute(appropriate(100), META)
    for number in range(20):
        (one, other)[number % 2].execute(commit(f"O-{number}", 5), META)
    answers = [type(attempt(ledger, commit("more", 1))).__name__ for ledger in two]
    assert answers == ["BudgetExhausted"] * 2
    assert [entry.seq for entry in one.entries()] == list(range(21))


def test_threads_on_two_ledgers_spend_a_budget_exactly(two):
    two[0].execute(both(appropriate(1000), issue("V-1", 1000)), META)

    def client(number):
        return [
            attempt(two[number % 2], both(commit(f"O-{number}-{turn}", 7), reserve("V-1", f"O-{number}-{turn}", 7)))
            for turn in range(40)
        ]

    answers = Counter(type(answer).__name__ for part in in_threads(8, client) for answer in part)
    assert answers == {"Committed": 1000 // 7, "BudgetExhausted": 8 * 40 - 1000 // 7}
    assert two[0].state(BUDGET, POOL).committed == two[1].state(VOUCHER, "V-1").reserved == 1000 // 7 * 7


@pytest.mark.parametrize("amount", [7, 10])
def test_two_processes_race_for_the_last_yuan_and_exactly_as_many_succeed_as_it_pays_for(shared_url, clock, amount):
    with Ledger(open_recorder(shared_url), clock) as ledger:
        ledger.execute(both(appropriate(1000), issue("V-1", 1200)), META)
    script = [sys.executable, "-m", "tests.ledger.racer", shared_url]
    racers = [subprocess.Popen([*script, name, str(amount)], cwd=ROOT, stdout=-1, text=True) for name in "ab"]
    try:
        seen = [Counter(json.loads(racer.communicate(timeout=RACE)[0])) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    paid_for = 1000 // amount
    assert sum(seen, Counter()) == {"accepted": paid_for, "BudgetExhausted": RACERS * THREADS * TRIES - paid_for}
    assert all(part["accepted"] for part in seen), "one of them came too late to race"
    with Ledger(open_recorder(shared_url), clock) as ledger:
        assert ledger.state(BUDGET, POOL).committed == ledger.state(VOUCHER, "V-1").reserved == paid_for * amount
        assert [entry.seq for entry in ledger.entries()] == list(range(2 + RACERS + 2 * paid_for))


def test_a_group_whose_version_was_taken_is_decided_again(ledger):
    ledger.execute(tiers("A", "C"), META)
    stale = ledger._cache.slots["enterprise/A"]
    ledger.execute(tiers("A", "D"), META)
    ledger._cache.slots["enterprise/A"] = stale
    answers = together(ledger, [tiers("A", "A"), tiers("B", "A"), tier_of("A")])
    assert [type(answer) for answer in answers] == [Committed] * 3
    assert answers[2].result == ledger.state(ENTERPRISE, "A").tier == "A"
    assert [entry.ver for entry in ledger.history("enterprise/A")] == [1, 2, 3]
