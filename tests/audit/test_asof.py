"""As of: what stood at any entry, instant and day, and what differs between two points with the entries that did it."""

from itertools import pairwise

import pytest

from service.audit.asof.cells import Changed, apply, cells, plain
from service.audit.asof.points import LogEndsBeforePoint, Point, PointMalformed, parse_point, point_of, size_at
from service.audit.asof.streams import LogContradictsItself, StreamTooLong, check_length, diff_stream, standing
from service.audit.asof.tables import TABLES, NoSuchColumn, TableUnknown, diff_table, key_columns, table_at
from service.audit.replaying.sources import open_source
from service.settings import load_settings
from tests.audit.replayed import a_year, entries_of_a_year, first, tampered, written
from vouchers.kinds import BY_NAME
from vouchers.refusals import Malformed
from vouchers.replay import StreamUnknown
from vouchers.settlement import events as settlement
from vouchers.voucher import events as voucher
from vouchers.voucher.events import PLACES

TOLD = ("vouchers", "orders", "budgets", "statement", "settlement_lines", "entitlements")


@pytest.fixture(scope="module")
def year():
    return list(entries_of_a_year())


@pytest.fixture(scope="module")
def store():
    source = open_source(load_settings(str(a_year()), {}).log_url)
    yield source
    source.close()


