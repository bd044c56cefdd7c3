"""Replay against what the ledger itself said then: every stream of every kind, at many moments of a random year."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.service.walk import AUTUMN, begin, end, walk
from tests.town import Town, an_empty_town
from vouchers import wire
from vouchers.erasure.decisions import REMOVED
from vouchers.kinds import BY_NAME, Kind
from vouchers.replay import expired_by_date, programme_as_of, state_as_of, timeline, voucher_as_of
from vouchers.voucher.events import PLACES

APART = 25  # entries between two moments at least


class Moment(NamedTuple):
    """How long the log was, and how every stream stood."""

    size: int
    states: dict[str, Any]


class Remembering(Town):
    """A town that remembers now and then how everything stood before the next command."""

    moments: list[Moment]

    def do(self, *command: Any, **options: Any) -> Any:
        size = self.ledger.size()
        if not self.moments or size - self.moments[-1].size >= APART:
            found = {name: self.ledger.state(*kind_of(name)) for name in self.ledger.names("")}
            self.moments.append(Moment(size, found))
        return super().do(*command, **options)


def kind_of(name: str) -> tuple[Kind, str]:
    kind, _, key = name.partition("/")
    return BY_NAME[kind], key


@pytest.fixture(scope="module", params=[4, 5])
def town(request: pytest.FixtureRequest) -> Iterator[Remembering]:
    with an_empty_town() as empty:
        town = Remembering(empty.ledger)
        town.moments = []
        begin(town)
        walk(town, request.param, 120, AUTUMN)
        end(town)
        assert len(town.moments) > 10
        yield town


def test_the_year_has_streams_of_every_kind(town):
    assert {name.partition("/")[0] for name in town.ledger.names("")} == BY_NAME.keys() - {"request"}


def test_the_year_holds_every_event_that_there_is(town):
    # A claim that is taken back while somebody looks at it comes about by chance, and a key has no story of its own.
    assert set(wire.TOPICS.values()) - set(town.topics()) <= {"review.Closed", "request.Answered"}


def test_any_stream_of_any_kind_at_any_position_is_what_it_was_then(town):
    for name in town.ledger.names(""):
        history = town.ledger.history(name)
        kind, _ = kind_of(name)
        for moment in town.moments:
            assert state_as_of(kind, history, position=moment.size) == moment.states.get(name, kind.empty), name


def test_any_stream_on_any_day_is_the_fold_of_what_had_taken_effect(town):
    for name in town.ledger.names(""):
        history = town.ledger.history(name)
        kind, _ = kind_of(name)
        for day in {entry.eff for entry in history}:
            state = kind.empty
            for entry in history:
                if entry.eff <= day:
                    state = kind.evolve(state, entry.data)
            assert state_as_of(kind, history, day) == state, name


def test_a_voucher_and_its_programme_at_any_position_are_what_they_were_then(town):
    entries = list(town.ledger.entries())
    programmes = {name.partition("/")[2] for name in town.ledger.names("programme/")}
    for moment in town.moments:
        vouchers = {name: state for name, state in moment.states.items() if name.startswith("voucher/")}
        for name, state in vouchers.items():
            assert voucher_as_of(town.ledger.history(name), position=moment.size) == state
        for programme in programmes:
            totals = programme_as_of(entries, programme, position=moment.size)
            own = [state for state in vouchers.values() if state.terms.programme == programme]
            assert totals.places == {place: sum(getattr(state, place) for state in own) for place in PLACES}
            assert totals.adds_up
            pools = {
                tuple(name.split("/")[2:]): (state.appropriated, state.committed)
                for name, state in moment.states.items()
                if name.startswith(f"budget/{programme}/")
            }
            assert {key: (pool.appropriated, pool.committed) for key, pool in totals.pools.items()} == pools


def test_every_programme_on_any_day_is_the_sum_of_its_vouchers(town):
    entries = list(town.ledger.entries())
    histories = [town.ledger.history(name) for name in town.ledger.names("voucher/")]
    days = sorted({entry.eff for entry in entries})
    for day in days[:: len(days) // 8]:
        states = [expired_by_date(state, day) for each in histories if (state := voucher_as_of(each, day)).terms]
        for programme in {state.terms.programme for state in states}:
            totals = programme_as_of(entries, programme, day)
            own = [state for state in states if state.terms.programme == programme]
            assert totals.places == {place: sum(getattr(state, place) for state in own) for place in PLACES}


def test_what_orders_hold_is_what_their_vouchers_hold_for_them(town):
    of_vouchers: Counter[str] = Counter()
    for name in town.ledger.names("voucher/"):
        for order_id, held in town.ledger.state(*kind_of(name)).held.items():
            of_vouchers[order_id] += held.reserved + held.claimed
    orders = {name.partition("/")[2]: town.ledger.state(*kind_of(name)) for name in town.ledger.names("order/")}
    assert +of_vouchers == +Counter({key: state.held + state.claimed for key, state in orders.items()})


def test_the_whole_log_can_be_told_in_sentences(town):
    told = set()
    for name in town.ledger.names(""):
        for line in timeline(town.ledger.history(name)):
            assert line.sentence.endswith(".")
            assert not set("`{}[]<>") & set(line.sentence.replace(REMOVED, "")), line.sentence
            told.add(line.event)
    assert told == set(town.topics()) <= set(wire.TOPICS.values())
