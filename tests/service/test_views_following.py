"""Views follow the log exactly once: in any pages, after any interruption, with any number of runners, in any store."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from service.projections import ALL, Views, ViewsAheadOfLog, ViewsTakenOver
from service.projections.balances import VIEW as BALANCES
from service.projections.store import flush, writing
from service.projections.tables import Position, View, table_of
from tests.service.walk import a_year, address
from tests.town import Town, a_town
from vouchers.ledger.recorder import Row as LogRow
from vouchers.wire import UnknownEvent

STORES = ("memory", "sqlite", "postgres")


@pytest.fixture(scope="module")
def year() -> Iterator[Town]:
    with a_year(seed=8, steps=160) as town:
        yield town


@pytest.fixture(params=STORES)
def views_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return address(request.param, request, tmp_path)


@pytest.fixture(params=STORES[1:])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return address(request.param, request, tmp_path)


def tables(views: Views) -> dict[str, list[tuple]]:
    """Return everything that the views hold, in the order of the keys."""
    with views.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for view in views.views
            for table in view.tables
        }


@pytest.fixture(scope="module")
def expected(year: Town) -> dict[str, list[tuple]]:
    with Views("memory:") as views:
        views.catch_up(year.ledger)
        found = tables(views)
    assert all(found.values()), "an empty table would prove nothing"
    return found


class Interrupted(Exception):
    """The power went."""


class Fragile:
    """A log that cannot be read any more after some pages."""

    def __init__(self, log, pages: int) -> None:
        self.log, self.pages = log, pages

    def size(self) -> int:
        return self.log.size()

    def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[LogRow]:
        self.pages -= 1
        if self.pages < 0:
            raise Interrupted
        return self.log.rows(start, stop, without)


@pytest.mark.parametrize("page", [1, 7, 5_000])
def test_pages_of_any_size_give_the_same_tables(page, views_url, year, expected):
    with Views(views_url) as views:
        assert views.catch_up(year.ledger, page=page) == year.ledger.size()
        assert tables(views) == expected


def test_a_rebuild_gives_the_same_tables_as_following(views_url, year, expected):
    heard: list[tuple[int, int]] = []
    with Views(views_url) as views:
        views.catch_up(year.ledger, page=50)
        assert views.verify(year.ledger) == []
        assert views.rebuild(year.ledger, lambda done, whole: heard.append((done, whole))) == year.ledger.size()
        assert tables(views) == expected
    assert heard[-1] == (year.ledger.size(), year.ledger.size())


def test_a_limit_stops_there_and_the_rest_follows_later(year, expected):
    with Views("memory:") as views:
        assert views.catch_up(year.ledger, limit=10) == 10
        assert views.catch_up(year.ledger, page=4, limit=10) == 20
        assert views.position() == 20
        assert views.catch_up(year.ledger) == year.ledger.size()
        assert tables(views) == expected


def test_an_empty_log_is_followed_to_nothing(views_url):
    class Empty:
        def size(self) -> int:
            return 0

        def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[LogRow]:
            raise AssertionError(f"there is nothing to read from {start} to {stop} without {without}")

    with Views(views_url) as views:
        assert views.catch_up(Empty()) == views.rebuild(Empty()) == 0
        assert views.verify(Empty()) == []


def test_views_killed_between_pages_go_on_from_there(shared_url, year, expected):
    for pages in (3, 0, 5):
        with Views(shared_url) as views, pytest.raises(Interrupted):
            views.catch_up(Fragile(year.ledger, pages), page=20)
    with Views(shared_url) as views:
        assert views.position() == 8 * 20
        views.catch_up(year.ledger)
        assert tables(views) == expected


def test_a_rebuild_that_was_interrupted_is_finished_by_following(shared_url, year, expected, monkeypatch):
    monkeypatch.setattr("service.projections.views.REBUILD_PAGE", 40)
    with Views(shared_url) as views, pytest.raises(Interrupted):
        views.rebuild(Fragile(year.ledger, 2))
    with Views(shared_url) as views:
        assert views.position() == 80
        views.catch_up(year.ledger)
        assert tables(views) == expected
        indexes = {index["name"] for index in inspect(views.engine).get_indexes("orders")}
        assert indexes == {"orders_by_enterprise", "orders_by_provider", "orders_by_status"}


def test_a_page_that_cannot_be_written_leaves_rows_and_position_as_they_were(views_url, year, monkeypatch):
    def half(connection, ops):
        flush(connection, ops)
        raise Interrupted

    with Views(views_url) as views:
        views.catch_up(year.ledger, limit=50)
        before = tables(views)
        monkeypatch.setattr("service.projections.views.flush", half)
        with pytest.raises(Interrupted):
            views.catch_up(year.ledger)
        assert (views.position(), tables(views)) == (50, before)


def test_two_runners_at_once_apply_nothing_twice(shared_url, year, expected):
    faults: list[BaseException] = []
    with Views(shared_url) as first, Views(shared_url) as second:
        start = threading.Barrier(4)

        def follow(views: Views) -> None:
            try:
                start.wait()
                views.catch_up(year.ledger, page=5)
            except BaseException as fault:  # noqa: BLE001 - a thread's fault is the test's.
                faults.append(fault)

        threads = [threading.Thread(target=follow, args=(views,)) for views in (first, second, first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert faults == []
        assert first.position() == year.ledger.size()
        assert tables(second) == expected


def test_several_processes_may_open_the_same_empty_database(shared_url):
    faults: list[BaseException] = []
    start = threading.Barrier(6)

    def open_views() -> None:
        try:
            start.wait()
            Views(shared_url).close()
        except BaseException as fault:  # noqa: BLE001 - a thread's fault is the test's.
            faults.append(fault)

    threads = [threading.Thread(target=open_views) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []


def test_a_view_of_another_version_begins_anew_and_the_others_stay(shared_url, year, expected):
    with Views(shared_url) as views:
        views.catch_up(year.ledger)
    raised = View(BALANCES.name, BALANCES.version + 1, BALANCES.rows, BALANCES.handlers)
    with Views(shared_url, (raised, *ALL[1:])) as views:
        with views.engine.connect() as connection:
            positions = views.positions(connection)
        assert positions.pop(BALANCES.name) == 0
        assert set(positions.values()) == {year.ledger.size()}
        assert views.position() == 0
        assert views.catch_up(year.ledger, page=30) == year.ledger.size()
        assert tables(views) == expected


def test_a_runner_of_an_older_version_changes_nothing(shared_url, year):
    with Views(shared_url) as old:
        old.catch_up(year.ledger, limit=30)
        raised = View(BALANCES.name, BALANCES.version + 1, BALANCES.rows, BALANCES.handlers)
        with Views(shared_url, (raised,)) as new:
            new.catch_up(year.ledger, limit=20)
            before = tables(new)
            with pytest.raises(ViewsTakenOver):
                old.catch_up(year.ledger)
            assert tables(new) == before
            assert new.position() == 20


def test_views_that_are_ahead_of_the_log_say_so(year):
    with Views("memory:") as views, a_town() as another:
        views.catch_up(year.ledger)
        with pytest.raises(ViewsAheadOfLog):
            views.catch_up(another.ledger)
        assert views.rebuild(another.ledger) == another.ledger.size()
        assert views.verify(another.ledger) == []


def test_an_event_that_nobody_knows_stops_the_views_before_it(year):
    class Newer:
        def size(self) -> int:
            return year.ledger.size() + 1

        def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[LogRow]:
            rows = year.ledger.rows(start, stop, without)
            newer = LogRow("voucher/V-1", 9, "voucher.Gilded", b"{}")
            return [*rows, newer] if stop == self.size() else rows

    with Views("memory:") as views:
        with pytest.raises(UnknownEvent):
            views.catch_up(Newer(), page=50)
        assert views.position() == year.ledger.size() // 50 * 50


def test_waiting_for_a_position_ends_when_it_is_reached_or_patience_does(shared_url, year):
    with Views(shared_url) as views:
        assert views.wait_for(0, 0)
        assert not views.wait_for(1, 0.01)
        runner = threading.Thread(target=views.catch_up, args=(year.ledger,))
        runner.start()
        assert views.wait_for(year.ledger.size(), 30)
        runner.join()


def test_views_follow_a_log_that_grows(views_url):
    with a_town() as town, Views(views_url) as views:
        for number in range(5):
            town.order(f"O-{number}", gross=1_000_00)
            assert views.catch_up(town.ledger) == town.ledger.size()
        assert views.verify(town.ledger) == []


def test_a_runner_that_comes_too_late_writes_nothing(views_url, year):
    with Views(views_url) as views:
        views.catch_up(year.ledger, limit=40)
        before = tables(views)

        class Overtaken:
            """Another runner is faster, after this one has read its page."""

            def size(self) -> int:
                return 50

            def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[LogRow]:
                with writing(views.engine) as connection:
                    connection.execute(update(Position).values(position=50))
                return year.ledger.rows(start, stop, without)

        assert views.catch_up(Overtaken()) == 50
        assert tables(views) == before


def test_a_runner_that_is_overtaken_beyond_its_limit_does_not_go_back(views_url, year, expected):
    class Hurried(Views):
        """Another runner reaches the end just before this one looks where to begin."""

        def _apply_page(self, log, page: int, end: int) -> None:
            super()._apply_page(year.ledger, 5_000, year.ledger.size())
            super()._apply_page(log, page, end)

    with Hurried(views_url) as views:
        assert views.catch_up(year.ledger, page=1, limit=1) == year.ledger.size()
        assert tables(views) == expected
        assert views.verify(year.ledger) == []


def test_a_version_that_begins_while_an_older_runner_reads_gets_none_of_its_rows(shared_url, year):
    raised = View(BALANCES.name, BALANCES.version + 1, BALANCES.rows, BALANCES.handlers)

    class Upgraded(Fragile):
        """Somebody installs the next version after the older one has read its page."""

        def rows(self, start: int, stop: int, without: Sequence[str] = ()) -> list[LogRow]:
            Views(shared_url, (raised,)).close()
            return super().rows(start, stop, without)

    with Views(shared_url) as old:
        old.catch_up(year.ledger, limit=20)
        with pytest.raises(ViewsTakenOver):
            old.catch_up(Upgraded(year.ledger, 5))
    with Views(shared_url, (raised,)) as new:
        assert new.position() == 0
        assert tables(new) == {"vouchers": []}


def test_an_address_that_no_view_can_live_at_is_refused():
    with pytest.raises(ValueError, match="no views can be kept at nowhere:"):
        Views("nowhere:there")


def test_a_schema_of_its_own_keeps_views_apart(postgres_url, year, expected):
    with Views(f"{postgres_url}&schema=views") as views:
        views.catch_up(year.ledger)
        assert tables(views) == expected
        with views.engine.connect() as connection:
            found = connection.execute(text("SELECT count(*) FROM views.orders")).scalar_one()
        assert found == len(expected[table_of(ALL[2].rows[0]).name])
