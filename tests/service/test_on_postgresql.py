"""What the service promises, on a real server: the races of the API again, tables made by many at once, no NOTIFY.

The whole of tests/service runs there with TESTS_ON=postgresql; what is here runs every time.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Column, MetaData, Table, Text

from service import desk as desks
from service.api.settings import Limits
from service.desk import Desk
from service.settings import Settings
from service.wiring import Service
from tests.service.clients import an_api, frozen, on_server
from tests.service.test_api_path import (  # noqa: F401 - the same tests, on the fixture below
    test_a_claim_is_reversed_before_payment,
)
from tests.service.test_api_repeating import (  # noqa: F401 - as above
    test_a_repeated_request_gets_the_same_answer_and_takes_effect_once,
    test_clerks_at_once_never_spend_a_voucher_twice,
    test_the_same_request_at_once_takes_effect_once,
    test_two_clerks_cannot_use_one_invoice,
    test_who_writes_reads_it_back_at_once,
)
from tests.town import Town

TOGETHER = 6


@pytest.fixture
def api(tmp_path, postgres_url):
    with frozen(), an_api(tmp_path, postgres_url, f"{postgres_url}&schema=views") as api:
        yield api


def test_an_installation_is_made_by_several_processes_at_once(tmp_path, postgres_url):
    settings = Settings(tmp_path, **on_server(postgres_url), limits=Limits("", ""))
    starting = threading.Barrier(TOGETHER)

    def begin(_):
        starting.wait()
        with Service(settings) as service:
            return service.desk.answers(), service.ledger.size(), service.catch_up()

    with ThreadPoolExecutor(TOGETHER) as several:
        assert list(several.map(begin, range(TOGETHER))) == [(True, 0, 0)] * TOGETHER


def test_a_desk_gets_new_tables_from_several_processes_at_once(postgres_url, monkeypatch):
    tables = MetaData()
    for number in range(5):
        Table(f"t_{number}", tables, Column("name", Text, primary_key=True))
    monkeypatch.setattr(desks, "TABLES", tables)
    starting = threading.Barrier(TOGETHER)

    def begin(number):
        desk = Desk(f"{postgres_url}&schema=desk")
        starting.wait()
        with desk.writing() as connection:
            connection.execute(tables.tables["t_4"].insert(), {"name": str(number)})
        desk.close()

    with ThreadPoolExecutor(TOGETHER) as several:
        list(several.map(begin, range(TOGETHER)))
    with psycopg.connect(f"{postgres_url}") as connection:
        assert connection.execute("SELECT count(*) FROM desk.t_4").fetchone() == (TOGETHER,)


def test_an_append_notifies_nobody_and_locks_no_table(postgres, postgres_url, tmp_path):
    database = postgres_url.partition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {database} SET log_statement TO 'all'")
    place = postgres.folder / "server.log"
    with frozen(), Service(Settings(tmp_path, **on_server(postgres_url))) as service:
        town = Town(service.ledger, seed=service.seed)
        town.adopt()
        before = place.stat().st_size
        town.record()
        town.entitle()
        service.catch_up()
    said = place.read_bytes()[before:].decode(errors="replace").upper()
    assert said.count("INSERT INTO") > 2
    assert "PG_ADVISORY_XACT_LOCK" in said
    assert "NOTIFY" not in said
    assert "LOCK TABLE" not in said


def test_a_server_that_isolates_more_by_default_does_not_hide_what_came_before_the_lock(
    postgres, postgres_url, tmp_path
):
    database = postgres_url.partition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {database} SET default_transaction_isolation TO 'repeatable read'")
    settings = Settings(tmp_path, **on_server(postgres_url))
    with frozen(), Service(settings) as one, Service(settings) as other:
        first, second = Town(one.ledger), Town(other.ledger)
        first.adopt()

        def work(town):
            for _ in range(15):
                town.appropriate("TEST", 1)

        with ThreadPoolExecutor(2) as several:
            list(several.map(work, (first, second)))
        assert one.ledger.size() == other.ledger.size()
        rows = one.ledger.rows(0, one.ledger.size())
        assert len({row.entry for row in rows}) == len(rows)
