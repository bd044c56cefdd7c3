"""Whatever ends an append in its middle, entries and tree agree afterwards; a log without a tree gets one."""

import os
import signal
import sqlite3
import threading

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from tests.audit.trees import check_whole, events_of, forget_the_tree, grow, inside, made_anew, row
from tests.ledger.acts import META, Clock, attempt, tiers
from vouchers.ledger import Ledger, LogCut, Tree, copying, open_recorder, tree

STATEMENTS = 40  # More than an append has.
SIZE = 255  # So that the next entry completes a node.


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """Return the address of a new log in each kind of store that outlives a process."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:{tmp_path / 'log.db'}"


class Fault(Exception):
    """The test ends a transaction here."""


class Failing:
    """Counts the statements that a store is sent, and fails at the chosen one."""

    def __init__(self, monkeypatch, at: int) -> None:
        self.at = at
        self.sent: list[str] = []
        from eventsourcing.sqlite import SQLiteCursor  # noqa: PLC0415 - the drivers' side, beside psycopg's

        for cursor in (SQLiteCursor, psycopg.Cursor):
            for name in ("execute", "executemany"):
                monkeypatch.setattr(cursor, name, self._counted(getattr(cursor, name)))

    def _counted(self, statement):
        def run(cursor, query, *arguments, **options):
            self.sent.append(str(query))
            if len(self.sent) == self.at:
                raise Fault(self.sent[-1])
            return statement(cursor, query, *arguments, **options)

        return run


def append(recorder, first: int, many: int) -> None:
    with recorder.write() as transaction:
        transaction.insert([row(seq) for seq in range(first, first + many)])


def test_a_fault_at_any_statement_of_an_append_leaves_entries_and_tree_as_they_were(url, monkeypatch):
    recorder = open_recorder(url)
    grow(recorder, SIZE)
    failed = 0
    for at in range(1, STATEMENTS):
        with monkeypatch.context() as patched:
            failing = Failing(patched, at)
            try:
                append(recorder, SIZE, 2)
            except Fault:
                failed += 1
            else:
                break
        assert check_whole(recorder) == SIZE
    # The lock, the size, entries with leaves and frontier, a node: PostgreSQL is sent no more.
    assert failed >= (6 if url.startswith("sqlite") else 4)
    assert any("audit_node" in each for each in failing.sent)
    assert check_whole(recorder) == SIZE + 2
    recorder.close()


def die_at(path: str, statement: int) -> None:
    """Append as a process of its own that is killed by the system before the chosen statement; ends it."""
    left = statement

    def count(_sql: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    connect = sqlite3.connect

    def traced(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = traced
    try:
        append(open_recorder(f"sqlite:{path}"), SIZE, 2)
    finally:
        os._exit(7)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_process_killed_before_any_statement_of_an_append_leaves_all_of_it_or_nothing(tmp_path):
    path, killed, sizes = tmp_path / "log.db", 0, set()
    grow(opened := open_recorder(f"sqlite:{path}"), SIZE)
    opened.close()
    for statement in range(1, STATEMENTS):
        child = os.fork()
        if not child:
            die_at(str(path), statement)
        status = os.waitpid(child, 0)[1]
        recorder = open_recorder(f"sqlite:{path}")
        sizes.add(check_whole(recorder))
        recorder.close()
        if os.WIFEXITED(status):
            break
        killed += 1
    assert killed >= 10
    assert sizes == {SIZE, SIZE + 2}


@pytest.mark.parametrize("table", ["log_events", "audit_leaf", "audit_node", "audit_frontier"])
def test_a_server_that_ends_the_connection_at_any_part_leaves_entries_and_tree_as_they_were(
    postgres_url, monkeypatch, table
):
    recorder, execute, ended = open_recorder(postgres_url), psycopg.Cursor.execute, []
    grow(recorder, SIZE)

    def end_before(cursor, query, *arguments, **options):
        if not ended and isinstance(query, bytes) and b"INSERT INTO" in query and f'"{table}"'.encode() in query:
            ended.append(cursor.connection.info.backend_pid)
            with inside(postgres_url) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", ended)
        return execute(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", end_before)
    with pytest.raises(PersistenceError):
        append(recorder, SIZE, 1)
    assert ended
    assert check_whole(recorder) == SIZE
    append(recorder, SIZE, 1)
    assert check_whole(recorder) == SIZE + 1
    recorder.close()


def test_a_log_from_before_the_tree_gets_one_when_it_is_opened(url):
    recorder = open_recorder(url)
    grow(recorder, 12_345)
    head = Tree(recorder).head()
    recorder.close()
    forget_the_tree(url)
    again = open_recorder(url)
    assert Tree(again).head() == head == made_anew(again)
    assert check_whole(again) == 12_345
    assert again.unguarded() == []
    again.close()


def test_a_filling_that_stopped_goes_on_where_it_was(url, monkeypatch):
    recorder = open_recorder(url)
    grow(recorder, 2_600)
    recorder.close()
    forget_the_tree(url)
    monkeypatch.setattr(tree, "FILLED_AT_ONCE", 1_000)
    pages = iter([tree.missing, tree.missing])

    def stop_after_two(*arguments):
        return next(pages)(*arguments)

    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"vouchers.ledger.{module}.missing", stop_after_two)
    with pytest.raises((StopIteration, RuntimeError)):
        open_recorder(url)
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"vouchers.ledger.{module}.missing", tree.missing)
    with inside(url) as store:
        assert store.execute("SELECT size FROM audit_frontier").fetchone()[0] == 2_000
    again = open_recorder(url)
    assert check_whole(again) == 2_600
    again.close()


def test_how_far_the_filling_of_a_large_old_log_is_is_told(tmp_path, monkeypatch, caplog):
    url = f"sqlite:{tmp_path / 'log.sqlite'}"
    recorder = open_recorder(url)
    grow(recorder, 30)
    recorder.close()
    forget_the_tree(url)
    monkeypatch.setattr(tree, "FILLED_AT_ONCE", 5)
    monkeypatch.setattr(tree, "TOLD_EACH", 10)
    open_recorder(url).close()
    assert [each.message.split(": ")[1] for each in caplog.records] == [
        f"{done} of 30 entries have a leaf" for done in (0, 10, 20)
    ]


def test_several_that_open_an_old_log_at_once_make_one_tree(url):
    recorder = open_recorder(url)
    grow(recorder, 11_000)
    head = Tree(recorder).head()
    recorder.close()
    forget_the_tree(url)
    opened: list = []
    threads = [threading.Thread(target=lambda: opened.append(open_recorder(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [Tree(each).head() for each in opened] == [head] * 4
    check_whole(opened[0])
    for each in opened:
        each.close()


def test_entries_of_a_program_that_knows_no_tree_get_their_leaves_with_the_next_append(url):
    recorder = open_recorder(url)
    grow(recorder, 300)
    placeholder = "?" if url.startswith("sqlite:") else "%s"
    number = "rowid" if url.startswith("sqlite:") else "notification_id"
    columns = f"{number}, originator_id, originator_version, topic, state"
    with inside(url) as store:
        for seq in range(300, 310):
            values = ", ".join([placeholder] * 5)
            store.execute(f"INSERT INTO {events_of(url)} ({columns}) VALUES ({values})", (seq + 1, *row(seq)))
    assert (recorder.size(), Tree(recorder).size()) == (310, 300)
    append(recorder, 310, 5)
    assert check_whole(recorder) == 315
    recorder.close()


def test_nothing_is_written_to_a_log_that_is_shorter_than_its_tree(url):
    with Ledger(open_recorder(url), Clock()) as ledger:
        for turn in range(6):
            ledger.execute(tiers("X", str(turn)), META)
    with inside(url) as store:
        table = events_of(url)
        if url.startswith("sqlite:"):
            store.execute("DROP TRIGGER audit_entry_delete")
            store.execute(f"DELETE FROM {table} WHERE rowid > 4")
        else:
            store.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            store.execute(f"DELETE FROM {table} WHERE notification_id > 4")
            store.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_entry_insert")
    with Ledger(open_recorder(url), Clock()) as ledger:
        answer = attempt(ledger, tiers("Y", "A"))
        assert isinstance(answer, LogCut)
        assert answer.detail == "The log ends at 4, and its tree has 6 leaves."
        assert (ledger.size(), ledger.tree.size()) == (4, 6)


def test_a_copy_that_ends_in_its_middle_has_whole_pages_and_the_tree_over_them(url, monkeypatch):
    with Ledger(open_recorder("memory:"), Clock()) as ledger:
        for turn in range(25):
            ledger.execute(tiers("X", str(turn)), META)
        entries = [each.entry for each in ledger.rows(0, 25)]
    monkeypatch.setattr(copying, "PAGE", 10)
    recorder = open_recorder(url)
    with pytest.raises(copying.EntryMisplaced):
        copying.copy_into(recorder, iter([*entries[:23], entries[24]]))
    assert check_whole(recorder) == 20
    recorder.close()
