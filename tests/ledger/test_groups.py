"""A group of commands: what one of them does, or fails to do, to the others."""

from queue import SimpleQueue

import pytest

from tests.ledger.acts import (
    TooMuch,
    refusing,
    tier_of,
    tiers,
    together,
)
from vouchers.enterprise.events import CreditTierChanged
from vouchers.kinds import ENTERPRISE
from vouchers.ledger import Committed
from vouchers.ledger.ledger import MAX_GROUP, take
from vouchers.ledger.recorder import Row
from vouchers.ledger.unit import NameNotStorable
from vouchers.wire import NotCanonical, UnknownEvent, canonical


def entry_of_the_future() -> bytes:
    envelope = {"actor": "a", "agg": "enterprise/A", "auth": {"role": "officer"}, "data": {}, "eff": "2026-01-02"}
    return canonical(
        envelope
        | {"rec": "2026-01-02T08:00:00.000000Z", "seq": 0, "type": "enterprise.NotYetInvented", "v": 1, "ver": 1}
    )


def results(answers):
    return [answer.result if isinstance(answer, Committed) else type(answer) for answer in answers]


def test_a_group_is_decided_in_order_and_each_command_sees_those_before_it(ledger):
    answers = together(ledger, [tiers("A", "C"), tier_of("A"), tiers("A", "D"), tier_of("A")])
    assert results(answers) == ["C", "C", "D", "D"]
    assert [answer.position for answer in answers] == [1, 1, 2, 2]


def test_no_group_is_larger_than_its_limit():
    queue = SimpleQueue()
    for number in range(MAX_GROUP + 2):
        queue.put(number)
    assert take(queue, 0) == (list(range(MAX_GROUP)), True)
    assert take(queue, 0) == ([MAX_GROUP, MAX_GROUP + 1], True)


def test_a_refusal_in_a_group_affects_nobody_else(ledger):
    answers = together(
        ledger, [tiers("A", "C"), refusing(tiers("A", "D"), tiers("B", "D")), tier_of("A"), tiers("B", "A")]
    )
    assert results(answers) == ["C", TooMuch, "C", "A"]
    assert [entry.agg for entry in ledger.entries()] == ["enterprise/A", "enterprise/B"]
    assert [entry.ver for entry in ledger.entries()] == [1, 1]


@pytest.mark.parametrize("fault", [ZeroDivisionError, KeyError, MemoryError, SystemExit, KeyboardInterrupt])
def test_a_bug_reaches_only_its_caller_and_the_writer_lives_on(ledger, fault):
    def buggy(unit):
        unit.append(ENTERPRISE, "A", [])
        raise fault

    assert results(together(ledger, [tiers("A", "C"), buggy, tiers("A", "D")])) == ["C", fault, "D"]
    assert results(together(ledger, [tier_of("A")])) == ["D"]


def test_an_event_that_cannot_be_encoded_reaches_only_its_caller(ledger):
    unstorable = tiers("A", object())
    assert results(together(ledger, [tiers("A", "C"), unstorable, tier_of("A")])) == ["C", TypeError, "C"]
    assert ledger.size() == 1


@pytest.mark.parametrize("tier", [1.5, 1, None, True])
def test_an_event_that_could_not_be_read_back_is_never_written(ledger, tier):
    assert results(together(ledger, [tiers("A", "C"), tiers("A", tier), tier_of("A")])) == ["C", NotCanonical, "C"]
    assert [entry.data.tier for entry in ledger.entries()] == ["C"]


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "a\ud800b", "a" * 501])
def test_a_name_that_a_store_cannot_hold_is_refused_to_its_caller_only(ledger, name):
    answers = together(ledger, [tiers("A", "C"), tiers(name, "D"), tiers("A", "D")], [(), [f"enterprise/{name}"], ()])
    assert results(answers) == ["C", NameNotStorable, "D"]
    assert ledger.names("enterprise/") == ["enterprise/A"]


def test_a_long_and_foreign_name_is_stored(ledger):
    name = "上海" + "a" * (500 - len("enterprise/上海"))
    assert results(together(ledger, [tiers(name, "C"), tier_of(name)])) == ["C", "C"]
    assert ledger.names("enterprise/") == [f"enterprise/{name}"]


def test_an_append_that_is_refused_half_way_leaves_nothing_behind_in_its_unit(ledger):
    def stubborn(unit):
        with pytest.raises(AssertionError):
            unit.append(ENTERPRISE, "A", [CreditTierChanged("C", "a test"), "no event"])
        return tiers("A", "D")(unit)

    assert results(together(ledger, [stubborn, tier_of("A")])) == ["D", "D"]
    assert [entry.data.tier for entry in ledger.entries()] == ["D"]


def test_streams_to_read_that_make_no_sense_harm_nobody(ledger):
    def failing():
        yield "enterprise/A"
        raise LookupError

    answers = together(ledger, [tiers("A", "C"), tiers("B", "D"), tier_of("A")], [["nonsense/1"], failing(), [7]])
    assert results(answers) == ["C", "D", "C"]


def test_a_stream_that_cannot_be_read_is_never_taken_for_an_empty_one(ledger):
    row = Row("enterprise/A", 1, "enterprise.NotYetInvented", entry_of_the_future())
    with ledger._recorder.write() as transaction:
        transaction.insert([row])
    reads = [["enterprise/A", "enterprise/B"]]
    answers = together(ledger, [tiers("B", "D"), tier_of("A"), tier_of("A"), tiers("A", "C"), tier_of("B")], reads)
    assert results(answers) == ["D", UnknownEvent, UnknownEvent, UnknownEvent, "D"]
    assert results(together(ledger, [tier_of("A"), tiers("B", "A")])) == [UnknownEvent, "A"]
    assert ledger.size() == 3
