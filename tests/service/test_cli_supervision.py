"""Supervision at the command line: from a scan to a released hold, from a sanction to its appeal, and the sample."""

import re

import pytest

from schemas import policies
from tests.examples import LAB, PUDONG
from tests.service.console import EVIDENCE, FIRMS, PROVIDERS, Console, an_invoiced_order

RULES = """
[supervision]
holds = true
period_seeds = true
recheck_bp = 10000
repair_months = 12
clause = "supervision"

[supervision.ties]
depth = 2

[supervision.signals]
identical_amounts = 1
"""


@pytest.fixture
def office(tmp_path):
    console = Console(tmp_path)
    shipped = policies.shipped()["sh-stiv-2025"].read_text(encoding="utf-8")
    console.write("policy.toml", re.sub(r"(?ms)^\[+supervision.*?(?=^\[(?!\[?supervision)|\Z)", "", shipped) + RULES)
    console.ask("init")
    adopt = ("policy", "adopt", "policy.toml", "--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask(*adopt, "--on", "2026-01-01")
    money = ("--pool", "all", "--amount", "1,000,000.00", "--reference", "act 7")
    console.ask("budget", "appropriate", "SH-STIV", "2026", *money, "--on", "2026-01-01")
    for name in ("contract.pdf", "report.pdf", "proof.pdf"):
        console.write(name, name)
    console.write("firms.csv", FIRMS.format(code=PUDONG, tier="A"))
    console.write("providers.csv", PROVIDERS.format(code=LAB))
    console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-01")
    console.ask("registry", "import", "providers.csv", "--providers", "--on", "2026-01-01")
    console.ask("entitle", "SH-STIV", "--on", "2026-01-02")
    return console


def voucher(console):
    return console.ask("balance", PUDONG)["vouchers"][0]["voucher_id"]


def approved(console):
    number = an_invoiced_order(console, voucher(console))
    answer = console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    if answer["status"] == "requested":
        console.ask("review", "approve", number, "--note", "in order", "--on", "2026-03-03")
    return number


def test_a_scan_raises_signals_and_an_officer_lets_the_money_go(office):
    number = approved(office)
    scan = ("supervise", "scan", "SH-STIV", "--on", "2026-03-04")
    assert office.ask(*scan, "--dry-run")["raised"] == 0
    found = office.ask(*scan)
    assert [each["signal"] for each in found["found"]] == ["identical-amounts"]
    assert office.ask("supervise", "signals")["signals"][0]["order_id"] == number
    assert office.ask("supervise", "held")["held"][0]["hold"] == "signal identical-amounts"
    assert "identical-amounts" in office.tell("supervise", "signals")
    assert number in office.tell("supervise", "held")
    propose = ("settle", "propose", "SH-STIV", "--on", "2026-03-05")
    assert office.ask("supervise", "lift", number, "--reason", "seen on site", "--on", "2026-03-04")["hold"] == ""
    assert office.ask("supervise", "held")["held"] == []
    assert office.ask(*propose)


def test_a_signal_can_be_raised_by_hand(office):
    number = approved(office)
    raised = office.ask("supervise", "signal", number, "hearsay", "--text", "a call", "--on", "2026-03-04")
    assert raised["hold"] == "signal hearsay"


def test_a_sanction_is_listed_appealed_and_taken_back_by_somebody_else(office):
    sanction = ("conduct", "sanction", PUDONG.lower(), "--level", "rectify", "--reason", "forged", "--on", "2026-02-01")
    assert office.ask(*sanction, "--as", "officer:li")["act"] == 1
    office.ask("conduct", "appeal", PUDONG, "1", "--grounds", "another firm", "--on", "2026-02-02")
    [act] = office.ask("conduct", "list", "--appealed")["acts"]
    assert (act["subject"], act["level"], act["appeal"]) == (PUDONG, "rectify", "open")
    decide = ("conduct", "decide", PUDONG, "1", "--uphold", "--reason", "it was", "--on", "2026-02-03")
    assert office.refused(*decide, "--as", "officer:li") == "appeal-needs-somebody-else"
    office.ask(*decide, "--as", "officer:wu")
    assert office.ask("conduct", "list", "--subject", PUDONG)["acts"][0]["ended_on"] == "2026-02-03"
    assert "rectify" in office.tell("conduct", "list")
    assert f"conduct/{PUDONG}" in office.ask("history", PUDONG)["streams"]


def test_a_tier_moves_and_is_repaired_in_time(office):
    move = ("conduct", "tier", PUDONG, "--to", "C", "--reason", "late", "--on", "2026-02-01")
    assert office.ask(*move)["tier"] == "C"
    repair = ("conduct", "repair", PUDONG, "--programme", "SH-STIV")
    assert office.refused(*repair, "--on", "2027-01-31") == "repair-too-early"
    assert office.refused("conduct", "reward", PUDONG, "O-1", "--programme", "SH-STIV") == "not-supervised"
    assert office.refused("conduct", "lift", PUDONG, "9", "--reason", "x") == "act-unknown"


def test_links_are_recorded_listed_and_ended(office):
    record = ("link", "record", PUDONG, LAB, "--kind", "control", "--from", "2025-01-01", "--source", "register")
    office.ask(*record, "--document", "proof.pdf", "--on", "2026-01-31")
    [link] = office.ask("link", "list", LAB)["links"]
    assert (link["other"], link["direction"], len(link["digest"])) == (PUDONG, "under", 64)
    assert "control" in office.tell("link", "list", PUDONG)
    ordering = ("order", "register", voucher(office), "--provider", LAB, "--category", "TEST", "--contract")
    more = ("contract.pdf", "--from", "2026-02-02", "--until", "2026-03-01", "--gross", "10,000.00", "--net", "9,434")
    refused = office.ask(*ordering, *more, "--on", "2026-02-01", code=1)["refused"]
    assert [each["code"] for each in refused["reasons"]] == ["related-party"]
    end = ("link", "end", PUDONG, LAB, "--kind", "control", "--until", "2026-01-31", "--source", "register")
    office.ask(*end, "--on", "2026-01-31")
    assert office.ask(*ordering, *more, "--on", "2026-02-01")["order_id"]


def test_the_sample_is_committed_revealed_and_drawn_again(office):
    assert office.ask("sample", "commit", "SH-STIV", "--on", "2026-01-02")["period"] == "2026"
    approved(office)
    assert office.refused("sample", "reveal", "SH-STIV", "2026", "--on", "2026-12-31") == "period-not-over"
    assert office.refused("sample", "derive", "SH-STIV", "2026") == "seed-still-secret"
    office.ask("sample", "reveal", "SH-STIV", "2026", "--on", "2027-01-01")
    found = office.ask("sample", "derive", "SH-STIV", "2026")
    assert (found["agreeing"], found["first_difference"]) == (1, "")


def test_second_checks_are_drawn_listed_and_closed(office):
    number = approved(office)
    settlement = office.ask("settle", "propose", "SH-STIV", "--on", "2026-03-05")["settlements"][0]["settlement_id"]
    office.ask("settle", "approve", settlement, "--as", "finance:wang", "--on", "2026-03-06")
    office.ask("settle", "confirm", settlement, "--reference", "bank 1", "--on", "2026-03-06")
    assert office.ask("supervise", "ties", number, "--on", "2026-03-07")["finding"] == ""
    again = ("sample", "draw", "SH-STIV", "--from", "2026-01-01", "--on", "2026-07-01")
    assert office.ask(*again)["drawn"] == 1
    assert office.ask(*again, number)["drawn"] == 1
    assert office.ask("sample", "rechecks")["rechecks"][0]["order_id"] == number
    assert number in office.tell("sample", "rechecks")
    check = ("sample", "recheck", number, "--outcome", "in-order", "--on", "2026-07-02", "--as", "reviewer:feng")
    assert office.ask(*check)["recheck"] == "in-order"
    assert office.ask("views", "verify")
