"""How the ledger ends, and what it does when too much is asked of it."""

from threading import Thread

import pytest

from tests.ledger.acts import META, PATIENCE, attempt, held, tiers, wait_until
from vouchers.ledger import Committed, Ledger, LedgerBusy, LedgerClosed, open_recorder
from vouchers.ledger import ledger as module


def waiting(ledger, count):
    """Start threads that each ask for one change, and return when all of them wait."""
    answers = []
    threads = [Thread(target=lambda n=n: answers.append(attempt(ledger, tiers(f"{n}", "C")))) for n in range(count)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        wait_until(lambda number=number: ledger._queue.qsize() == number)
    return threads, answers


def test_closing_finishes_what_waits_and_refuses_what_comes_later(shared_url, clock):
    ledger = Ledger(open_recorder(shared_url), clock)
    closing = Thread(target=ledger.close)
    with held(ledger):
        threads, answers = waiting(ledger, 20)
        closing.start()
        wait_until(lambda: ledger._closed)
        with pytest.raises(LedgerClosed):
            ledger.execute(tiers("late", "C"), META)
    for thread in [*threads, closing]:
        thread.join(PATIENCE)
    assert [type(answer) for answer in answers] == [Committed] * 20
    with Ledger(open_recorder(shared_url), clock) as again:
        assert again.size() == 20
        assert again.names("enterprise/late") == []


def test_a_ledger_may_be_closed_twice(ledger):
    ledger.execute(tiers("A", "C"), META)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerClosed) as refused:
        ledger.execute(tiers("A", "D"), META)
    assert refused.value.status == 503


def test_a_queue_that_is_full_refuses_and_then_goes_on(ledger, monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    with held(ledger):
        threads, answers = waiting(ledger, 4)
        with pytest.raises(LedgerBusy) as refused:
            ledger.execute(tiers("A", "D"), META)
    assert refused.value.remedy
    for thread in threads:
        thread.join(PATIENCE)
    assert [type(answer) for answer in answers] == [Committed] * 4
    assert ledger.execute(tiers("A", "A"), META).position == 5


def test_an_unknown_kind_of_store_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="mysql:"):
        open_recorder("mysql://x")
