"""A clerk's year at the command line, from an empty folder to a paid provider."""

import json

import pytest

from tests.examples import LAB, PUDONG
from tests.service.console import EVIDENCE, PRICE, Console, an_entitled_firm, an_invoiced_order, an_office, an_order


def an_approved_claim(console: Console, voucher: str) -> str:
    number = an_invoiced_order(console, voucher)
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        console.ask("review", "approve", number, "--as", reviewer, "--on", "2026-03-04")
    console.ask("supervise", "lift", number, "--reason", "seen on site", "--on", "2026-03-05")
    return number


def a_paid_order(console: Console, voucher: str) -> str:
    number = an_approved_claim(console, voucher)
    batch = console.ask("settle", "propose", "SH-STIV", "--on", "2026-03-31")["settlements"][0]["settlement_id"]
    console.ask("settle", "approve", batch, "--as", "finance:qian", "--on", "2026-03-31")
    console.ask("settle", "confirm", batch, "--reference", "BANK-1", "--on", "2026-04-01")
    return number


def test_a_year_from_an_empty_folder_to_a_paid_provider(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = an_order(console, voucher)
    assert console.ask("order", "show", number)["subsidy"] == 500_000
    assert "test_report" in console.ask("order", "show", number)["evidence"]
    assert "contract, invoice, own_share_payment_proof" in console.tell("order", "show", number)
    assert console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")["status"] == "delivered"
    invoice = ("--number", "25310000000000000001", "--gross", "9,000", "--net", "8,490.57")
    assert console.ask("invoice", number, *invoice, "--on", "2026-03-02")["status"] == "invoiced"
    asked = console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    assert (asked["status"], asked["claimed"]) == ("requested", 450_000)
    assert [each["order_id"] for each in console.ask("review", "list")["reviews"]] == [number]
    first = console.ask("review", "approve", number, "--as", "reviewer:zhao", "--on", "2026-03-04")
    second = console.ask("review", "approve", number, "--as", "reviewer:feng", "--on", "2026-03-04")
    assert (first["status"], second["status"]) == ("requested", "approved")
    assert console.ask("supervise", "held")["held"][0]["hold"] == "credit tier D"
    console.ask("supervise", "lift", number, "--reason", "seen on site", "--on", "2026-03-05")
    [owed] = console.ask("settle", "list")["payables"]
    assert (owed["payee_id"], owed["amount"]) == (LAB, 450_000)
    [batch] = console.ask("settle", "propose", "SH-STIV", "--on", "2026-03-31")["settlements"]
    settlement = batch["settlement_id"]
    assert console.ask("settle", "approve", settlement, "--as", "finance:qian", "--on", "2026-03-31")["count"] == 1
    paid = console.ask("settle", "confirm", settlement, "--reference", "BANK-1", "--on", "2026-04-01")
    assert paid["status"] == "paid"
    assert console.ask("order", "show", number)["paid"] == 450_000
    assert "9,000.00" in console.tell("order", "show", number).partition("Invoices")[2]
    [balance] = console.ask("balance", voucher)["vouchers"]
    assert (balance["face"], balance["places"]["paid"]) == (30_000_000, 450_000)
    assert console.ask("views", "verify")["differences"] == []


def test_a_settlement_is_paid_only_when_it_is_approved_and_only_once(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = an_invoiced_order(console, voucher)
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        console.ask("review", "approve", number, "--as", reviewer, "--on", "2026-03-04")
    console.ask("supervise", "lift", number, "--reason", "seen on site", "--on", "2026-03-05")
    batch = console.ask("settle", "propose", "SH-STIV", "--on", "2026-03-31")["settlements"][0]["settlement_id"]
    pay = ("settle", "confirm", batch, "--reference", "BANK-1", "--on", "2026-04-01")
    assert console.refused(*pay) == "settlement-not-approved"
    assert console.refused("settle", "approve", batch, "--on", "2026-03-31") == "approver-not-independent"
    console.ask("settle", "approve", batch, "--as", "finance:qian", "--on", "2026-03-31")
    assert console.tell(*pay).startswith("Paid")
    assert console.tell(*pay).startswith("Nothing waited for the bank")
    assert console.ask("order", "show", number)["paid"] == 450_000


def test_a_failed_payment_is_instructed_again_and_paid_money_is_clawed_back_once(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = an_invoiced_order(console, voucher)
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        console.ask("review", "approve", number, "--as", reviewer, "--on", "2026-03-04")
    console.ask("supervise", "lift", number, "--reason", "seen on site", "--on", "2026-03-05")
    batch = console.ask("settle", "propose", "SH-STIV", number, "--on", "2026-03-31")["settlements"][0]["settlement_id"]
    console.ask("settle", "approve", batch, "--as", "finance:qian", "--on", "2026-03-31")
    failed = console.ask("settle", "fail", batch, number, "--reason", "account closed", "--on", "2026-04-01")
    assert (failed["lines"][0]["status"], failed["lines"][0]["reason"]) == ("failed", "account closed")
    assert "account closed" in console.tell("settle", "show", batch)
    again = console.ask("settle", "reinstruct", batch, "--on", "2026-04-02")
    assert again["lines"][0]["instruction_id"].endswith("-P2")
    assert "account closed" not in console.tell("settle", "show", batch)
    console.ask("settle", "confirm", batch, "--reference", "BANK-2", "--on", "2026-04-03")
    breach = ("settle", "clawback", number, "--amount", "1,000.00", "--reason", "breach", "--on", "2026-05-01")
    first, second = console.ask(*breach), console.ask(*breach)
    assert (first["clawed_back"], first["replayed"]) == (100_000, False)
    assert (second["clawed_back"], second["replayed"]) == (100_000, True)
    assert console.ask(*breach, "--key", "second-breach")["clawed_back"] == 200_000


def test_a_year_on_postgresql_ends_in_the_same_figures(tmp_path, postgres_url):
    mark = "&" if "?" in postgres_url else "?"
    stores = ("--log", f"{postgres_url}{mark}schema=log", "--views", f"{postgres_url}{mark}schema=views")
    console, voucher = an_entitled_firm(tmp_path, *stores, tier="D")
    number = a_paid_order(console, voucher)
    assert console.ask("order", "show", number)["paid"] == 450_000
    assert console.ask("balance", voucher, "--on", "2026-04-01")["vouchers"][0]["places"]["paid"] == 450_000
    assert console.ask("replay", "--as-of", "2026-02-01", voucher)["reserved"] == 500_000
    assert console.ask("views", "verify")["differences"] == []


def test_the_same_order_typed_twice_is_one_order(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    assert an_order(console, voucher) == an_order(console, voucher)
    assert len(console.ask("order", "list")["orders"]) == 1


def test_a_budget_act_typed_twice_counts_once_in_each_pool(tmp_path):
    console = an_office(tmp_path)
    before = console.ask("budget", "show", "SH-STIV", "2026")["budgets"]
    act = ("budget", "appropriate", "SH-STIV", "2026", "--pool", "all", "--amount", "5.00", "--reference", "act 8")
    first = console.ask(*act, "--on", "2026-01-03")["budgets"]
    second = console.ask(*act, "--on", "2026-01-04")["budgets"]
    assert [each["appropriated"] for each in first] == [each["appropriated"] + 500 for each in before]
    assert first == second


def test_a_preview_tells_the_subsidy_and_records_nothing(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    size = console.ask("views", "status")["log"]
    contract = ("--contract", "contract.pdf", "--from", "2026-02-02", "--until", "2026-03-01")
    typed = ("order", "preview", voucher, "--provider", LAB, "--category", "TEST", *contract, *PRICE)
    assert console.ask(*typed, "--on", "2026-02-01")["subsidy"] == 500_000
    assert "50 % of 10,000.00 = 5,000.00" in console.tell(*typed, "--on", "2026-02-01")
    assert console.ask("views", "status")["log"] == size


def test_a_claim_that_was_reversed_can_be_made_again_in_the_same_words(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = an_invoiced_order(console, voucher)
    claim = ("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    undo = ("reverse", number, "--reason", "wrong invoice", "--on", "2026-03-03")
    first, repeated = console.ask(*claim), console.ask(*claim)
    assert (first["redemption_id"], repeated["replayed"]) == (f"{number}-R1", True)
    assert console.ask(*undo)["status"] == console.ask(*undo)["status"] == "invoiced"
    assert console.ask(*claim)["redemption_id"] == f"{number}-R2"


def test_a_rejected_claim_goes_back_to_the_voucher(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = an_invoiced_order(console, voucher)
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    answer = console.ask("review", "reject", number, "--reason", "no visit took place", "--on", "2026-03-04")
    assert answer["status"] == "invoiced"
    [balance] = console.ask("balance", voucher, "--on", "2026-03-05")["vouchers"]
    assert balance["places"]["reserved"] == 450_000


def test_a_cancelled_order_gives_its_value_back(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    number = an_order(console, voucher)
    cancelled = console.ask("order", "cancel", number, "--reason", "no longer needed", "--on", "2026-02-02")
    assert (cancelled["status"], cancelled["released"]) == ("cancelled", 500_000)
    assert console.ask("balance", voucher, "--on", "2026-02-02")["vouchers"][0]["spendable"] == 30_000_000


def test_what_is_past_its_last_day_lapses_and_not_a_day_before(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    number = an_order(console, voucher)
    assert console.ask("expire", "--on", "2026-12-31")["vouchers_expired"] == 0
    assert console.ask("expire", "--on", "2027-01-01")["vouchers_expired"] == 1
    assert console.ask("expire", "--on", "2027-03-31")["orders_lapsed"] == 0
    assert console.ask("expire", "--on", "2027-04-01")["orders_lapsed"] == 1
    assert console.ask("order", "show", number)["status"] == "lapsed"
    assert console.ask("balance", voucher, "--on", "2027-04-01")["vouchers"][0]["places"]["expired"] == 30_000_000


def test_a_withdrawn_settlement_is_proposed_again_under_another_number(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = an_approved_claim(console, voucher)
    propose = ("settle", "propose", "SH-STIV", number, "--on", "2026-03-31")
    first = console.ask(*propose)["settlements"][0]["settlement_id"]
    assert console.ask(*propose)["settlements"][0]["settlement_id"] == first
    withdraw = ("settle", "withdraw", first, "--reason", "the wrong day", "--on", "2026-03-31")
    for _ in range(2):
        gone = console.ask(*withdraw)
        assert (gone["status"], gone["withdrawn_by"]) == ("withdrawn", "finance:desk")
        assert [line["status"] for line in gone["lines"]] == ["withdrawn"]
    told = console.ask("settle", "list")
    assert [each["count"] for each in told["payables"]] == [1]
    assert [each["status"] for each in told["settlements"]] == ["withdrawn"]
    approve = ("--as", "finance:qian", "--on", "2026-03-31")
    assert console.refused("settle", "approve", first, *approve) == "settlement-withdrawn"
    assert console.refused("settle", "confirm", first, "--reference", "B", *approve) == "settlement-withdrawn"
    assert console.refused(*propose, "--number", first) == "settlement-withdrawn"
    second = console.ask(*propose)["settlements"][0]["settlement_id"]
    assert second != first
    assert console.ask("settle", "approve", second, *approve)["lines"][0]["account_ref"] == "acct:1"
    assert console.refused("settle", "withdraw", second, "--reason", "too late", *approve) == "settlement-approved"


def test_the_directory_tells_a_suspension_while_anything_of_it_is_left(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    console.ask("provider", "suspend", LAB, "--effect", "freeze", "--reason", "why", "--from", "2199-01-01")
    assert "suspended from 2199-01-01: open orders freeze" in console.tell("provider", "list")
    console.ask("provider", "reinstate", LAB, "--reason", "cleared", "--from", "2199-02-01")
    assert "suspended from 2199-01-01 until 2199-02-01: open orders freeze" in console.tell("provider", "list")
    console.ask("provider", "reinstate", LAB, "--reason", "cleared", "--from", "2026-01-02")
    assert "freeze" not in console.tell("provider", "list")


def test_a_suspended_provider_takes_no_orders_until_it_is_reinstated(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    why = ("--reason", "inspection", "--on", "2026-01-20")
    console.ask("provider", "suspend", LAB, "--effect", "finish", *why)
    assert console.ask("provider", "list")["providers"][0]["suspended_on"] == "2026-01-20"
    contract = ("--contract", "contract.pdf", "--from", "2026-02-02", "--until", "2026-03-01")
    typed = ("order", "register", voucher, "--provider", LAB, "--category", "TEST", *contract, *PRICE)
    assert console.refused(*typed, "--on", "2026-02-01") == "provider-suspended"
    console.ask("provider", "reinstate", LAB, "--reason", "cleared", "--on", "2026-02-01")
    assert an_order(console, voucher)


def test_value_is_returned_once_and_revoked_as_a_whole(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    back = ("voucher", "return", voucher, "--amount", "1,000.00", "--reason", "too much", "--on", "2026-02-01")
    assert console.ask(*back)["available"] == console.ask(*back)["available"] == 29_900_000
    assert console.ask("voucher", "revoke", voucher, "--reason", "breach", "--on", "2026-02-02")["available"] == 0
    places = console.ask("balance", voucher, "--on", "2026-02-02")["vouchers"][0]["places"]
    assert (places["returned"], places["revoked"]) == (100_000, 29_900_000)


def test_a_denied_firm_is_told_the_clause_and_what_would_help(tmp_path):
    console = an_office(tmp_path)
    header, row = (
        "credit_code,region,registered_on,sector,staff,revenue,assets,registered_capital,legal_form,status",
        "",
    )
    row = f"{PUDONG},320500,2019-01-01,12,9,900,900,900,company,active"
    console.write("firms.csv", f"{header}\n{row}\n")
    report = console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--entitle", "SH-STIV")
    assert report["programmes"]["SH-STIV"]["denied"] == 1
    [decision] = console.ask("balance", PUDONG)["decisions"]
    assert (decision["outcome"], decision["reasons"][0]["code"]) == ("denied", "region")
    told = console.tell("balance", PUDONG)
    assert "beneficiaries" in told
    assert "Use the programme of the place of registration." in told
    [row] = [line for line in console.tell("enterprise", "show", PUDONG).splitlines() if "denied" in line]
    assert "region" in row.rpartition("2025")[2]


def test_the_history_of_an_order_names_actor_clause_and_arithmetic(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    number = a_paid_order(console, voucher)
    lines = console.ask("history", number)["lines"]
    assert [line["event"] for line in lines][:3] == ["order.Registered", "order.DeliveryAccepted", "order.InvoiceFiled"]
    assert {"reviewer:zhao", "reviewer:feng"} <= {line["actor"] for line in lines}
    assert "50 % of 10,000.00 = 5,000.00" in lines[0]["arithmetic"]
    told = console.tell("history", number)
    assert "categories, testing" in told
    assert "50 % of 10,000.00 = 5,000.00" in told
    assert "50 % of 10,000.00" not in console.tell("history", number, "--short")


@pytest.mark.parametrize(
    ("day", "place"), [("2026-01-31", "available"), ("2026-02-01", "reserved"), ("2026-03-31", "claimed")]
)
def test_a_voucher_is_shown_as_it_stood_on_a_day(tmp_path, day, place):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    a_paid_order(console, voucher)
    then = console.ask("replay", "--as-of", day, voucher)
    held = {"available": 30_000_000, "reserved": 500_000, "claimed": 450_000}
    assert then[place] == held[place]
    assert then["paid"] == 0
    whole = console.ask("replay", "--as-of", day, "--programme", "SH-STIV")
    assert (whole["places"][place], whole["adds_up"]) == (held[place], True)


@pytest.mark.parametrize(("day", "left", "expired"), [("2026-12-31", 30_000_000, 0), ("2027-01-01", 0, 30_000_000)])
def test_what_is_left_after_the_last_day_is_shown_as_expired(tmp_path, day, left, expired):
    console, voucher = an_entitled_firm(tmp_path)
    then = console.ask("replay", "--as-of", day, voucher)
    assert (then["available"], then["spendable"]) == (left, left)
    assert (then["expired"], then["expired_unrecorded"]) == (expired, expired)
    assert ("not on record yet" in console.tell("replay", "--as-of", day, voucher)) is (expired > 0)
    whole = console.ask("replay", "--as-of", day, "--programme", "SH-STIV")
    assert (whole["places"]["expired"], whole["expired_unrecorded"]) == (expired, expired)


def test_a_position_tells_what_was_known(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    size = console.ask("views", "status")["log"]
    an_order(console, voucher)
    assert console.ask("replay", "--position", str(size), voucher)["reserved"] == 0
    assert console.ask("replay", "--position", str(size + 6), voucher)["reserved"] == 500_000


def test_the_exported_log_is_the_log_byte_by_byte(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    console.tell("log", "export", "--output", "log.jsonl")
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(console.ask("views", "status")["log"]))
    shown = console.ask("log", "show", "--from", "0", "--limit", "1000")["entries"]
    assert shown == [json.loads(line) for line in lines]


def test_spending_adds_up_for_an_officer(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="D")
    a_paid_order(console, voucher)
    spending = console.ask("programme", "show", "SH-STIV")
    assert (spending["total"]["entitled"], spending["total"]["paid"]) == (30_000_000, 450_000)
    told = console.tell("programme", "show", "SH-STIV")
    assert "300,000.00" in told
    assert "4,500.00" in told
