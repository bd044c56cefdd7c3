"""The doctor: everything that promises rest on is looked at, and each check can find a fault."""

import os
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from freezegun import freeze_time

from service.doctor import Finding, examine, machine, stores, worst
from service.doctor.findings import ok
from service.front.settings import Front
from service.settings import Settings, create_folder
from service.wiring import Service
from tests.service.clients import frozen
from tests.service.console import Console
from tests.service.walk import begin
from tests.town import Town


@pytest.fixture(scope="module")
def well(tmp_path_factory):
    """A data folder with a small town, which nobody changes."""
    settings = create_folder(str(tmp_path_factory.mktemp("well") / "data"))
    with frozen(), Service(settings) as service:
        begin(Town(service.ledger, seed=service.seed))
        service.catch_up()
    return settings.data


@pytest.fixture
def folder(well, tmp_path):
    """A copy of it."""
    shutil.copytree(well, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    return tmp_path / "data"


def found(folder, check, environment=None, **options):
    """The one finding of a check."""
    findings = [each for each in examine(str(folder), environment or {}, **options) if each.check == check]
    assert len(findings) == 1, findings
    assert findings[0].what
    assert findings[0].state == "ok" or findings[0].remedy
    return findings[0]


def test_a_new_folder_is_well(folder):
    findings = [*examine(str(folder), {})]
    # The machine of the tests may have a slow or a very quick disk.
    assert {each.state for each in findings if each.check not in ("sync", "disk space", "file system")} == {"ok"}
    assert len({each.check for each in findings}) == len(findings) >= 15


@pytest.mark.parametrize(("free", "state"), [(50 * 2**20, "fail"), (500 * 2**20, "warn"), (2 * 2**30, "ok")])
def test_space_is_needed(folder, monkeypatch, free, state):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert found(folder, "disk space").state == state


def test_a_folder_in_memory_keeps_nothing():
    shared = Path("/dev/shm")
    if machine.file_system_of(shared) != "tmpfs":
        pytest.skip("there is no tmpfs at /dev/shm")
    [kind] = [each for each in machine.look_at_disk(Settings(shared)) if each.check == "file system"]
    assert kind.state == "fail"


@pytest.mark.parametrize(("kind", "state"), [("nfs4", "fail"), ("ramfs", "fail"), ("ext4", "ok"), ("", "ok")])
def test_sqlite_needs_a_local_disk(folder, monkeypatch, kind, state):
    monkeypatch.setattr(machine, "file_system_of", lambda _: kind)
    assert found(folder, "file system").state == state


@pytest.mark.parametrize(("seconds", "state"), [(0.000_001, "fail"), (0.002, "ok"), (0.2, "warn")])
def test_a_sync_that_costs_nothing_is_none(folder, monkeypatch, seconds, state):
    monkeypatch.setattr(machine, "time_of_sync", lambda _: seconds)
    assert found(folder, "sync").state == state


def test_a_sync_that_does_nothing_is_noticed(folder, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    assert found(folder, "sync").state == "fail"


def test_nobody_else_may_write_or_read_what_is_secret(folder):
    folder.chmod(0o777)
    assert found(folder, "data folder").state == "fail"
    folder.chmod(0o755)
    assert found(folder, "data folder").state == "ok"
    assert found(folder, "secret files").state == "warn"  # The databases.
    (folder / "sampling.seed").chmod(0o644)
    assert found(folder, "secret files").state == "fail"
    folder.chmod(0o700)
    assert found(folder, "secret files").state == "ok"


def test_a_file_of_another_user_is_noticed(folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    assert found(folder, "owner").state == "warn"


def test_too_few_files_or_threads_are_noticed(monkeypatch):
    limits = {machine.resource.RLIMIT_NOFILE: (300, 300), machine.resource.RLIMIT_NPROC: (20, 20)}
    monkeypatch.setattr(machine.resource, "getrlimit", limits.get)
    states = {each.check: each.state for each in machine.look_at_limits(Settings(Path(), front=Front(connections=100)))}
    assert states == {"open files": "fail", "threads": "fail"}
    limits[machine.resource.RLIMIT_NOFILE] = (300, 356)
    files, _ = machine.look_at_limits(Settings(Path(), front=Front(connections=100)))
    assert files.state == "ok"


def test_a_time_zone_that_is_not_known_here_is_noticed(monkeypatch):
    assert [each.state for each in machine.look_at_zone(Settings(Path(), timezone="Mars/Olympus"))] == ["fail"]


@pytest.mark.parametrize(
    ("variables", "check", "state"),
    [
        ({"POSTGRES_ENABLE_DB_FUNCTIONS": "y"}, "database functions", "fail"),
        ({"VOUCHERS_PROT": "80"}, "variables", "warn"),
        ({"VOUCHERS_PORT": "80"}, "variables", "ok"),
        ({"VOUCHERS_PORT": "eighty"}, "settings", "fail"),
    ],
)
def test_variables_are_looked_at(folder, variables, check, state):
    assert found(folder, check, variables).state == state


def test_a_mistyped_setting_is_a_finding(folder):
    (folder / "vouchers.toml").write_text("prot = 80\n")
    finding = found(folder, "settings")
    assert finding.state == "fail"
    assert "port" in finding.remedy


def test_a_log_in_memory_or_written_otherwise_is_none(tmp_path):
    with Service(Settings(tmp_path, log="memory:")) as service:
        assert [each.state for each in stores.look_at_log(service)] == ["fail"]
    for journal, synchronous, state in [("wal", "1", "fail"), ("delete", "2", "fail"), ("wal", "3", "ok")]:
        conditions = {"version": "3", "journal_mode": journal, "synchronous": synchronous}
        assert [each.state for each in stores._sqlite(conditions)] == [state]


@pytest.mark.parametrize("name", ["log", "views", "desk"])
def test_a_damaged_file_is_found(folder, name):
    with Service(Settings(folder)) as service, service.desk.writing():
        pass
    path = folder / f"{name}.sqlite"
    content = bytearray(path.read_bytes())
    content[4_096:] = b"\xff" * (len(content) - 4_096)
    path.write_bytes(content)
    assert found(folder, f"{name} file").state == "fail"
    assert found(folder, "views file").state == ("fail" if name == "views" else "ok")


def test_a_file_that_is_no_database_does_not_stop_the_examination(folder):
    (folder / "log.sqlite").write_bytes(b"no database " * 1_000)
    states = {each.check: each.state for each in examine(str(folder), {})}
    assert (states["log file"], states["opening"], states["time zone"]) == ("fail", "fail", "ok")


def test_an_entry_that_is_missing_or_misplaced_is_found(folder):
    assert found(folder, "entries").state == "ok"
    with sqlite3.connect(folder / "log.sqlite") as connection:
        connection.execute("DROP TRIGGER audit_entry_update")
        connection.execute("UPDATE stored_events SET rowid = rowid + 1000 WHERE rowid = 5")
    assert found(folder, "entries").state == "fail"


def test_a_clock_behind_the_log_is_found(folder):
    with freeze_time("2026-01-01T00:00:00Z"):
        assert found(folder, "clock").state == "fail"
    with freeze_time("2026-02-02T03:59:59.5Z"):
        assert found(folder, "clock").state in ("ok", "warn")
    with frozen("2027-01-01T00:00:00Z"):
        assert found(folder, "clock").state == "ok"


def test_views_that_are_behind_or_of_another_log_are_found(folder, monkeypatch):
    monkeypatch.setattr(stores, "FAR_BEHIND", 2)
    with sqlite3.connect(folder / "views.sqlite") as connection:
        connection.execute("UPDATE view_positions SET position = 1")
    assert found(folder, "views").state == "warn"
    with sqlite3.connect(folder / "views.sqlite") as connection:
        connection.execute("UPDATE view_positions SET position = 1000000")
    assert found(folder, "views").state == "fail"


def test_a_desk_that_does_not_answer_or_is_not_shared_is_found(folder, monkeypatch):
    with Service(Settings(folder)) as service:
        service.settings = Settings(folder, log="postgresql:///x")
        assert [each.state for each in stores.look_at_desk(service)] == ["warn"]
        monkeypatch.setattr(service.desk, "answers", lambda: False)
        assert [each.state for each in stores.look_at_desk(service)] == ["fail"]


def test_a_store_that_cannot_be_reached_is_a_finding_without_its_password(folder):
    environment = {"VOUCHERS_VIEWS": "postgresql://li:geheim@127.0.0.1:1/x"}
    finding = found(folder, "opening", environment)
    assert finding.state == "fail"
    assert "geheim" not in finding.what


HEALTHY = {
    "store": "postgresql",
    "server_version_num": "180006",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "default_transaction_isolation": "read committed",
    "max_connections": "200",
    "connections": "5",
    "superuser": "off",
    "database_functions": "0",
}


@pytest.mark.parametrize(
    ("change", "check", "state"),
    [
        ({}, "server", "ok"),
        ({"server_version_num": "130009"}, "server", "fail"),
        ({"synchronous_commit": "off"}, "synchronous_commit", "warn"),
        ({"synchronous_commit": "remote_apply"}, "synchronous_commit", "ok"),
        ({"fsync": "off"}, "fsync", "fail"),
        ({"full_page_writes": "off"}, "full_page_writes", "fail"),
        ({"default_transaction_isolation": "serializable"}, "isolation", "warn"),
        ({"superuser": "on"}, "role", "warn"),
        ({"database_functions": "1"}, "database functions", "fail"),
        ({"max_connections": "20"}, "connections", "warn"),
        ({"now": "2026-02-02T04:00:02Z"}, "server's clock", "warn"),
        ({"now": "2026-02-02T03:59:00Z"}, "server's clock", "fail"),
        ({"now": "2026-02-02T04:00:00.5Z"}, "server's clock", "ok"),
    ],
)
def test_what_a_server_is_set_to_is_judged(change, check, state):
    with frozen():
        told = {"now": "2026-02-02T04:00:00Z", **HEALTHY, **change}
        findings = [*stores.postgresql(told, Settings(Path(), workers=2))]
    assert {each.check: each.state for each in findings}[check] == state
    others = {each.state for each in findings if each.check != check}
    assert others <= {"ok"}


def test_a_real_server_is_examined(tmp_path, postgres, postgres_url):
    create_folder(str(tmp_path), log=postgres_url, views=f"{postgres_url}&schema=v", desk=f"{postgres_url}&schema=d")
    states = {each.check: each.state for each in examine(str(tmp_path), {})}
    # The server of the tests knows only its superuser.
    assert {name for name, state in states.items() if state == "fail"} <= {"sync", "disk space", "file system"}
    assert [states[name] for name in ("role", "fsync", "isolation", "entries")] == ["warn", "ok", "ok", "ok"]
    assert "database functions" not in states
    database = postgres_url.partition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {database} SET default_transaction_isolation TO 'repeatable read'")
    postgres.execute(f"ALTER DATABASE {database} SET synchronous_commit TO off")
    postgres.execute("CREATE FUNCTION es_insert_events_x() RETURNS int LANGUAGE sql AS 'SELECT 1'", database)
    states = {each.check: each.state for each in examine(str(tmp_path), {}, quick=True)}
    assert (states["isolation"], states["synchronous_commit"], states["database functions"]) == ("warn", "warn", "fail")
    assert "entries" not in states


def test_a_check_that_breaks_hides_no_other(folder, monkeypatch):
    def break_down(_):
        raise ValueError("91310115MA1TE5T0X3")

    monkeypatch.setattr(stores, "look_at_views", break_down)
    findings = {each.check: each for each in examine(str(folder), {})}
    assert (findings["views"].state, findings["desk"].state) == ("fail", "ok")
    assert findings["views"].what == "builtins.ValueError: [firm]"


def test_the_whole_is_as_bad_as_its_worst_part():
    parts = [ok("a", "x"), Finding("b", "warn", "y"), Finding("c", "fail", "z")]
    assert [worst(parts[:number]) for number in range(4)] == ["ok", "ok", "warn", "fail"]


def test_an_operator_sees_reason_and_remedy_and_a_program_the_exit_code(folder, tmp_path):
    console = Console(tmp_path)
    (folder / "sampling.seed").chmod(0o644)
    folder.chmod(0o755)
    told = console.ask("doctor", "--data", str(folder), code=4)
    [finding] = [each for each in told["findings"] if each["check"] == "secret files"]
    assert (told["state"], finding["state"]) == ("fail", "fail")
    assert "chmod 700" in console.tell("doctor", "--data", str(folder), code=4)
    assert console.refused("doctor", "--data", str(tmp_path / "nothing"), code=2) == "data-folder-missing"
