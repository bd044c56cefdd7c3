"""The test server is private, durable, and survives being killed."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import psycopg
import pytest

from tests import postgres as launcher
from tests.postgres import NoPostgres, Server, find_binaries


@pytest.fixture
def server():
    """Run a server that only this test uses, so that it may be killed."""
    server = Server()
    server.start()
    yield server
    server.remove()


def count_of(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM t").fetchone()[0]


def test_every_test_has_a_database_of_its_own(postgres, postgres_url):
    other = postgres.dsn(postgres.create_database())
    for url in (postgres_url, other):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (n int)")
    assert postgres_url != other


def test_a_database_can_be_copied_from_a_template(postgres):
    template = postgres.create_database()
    postgres.execute("CREATE TABLE t AS SELECT 7 AS n", template)
    assert count_of(postgres.dsn(postgres.create_database(template))) == 1


def test_a_database_that_was_given_back_is_as_empty_as_a_new_one(server):
    fresh = server.create_database()
    used = server.lend_database()
    with psycopg.connect(server.dsn(used), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA other CREATE TABLE other.t (n int); CREATE TABLE t (n int)")
        server.take_back(used)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert server.lend_database() == used
    assert schemas_of(server.dsn(used)) == schemas_of(server.dsn(fresh))
    assert schemas_of(server.dsn(used))["public"] == 0


@pytest.mark.parametrize(
    "change",
    [
        "ALTER DATABASE {} SET synchronous_commit TO off",
        "GRANT CREATE ON DATABASE {} TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    ],
)
def test_a_database_of_which_more_than_its_tables_was_changed_is_not_lent_again(postgres, change):
    used = postgres.lend_database()
    postgres.execute(change.format(used), used)
    postgres.take_back(used)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        count_of(postgres.dsn(used))


def schemas_of(url):
    """The schemas that a stranger sees, their rights, and how many relations each has; those of the server aside."""
    schemas = "SELECT nspname, (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid) FROM pg_namespace n"
    rights = "SELECT nspacl::text, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'"
    with psycopg.connect(url) as connection:
        found = {name: many for name, many in connection.execute(schemas).fetchall() if not name.startswith("pg_")}
        return found | {"rights": connection.execute(rights).fetchone()}


def test_the_server_writes_through_to_the_disk_and_listens_to_no_network(postgres):
    with psycopg.connect(postgres.dsn()) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "listen_addresses")}
        assert connection.execute("SHOW synchronous_commit").fetchone()[0] == "on"
    assert shown == {"fsync": "on", "listen_addresses": ""}


def test_the_folder_of_the_server_is_closed_to_others(postgres):
    status = postgres.folder.stat()
    assert status.st_mode & 0o077 == 0
    assert status.st_uid != 0


def test_what_was_committed_survives_a_kill_and_what_was_not_does_not(server):
    server.execute("CREATE TABLE t (n int)")
    server.execute("INSERT INTO t VALUES (1)")
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("INSERT INTO t VALUES (2)")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert not processes_in(server.folder)
    server.start()
    assert count_of(server.dsn()) == 1


def test_an_orderly_stop_and_a_removal_leave_nothing_behind(server):
    server.stop()
    assert not processes_in(server.folder)
    server.start()
    server.remove()
    assert not server.folder.exists()
    assert not processes_in(server.folder)


def test_a_test_run_that_is_killed_takes_its_server_with_it():
    program = "from tests.postgres import Server; s = Server(); s.start(); print(s.folder, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE, text=True) as run:
        folder = Path(run.stdout.readline().strip())
        assert processes_in(folder)
        run.kill()
    patience = time.monotonic() + 30
    while processes_in(folder) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not processes_in(folder)
    shutil.rmtree(folder)


def test_binaries_out_of_reach_of_the_owner_are_copied(monkeypatch, tmp_path):
    if os.geteuid():
        pytest.skip("only root runs the server as somebody else")
    (closed := tmp_path / "closed").mkdir(mode=0o700)
    package = find_binaries().parent.parent
    (closed / package.name).symlink_to(package)
    (closed / f"{package.name}.libs").symlink_to(package.with_name(f"{package.name}.libs"))
    monkeypatch.setenv("PG_BINDIR", str(closed / package.name / "pginstall" / "bin"))
    server = Server()
    try:
        server.start()
        assert server.binaries.is_relative_to(server.folder)
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.remove()


def test_a_machine_without_binaries_says_where_it_looked(monkeypatch, tmp_path):
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(launcher, "find_spec", lambda _: None)
    monkeypatch.setattr(launcher, "_SYSTEM", tmp_path)
    with pytest.raises(NoPostgres, match="PG_BINDIR"):
        find_binaries()


def processes_in(folder: Path) -> list[str]:
    """Return the processes whose working folder is the cluster's."""
    working = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve(strict=True).is_relative_to(folder):
                working.append(process.name)
        except OSError:
            continue  # It ended while we looked, or it is none of ours.
    return working
