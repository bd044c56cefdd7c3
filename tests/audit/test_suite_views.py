"""The audit tests as views of a database of derived tables find what the tests themselves find."""

import sqlite3

import pytest

from service.audit.suite.asking import audit_tests
from service.audit.suite.views import LEFT_OUT, _policies, add_views
from service.audit.tables import TABLES, sqlite
from tests.audit.plants import EACH
from tests.audit.suite_worlds import a_world, clean_lines, run

OWN_NUMBERS = {"T05", "T06", "T15", "T17", "T19"}  # planted against numbers of the auditor's own
BROKEN = {"T01"}  # a key of the database already refuses these


def a_database(lines):
    database = sqlite3.connect(":memory:")
    sqlite.create(database, TABLES)
    sqlite.fill(database, TABLES, lines)
    add_views(database)
    return database


@pytest.mark.parametrize(("test", "plant"), [p for p in EACH if p.values[0] not in {*LEFT_OUT, *OWN_NUMBERS, *BROKEN}])
def test_a_view_finds_what_its_test_finds(test, plant):
    lines, _, _ = plant(a_world())
    database = a_database(lines)
    found = {seq for (seq,) in database.execute(f"SELECT seq FROM {test}")}
    assert found == {seq for finding in run(lines, test).findings for seq in finding.seqs} != set()


def test_a_view_of_a_clean_log_is_empty_and_every_test_has_one_that_a_database_can_answer():
    database = a_database(list(clean_lines()))
    views = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    assert views == set(audit_tests()) - LEFT_OUT
    for name in views - {"T18"}:
        assert database.execute(f"SELECT COUNT(*) FROM {name}").fetchone() == (0,), name
    assert database.execute("SELECT COUNT(*) FROM T18").fetchone() == (9,)


def test_policies_are_put_together_again_from_their_values():
    database = a_database(list(clean_lines()))
    [policy] = _policies(database)
    assert policy.document["programme"]["timezone"] == "Asia/Shanghai"
    assert [cap["limit"] for cap in policy.document["cap"]] == [30_000_000, 10_000_000, 30_000_000]
    assert policy.document["supervision"]["signals"]["first_hour"] == 7
