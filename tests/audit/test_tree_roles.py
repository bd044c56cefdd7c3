"""Who may do what to a log: redactions that the log orders, and roles of PostgreSQL that only append or only read."""

import base64
import sqlite3
from pathlib import Path

import psycopg
import pytest

from service.doctor.tree import look_at_guards, look_at_tree
from service.settings import Settings, create_folder
from service.wiring import Service
from tests.audit.tree_attacks import POSTGRES_REFUSED, POSTGRES_WORKS
from tests.audit.trees import forget_the_tree, inside
from tests.ledger.acts import META, Clock, attempt, issue, tiers
from tests.service.clients import frozen
from tests.service.walk import begin
from tests.town import Town
from vouchers import wire
from vouchers.application.erasing import redaction_of
from vouchers.enterprise.events import OverCapClosed
from vouchers.erasure.decisions import entry_key, redact_entry
from vouchers.kinds import ENTERPRISE, ERASURE
from vouchers.ledger import Committed, Ledger, LogNotOwned, RedactionNotOrdered, open_recorder, sqlite

ROLES = Path(__file__).parents[2] / "docs" / "deploy" / "postgres-roles.sql"

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


@pytest.mark.parametrize("leaf", ["its own", "another"])
def test_an_entry_that_only_claims_to_be_redacted_is_found(tmp_path, leaf):
    settings = create_folder(str(tmp_path / "data"))
    with frozen(), Service(settings) as service:
        mistaken(service.ledger)
        ordered(service.ledger, 1)
        service.ledger.redact(1)
        (well,) = look_at_tree(service)
        entry = service.ledger.rows(2, 3)[0].entry
        claimed = wire.leaf_hash(entry if leaf == "its own" else b"")
        forged = wire.parse(entry) | {"redacted": base64.b64encode(claimed).decode(), "eff": "2020-01-01"}
        with inside(settings.log_url) as store:
            store.execute("DROP TRIGGER audit_entry_update")
            store.execute("UPDATE stored_events SET state = ? WHERE rowid = 3", [wire.canonical(forged)])
        (finding,) = look_at_tree(service)
    assert (well.state, finding.state) == ("ok", "fail")
    said = "Entry 2 says that it was redacted, and the log does not." if leaf == "its own" else "Entry 2 is not what"
    assert said in finding.what


def test_a_role_that_owns_nothing_does_not_get_an_old_log_its_tree(postgres_url):
    open_recorder(postgres_url).close()
    forget_the_tree(postgres_url)
    with inside(postgres_url) as store:
        store.execute("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        store.execute("GRANT SELECT, INSERT ON log_events TO stranger")
    with pytest.raises(LogNotOwned):
        open_recorder(postgres_url.replace("postgres@", "stranger@"))


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


def test_operators_that_a_session_brings_along_do_not_open_the_guards(divided):
    plain = divided[1].partition("&")[0]
    with inside(plain) as store:
        for name, kind, result in (("ne", "bigint", False), ("eq", "bigint", True), ("eq", "text", True)):
            store.execute(
                f"CREATE FUNCTION views.{name}({kind}, {kind}) RETURNS boolean LANGUAGE sql AS 'SELECT {result}'"
            )
            sign = "<>" if name == "ne" else "="
            store.execute(
                f"CREATE OPERATOR views.{sign} (FUNCTION = views.{name}, LEFTARG = {kind}, RIGHTARG = {kind})"
            )
        store.execute("CREATE OPERATOR views.>= (FUNCTION = views.eq, LEFTARG = bigint, RIGHTARG = bigint)")
        store.execute("SET search_path = views, pg_catalog, log")
        assert store.execute("SELECT 1::bigint <> 2::bigint, 1::bigint = 2::bigint").fetchone() == (False, True)
        for attack in (
            "INSERT INTO log_events VALUES ('x/1', 1, 'x.Y', 'forged', 99)",
            "INSERT INTO log_events VALUES ('x/1', 1, 'x.Y', 'forged', -1)",
            "INSERT INTO audit_leaf VALUES (99, pg_catalog.convert_to(pg_catalog.repeat('x', 32), 'UTF8'))",
            "UPDATE audit_frontier SET size = 1",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation):
                store.execute(attack)


def check_whole_but(ledger: Ledger, redacted: int) -> bool:
    """Whether each entry has its leaf; the redacted one still has its first bytes here."""
    leaves = [wire.leaf_hash(each.entry) for each in ledger.rows(0, ledger.size())]
    return (
        leaves == ledger.tree.leaves(0, ledger.size()) and wire.redacted_leaf(ledger.rows(redacted, 2)[0].entry) is None
    )


def test_the_owner_is_refused_changes_by_the_guards_and_can_switch_them_off_as_only_owners_can(divided, postgres_url):
    with inside(postgres_url) as store:
        store.execute("SET ROLE vouchers_owner")
        store.execute("SET search_path = log")
        for attack in (
            "UPDATE log_events SET state = 'forged'",
            "DELETE FROM log_events WHERE notification_id = 4",
            "TRUNCATE log_events",
            "DELETE FROM audit_leaf WHERE seq = 3",
            "UPDATE audit_frontier SET size = 3",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation):
                store.execute(attack)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            store.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            store.execute("UPDATE pg_trigger SET tgenabled = 'D'")
        store.execute("ALTER TABLE log_events DISABLE TRIGGER audit_entry_change")
    recorder = open_recorder(divided[1])
    assert recorder.unguarded() == ["audit_entry_change"]
    recorder.close()


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


def test_the_whole_service_works_under_a_role_that_only_appends_to_the_log(postgres_url, tmp_path):
    def settings(role):
        address = postgres_url.replace("postgres@", f"{role}@")
        return {name: f"{address}&schema={name}" for name in ("log", "views", "desk")}

    with Service(create_folder(str(tmp_path / "data"), **settings("postgres"))):
        pass
    with inside(postgres_url) as store:
        store.execute(ROLES.read_text())
    with frozen(), Service(Settings(tmp_path / "data", **settings("vouchers"))) as service:
        begin(Town(service.ledger, seed=service.seed))
        assert service.catch_up() == service.ledger.size() == service.ledger.tree.size() > 30
        service.views.rebuild(service.ledger)
        findings = {each.check: each.state for each in [*look_at_guards(service), *look_at_tree(service)]}
        assert findings == {"guards": "ok", "tree": "ok"}
    with frozen(), Service(Settings(tmp_path / "data", **settings("postgres"))) as service:
        (warned,) = [each for each in look_at_guards(service) if each.check == "owner of the log"]
        assert (warned.state, "postgres-roles.sql" in warned.remedy) == ("warn", True)
