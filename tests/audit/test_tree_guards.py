"""What the database itself refuses, and what it cannot: the attacks of docs/audit-tree.md, on both engines."""

import shutil
import sqlite3
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from service.doctor import examine
from service.settings import Settings, create_folder
from service.wiring import Service
from tests.audit.tree_attacks import POSTGRES_REFUSED, POSTGRES_WORKS, SQLITE_REFUSED, SQLITE_WORKS
from tests.audit.trees import events_of, grow, inside, row
from tests.service.clients import frozen
from tests.service.console import Console
from tests.service.walk import begin
from tests.town import Town
from vouchers import wire
from vouchers.ledger import open_recorder
from vouchers.ledger.guards import POSTGRES, SQLITE


@pytest.fixture
def file(tmp_path):
    """A log of nine entries in SQLite, with a node as if it had more."""
    url = f"sqlite:{tmp_path / 'log.db'}"
    recorder = open_recorder(url)
    grow(recorder, 9)
    recorder.close()
    with inside(url) as store:
        store.execute("INSERT INTO audit_node VALUES (8, 0, zeroblob(32))")
    return url


@pytest.fixture
def server(postgres_url):
    """The same in PostgreSQL."""
    recorder = open_recorder(postgres_url)
    grow(recorder, 9)
    recorder.close()
    with inside(postgres_url) as store:
        store.execute("INSERT INTO audit_node VALUES (8, 0, repeat('x', 32)::bytea)")
    return postgres_url


def content(url: str) -> list[list[tuple[object, ...]]]:
    tables = (events_of(url), "audit_leaf", "audit_node", "audit_frontier")
    with inside(url) as store:
        return [sorted(map(tuple, store.execute(f"SELECT * FROM {table}").fetchall())) for table in tables]


def test_sqlite_refuses_every_change_of_what_was_appended(file):
    before = content(file)
    for attack in SQLITE_REFUSED:
        with inside(file) as store, pytest.raises(sqlite3.IntegrityError):
            store.execute(attack)
    assert content(file) == before


def test_postgresql_refuses_every_change_of_what_was_appended_also_to_its_superuser(server):
    before = content(server)
    for attack in POSTGRES_REFUSED:
        with inside(server) as store, pytest.raises(psycopg.errors.IntegrityError):
            store.execute(attack)
    assert content(server) == before


@pytest.mark.parametrize("attack", SQLITE_WORKS)
def test_who_has_the_file_can_take_the_guards_away_and_it_shows(file, attack):
    with inside(file) as store:
        store.executescript(attack)
    recorder = open_recorder(file)
    missing = recorder.unguarded()
    assert set(missing) <= set(SQLITE)
    assert missing
    recorder.close()


@pytest.mark.parametrize("attack", POSTGRES_WORKS)
def test_the_owner_and_the_superuser_can_take_the_guards_away_and_it_shows(server, attack):
    with inside(server) as store:
        store.execute(attack)
    recorder = open_recorder(server)
    missing = recorder.unguarded()
    assert set(missing) <= {guard.name for guard in POSTGRES}
    assert missing
    recorder.close()


@pytest.mark.parametrize("table", ["log", "audit_leaf", "audit_node", "audit_frontier"])
@pytest.mark.parametrize("store", ["file", "server"])
def test_a_table_that_is_gone_is_not_made_again_as_if_nothing_had_been_in_it(store, table, request):
    url = request.getfixturevalue(store)
    with inside(url) as opened:
        opened.execute(f"DROP TABLE {events_of(url) if table == 'log' else table}")
    if table in ("log", "audit_frontier"):
        with pytest.raises(PersistenceError):
            open_recorder(url)
        return
    recorder = open_recorder(url)
    assert recorder.unguarded()
    with pytest.raises(PersistenceError), recorder.write() as transaction:
        transaction.insert([row(seq) for seq in range(9, 300)])
    assert recorder.size() == 9
    recorder.close()


def forge(url: str) -> None:
    """Change an entry as its administrator can: the guard goes, the entry changes, the guard comes back."""
    with inside(url) as store:
        if url.startswith("sqlite:"):
            store.execute("DROP TRIGGER audit_entry_update")
            store.execute("UPDATE stored_events SET state = CAST(replace(state, '4', '5') AS BLOB) WHERE rowid = 5")
            store.execute(SQLITE["audit_entry_update"])
        else:
            store.execute("ALTER TABLE log_events DISABLE TRIGGER audit_entry_change")
            store.execute("UPDATE log_events SET state = '{\"seq\":5}' WHERE notification_id = 5")
            store.execute("ALTER TABLE log_events ENABLE ALWAYS TRIGGER audit_entry_change")


