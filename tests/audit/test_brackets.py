"""Every entry of the log lies between two times that outsiders state."""

from datetime import timedelta

import pytest

from service.audit.bracketing import Brackets, Vouched
from tests.audit.houses import recorded, watched
from vouchers.days import instant_of, microseconds_of


@pytest.fixture
def world(tmp_path):
    with watched(tmp_path) as found:
        yield found


@pytest.fixture
def home(world):
    return world[0]


def test_an_entry_lies_between_the_anchor_before_it_and_the_next_that_covers_it(home):
    home.grow(2)
    home.turn()
    home.wait(hours=1)
    home.grow(2)
    home.turn()
    first, second = [microseconds_of(max(each.cosignature_times.values())) for each in recorded(home)]
    second += 1_000_000  # A cosignature states the second that it was made in.
    entries = [entry.rec for entry in home.service.ledger.entries()]
    brackets = home.anchors.brackets()
    for seq, rec in enumerate(entries):
        found = home.anchors.bracket(seq)
        assert found == brackets.of(seq)
        assert found.fault(rec) == ""
    assert home.anchors.bracket(1)[1:3] == ("", instant_of(first + 1_000_000))
    assert home.anchors.bracket(2)[1:3] == ("", instant_of(second)), "the anchor itself is bracketed by its own past"
    assert home.anchors.bracket(3)[1:] == (instant_of(first), instant_of(second), 2, 5)
    assert home.anchors.bracket(5)[1:] == (instant_of(first), "", 2, None)


@pytest.mark.parametrize(("wrong", "told"), [(timedelta(hours=-2), "follows entry 1"), (timedelta(hours=2), "vouched")])
def test_an_entry_that_states_a_wrong_time_is_named(home, wrong, told):
    home.ahead = wrong
    home.grow()
    home.turn()
    home.wait(hours=1)
    home.grow()
    home.turn()
    [entry] = home.service.ledger.entries(2, 3)
    assert told in home.anchors.bracket(2).fault(entry.rec)
    assert (
        home.anchors.bracket(2).fault(instant_of(microseconds_of(entry.rec) - int(wrong.total_seconds()) * 1_000_000))
        == ""
    )


def test_clocks_may_differ_by_five_seconds_and_no_more():
    brackets = Brackets(
        [Vouched(1, ("2026-03-02T09:00:00.000000Z",), 1), Vouched(9, ("2026-03-02T10:00:00.000000Z",), 9)]
    )
    found = brackets.of(5)
    for inside in ("2026-03-02T08:59:55.000000Z", "2026-03-02T10:00:06.000000Z"):
        assert found.fault(inside) == ""
    for outside in ("2026-03-02T08:59:54.999999Z", "2026-03-02T10:00:06.000001Z"):
        assert found.fault(outside)


def test_of_several_witnesses_the_widest_times_count():
    early, late = "2026-03-02T09:00:00.000000Z", "2026-03-02T09:00:40.000000Z"
    brackets = Brackets([Vouched(1, (late, early), 1), Vouched(4, (early, late), 4)])
    assert brackets.of(2)[1:3] == (early, "2026-03-02T09:00:41.000000Z")


def test_a_size_that_was_vouched_for_and_not_recorded_yet_ends_a_bracket_and_begins_none():
    brackets = Brackets([Vouched(7, ("2026-03-02T09:00:00.000000Z",))])
    assert brackets.of(6)[1:] == ("", "2026-03-02T09:00:01.000000Z", None, 7)
    assert brackets.of(7)[1:] == ("", "", None, None)


def test_an_anchor_that_does_not_hold_is_passed_over_and_asked_once():
    asked = []
    good = {1: "2026-03-02T09:00:00.000000Z", 6: "2026-03-02T11:00:00.000000Z"}

    def times_of(vouched):
        asked.append(vouched.seq)
        return (good[vouched.seq],) if vouched.seq in good else ()

    brackets = Brackets([Vouched(size, (), size) for size in (1, 2, 5, 6, 8)], times_of)
    for _ in range(2):
        assert brackets.of(3) == (3, good[1], "2026-03-02T11:00:01.000000Z", 1, 6)
    assert asked == [2, 1, 5, 6]


def test_a_side_is_left_open_where_two_hundred_anchors_in_a_row_do_not_hold():
    at = "2026-03-02T09:00:00.000000Z"

    def bracket(broken):
        vouched = [Vouched(1, (at,), 1), *(Vouched(size, (), size) for size in range(2, broken + 2))]
        return Brackets(vouched).of(500)

    assert bracket(199).not_before == at
    assert bracket(200).not_before == ""
