"""The limit: the same rows in the same groups with nothing decided, and on PostgreSQL one function call a command."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import psycopg

from bench.world import Times, together
from vouchers import wire
from vouchers.ledger import Ledger
from vouchers.ledger.ledger import take
from vouchers.ledger.recorder import PAGE, Row

Command = list[Row]

_TABLE = """CREATE TABLE stored_events (
    rowid INTEGER PRIMARY KEY, originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL, state BLOB NOT NULL, UNIQUE (originator_id, originator_version))"""
_INSERT = "INSERT INTO stored_events VALUES (?,?,?,?,?)"


def commands_of(ledger: Ledger, start: int) -> list[Command]:
    """The rows that each command appended from `start` on: the first row of a command has no cause."""
    size = ledger.size()
    rows = [row for page in range(start, size, PAGE) for row in ledger.rows(page, min(page + PAGE, size))]
    commands: list[Command] = []
    for row in rows:
        if wire.decode(row.topic, row.entry).cause is None:
            commands.append([])
        commands[-1].append(row)
    return commands


def split(commands: Sequence[Command], clients: int) -> list[list[Command]]:
    """The commands in as many parts, each in order."""
    return [list(commands[number::clients]) for number in range(clients)]


class Writer:
    """One thread that takes what waits as the ledger does, and inserts it in one durable transaction."""

    def __init__(self, path: Path) -> None:
        """Make the table and start."""
        self._queue: SimpleQueue[tuple[Command, threading.Lock] | None] = SimpleQueue()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(_TABLE)
        self._size = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def append(self, command: Command) -> None:
        """Insert rows; returns when they are durable."""
        done = threading.Lock()
        done.acquire()
        self._queue.put((command, done))
        done.acquire()

    def close(self) -> None:
        """Stop and close."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        group: list[tuple[Command, threading.Lock]] = []
        open_for_work = True
        while open_for_work:
            group, open_for_work = take(self._queue, len(group))
            if group:
                self._insert([row for command, _ in group for row in command])
            for _, done in group:
                done.release()

    def _insert(self, rows: list[Row]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_INSERT, [(number, *row) for number, row in enumerate(rows, self._size + 1)])
        self._connection.execute("COMMIT")
        self._size += len(rows)


def sqlite_limit(path: Path, parts: Sequence[Sequence[Command]]) -> Times:
    """The parts appended to a new file by a client each."""
    writer = Writer(path)
    try:
        return together([partial(_timed, writer.append, part) for part in parts])
    finally:
        writer.close()


_FUNCTION = """
CREATE TABLE bare (
    notification_id bigserial PRIMARY KEY, originator_id text NOT NULL, originator_version bigint NOT NULL,
    topic text NOT NULL, state bytea NOT NULL, UNIQUE (originator_id, originator_version));
CREATE FUNCTION append(text[], bigint[], text[], bytea[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bare (originator_id, originator_version, topic, state) SELECT * FROM unnest($1, $2, $3, $4);
    RETURN lastval();
END $$;
"""


def postgres_limit(url: str, parts: Sequence[Sequence[Command]]) -> Times:
    """The parts appended by a client with a connection each: one function call, which is one commit, a command."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_FUNCTION)
    connections = [psycopg.connect(url, autocommit=True) for _ in parts]

    def play(connection: psycopg.Connection, part: Sequence[Command]) -> list[float]:
        def call(command: Command) -> None:
            columns = [list(column) for column in zip(*command, strict=True)]
            connection.execute("SELECT append(%b, %b, %b, %b)", columns, prepare=True)

        return _timed(call, part)

    try:
        return together([partial(play, *each) for each in zip(connections, parts, strict=True)])
    finally:
        for connection in connections:
            connection.close()


def _timed(append: Callable[[Command], None], part: Sequence[Command]) -> list[float]:
    latencies = []
    for command in part:
        started = time.perf_counter()
        append(command)
        latencies.append(time.perf_counter() - started)
    return latencies
