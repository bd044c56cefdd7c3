"""Requests made up from the document of the API, sound and broken: every answer is one that the document tells."""

import pytest

from tests.service.clients import an_api
from tests.service.fuzzing import Fuzzer

MANY = 20_000


@pytest.fixture
def fuzzer(tmp_path):
    with an_api(tmp_path) as api:
        yield Fuzzer(api)


def test_every_answer_to_made_up_requests_is_in_the_document(fuzzer):
    fuzzer.walk(1)
    assert fuzzer.faults == {}
    assert len(fuzzer.sent) == len(list(fuzzer.operations()))


def test_requests_that_follow_from_answers_are_answered_as_the_document_says(fuzzer):
    fuzzer.follow(runs=4, steps=8)
    assert fuzzer.faults == {}
    assert fuzzer.sent.total() > 0


@pytest.mark.long
def test_twenty_thousand_made_up_requests_find_no_fault(fuzzer):
    turn = 0
    while fuzzer.sent.total() < MANY:
        fuzzer.walk(10, turn)
        fuzzer.follow(20, 10, turn)
        turn += 1
    print(f"{fuzzer.sent.total():,} requests to {len(fuzzer.sent)} operations")
    assert fuzzer.faults == {}
