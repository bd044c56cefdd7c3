"""The states that decisions see: cached or loaded, they are the log folded."""

import random
from functools import reduce

import pytest

from tests.ledger.acts import META, POOL, appropriate, attempt, both, commit, issue, reserve, tier_of, tiers, together
from vouchers.kinds import BUDGET, ENTERPRISE, VOUCHER
from vouchers.ledger import Backdated, Committed, Ledger, open_recorder


def play(ledger: Ledger, seed: int) -> list[object]:
    """Return what a random but repeatable mix of commands got."""
    chance = random.Random(seed)
    answers = [attempt(ledger, both(appropriate(5000), *(issue(f"V{number}", 900) for number in range(6))))]
    for number in range(80):
        key, amount = f"V{chance.randrange(6)}", chance.randrange(1, 200)
        work = both(reserve(key, f"O{number}", amount), commit(f"O{number}", amount), tiers(key, "ABCD"[number % 4]))
        reads = [f"voucher/{key}", f"budget/{POOL}"][: chance.randrange(3)]
        answers.append(attempt(ledger, work, reads=reads))
    return [a.result if isinstance(a, Committed) else type(a) for a in answers]


def test_cached_states_equal_folded_states(ledger):
    play(ledger, 1)
    for stream, slot in ledger._cache.slots.items():
        kind = {"budget": BUDGET, "enterprise": ENTERPRISE, "voucher": VOUCHER}[stream.partition("/")[0]]
        history = ledger.history(stream)
        assert slot.state == reduce(kind.evolve, (entry.data for entry in history), kind.empty)
        assert slot.state == ledger.state(kind, stream.partition("/")[2])
        assert slot.version == len(history)
    assert len(ledger._cache.slots) == 13


def test_a_state_that_is_read_holds_what_another_writer_has_appended(shared_url, clock):
    with Ledger(open_recorder(shared_url), clock) as ours, Ledger(open_recorder(shared_url), clock) as theirs:
        for tier in "CDC":
            ours.execute(tiers("A", tier), META)
            assert theirs.state(ENTERPRISE, "A").credit_tier == tier
            theirs.execute(tiers("A", "B"), META)
            assert ours.state(ENTERPRISE, "A").credit_tier == "B"


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_small_cache_changes_no_result(ledger_url, clock, limit):
    with Ledger(open_recorder(ledger_url), clock, cached_streams=limit) as small:
        answers = play(small, 2)
        entries = [row.entry for row in small.rows(0, 1000)]
        assert len(small._cache.slots) <= limit
    clock.now = type(clock)().now
    with Ledger(open_recorder("memory:"), clock) as large:
        assert play(large, 2) == answers
        assert [row.entry for row in large.rows(0, 1000)] == entries
    assert {type(answer) for answer in answers} == {list, type}


def test_a_group_larger_than_the_cache_sees_its_own_changes(ledger_url, clock):
    with Ledger(open_recorder(ledger_url), clock, cached_streams=2) as ledger:
        together(ledger, [tiers(key, "C") for key in "ABCDE"])
        answers = together(ledger, [*(tiers(key, "D") for key in "ABCDE"), *(tier_of(key) for key in "ABCDE")])
        assert [answer.result for answer in answers] == ["D"] * 10


def test_streams_named_in_advance_are_loaded_in_one_query(ledger_url, clock):
    with Ledger(open_recorder(ledger_url), clock) as ledger:
        ledger.execute(both(appropriate(1000), *(tiers(key, "C", "D") for key in "ABC")), META)
        ledger._cache.clear()
        queries = []
        write = ledger._recorder.write

        def counted():
            context = write()
            enter = type(context).__enter__

            class Counting:
                def __enter__(self):
                    transaction = enter(context)
                    streams = transaction.streams
                    transaction.streams = lambda *names: queries.append(names) or streams(*names)
                    return transaction

                def __exit__(self, *error):
                    return context.__exit__(*error)

            return Counting()

        ledger._recorder.write = counted
        reads = [f"budget/{POOL}", "enterprise/A", "enterprise/B", "enterprise/none"]
        answers = together(ledger, [tier_of("A"), both(tier_of("B"), commit("O", 7))], [reads[:2], reads])
        assert answers[0].result == "D"
        assert [(sorted(whole), tails) for whole, tails in queries] == [
            (["enterprise/A", "enterprise/B", "enterprise/none"], [f"budget/{POOL}"])
        ]
        assert ledger.state(BUDGET, POOL).committed == 7


def test_of_a_budget_only_the_last_event_is_read(ledger):
    ledger.execute(both(appropriate(1000), commit("O", 1), commit("P", 2)), META)
    with ledger._recorder.write() as transaction:
        rows = transaction.streams(["enterprise/none"], [f"budget/{POOL}", "budget/none"])
    assert [(row.stream, row.version) for row in rows] == [(f"budget/{POOL}", 3)]
    ledger._cache.clear()
    assert ledger.execute(commit("Q", 997), META).result.committed == 1000
    assert ledger.history(f"budget/{POOL}")[-1].ver == 4


def test_nothing_happens_to_a_voucher_before_what_already_happened_to_it(ledger):
    ledger.execute(issue("V", 500), META._replace(on="2026-03-02"))
    with pytest.raises(Backdated):
        ledger.execute(reserve("V", "O", 1), META._replace(on="2026-03-01"))
    ledger.execute(reserve("V", "O", 1), META._replace(on="2026-03-02"))
    ledger._cache.clear()
    ledger.execute(reserve("V", "P", 1), META._replace(on="2026-03-05"))
    ledger._cache.clear()
    with pytest.raises(Backdated):
        ledger.execute(reserve("V", "Q", 1), META._replace(on="2026-03-04"))
    assert ledger.state(VOUCHER, "V").reserved == 2


def test_facts_about_a_firm_may_arrive_late(ledger):
    ledger.execute(tiers("A", "C"), META._replace(on="2026-03-02"))
    ledger.execute(tiers("A", "D"), META._replace(on="2026-03-01"))
    assert [entry.eff for entry in ledger.history("enterprise/A")] == ["2026-03-02", "2026-03-01"]
