"""How the command line answers: exit codes, JSON, refusals with their remedy, and never a traceback."""

import json
import sqlite3

import click
import pytest

from service.cli import COMMANDS, program
from service.clock import today
from tests.examples import CHANGNING, LAB, PUDONG
from tests.service.console import CONTRACT, FIRMS, PRICE, Console, an_entitled_firm, an_office, an_order
from vouchers.days import add_days

V = "V-0000-0000-0000-0"
OTHER = ("--contract", "report.pdf", "--from", "2026-02-02", "--until", "2026-03-01")


def leaves(command, path=()):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from leaves(command.get_command(context, name), (*path, name))
    else:
        yield path, command


LEAVES = list(leaves(program))
# What writes the log itself, or runs until it is stopped.
TALKERS = {("log", "export"), ("serve",), ("worker",), ("audit", "witness", "serve")}


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in LEAVES])
def test_every_command_explains_itself(tmp_path, path):
    assert "Usage: " in Console(tmp_path).tell(*path.split(), "--help")


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in LEAVES if path not in TALKERS])
def test_every_command_can_answer_a_program(path):
    command = dict(LEAVES)[tuple(path.split())]
    assert "as_json" in {parameter.name for parameter in command.params}


def test_the_overview_says_what_the_commands_say():
    context = click.Context(program)
    assert program.list_commands(context) == list(COMMANDS)
    assert all(program.get_command(context, name).name == name for name in COMMANDS)


def test_done_is_zero(tmp_path):
    assert Console(tmp_path).run("init").exit_code == 0


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("order show O-1", "order-unknown"),
        (f"balance {V}", "voucher-unknown"),
        ("settle approve S-1", "settlement-unknown"),
        ("policy show NO-SUCH", "programme-unknown"),
        ("policy adopt no-such --proposed-by officer:li --approved-by officer:wang", "policy-unknown"),
        ("policy adopt sh-stiv --proposed-by officer:li --approved-by officer:li", "second-person-needed"),
        ("settle approve S-1 --as officer:li", "settlement-unknown"),
        ("settle approve S-1 --as provider:x", "role-not-fitting"),
        ("settle propose SH-STIV", "settlement-empty"),
        (f"provider suspend {LAB} --effect finish --reason why", "provider-unknown"),
        ("history O-1", "stream-unknown"),
        ("log show --from 100000", "log-ends-before"),
        (f"enterprise show {PUDONG}", "enterprise-unknown"),
        ("key revoke 0123456789ab", "key-unknown"),
    ],
)
def test_a_refusal_is_one_and_has_its_code(tmp_path, typed, code):
    assert an_office(tmp_path).refused(*typed.split()) == code


