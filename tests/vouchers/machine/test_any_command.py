"""Whatever anybody types, in any order and on any day: the sums agree, and a refusal leaves no trace."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.vouchers.machine import tales_of_audits, tales_of_counters, tales_of_offices, tales_of_orders
from tests.vouchers.machine.actors import COMMANDS, Actors
from tests.vouchers.machine.wits import PEOPLE

TALES = (*tales_of_orders.TALES, *tales_of_offices.TALES, *tales_of_counters.TALES, *tales_of_audits.TALES)
NAMES = sorted(COMMANDS)
DICE = st.integers(0, 2**32)


class Anybody(Actors):
    """A dozen programmes in two places, their firms and providers, and people who type what comes to their minds."""

    @initialize(place=st.sampled_from([0, 0, 1]))
    def people_settle(self, place: int) -> None:
        self.settle_in(place)

    @rule(days=st.sampled_from([0, 1, 1, 7, 30, 90]))
    def time_passes(self, days: int) -> None:
        self.later(days)

    @rule(die=DICE)
    def anybody_types_anything(self, die: int) -> None:
        self.roll(die)
        self.type_anything(self.pick(NAMES), self.pick(PEOPLE))

    @rule(die=DICE)
    def a_firm_orders(self, die: int) -> None:
        self.roll(die)
        trade = self.pick(self.trades)
        parts = self.pick((1, 1, 10, 20))
        self.order(trade, gross=trade.gross * parts // 10, net=trade.net * parts // 10)

    @rule(die=DICE, steps=st.integers(1, 5))
    def an_order_moves_on(self, die: int, steps: int) -> None:
        self.roll(die)
        going = [key for key in self.auditor.keys["order"] if self.state(key).status not in ("paid", "cancelled")]
        number = self.pick(going[-8:]) if going else ""
        for _ in range(steps if number else 0):
            self.step(number)

    @rule(die=DICE)
    def a_tale_is_lived(self, die: int) -> None:
        self.roll(die)
        self.pick(TALES)(self)


QUICK = settings(
    max_examples=70, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
STEPS = 200_000
MOST = len(COMMANDS) * 2 // 3


def live(how: settings) -> tuple[int, set[str]]:
    """Let people live, and tell how often; the number of commands that were given, and those that were done."""
    Anybody.tally.clear()
    Anybody.lives = 0
    run_state_machine_as_test(Anybody, settings=how)
    steps = sum(Anybody.tally.values())
    print(f"{steps:,} steps in {Anybody.lives:,} lives")
    for name in NAMES:
        print(f"{name:24} done {Anybody.tally[name, 'done']:7,}  refused {Anybody.tally[name, 'refused']:7,}")
    return steps, {name for name, told in Anybody.tally if told == "done"}


def test_whatever_anybody_types_the_sums_agree():
    _, done = live(QUICK)
    assert len(done) >= MOST, "too little was played to prove much"


@pytest.mark.long
def test_whatever_anybody_types_for_long_the_sums_agree():
    steps, done = live(settings(QUICK, max_examples=3_000))
    assert steps >= STEPS
    assert set(COMMANDS) == done, "every command is done, not only refused"
