"""The search for reference cycles rests during long runs, and comes back when the last of them is over."""

import gc
from contextlib import ExitStack

from service.collecting import undisturbed


def test_it_rests_during_a_run_and_comes_back():
    usual = gc.get_threshold()
    with undisturbed():
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold() == usual


def test_of_two_runs_at_once_the_last_one_brings_it_back():
    usual = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(undisturbed())
    second.enter_context(undisturbed())
    first.close()
    assert gc.get_threshold()[0] > usual[0]
    second.close()
    assert gc.get_threshold() == usual
