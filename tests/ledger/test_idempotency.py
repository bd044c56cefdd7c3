"""One key, one effect: repetitions get the same answer, other requests are refused."""

import pytest

from tests.ledger.acts import META, fingerprint, in_threads, issue
from vouchers import application
from vouchers.application import run
from vouchers.application.vouchering import ReturnValue
from vouchers.kinds import VOUCHER
from vouchers.ledger import Ledger, open_recorder
from vouchers.refusals import IdempotencyKeyReused
from vouchers.voucher.decisions import NothingToReturn


@pytest.fixture
def opened(ledger):
    """Return a ledger with one voucher of 1,000."""
    ledger.execute(issue("V-1", 1000), META)
    return ledger


def give_back(ledger, amount, *, key="k-1", meta=META):
    return run(ledger, application.return_value, ReturnValue("V-1", amount, "not needed"), meta, key=key)


def test_the_same_request_again_gets_the_same_answer_and_changes_nothing(opened):
    first = give_back(opened, 300)
    before = fingerprint(opened)
    again = give_back(opened, 300)
    assert again.answer == first.answer == first.answer | {"available": 700}
    assert (first.replayed, again.replayed) == (False, True)
    assert fingerprint(opened) == before
    assert first.position == again.position == opened.size()


def test_another_request_with_the_same_key_is_refused(opened):
    give_back(opened, 300)
    before = fingerprint(opened)
    with pytest.raises(IdempotencyKeyReused) as refused:
        give_back(opened, 301)
    assert refused.value.status == 422
    assert fingerprint(opened) == before


def test_a_refused_request_does_not_use_up_its_key(opened):
    with pytest.raises(NothingToReturn):
        give_back(opened, 1001)
    assert give_back(opened, 1000).answer["available"] == 0


def test_the_key_of_another_actor_is_another_key(opened):
    give_back(opened, 300)
    other = give_back(opened, 300, meta=META._replace(actor="officer:wang"))
    assert not other.replayed
    assert opened.state(VOUCHER, "V-1").returned == 600


def test_without_a_key_every_request_takes_effect(opened):
    for _ in range(3):
        assert not give_back(opened, 300, key="").replayed
    assert opened.state(VOUCHER, "V-1").returned == 900


def test_fifty_threads_with_one_key_have_one_effect(opened):
    outcomes = in_threads(50, lambda _: give_back(opened, 20))
    assert [outcome.replayed for outcome in outcomes].count(False) == 1
    assert all(outcome.answer == outcomes[0].answer for outcome in outcomes)
    assert opened.state(VOUCHER, "V-1").returned == 20


def test_a_key_outlives_its_ledger(shared_url, clock):
    with Ledger(open_recorder(shared_url), clock) as ledger:
        ledger.execute(issue("V-1", 1000), META)
        first = give_back(ledger, 300)
    with Ledger(open_recorder(shared_url), clock) as ledger:
        again = give_back(ledger, 300)
        assert (again.answer, again.replayed) == (first.answer, True)
        assert ledger.state(VOUCHER, "V-1").returned == 300
