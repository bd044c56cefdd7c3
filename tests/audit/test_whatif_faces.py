"""What-if and corrections as people use them: at the console, in files, over HTTP."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest

from service.settings import load_settings
from service.wiring import Service
from tests.audit.whatif_worlds import small_year
from tests.examples import LAB, PUDONG, YUAN
from tests.service.clients import an_api, check_problem, frozen
from tests.service.console import ROOT, Console
from tests.service.correcting import claw_back, proposal
from vouchers import application as app

SINCE = ("--since", "2026-03-01")
FORTY = ("--of", "SH-STIV", "--set", "category.*.rate_bp=4000", *SINCE)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    return Console(small_year(tmp_path_factory.mktemp("faces")).parent)


def whatif(console, *typed, code=0):
    return console.ask("audit", "whatif", "--data", "data", *typed, code=code)


def figure(answer, name, code="SH-STIV"):
    [found] = [each for each in answer["programmes"] if each["programme"] == code]
    return next((each["history"], each["otherwise"]) for each in found["figures"] if each["name"] == name)


def test_with_nothing_otherwise_the_year_is_played_again_and_is_the_same(year):
    answer = whatif(year)
    assert answer["unexplained"] == 0
    assert answer["reproduced"] + answer["carried_over"].get("refusal.Recorded", 0) == answer["decisions"]
    told = year.tell("audit", "whatif", "--data", "data")
    assert "The history played again" in told
    assert "Everybody asks for what they asked for" in told


def test_a_bundle_is_asked_without_a_data_folder_and_without_the_secret_of_the_sample(year, tmp_path):
    with Service(load_settings(str(year.folder / "data"), {})) as service:
        rows = service.ledger.rows(0, service.ledger.size())
    bundle = Console(tmp_path)
    bundle.write("events.jsonl", "".join(f"{row.entry.decode()}\n" for row in rows))
    with ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.write(tmp_path / "events.jsonl", "events.jsonl")
    again = bundle.ask("audit", "whatif", "bundle.zip")
    assert (again["unexplained"], again["root"]) == (0, whatif(year)["root"])
    told, known = bundle.ask("audit", "whatif", "events.jsonl", *FORTY), whatif(year, *FORTY)
    for name in ("programmes", "orders", "pools", "enterprises", "providers", "refused"):
        assert told[name] == known[name]
    assert not (tmp_path / "vouchers-data").exists()
    bundle.write("broken.jsonl", rows[1].entry.decode() + "\n")
    assert bundle.refused("audit", "whatif", "broken.jsonl", code=3) == "log-not-readable"


def test_a_log_that_its_own_commands_do_not_write_ends_with_an_exit_code_of_its_own(year, tmp_path):
    shutil.copytree(year.folder / "data", tmp_path / "data")
    (tmp_path / "data" / "sampling.seed").write_bytes(b"another" * 4 + b"seed")
    assert whatif(Console(tmp_path), code=4)["unexplained"] > 0


def test_a_report_is_a_page_with_nothing_beside_it_and_its_lists_add_up(year):
    answer = whatif(year, *FORTY, "--out", "report")
    folder = year.folder / "report"
    assert json.loads((folder / "report.json").read_text()) == answer
    page = (folder / "report.html").read_text()
    assert answer["root"] in page
    assert not re.findall(r"(?:src|href)=|https?://|<script", page)
    assert page.count("<svg") == 2 * sum(bool(each["paid_by_category"]) for each in answer["programmes"])
    for party in ("enterprises", "providers"):
        with (folder / f"{party}.csv").open(newline="") as file:
            rows = [*csv.DictReader(file)]
        assert len(rows) == len(answer[party]) > 0
        paid = figure(answer, "paid")
        assert sum(int(each["difference_paid"]) for each in rows) == paid[1] - paid[0] < 0
    with (folder / "orders.csv").open(newline="") as file:
        orders = [*csv.DictReader(file)]
    subsidy = figure(answer, "subsidy")
    difference = sum(int(each["otherwise_subsidy"]) - int(each["history_subsidy"]) for each in orders)
    assert difference == subsidy[1] - subsidy[0]


def test_a_change_in_a_file_says_the_same_as_one_that_is_typed(year):
    year.write(
        "question.toml",
        'title = "Forty percent"\n[[policy]]\nprogramme = "SH-STIV"\nsince = "2026-03-01"\n'
        'set = { "category.*.rate_bp" = 4000 }\n',
    )
    assert whatif(year, "--changes", "question.toml") == whatif(year, *FORTY)
    assert "Forty percent" in year.tell("audit", "whatif", "--data", "data", "--changes", "question.toml")


def test_a_file_may_hold_every_kind_of_change(year):
    provider = whatif(year, *FORTY)["providers"][0]["provider_id"]
    firm = whatif(year, *FORTY)["enterprises"][0]["enterprise_id"]
    year.write(
        "all.toml",
        f'[[suspend]]\nprovider = "{provider}"\nsince = "2026-05-03"\nuntil = "2026-07-01"\neffect = "finish"\n'
        f'[[fact]]\nenterprise = "{firm}"\nsince = "2026-02-01"\nfacts = {{ staff = 2000, lists = [] }}\n',
    )
    answer = whatif(year, "--changes", "all.toml")
    words = [each.partition(" = ")[0] for each in answer["changes"][1:]]
    assert answer["changes"][0] == f"{provider} is suspended on 2026-05-03 until 2026-07-01 (open orders: finish)"
    assert words == ["the registry says staff", "the registry says lists"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("= 1", "changes-unreadable"),
        ("x = 1", "field-unknown"),
        ('[[policy]]\nprogramme = "SH-STIV"\nsince = "2026-03-01"\n', "change-empty"),
        ('[[policy]]\nprogramme = "SH-STIV"\nsince = "March"\nset = { a = 1 }\n', "day-malformed"),
        ('[[suspend]]\nprovider = "X"\n', "field-missing"),
        ('[[suspend]]\nprovider = "X"\nsince = "2026-03-01"\neffect = "void"\n', "choice-unknown"),
        (f'title = "{"x" * 200_001}"', "changes-unreadable"),
    ],
)
def test_a_faulty_file_is_refused_with_its_fault(year, text, code):
    year.write("faulty.toml", text)
    assert year.refused("audit", "whatif", "--data", "data", "--changes", "faulty.toml", code=2) == code


@pytest.mark.parametrize(
    ("typed", "code", "ends"),
    [
        (("--set", "category.*.rate_bp=4000", *SINCE), "programme-not-here", 1),
        (("--of", "SH-STIV", "--set", "category.*.rate_bp=4000"), "day-missing", 2),
        (("--of", "SH-STIV", "--set", "nothing", *SINCE), "put-malformed", 2),
        (("--of", "SH-STIV", "--set", "category.NO.rate_bp=1", *SINCE), "place-unknown", 2),
        (("--of", "XX", "--set", "category.*.rate_bp=1", *SINCE), "programme-not-here", 1),
        (("--suspend", LAB), "day-missing", 2),
        (("--entry", "3"), "no-late-facts", 1),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_helps(year, typed, code, ends):
    assert year.refused("audit", "whatif", "--data", "data", *typed, code=ends) == code


@pytest.mark.long
def test_the_answer_depends_on_no_hash_seed_time_zone_or_locale(year):
    answers = set()
    for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Shanghai", "C.UTF-8"), ("77", "America/Lima", "POSIX")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT)}
        typed = [sys.executable, "-m", "service", "audit", "whatif", "--data", "data", *FORTY, "--json"]
        answers.add(subprocess.run(typed, cwd=year.folder, env=environment, capture_output=True, check=True).stdout)
    assert len(answers) == 1


def test_a_correction_is_proposed_agreed_to_and_carried_out_at_the_console(year, tmp_path):
    shutil.copytree(year.folder / "data", tmp_path / "data")
    console = Console(tmp_path)

    def correct(*typed, code=0):
        return console.ask("audit", "correct", *typed, "--data", "data", code=code)

    why, on = ("--reason", "the rate was repealed"), ("--on", "2027-06-01")
    dry = correct("propose", "C-1", *FORTY, *why, *on, "--dry-run")
    assert correct("list") == {"corrections": []}
    made = correct("propose", "C-1", *FORTY, *why, *on, "--as", "officer:li")
    assert made["finding_list"] == dry["findings"]
    [proposed] = made["proposed"]
    assert proposed["findings"] == len(dry["findings"]) > 0
    assert (
        correct("approve", "C-1", *on, "--as", "officer:li", code=1)["refused"]["code"] == "correction-not-independent"
    )
    assert correct("approve", "C-1", *on, "--as", "finance:sun")["status"] == "endorsed"
    assert correct("approve", "C-1", *on, "--as", "finance:qian")["carried_out"] == proposed["findings"]
    assert [each["status"] for each in correct("list")["corrections"]] == ["carried-out"]
    shown = correct("show", "C-1")
    assert (shown["change"], shown["proposed_by"]) == (made_change(whatif(console, *FORTY)), "officer:li")
    assert "carried-out" in console.tell("audit", "correct", "show", "C-1", "--data", "data")
    assert console.ask("views", "verify", "--data", "data")["differences"] == []
    assert correct("propose", "C-2", *FORTY, *why, *on, code=1)["refused"]["code"] == "correction-empty"
    assert correct("reject", "C-1", *on, "--reason", "no", "--as", "finance:zhao", code=1)["refused"]["code"] == (
        "correction-decided"
    )


def made_change(answer):
    return "; ".join(answer["changes"])


def test_corrections_over_http_are_for_the_office_and_agreed_to_by_two(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        order_id = _paid(api)
        finding = claw_back(order_id, 100 * YUAN, 5_000 * YUAN)
        api.town.do(app.propose_correction, proposal("C-1", finding), actor="officer:li")
        api.town.do(app.propose_correction, proposal("C-2", finding), actor="officer:li")
        page = api.get("/v1/audit/corrections", "regulator")
        assert [each["correction_id"] for each in page.json["items"]] == ["C-1", "C-2"]
        assert page.headers["Audit-Tree-Size"] == str(page.json["position"])
        first = api.get("/v1/audit/corrections?limit=1", "officer").json
        assert [each["correction_id"] for each in first["items"]] == ["C-1"]
        second = api.get(f"/v1/audit/corrections?limit=1&cursor={first['next']}", "officer").json
        assert [each["correction_id"] for each in second["items"]] == ["C-2"]
        check_problem(
            api.post("/v1/audit/corrections/C-1/approval", {}, "officer", "a"), 403, "correction-not-independent"
        )
        assert api.post("/v1/audit/corrections/C-1/approval", {}, "finance", "b").json["status"] == "endorsed"
        done = api.post("/v1/audit/corrections/C-1/approval", {}, "second-finance", "c").json
        assert (done["status"], done["carried_out"]) == ("carried-out", 1)
        assert done["total"] == {"amount": 100 * YUAN, "currency": "CNY"}
        whole = api.get("/v1/audit/corrections/C-1", "finance").json
        assert whole["finding_list"][0]["stands"] == {"amount": 5_000 * YUAN, "currency": "CNY"}
        rejected = api.post("/v1/audit/corrections/C-2/rejection", {"reason": "done already"}, "finance")
        assert rejected.json["status"] == "rejected"
        check_problem(api.get("/v1/audit/corrections/C-9", "officer"), 404, "correction-unknown")
        check_problem(api.get("/v1/audit/corrections", "enterprise"), 403, "role-not-allowed")
        assert api.town.state(order_id).clawed_back == 100 * YUAN
        assert PUDONG in json.dumps(whole)


def _paid(api):
    order_id = api.approved()
    api.town.propose("S-1", order_id)
    api.town.sign("S-1")
    api.town.confirm("S-1", order_id)
    return order_id
