"""What the database itself refuses, and what it cannot: the attacks of docs/audit-tree.md, on both engines."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from service.doctor import examine
from service.settings import Settings, create_folder
from service.wiring import Service
from tests.audit.trees import events_of, grow, inside, row
from tests.ledger.acts import META, Clock, attempt, issue, tiers
from tests.service.clients import frozen
from tests.service.console import Console
from tests.service.walk import begin
from tests.town import Town
from vouchers import wire
from vouchers.application.erasing import redaction_of
from vouchers.enterprise.events import OverCapClosed
from vouchers.erasure.decisions import entry_key, redact_entry
from vouchers.kinds import ENTERPRISE, ERASURE
from vouchers.ledger import Committed, Ledger, LogNotOwned, RedactionNotOrdered, open_recorder, sqlite
from vouchers.ledger.guards import POSTGRES, SQLITE

ROLES = Path(__file__).parents[2] / "docs" / "deploy" / "postgres-roles.sql"
NEW = "'x/1', 1, 'x.Y', 'forged'"
COLUMNS = "originator_id, originator_version, topic, state"

SQLITE_REFUSED = [
    "UPDATE stored_events SET state = 'forged' WHERE rowid = 5",
    "UPDATE stored_events SET rowid = 99 WHERE rowid = 5",
    "UPDATE OR REPLACE stored_events SET rowid = 4 WHERE rowid = 5",
    "DELETE FROM stored_events WHERE rowid = 5",
    "DELETE FROM stored_events WHERE rowid = 9",
    f"REPLACE INTO stored_events (rowid, {COLUMNS}) VALUES (5, {NEW})",
    f"INSERT OR REPLACE INTO stored_events (rowid, {COLUMNS}) VALUES (5, {NEW})",
    # Its number is the next one, and it would replace the entry of the same stream and version.
    f"REPLACE INTO stored_events (rowid, {COLUMNS}) VALUES (10, 'enterprise/3', 1, 'x.Y', 'forged')",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (5, {NEW}) ON CONFLICT DO UPDATE SET state = 'forged'",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (-1, {NEW})",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (0, {NEW})",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (11, {NEW})",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (10, 'x/1', 2, 'x.Y', 'forged')",
    "UPDATE audit_leaf SET hash = zeroblob(32) WHERE seq = 5",
    "DELETE FROM audit_leaf WHERE seq = 8",
    "REPLACE INTO audit_leaf VALUES (5, zeroblob(32))",
    "INSERT INTO audit_leaf VALUES (-1, zeroblob(32))",
    "INSERT INTO audit_leaf VALUES (99, zeroblob(32))",
    "INSERT INTO audit_leaf VALUES (9, 'short')",
    "REPLACE INTO audit_node VALUES (8, 0, zeroblob(32))",
    "UPDATE audit_node SET hash = zeroblob(32)",
    "DELETE FROM audit_node",
    "INSERT INTO audit_node VALUES (8, 7, zeroblob(32))",
    "DELETE FROM audit_frontier",
    "UPDATE audit_frontier SET size = size - 1",
    "UPDATE audit_frontier SET size = NULL",
    "REPLACE INTO audit_frontier VALUES (1, 3, 'x')",
    "INSERT INTO audit_frontier VALUES (2, 3, 'x')",
]
SQLITE_WORKS = [
    "DROP TRIGGER audit_entry_update",
    "DROP TABLE audit_leaf",
    "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'audit_entry_update'",
]
UPSERT = (
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (5, {NEW})"
    " ON CONFLICT (notification_id) DO UPDATE SET state = 'forged'"
)
POSTGRES_REFUSED = [
    "UPDATE log_events SET state = 'forged' WHERE notification_id = 5",
    "UPDATE log_events SET notification_id = 99 WHERE notification_id = 5",
    "DELETE FROM log_events WHERE notification_id = 9",
    "TRUNCATE log_events",
    "TRUNCATE log_events, audit_leaf, audit_node, audit_frontier CASCADE",
    UPSERT,
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (-1, {NEW})",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (0, {NEW})",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (11, {NEW})",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (10, {NEW}), (12, 'x/1', 2, 'x.Y', 'forged')",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (10, 'enterprise/3', 1, 'x.Y', 'forged')",
    "UPDATE audit_leaf SET hash = repeat('x', 32)::bytea WHERE seq = 5",
    "DELETE FROM audit_leaf WHERE seq = 8",
    "INSERT INTO audit_leaf VALUES (99, repeat('x', 32)::bytea)",
    "INSERT INTO audit_leaf VALUES (9, 'short')",
    "TRUNCATE audit_leaf",
    "UPDATE audit_node SET hash = repeat('x', 32)::bytea",
    "DELETE FROM audit_node",
    "DELETE FROM audit_frontier",
    "UPDATE audit_frontier SET size = size - 1",
    "INSERT INTO audit_frontier VALUES (2, 3, 'x')",
    "SET session_replication_role = replica; UPDATE log_events SET state = 'forged' WHERE notification_id = 5",
    "SET session_replication_role = replica; DELETE FROM audit_leaf",
]
POSTGRES_WORKS = [
    "ALTER TABLE log_events DISABLE TRIGGER audit_entry_change",
    "DROP TRIGGER audit_entry_truncate ON log_events",
    "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname = 'audit_entry_change'",
    "CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER FUNCTION audit_entry_kept() SET search_path = public",
]


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


SECRET = "Call Wei Lan on 13800138000"


def ordered(ledger: Ledger, seq: int) -> str:
    """Order the reason of an entry taken out; what the log says is left of it."""
    words = {"authority": "DPO", "basis": "art. 17", "proposed_by": "officer:a", "approved_by": "officer:b"}
    command = redaction_of(ledger.rows(seq, seq + 1)[0].entry, ["/data/reason"], **words)

    def work(unit):
        return unit.append(ERASURE, entry_key(seq), redact_entry(unit.load(ERASURE, entry_key(seq)), command))

    ledger.execute(work, META)
    return command.left


def mistaken(ledger: Ledger) -> None:
    """Three entries, of which the second and the third hold what they should not."""
    ledger.execute(tiers("X", "A"), META)
    for _ in range(2):
        ledger.execute(lambda unit: unit.append(ENTERPRISE, "X", [OverCapClosed("P", "group", SECRET)]), META)


def replaced(url: str, seq: int, state: str) -> None:
    with inside(url) as store:
        if url.startswith("sqlite:"):
            statement = "UPDATE stored_events SET state = CAST(? AS BLOB) WHERE rowid = ?"
        else:
            statement = "UPDATE log_events SET state = convert_to(%s, 'UTF8') WHERE notification_id = %s"
        store.execute(statement, (state, seq + 1))


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_only_what_an_order_on_record_leaves_of_an_entry_takes_its_place(store, tmp_path, request):
    url = f"sqlite:{tmp_path / 'log.db'}" if store == "sqlite" else request.getfixturevalue("postgres_url")
    with Ledger(open_recorder(url), Clock()) as ledger:
        mistaken(ledger)
        before = [each.entry for each in ledger.rows(0, 3)]
        head = ledger.tree.head()
        for _ in range(2):
            with pytest.raises(RedactionNotOrdered):
                ledger.redact(1)
        left = ordered(ledger, 1)
        for seq, state in ((2, left), (1, left[:-1]), (1, left + " "), (1, SECRET), (0, left), (3, left)):
            with pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityError)):
                replaced(url, seq, state)
        assert [each.entry for each in ledger.rows(0, 3)] == before
        with pytest.raises(RedactionNotOrdered):
            ledger.redact(2)
        ledger.redact(1)
        ledger.redact(1)
        assert [each.entry for each in ledger.rows(0, 3)] == [before[0], left.encode(), before[2]]
        assert ledger.tree.root(3) == head[1]
        assert ledger.tree.leaf(1) == wire.leaf_hash(before[1]) == wire.leaf_hash(left.encode())
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityError)):
            replaced(url, 1, before[1].decode())
        assert ledger.history("enterprise/X")[1].data.reason == "[redacted]"
        assert isinstance(attempt(ledger, tiers("X", "B")), Committed)


def test_no_byte_of_a_redacted_text_stays_in_the_files_of_sqlite(tmp_path):
    with Ledger(open_recorder(f"sqlite:{tmp_path / 'log.db'}"), Clock()) as ledger:
        for number in range(50):  # Its row moves, as neighbours come.
            ledger.execute(issue(f"V-{number}", 100), META)
        mistaken(ledger)
        for number in range(50, 100):
            ledger.execute(issue(f"V-{number}", 100), META)
        files = [tmp_path / "log.db", tmp_path / "log.db-wal"]
        assert any(SECRET.encode() in each.read_bytes() for each in files)
        for seq in (51, 52):
            ordered(ledger, seq)
            assert ledger.redact(seq)
        assert not any(SECRET.encode() in each.read_bytes() for each in files)
        assert ledger.size() == 105


def test_a_reader_in_the_way_of_a_wipe_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "_PATIENCE", 1)
    path = tmp_path / "log.db"
    with Ledger(open_recorder(f"sqlite:{path}"), Clock()) as ledger:
        mistaken(ledger)
        ordered(ledger, 1)
        with inside(f"sqlite:{path}") as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM stored_events").fetchone()
            assert ledger.redact(1) is False
        assert ledger.redact(1) is True


def test_postgresql_writes_the_table_anew_once_a_text_is_taken_out(postgres_url):
    with Ledger(open_recorder(postgres_url), Clock()) as ledger, inside(postgres_url) as store:
        mistaken(ledger)
        ordered(ledger, 1)
        file = store.execute("SELECT pg_relation_filenode('log_events')").fetchone()
        assert ledger.redact(1)
        assert store.execute("SELECT pg_relation_filenode('log_events')").fetchone() != file
        assert ledger.unguarded() == []
        assert isinstance(attempt(ledger, tiers("X", "B")), Committed)


@pytest.fixture
def divided(postgres_url):
    """A log in a schema of its own after the script with the roles; the addresses of owner, service and auditor."""
    address = f"{postgres_url}&schema=log"
    with Ledger(open_recorder(address), Clock()) as ledger:
        mistaken(ledger)
        ordered(ledger, 1)
    with inside(postgres_url) as store:
        store.execute("CREATE SCHEMA views")
        store.execute("CREATE SCHEMA desk")
        store.execute("CREATE TABLE desk.sessions (token text)")
        store.execute("CREATE TABLE views.balances (amount bigint)")
        for _ in range(2):
            store.execute(ROLES.read_text())
    service = address.replace("postgres@", "vouchers@")
    return address, service, address.replace("postgres@", "vouchers_audit@")


def test_the_service_appends_and_reads_under_a_role_that_can_do_nothing_else_to_the_log(divided):
    _, service, _ = divided
    with Ledger(open_recorder(service), Clock()) as ledger:
        assert ledger.conditions()["owner"] == "off"
        assert ledger.unguarded() == []
        assert isinstance(attempt(ledger, tiers("Y", "A", "B")), Committed)
        assert ledger.tree.size() == ledger.size() == 6
        assert check_whole_but(ledger, 1)
        for forbidden in (lambda: ledger.redact(1), ledger.guard):
            with pytest.raises(LogNotOwned) as refused:
                forbidden()
            assert refused.value.status == 403
    plain = service.partition("&")[0]
    for attack in [*POSTGRES_REFUSED, *POSTGRES_WORKS, "DROP SCHEMA log CASCADE", "SET ROLE vouchers_owner"]:
        with inside(plain) as store:
            store.execute("SET search_path = log")
            with pytest.raises(psycopg.Error):
                store.execute(attack)
    with inside(plain) as store:
        store.execute("INSERT INTO desk.sessions VALUES ('t')")
        store.execute("DROP TABLE views.balances")
        store.execute("CREATE TABLE views.anew (x int)")


def check_whole_but(ledger: Ledger, redacted: int) -> bool:
    """Whether each entry has its leaf; the redacted one still has its first bytes here."""
    leaves = [wire.leaf_hash(each.entry) for each in ledger.rows(0, ledger.size())]
    return (
        leaves == ledger.tree.leaves(0, ledger.size()) and wire.redacted_leaf(ledger.rows(redacted, 2)[0].entry) is None
    )


def test_the_owner_carries_out_a_redaction_and_an_auditor_only_reads(divided):
    owner, service, auditor = divided
    recorder = open_recorder(owner)
    assert recorder.redact(1)
    assert recorder.conditions()["owner"] == "on"
    recorder.close()
    with Ledger(open_recorder(service), Clock()) as ledger:
        assert ledger.history("enterprise/X")[1].data.reason == "[redacted]"
    with inside(auditor.partition("&")[0]) as store:
        assert store.execute("SELECT count(*) FROM log.log_events").fetchone() == (4,)
        for attack in (
            "INSERT INTO log.audit_leaf VALUES (4, repeat('x', 32)::bytea)",
            "SELECT * FROM desk.sessions",
            "CREATE TABLE log.x (y int)",
            "CREATE TABLE public.x (y int)",
            "DELETE FROM views.balances",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                store.execute(attack)
        assert store.execute("SELECT count(*) FROM views.balances").fetchone() == (0,)


@pytest.fixture
def folder(tmp_path):
    """An installation with a small town."""
    settings = create_folder(str(tmp_path / "data"))
    with frozen(), Service(settings) as service:
        begin(Town(service.ledger, seed=service.seed))
        service.catch_up()
    return settings.data


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
