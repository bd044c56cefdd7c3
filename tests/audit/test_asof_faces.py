"""Replay, as-of and diff as a regulator asks for them: at the console in a folder of its own, and over HTTP."""

import csv
import io

import pytest

from service.audit.asof.cells import plain
from tests.audit.replayed import a_year, entries_of_a_year, first, tampered, written
from tests.examples import PUDONG, voucher_of
from tests.service.clients import an_api, check_problem, frozen
from tests.service.console import Console
from vouchers.kinds import ENTERPRISE
from vouchers.order import events as order
from vouchers.voucher import events as voucher

VOUCHER = f"voucher/{voucher_of()}"


@pytest.fixture(scope="module")
def year():
    return list(entries_of_a_year())


@pytest.fixture
def console(tmp_path):
    return Console(tmp_path)


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("asof")) as api:
        api.claimed()
        yield api


def test_a_folder_is_replayed_and_its_bundle_has_the_same_transcript(console, year, tmp_path):
    of_folder = console.ask("audit", "replay", "--data", str(a_year()), "--processes", "1")
    assert (of_folder["size"], of_folder["differing"], of_folder["findings"]) == (len(year), 0, [])
    of_bundle = console.ask("audit", "replay", str(written(tmp_path, year).parent), "--processes", "1")
    assert of_bundle == of_folder
    told = console.tell("audit", "replay", str(tmp_path), "--level", "1", "--processes", "1", "-o", "decisions.csv")
    assert "came out otherwise  0" in told
    assert (tmp_path / "decisions.csv").read_bytes().count(b"\n") == len(year) + 1


def test_what_comes_out_otherwise_is_named_and_ends_with_4(console, year, tmp_path):
    wrong = first(year, order.Registered)
    written(tmp_path, tampered(year, wrong.seq, subsidy=wrong.data.subsidy + 100))
    told = console.tell("audit", "replay", "events.jsonl", "--processes", "1", code=4)
    assert f"Entry {wrong.seq:,} (order.Registered of {wrong.agg}, {wrong.eff}): subsidy is" in " ".join(told.split())
    found = console.ask("audit", "replay", "events.jsonl", "--level", "1", "--processes", "1", code=4)["findings"]
    assert (found[0]["seq"], found[0]["level"], found[0]["what"]) == (wrong.seq, 1, "subsidy")


def test_a_file_that_is_no_log_ends_with_3(console, tmp_path):
    (tmp_path / "events.jsonl").write_text("no log")
    assert console.refused("audit", "replay", ".", code=3) == "log-not-readable"
    assert console.refused("audit", "asof", "vouchers", "--log", ".", code=3) == "log-not-readable"


def test_a_stream_a_total_and_a_table_as_of_an_entry_and_a_day(console, year):
    paid = first(year, voucher.Paid)
    at = ("--data", str(a_year()), "--size", str(paid.seq + 1))
    state = console.ask("audit", "asof", paid.agg, *at)
    assert (state["last_seq"], state["state"]["paid"]) == (paid.seq, paid.data.amount)
    assert console.ask("audit", "asof", f"total/{paid.data.programme}", *at)["state"]["payments"] == 1
    key = paid.agg.partition("/")[2]
    (row,) = console.ask("audit", "asof", "vouchers", *at, "--where", f"voucher_id={key}")["rows"]
    assert row["paid"] == paid.data.amount
    lines = list(csv.DictReader(io.StringIO(console.tell("audit", "asof", "vouchers", *at, "--csv"))))
    issued = sum(isinstance(entry.data, voucher.Issued) for entry in year[: paid.seq + 1])
    assert len(lines) == issued
    assert "paid" in console.tell("audit", "asof", paid.agg, *at, "--on", paid.eff)


def test_what_evaluators_ask_is_answered_as_of_a_point(console, year):
    paid = first(year, voucher.Paid)
    what = f"kpis/{paid.data.programme}/{paid.data.period}"
    before, after = (
        console.ask("audit", "asof", what, "--data", str(a_year()), "--size", str(size))["state"]
        for size in (paid.seq, paid.seq + 1)
    )
    assert (before["value"]["paid"], after["value"]["paid"]) == (0, paid.data.amount)


