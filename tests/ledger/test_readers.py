"""A reader that pages the log while others write sees every event exactly once, in order."""

import threading
import time
from functools import partial

import pytest
from psycopg.sql import SQL, Identifier

from tests.ledger.acts import PATIENCE, in_threads
from vouchers.ledger import open_recorder
from vouchers.ledger.recorder import Row

RUNS, WRITERS, EVENTS = 40, 8, 12
TOPIC = "enterprise.CreditTierChanged"


def write_some(recorder, run, writer):
    """Append in transactions of one to four events, each of them on its own, as separate programs would."""
    stream, version = f"enterprise/{run}-{writer}", 0
    while version < EVENTS:
        size = min(1 + (run + writer + version) % 4, EVENTS - version)
        with recorder.write() as transaction:
            rows = [Row(stream, version + n, TOPIC, f"{stream} {version + n}".encode()) for n in range(1, size + 1)]
            transaction.insert(rows)
        version += size


def read_all(recorder, seen, start, stop, page):
    """Page through the log, behind its end, until the last event has been seen."""
    patience = time.monotonic() + PATIENCE
    while start + len(seen) < stop and time.monotonic() < patience:
        seen += recorder.rows(start + len(seen), start + len(seen) + page)


def race(recorder, reading, run):
    """Return what a reader saw while eight writers appended, and what the log then held."""
    seen, start = [], recorder.size()
    stop = start + WRITERS * EVENTS
    reader = threading.Thread(target=read_all, args=(reading, seen, start, stop, 1 + run % 7))
    reader.start()
    in_threads(WRITERS, partial(write_some, recorder, run))
    reader.join(PATIENCE)
    assert recorder.size() == stop
    return seen, recorder.rows(start, stop)


@pytest.mark.parametrize("part", range(4))
def test_a_reader_sees_every_event_exactly_once_and_in_order(shared_url, part):
    recorder, reading = open_recorder(shared_url), open_recorder(shared_url)
    for run in range(part, RUNS, 4):
        seen, log = race(recorder, reading, run)
        assert seen == log
        for writer in range(WRITERS):
            stream = f"enterprise/{run}-{writer}"
            entries = [(row.version, row.entry) for row in seen if row.stream == stream]
            assert entries == [(number, f"{stream} {number}".encode()) for number in range(1, EVENTS + 1)]
    recorder.close()
    reading.close()


def test_a_reader_of_numbers_drawn_before_the_commit_misses_events(postgres_url):
    """The control: drawn from a sequence, a later number is seen before an earlier one, and a reader steps over it.

    The guard of the log refuses that, so it is taken away first.
    """
    recorder, reading = open_recorder(postgres_url), open_recorder(postgres_url)
    table = Identifier(recorder.events_table_name)
    with recorder.datastore.transaction(commit=True) as cursor:
        cursor.execute(SQL("ALTER TABLE {} DISABLE TRIGGER audit_entry_insert").format(table))
    insert = "INSERT INTO {} (originator_id, originator_version, topic, state) VALUES (%s, 1, '', '')"
    statement = SQL(insert).format(table)
    with recorder.datastore.transaction(commit=True) as slow:
        slow.execute(statement, ["slow"])
        with recorder.datastore.transaction(commit=True) as fast:
            fast.execute(statement, ["fast"])
        assert [row.stream for row in reading.rows(0, 10)] == ["fast"]
    assert [row.stream for row in reading.rows(0, 10)] == ["slow", "fast"]
    recorder.close()
    reading.close()


def test_rows_of_some_stored_names_are_left_out_and_all_others_come_in_order(ledger_url):
    recorder = open_recorder(ledger_url)
    with recorder.write() as transaction:
        transaction.insert([Row(f"{topic}/{number}", 1, topic, b"") for number in (1, 2) for topic in ("a", "b", "c")])
    assert [row.stream for row in recorder.rows(0, 5, without=("b", "unheard-of"))] == ["a/1", "c/1", "a/2"]
    assert len(recorder.rows(0, 6)) == len(recorder.rows(0, 6, without=())) == 6
    recorder.close()