@pytest.mark.parametrize("store", ["file", "server"])
def test_an_administrator_who_puts_the_guard_back_leaves_no_trace_but_the_leaf(store, request):
    url = request.getfixturevalue(store)
    forge(url)
    recorder = open_recorder(url)
    assert recorder.unguarded() == []
    (changed,) = recorder.rows(4, 5)
    assert changed.entry != row(4).entry
    assert recorder.hashes(0, 4, 5) == [wire.leaf_hash(row(4).entry)] != [wire.leaf_hash(changed.entry)]
    recorder.close()


def test_a_byte_changed_in_the_file_is_whole_to_sqlite_and_wrong_to_the_tree(file):
    path = Path(file.removeprefix("sqlite:"))
    content = path.read_bytes()
    assert content.count(b'{"seq":4}') == 1
    path.write_bytes(content.replace(b'{"seq":4}', b'{"seq":5}'))
    with inside(file) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    recorder = open_recorder(file)
    assert recorder.unguarded() == []
    assert [wire.leaf_hash(each.entry) for each in recorder.rows(4, 5)] != recorder.hashes(0, 4, 5)
    recorder.close()


@pytest.mark.parametrize("store", ["file", "server"])
def test_guards_that_went_away_are_not_set_again_by_opening_but_on_request(store, request):
    url = request.getfixturevalue(store)
    with inside(url) as opened:
        if store == "file":
            opened.execute("DROP TRIGGER audit_leaf_delete")
        else:
            opened.execute("DROP TRIGGER audit_leaf_change ON audit_leaf")
    for _ in range(2):
        recorder = open_recorder(url)
        assert len(recorder.unguarded()) == 1
        recorder.close()
    recorder = open_recorder(url)
    recorder.guard()
    recorder.guard()
    assert recorder.unguarded() == []
    with inside(url) as opened, pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityError)):
        opened.execute("DELETE FROM audit_leaf")
    recorder.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """An installation with a small town, which nobody changes."""
    settings = create_folder(str(tmp_path_factory.mktemp("town") / "data"))
    with frozen(), Service(settings) as service:
        begin(Town(service.ledger, seed=service.seed))
        service.catch_up()
    return settings.data


@pytest.fixture
def folder(town, tmp_path):
    """A copy of it."""
    shutil.copytree(town, tmp_path / "data")
    return tmp_path / "data"


def found(folder, check):
    (finding,) = [each for each in examine(str(folder), {}) if each.check == check]
    return finding


def spoiled(folder, *statements):
    with inside(f"sqlite:{folder / 'log.sqlite'}") as store:
        for name in SQLITE:
            store.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            store.execute(statement)
        for trigger in SQLITE.values():
            store.execute(trigger)


def test_the_doctor_finds_a_whole_tree_and_its_guards(folder):
    assert (found(folder, "guards").state, found(folder, "tree").state) == ("ok", "ok")
    assert "leaves are those of the entries" in found(folder, "tree").what


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE stored_events SET state = CAST(replace(state, 'officer', 'auditor') AS BLOB) WHERE rowid = 6",
            "Entry 5 is not",
        ),
        ("UPDATE audit_leaf SET hash = zeroblob(32) WHERE seq = 7", "Entry 7 is not"),
        ("DELETE FROM audit_leaf WHERE seq = 7", "Entry 7 is not"),
        ("UPDATE audit_frontier SET stack = zeroblob(length(stack))", "last row"),
        ("DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)", "leaves"),
        ("UPDATE audit_node SET hash = zeroblob(32) WHERE idx = 0", "A node over entries"),
    ],
)
def test_the_doctor_names_what_does_not_fit_in_the_tree(folder, statement, said):
    settings = Settings(folder)
    rows = [row(number)._replace(stream="enterprise/Z", version=number + 1) for number in range(300)]
    with frozen(), Service(settings) as service, service.ledger._recorder.write() as transaction:
        transaction.insert(rows)
    spoiled(folder, statement)
    finding = found(folder, "tree")
    assert finding.state == "fail"
    assert said in finding.what


def test_a_last_row_that_cannot_be_right_stops_the_opening_with_a_sentence(folder):
    spoiled(folder, "UPDATE audit_frontier SET size = size + 1")
    finding = found(folder, "opening")
    assert finding.state == "fail"
    assert "last row of the tree" in finding.what
    assert Console(folder).refused("log", "show", "--data", str(folder), code=5) == "tree-damaged"


def test_the_console_tells_of_a_guard_that_is_gone_and_sets_it_again(folder):
    console = Console(folder)
    assert console.ask("audit", "guards", "--data", str(folder)) == {"missing": [], "restored": []}
    with inside(f"sqlite:{folder / 'log.sqlite'}") as store:
        store.execute("DROP TRIGGER audit_entry_delete")
    assert found(folder, "guards").state == "fail"
    assert "audit_entry_delete" in console.tell("audit", "guards", "--data", str(folder), code=4)
    assert console.ask("audit", "guards", "--restore", "--data", str(folder))["restored"] == ["audit_entry_delete"]
    assert found(folder, "guards").state == "ok"