@pytest.fixture(scope="module")
def points(year):
    """Points that differ in what was recorded, in the day, and in both ways at once."""
    size = len(year)
    return [
        Point(size // 3),
        Point(size, "2026-05-31"),
        Point(size // 2, "2026-06-30"),
        Point(size),
        Point(size // 2),
    ]


def rows_of(source, name, point):
    keys = key_columns(TABLES[name][1])
    found = {}
    for row in table_at(source, name, point, {}):
        found[tuple(row[key] for key in keys)] = {name: value for name, value in row.items() if name not in keys}
    return found


def test_a_stream_at_a_point_is_the_fold_of_what_counts_there(year, store, points):
    for stream in {entry.agg for entry in year[::40]}:
        kind = BY_NAME[stream.partition("/")[0]]
        for point in points:
            state = kind.empty
            for entry in year[: point.size]:
                if entry.agg == stream and (not point.on or entry.eff <= point.on):
                    state = kind.evolve(state, entry.data)
            if kind.name != "voucher":
                assert standing(store, stream, point).state == state


def test_what_is_left_of_a_voucher_after_its_last_day_counts_as_expired_on_that_day(year, store):
    issued = first(year, voucher.Issued)
    until = issued.data.use_by_on
    on, after = (standing(store, issued.agg, Point(issued.seq + 1, day)).state for day in (until, "2027-01-01"))
    assert (on.available, on.expired) == (issued.data.face, 0)
    assert (after.available, after.expired) == (0, issued.data.face)


def test_a_stream_that_had_not_begun_has_nothing(year, store):
    issued = first(year, voucher.Issued)
    found = standing(store, issued.agg, Point(issued.seq))
    assert (found.entries, found.last_seq) == (0, -1)
    assert standing(store, issued.agg, Point(issued.seq + 1)).last_seq == issued.seq


def test_a_difference_applied_to_the_one_point_gives_the_other_for_every_kind_of_stream(year, store, points):
    streams = {entry.agg.partition("/")[0]: entry.agg for entry in year}.values()
    for stream in streams:
        for before, after in [*pairwise(points), (points[-1], points[0])]:
            was, now = (cells(standing(store, stream, point).state) for point in (before, after))
            diff = diff_stream(store, stream, before, after)
            assert apply({(stream,): was}, diff).get((stream,), {}) == now, (stream, before, after)


def test_a_cell_names_the_entries_that_changed_it_and_no_others(year, store):
    paid = first(year, voucher.Paid)
    moves = [entry for entry in year if entry.agg == paid.agg]
    diff = {each.cell: each for each in diff_stream(store, paid.agg, Point(moves[0].seq + 1), Point(len(year)))}
    for place in PLACES:
        by = tuple(each.seq for each in moves[1:] if place in voucher.MOVES.get(type(each.data), ()))
        assert diff[place].seqs == by if place in diff else diff.get(place) is None


def test_the_calendar_alone_changes_a_voucher_where_no_entry_does(year, store):
    issued = first(year, voucher.Issued)
    size = issued.seq + 1
    diff = diff_stream(store, issued.agg, Point(size, issued.data.use_by_on), Point(size, "2028-01-01"))
    assert {(each.cell, each.seqs) for each in diff} == {("available", ()), ("expired", ())}


@pytest.mark.parametrize("name", TOLD)
def test_a_difference_applied_to_a_table_at_one_point_gives_it_at_the_other(store, points, name):
    for before, after in [(points[0], points[3]), (points[1], points[2])]:
        diff = list(diff_table(store, name, before, after, {}))
        assert apply(rows_of(store, name, before), diff) == rows_of(store, name, after)
        assert all(each.seqs for each in diff)


def test_a_cell_of_a_table_names_the_entries_that_changed_it(year, store):
    paid = first(year, voucher.Paid)
    number = paid.agg.partition("/")[2]
    diff = diff_table(store, "vouchers", Point(paid.seq), Point(paid.seq + 1), {"voucher_id": number})
    told = {(each.cell, each.after - each.before, each.seqs) for each in diff}
    assert told == {("claimed", -paid.data.amount, (paid.seq,)), ("paid", paid.data.amount, (paid.seq,))}


def test_a_log_cut_at_a_point_says_of_it_what_the_whole_log_says(year, store, points, tmp_path):
    for number, point in enumerate(points):
        folder = tmp_path / str(number)
        folder.mkdir()
        cut = open_source(str(written(folder, year[: point.size]).parent))
        here = point_of(cut, on=point.on)
        assert here == point
        assert rows_of(cut, "vouchers", here) == rows_of(store, "vouchers", point)
        stream = first(year, voucher.Paid).agg
        assert standing(cut, stream, here) == standing(store, stream, point)
        cut.close()


def test_an_instant_counts_what_was_recorded_by_it_and_nothing_later(year, store):
    for seq in (0, 7, len(year) - 1):
        recorded = year[seq].rec
        same = sum(entry.rec <= recorded for entry in year)
        assert size_at(store, recorded) == same
    assert size_at(store, "2000-01-01T00:00:00Z") == 0
    assert size_at(store, "2190-01-01T00:00:00Z") == len(year)


def test_a_point_is_written_in_one_way_and_read_in_another_two(year, store):
    size = len(year)
    assert parse_point(store, "now") == Point(size)
    assert parse_point(store, "size:5") == Point(5)
    assert parse_point(store, "size:5,on:2026-03-01") == Point(5, "2026-03-01")
    assert parse_point(store, "on:2026-03-01") == Point(size, "2026-03-01")
    assert parse_point(store, f"recorded:{year[9].rec}") == Point(size_at(store, year[9].rec))
    assert str(Point(5, "2026-03-01")) == "size:5,on:2026-03-01"
    assert parse_point(store, str(Point(size))) == Point(size)


@pytest.mark.parametrize(
    "text", ["", "5", "size:", "size:-1", "size:x", "size:1,size:2", "day:2026-01-01", "size:99999999999999999"]
)
def test_what_is_no_point_is_refused(store, text):
    with pytest.raises(PointMalformed):
        parse_point(store, text)


def test_a_point_beyond_the_log_or_of_no_day_is_refused(year, store):
    with pytest.raises(LogEndsBeforePoint):
        parse_point(store, f"size:{len(year) + 1}")
    with pytest.raises(Malformed):
        parse_point(store, "on:2026-02-30")
    with pytest.raises(PointMalformed):
        point_of(store, size=1, recorded="2026-01-01T00:00:00Z")


@pytest.mark.parametrize("what", ["voucher", "voucher/", "nothing/V-1", "/V-1"])
def test_what_is_no_stream_is_refused(store, what):
    with pytest.raises(StreamUnknown):
        standing(store, what, Point(1))


def test_unknown_tables_and_columns_are_refused(store):
    with pytest.raises(TableUnknown):
        table_at(store, "vauchers", Point(1), {})
    with pytest.raises(NoSuchColumn):
        table_at(store, "vouchers", Point(1), {"colour": "red"})
    with pytest.raises(NoSuchColumn):
        table_at(store, "vouchers", Point(1), {"face": "much"})
    assert table_at(store, "vouchers", Point(1), {"face": "5"}) == []


def test_a_stream_is_folded_up_to_a_length_and_no_further():
    check_length("watch/all", 10, 10)
    with pytest.raises(StreamTooLong):
        check_length("watch/all", 11, 10)


def test_a_stream_that_was_tampered_with_has_no_state_behind_the_entry_that_cannot_follow(year, tmp_path):
    confirmed = first(year, settlement.Confirmed)
    source = open_source(str(written(tmp_path, tampered(year, confirmed.seq, redemption_id="O-none-R1"))))
    assert standing(source, confirmed.agg, Point(confirmed.seq)).last_seq < confirmed.seq
    with pytest.raises(LogContradictsItself, match=f"Entry {confirmed.seq:,} cannot follow"):
        standing(source, confirmed.agg, Point(confirmed.seq + 1))
    source.close()


def test_a_state_becomes_cells_by_its_members_whatever_it_is_made_of():
    assert plain(frozenset({"b", "a"})) == ["a", "b"]
    assert cells({"a": (1, 2), "b": {"c": None, "d": False}}) == {"a.0": 1, "a.1": 2, "b.d": False}


def test_a_row_whose_last_cell_goes_is_gone():
    assert apply({("k",): {"a": 1}}, [Changed(("k",), "a", 1, None, (5,))]) == {}
    assert apply({}, [Changed(("k",), "a", None, 1, (5,))]) == {("k",): {"a": 1}}