def test_a_difference_names_the_entries_behind_it(console, year):
    paid = first(year, voucher.Paid)
    ends = ("--data", str(a_year()), "--from", f"size:{paid.seq}", "--to", f"size:{paid.seq + 1}")
    changes = {each["cell"]: each for each in console.ask("audit", "diff", paid.agg, *ends)["changes"]}
    assert (changes["paid"]["after"], changes["paid"]["seqs"]) == (paid.data.amount, [paid.seq])
    of_table = console.ask("audit", "diff", "vouchers", *ends)["changes"]
    assert {tuple(each["seqs"]) for each in of_table} == {(paid.seq,)}
    assert {each["key"]["voucher_id"] for each in of_table} == {paid.agg.partition("/")[2]}
    none = ("--from", f"size:{paid.seq}", "--to", f"size:{paid.seq}", "--data", str(a_year()))
    assert "no difference" in console.tell("audit", "diff", "vouchers", *none)
    told = console.run("audit", "diff", "orders", "--data", str(a_year()), "--from", "size:0", "--limit", "3")
    assert "There is more" in told.stderr


def test_what_cannot_be_asked_is_refused_with_what_can(console):
    at = ("--data", str(a_year()))
    assert console.refused("audit", "asof", "vauchers", *at) == "table-unknown"
    assert console.refused("audit", "asof", "nothing/1", *at) == "stream-unknown"
    assert console.refused("audit", "asof", "vouchers", *at, "--where", "face", code=2) == "condition-malformed"
    assert console.refused("audit", "asof", "voucher/V-1", *at, "--csv", code=2) == "only-tables-have-columns"
    assert console.refused("audit", "diff", "voucher/V-1", *at, "--from", "noon", code=2) == "point-malformed"
    assert console.refused("audit", "diff", "voucher/V-1", *at, "--from", "now", "--where", "a=b", code=2)


def test_the_regulator_asks_for_a_state_at_a_point_labelled_with_its_tree(api):
    ledger = api.service.ledger
    size = next(entry.seq for entry in ledger.entries() if isinstance(entry.data, voucher.Claimed))
    before = api.get(f"/v1/audit/state/{VOUCHER}?size={size}", "regulator")
    after = api.get(f"/v1/audit/state/{VOUCHER}", "regulator")
    assert before.status_code == after.status_code == 200
    assert before.json["state"]["claimed"] == 0 < after.json["state"]["claimed"]
    assert before.headers["Audit-Tree-Size"] == str(size) != after.headers["Audit-Tree-Size"]
    assert after.json["point"] == f"size:{ledger.size()}"
    day = api.get(f"/v1/audit/state/{VOUCHER}?on=2025-12-31", "regulator").json
    assert (day["entries"], day["last_seq"], day["on"]) == (0, -1, "2025-12-31")
    recorded = next(iter(ledger.entries())).rec
    first_only = api.get(f"/v1/audit/state/{VOUCHER}?recorded={recorded}", "regulator").json
    assert first_only["size"] == sum(entry.rec <= recorded for entry in ledger.entries())


def test_the_regulator_asks_what_differs_between_two_points(api):
    ledger = api.service.ledger
    claimed = next(entry for entry in ledger.entries() if isinstance(entry.data, voucher.Claimed))
    asked = f"/v1/audit/diff?stream={VOUCHER}&from=size:{claimed.seq}&to=size:{claimed.seq + 1}"
    answer = api.get(asked, "regulator")
    changes = {each["cell"]: each for each in answer.json["changes"]}
    assert changes["claimed"] == {
        "cell": "claimed",
        "before": 0,
        "after": claimed.data.amount,
        "seqs": [claimed.seq],
    }
    assert answer.json["more"] is False
    assert answer.headers["Audit-Tree-Size"] == str(claimed.seq + 1)
    assert api.get(f"/v1/audit/diff?stream={VOUCHER}&from=now", "regulator").json["changes"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/v1/audit/state/{VOUCHER}?size=100000000", 404, "log-ends-before-point"),
        ("/v1/audit/state/nothing/1", 404, "stream-unknown"),
        ("/v1/audit/state/voucher/%00", 404, "stream-unknown"),
        (f"/v1/audit/diff?stream={VOUCHER}&from=noon", 400, "point-malformed"),
        (f"/v1/audit/state/{VOUCHER}?size=1&recorded=2026-01-01T00:00:00Z", 400, "point-malformed"),
    ],
)
def test_what_is_no_point_or_stream_is_told_over_http(api, path, status, code):
    answer = api.get(path, "regulator")
    assert (answer.status_code, answer.json["type"].rpartition("/")[2]) == (status, code)
    check_problem(answer, status, code)


@pytest.mark.parametrize("who", ["enterprise", "provider", "officer", "finance"])
def test_only_the_regulator_asks_the_log_so(api, who):
    assert api.get(f"/v1/audit/state/{VOUCHER}", who).status_code == 403


def test_the_state_over_http_is_the_one_that_the_ledger_has(api):
    state = api.get(f"/v1/audit/state/enterprise/{PUDONG}", "regulator").json["state"]
    assert state == plain(api.service.ledger.state(ENTERPRISE, PUDONG))
