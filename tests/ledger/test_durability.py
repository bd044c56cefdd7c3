"""Acknowledged means on disk: what each store is told before it answers."""

import sqlite3

import psycopg
import pytest

from vouchers.ledger import open_recorder


def database_of(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)


@pytest.mark.parametrize(("server", "inside"), [("off", "on"), ("on", "on"), ("local", "local")])
def test_a_server_that_answers_before_it_syncs_is_told_to_sync_first(postgres_url, server, inside):
    with database_of(postgres_url) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {server}')
    recorder = open_recorder(postgres_url)
    try:
        with recorder.write() as transaction:
            cursor = transaction._cursor
            assert cursor.execute("SHOW synchronous_commit").fetchone()[0] == inside
        with database_of(postgres_url) as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone()[0] == server
    finally:
        recorder.close()


def test_sqlite_writes_ahead_and_syncs_every_commit(tmp_path):
    recorder = open_recorder(f"sqlite:{tmp_path / 'log.db'}")
    try:
        with recorder.write() as transaction:
            transaction._cursor.execute("PRAGMA synchronous")
            assert transaction._cursor.fetchone()[0] == 2
    finally:
        recorder.close()
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    connection.close()
