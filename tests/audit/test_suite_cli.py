"""The audit tests, samples and questions at the console, in a folder of its own."""

import csv
import json

import pytest

from tests.audit.plants import a_payment_nobody_approved
from tests.audit.suite_worlds import a_world, clean_lines
from tests.service.console import Console, an_entitled_firm, an_order


@pytest.fixture
def console(tmp_path):
    return Console(tmp_path)


@pytest.fixture
def bundle(console):
    """The folder of a bundle with a log in which nothing is wrong."""
    (console.folder / "bundle").mkdir()
    (console.folder / "bundle" / "events.jsonl").write_bytes(b"".join(line + b"\n" for line in clean_lines()))
    return "bundle"


@pytest.fixture
def faulty(console):
    """The lines of a log with a payment that nobody approved."""
    lines, _, _ = a_payment_nobody_approved(a_world())
    (console.folder / "faulty.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return "faulty.jsonl"


def test_an_auditor_with_a_bundle_needs_no_installation(console, bundle):
    console.ask("audit", "test", bundle, "--suite", "T01")
    console.ask("audit", "sql", "SELECT COUNT(*) FROM events", "--log", bundle)
    console.ask("audit", "sample", "take", bundle, "--n", "1")
    assert [path.name for path in console.folder.iterdir()] == [bundle]


def test_a_clean_log_passes_every_test_on_either_engine(console, bundle):
    found = [console.ask("audit", "test", bundle, "--engine", engine) for engine in ("sqlite", "duckdb")]
    assert found[0]["digest"] == found[1]["digest"]
    assert {test["test"] for test in found[0]["tests"] if test["findings"]} == {"T18"}
    assert found[0]["size"] == len(clean_lines())


def test_a_finding_is_an_exit_code_a_sentence_and_three_files(console, faulty):
    typed = ("audit", "test", faulty, "--suite", "T01,T23", "-o", "f.csv", "-o", "f.html", "-o", "f.json")
    text = console.tell(*typed, code=4)
    assert "Paid without an approval before it" in text
    with (console.folder / "f.csv").open(encoding="utf-8", newline="") as file:
        assert [row["test"] for row in csv.DictReader(file)] == ["T23"]
    assert "Paid without an approval" in (console.folder / "f.html").read_text(encoding="utf-8")
    assert json.loads((console.folder / "f.json").read_text(encoding="utf-8"))["tests"][1]["findings"]


def test_what_deserves_a_look_is_no_exit_code(console, faulty):
    assert "T13" in console.tell("audit", "test", faulty, "--suite", "T09,T13", code=0)


def test_only_the_first_entries_are_tested_where_a_size_is_named(console, faulty):
    assert console.ask("audit", "test", faulty, "--suite", "T23", "--size", "50")["size"] == 50
    assert console.refused("audit", "test", faulty, "--size", "9999", code=1) == "log-ends-before-point"


def test_what_is_asked_wrongly_is_told_before_anything_is_read(console, faulty):
    assert console.refused("audit", "test", faulty, "--suite", "T99", code=2) == "audit-test-unknown"
    assert console.refused("audit", "test", faulty, "-o", "f.pdf", code=2) == "output-unknown"
    assert console.refused("audit", "test", "nowhere", code=3) == "log-not-readable"


def test_the_list_tells_what_each_test_asks(console):
    assert len(console.ask("audit", "test", "--list")) == 26


def test_an_auditors_numbers_change_what_is_found(console, bundle):
    console.write("own.toml", "[numbers]\nconcentration_least = 8\nconcentration_bp = 3300\n")
    found = console.ask("audit", "test", bundle, "--suite", "T15", "--numbers", "own.toml")
    assert len(found["tests"][0]["findings"]) == 2


def test_deciding_again_gives_its_findings_to_the_tests(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    an_order(console, voucher)
    found = console.ask("audit", "test", "--replay", "--suite", "T20,T21,T22")
    assert [test["status"] for test in found["tests"]] == ["ran"] * 3
    assert [test["findings"] for test in found["tests"]] == [[], [], []]


def test_a_question_is_answered_as_a_table_as_json_and_as_csv(console, bundle):
    query = "SELECT provider_id, COUNT(*) AS orders FROM orders GROUP BY provider_id ORDER BY provider_id"
    found = console.ask("audit", "sql", query, "--log", bundle)
    assert found["columns"] == ["provider_id", "orders"]
    assert [count for _, count in found["rows"]] == [3, 2, 3]
    assert console.ask("audit", "sql", query, "--log", bundle, "--engine", "duckdb") == found
    lines = console.tell("audit", "sql", query, "--log", bundle, "--csv").splitlines()
    assert lines[0] == "provider_id,orders"
    assert "orders" in console.tell("audit", "sql", query, "--log", bundle)


def test_a_question_says_where_there_is_more_than_it_shows(console, bundle):
    result = console.run("audit", "sql", "SELECT seq FROM events", "--log", bundle, "--limit", "5", "--json")
    assert json.loads(result.stdout)["complete"] is False
    assert "more than 5 rows" in result.stderr


def test_a_question_that_is_none_is_refused(console):
    assert console.refused("audit", "sql", code=2) == "query-missing"
    console.ask("init")
    assert console.refused("audit", "sql", "DROP TABLE events", code=2) == "query-faulty"
    assert "seq" in console.ask("audit", "sql", "--tables")[0]["columns"]


def test_a_sample_from_a_bundle_is_the_same_for_the_same_nonce(console, bundle):
    typed = ("audit", "sample", "take", bundle, "--n", "3", "--population", "orders")
    first = console.ask(*typed, "--nonce", "5e" * 32, "-o", "items.csv")
    assert console.ask(*typed, "--nonce", "5e" * 32) == first
    assert console.ask(*typed, "--nonce", "5f" * 32) != first
    assert first["population"] == 8
    with (console.folder / "items.csv").open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == [item["name"] for item in first["items"]]


def test_a_sample_is_committed_to_and_revealed_with_the_nonce_kept_in_a_file(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    an_order(console, voucher)
    console.ask("audit", "sample", "commit", "Q1", "--n", "1", "--population", "orders")
    nonce = console.folder / "Q1.nonce"
    assert nonce.stat().st_mode & 0o777 == 0o600
    assert console.refused("audit", "sample", "draw", "Q1") == "nonce-still-secret"
    console.ask("audit", "checkpoint")
    revealed = console.ask("audit", "sample", "reveal", "Q1")
    assert len(revealed["seed"]) == 64
    assert console.ask("audit", "sample", "draw", "Q1")["population"] == 1
    assert console.ask("audit", "sample", "list")[0]["revealed"]["nonce"] == nonce.read_text(encoding="ascii").strip()
    assert console.ask("audit", "test", "--suite", "T26")["tests"][0]["findings"] == []


def test_only_a_regulator_commits_to_a_sample(console):
    typed = ("audit", "sample", "commit", "Q1", "--n", "1", "--as", "officer:li")
    assert console.refused(*typed) == "role-not-fitting"


def test_populations_say_what_may_split_them(console):
    found = {each["population"]: each["strata"] for each in console.ask("audit", "sample", "populations")}
    assert "category" in found["payments"]
    assert found["entitlements"] == ["outcome", "policy_version", "programme"]