def test_every_reason_of_a_refusal_is_told_at_once_with_clause_and_remedy(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    days = ("--contract", "contract.pdf", "--from", "2026-02-02", "--until", "2027-06-30")
    typed = ("order", "register", voucher, "--provider", LAB, "--category", "RND", *days)
    result = console.run(*typed, "--gross", "900,000", "--net", "900,000", "--on", "2026-02-01")
    assert (result.exit_code, result.stdout) == (1, "")
    for said in (
        "Refused: ineligible",
        "service-ends-too-late",
        "[time limits]",
        "not-accredited",
        "-> Agree on an end",
    ):
        assert said in result.stderr


@pytest.mark.parametrize(
    "typed",
    [
        "no-such-command",
        "order",
        "balance",
        "balance 12345",
        f"balance {PUDONG} --on 2026-02-30",
        f"balance {PUDONG} --on 2026-2-3",
        f"balance {V[:-1]}5",
        f"order register {V} --provider {LAB} --category TEST",
        "settle propose SH-STIV --as nobody",
        "settle propose SH-STIV --as clerk:li",
        "settle propose SH/STIV",
        "replay --as-of 2026-02-01",
        f"replay {V}",
        "replay --programme SH-STIV",
        "log show --limit 0",
        "log show --from -1",
        "budget appropriate SH-STIV 2026 --amount 1.00 --reference act",
        "budget appropriate SH-STIV 2026 --amount -1.00 --reference act --pool all",
        "budget appropriate SH-STIV 2026 --amount 1.001 --reference act --pool all",
        "budget appropriate SH-STIV 2026 --amount 1e9 --reference act --pool all",
        "registry import firms.csv",
        "deliver O-1",
        "deliver O-1 --report-digest 123",
        "redeem O-1 --evidence",
        "policy check no-such-file.toml",
        "key create clerk li",
        "key create officer 李",
        "key create provider 123",
        "init --timezone Mars/Olympus",
        "provider list --region ../..",
    ],
)
def test_wrong_usage_is_two_and_says_what_helps(tmp_path, typed):
    console = an_office(tmp_path / "office") if (tmp_path / "office").mkdir() is None else None
    if typed.startswith("init"):
        console.folder = tmp_path
    result = console.run(*typed.split())
    assert result.exit_code == 2
    assert result.stderr


@pytest.mark.parametrize("option", [("--asked", "0.001"), ("--fact", "days"), ("--gross", "9,433.95"), ("--net", "x")])
def test_an_order_with_a_wrong_value_is_refused_before_it_is_recorded(tmp_path, option):
    console, voucher = an_entitled_firm(tmp_path)
    size = console.ask("views", "status")["log"]
    typed = ("order", "register", voucher, "--provider", LAB, "--category", "TEST", *CONTRACT, *PRICE)
    assert console.run(*typed, "--on", "2026-02-01", *option).exit_code in {1, 2}
    grown = console.ask("views", "status")["log"] - size
    events = [each["type"] for each in console.ask("log", "show", "--limit", "5")["entries"][-grown:]] if grown else []
    assert set(events) <= {"refusal.Recorded"}


def test_a_folder_without_data_is_wrong_usage_and_names_the_remedy(tmp_path):
    result = Console(tmp_path).run("views", "status")
    assert result.exit_code == 2
    assert "vouchers init" in result.stderr


@pytest.mark.parametrize(
    "settings", ["port = 'x'", "port = 0", "log = 5", "log = 'memory:'", "no_such = 1", "= broken", "timezone = 'Mars'"]
)
def test_settings_that_cannot_be_read_are_told_with_their_place(tmp_path, settings):
    console = an_office(tmp_path)
    console.write("vouchers-data/vouchers.toml", settings)
    result = console.run("views", "status")
    assert result.exit_code == 2
    assert "Cannot be read" in result.stderr


def test_a_file_with_faults_is_three_and_its_good_rows_proceed(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    header = "credit_code,region,registered_on,sector,staff,revenue,assets,registered_capital,legal_form,status"
    good, bad = "91310105MA1TE0028W", "91310105MA1TE0028X"
    rest = "310105,2019-01-01,12,9,900,900,900,company,active"
    console.write("more.csv", f"{header}\n{good},{rest}\n{bad},{rest}\n")
    report = console.ask("registry", "import", "more.csv", "--as-of", "2025-12-31", code=3)
    assert (report["recorded"], report["faulty"]) == (1, 1)
    assert report["faults"][0]["line"] == 3
    assert "credit-code" in (tmp_path / "more.csv.faults.csv").read_text(encoding="utf-8-sig")


def test_a_dry_run_records_nothing(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    console.write("more.csv", FIRMS.format(code=CHANGNING, tier="B"))
    size = console.ask("views", "status")["log"]
    typed = ("registry", "import", "more.csv", "--as-of", "2025-12-31", "--entitle", "SH-STIV", "--dry-run")
    report = console.ask(*typed, "--on", "2026-01-02")
    assert (report["recorded"], report["programmes"]["SH-STIV"]["granted"]) == (1, 1)
    assert console.ask("entitle", "SH-STIV", "--dry-run", "--on", "2026-01-02")["unchanged"] == 1
    assert console.ask("views", "status")["log"] == size


def test_a_policy_with_a_hole_is_three_and_names_the_path(tmp_path):
    console = an_office(tmp_path)
    console.write("hole.toml", 'format = 1\n[programme]\ncode = "X"\n')
    faults = console.ask("policy", "check", "hole.toml", code=3)["hole.toml"]
    assert "programme.version" in {fault["path"] for fault in faults}
    assert all(fault["remedy"] for fault in faults)
    people = ("--proposed-by", "officer:li", "--approved-by", "officer:wang")
    assert console.ask("policy", "adopt", "hole.toml", *people, code=3) == {"hole.toml": faults}


def test_a_file_that_is_too_large_for_a_policy_is_not_read(tmp_path):
    console = an_office(tmp_path)
    console.write("large.toml", "#" * 800_001)
    assert console.refused("policy", "check", "large.toml", code=2) == "policy-too-large"
    assert console.refused("policy", "check", "/dev/zero", code=2) == "policy-too-large"
    console.write("full.toml", "#" * 800_000)
    assert console.ask("policy", "check", "full.toml", code=3)["full.toml"]


def test_a_text_without_end_is_refused_in_a_short_sentence(tmp_path):
    console = an_office(tmp_path)
    endless = "x" * 100_000
    people = ("--proposed-by", "officer:li", "--approved-by", "officer:wang")
    for typed in (
        ("policy", "adopt", endless, *people),
        ("redeem", endless),
        ("redeem", "O-1", "--evidence", f"report={endless}"),
        ("programme", "close", "SH-STIV", "--reason", endless),
        ("programme", "close", endless, "--reason", "over"),
        ("balance", endless),
        ("history", endless),
        ("policy", "show", endless),
    ):
        result = console.run(*typed)
        assert result.exit_code in {1, 2}, typed[:2]
        assert len(result.stderr) < 1_000, typed[:2]


def test_the_version_is_told_also_from_the_source(tmp_path):
    assert Console(tmp_path).tell("--version").startswith("vouchers ")


def test_an_effect_in_the_future_is_pointed_out_and_none_is_more_than_a_year_ahead(tmp_path):
    console = an_office(tmp_path)
    act = ("budget", "cut", "SH-STIV", "2026", "--pool", "TEST", "--amount", "1.00", "--reference", "act 9")
    last = add_days(today("Asia/Shanghai"), 366)
    assert f"in the future, on {last}" in console.run(*act, "--on", last).stderr
    assert console.refused(*act, "--key", "late", "--on", add_days(last, 1), code=2) == "day-too-far-ahead"
    assert "future" not in console.run(*act, "--key", "other", "--on", "2026-01-01").stderr


def test_a_policy_that_is_not_utf_8_is_three(tmp_path):
    console = an_office(tmp_path)
    (tmp_path / "broken.toml").write_bytes(b'title = "\xff"')
    assert console.refused("policy", "check", "broken.toml", code=3) == "not-utf-8"


def test_a_view_edited_by_hand_is_four_and_the_row_is_named(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    with sqlite3.connect(tmp_path / "vouchers-data" / "views.sqlite") as views:
        views.execute("UPDATE vouchers SET available = available + 1")
    views.close()
    [difference] = console.ask("views", "verify", code=4)["differences"]
    assert (difference["table"], difference["key"], difference["column"]) == ("vouchers", [voucher], "available")
    assert voucher in console.tell("views", "verify", code=4)
    console.ask("views", "rebuild")
    assert console.ask("views", "verify")["differences"] == []


def test_a_store_that_cannot_be_used_is_five(tmp_path):
    console = an_office(tmp_path)
    log = tmp_path / "vouchers-data" / "log.sqlite"
    for beside in tmp_path.glob("vouchers-data/log.sqlite-*"):
        beside.unlink()
    log.write_bytes(b"this is no database, but a text that lies where one should be" * 100)
    assert console.refused("views", "status", code=5) == "store-unavailable"


def test_views_of_another_log_are_refused_until_they_are_rebuilt(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    for log in tmp_path.glob("vouchers-data/log.sqlite*"):
        log.unlink()
    assert console.refused("policy", "list") == "views-ahead-of-log"
    assert console.ask("views", "rebuild")["position"] == 0
    assert console.ask("policy", "list")["adopted"] == []


def test_a_refused_claim_is_on_record_and_nothing_else_is(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    number = an_order(console, voucher)
    size = console.ask("views", "status")["log"]
    assert console.refused("redeem", number, "--on", "2026-02-02") == "order-not-open"
    typed = ("order", "register", voucher, "--provider", LAB, "--category", "RND", *OTHER, *PRICE)
    assert console.refused(*typed, "--on", "2026-02-02") == "not-accredited"
    entries = console.ask("log", "show", "--from", str(size))["entries"]
    assert [entry["agg"] for entry in entries] == [f"refusal/{PUDONG}"]


def test_amounts_in_refusals_are_written_as_people_write_them(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    back = ("voucher", "return", voucher, "--amount", "300,000.01", "--reason", "too much", "--on", "2026-02-01")
    assert "at most 300,000.00 CNY" in console.run(*back).stderr
    cut = ("budget", "cut", "SH-STIV", "2026", "--pool", "TEST", "--amount", "1,000,000.01", "--reference", "act 9")
    assert "At most 1,000,000.00 is free." in console.run(*cut, "--on", "2026-02-01").stderr


def test_a_key_is_shown_once_and_never_listed(tmp_path):
    console = an_office(tmp_path)
    made = console.ask("key", "create", "officer", "li")
    assert made["key"] not in json.dumps(console.ask("key", "list"))
    assert console.ask("key", "revoke", made["key_id"])["revoked_at"]
    assert made["key_id"] in console.tell("key", "list")


def test_init_leaves_an_existing_folder_as_it_is(tmp_path):
    console = an_office(tmp_path)
    before = console.ask("init")
    again = console.ask("init", "--timezone", "Europe/Dublin")
    assert (before["existed"], again) == (True, before)
    assert again["timezone"] == "Asia/Shanghai"
