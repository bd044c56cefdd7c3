"""The console of the finance office: budgets that run out, debts, returned payments, queues and the bank's files."""

import csv
import io

import pytest

from schemas import policies
from tests.examples import LAB, PUDONG
from tests.service.console import (
    CONTRACT,
    EVIDENCE,
    FIRMS,
    PRICE,
    PROVIDERS,
    Console,
    an_entitled_firm,
    an_invoiced_order,
)

BREACH = ("--reason", "the invoice was cancelled")


@pytest.fixture
def office(tmp_path):
    """Return an office with one paid order of 4,500 yuan: its console and the order's number."""
    console, voucher = an_entitled_firm(tmp_path)
    number = an_invoiced_order(console, voucher)
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    if console.ask("order", "show", number)["status"] == "requested":
        console.ask("review", "approve", number, "--on", "2026-03-03")
    console.ask("settle", "propose", "SH-STIV", number, "--number", "S-1", "--on", "2026-03-04")
    console.ask("settle", "approve", "S-1", "--as", "finance:wang", "--on", "2026-03-04")
    console.ask("settle", "confirm", "S-1", "--reference", "statement-1", "--on", "2026-03-05")
    return console, number


def test_money_goes_from_one_pool_to_another_with_two_people(office):
    console, _ = office
    move = ("budget", "transfer", "SH-STIV", "2026", "--from", "RND", "--to", "TEST", "--amount", "100.00")
    by = ("--reference", "act 8", "--proposed-by", "officer:li", "--on", "2026-03-06")
    assert console.refused(*move, *by, "--as", "officer:li") == "transfer-not-independent"
    budgets = {each["pool"]: each for each in console.ask(*move, *by, "--as", "officer:wu")["budgets"]}
    assert (budgets["TEST"]["appropriated"], budgets["RND"]["appropriated"]) == (1_000_100_00, 999_900_00)
    wrong = ("budget", "transfer", "SH-STIV", "2026", "--from", "RND", "--to", "NONE", "--amount", "1")
    console.tell(*wrong, *by, "--as", "officer:wu", code=2)


def test_a_pool_that_is_used_up_is_blocked_and_opened_again(office):
    console, number = office
    day = ("--on", "2026-03-06")
    block = ("budget", "block", "SH-STIV", "2026", "--pool", "TEST", "--reason", "used up", *day)
    assert console.refused(*block, "--amount", "1.00") == "pool-can-pay"
    found = console.ask(*block, "--amount", "2,000,000.00")["budgets"]
    assert [each["pool"] for each in found if each["blocked_since"]] == ["TEST"]
    [voucher] = console.ask("balance", PUDONG)["vouchers"]
    typed = ("--provider", LAB, "--category", "TEST", "--contract", "proof.pdf", "--from", "2026-03-06")
    order = ("order", "register", voucher["voucher_id"], *typed, "--until", "2026-04-01", *PRICE, *day)
    assert console.refused(*order) == "category-blocked"
    opened = console.ask("budget", "reopen", "SH-STIV", "2026", "--pool", "TEST", "--reason", "money came back", *day)
    assert not any(each["blocked_since"] for each in opened["budgets"])
    assert console.ask(*order)["status"] == "registered"
    assert number


def test_exposure_tells_entitled_reserved_committed_and_paid_apart(office):
    console, _ = office
    found = console.ask("budget", "exposure", "SH-STIV", "2026")
    assert (found["entitled"], found["paid"], found["reserved"], found["claimed"]) == (300_000_00, 4_500_00, 0, 0)
    assert found["committed"] == 4_500_00
    assert found["free"] == found["appropriated"] - 4_500_00
    assert found["unused"] + found["expired"] == 295_500_00
    assert found["open"] == found["unused"]
    assert "Exposure of SH-STIV 2026" in console.tell("budget", "exposure", "SH-STIV")


def test_a_demand_is_received_in_parts_and_the_rest_is_owed(office):
    console, number = office
    back = ("settle", "clawback", number, "--amount", "1,000.00", "--enterprise-amount", "300.00", *BREACH)
    opened = {each["party_id"]: each for each in console.ask(*back, "--on", "2026-03-06")["debts"]}
    assert {party: each["amount"] for party, each in opened.items()} == {PUDONG: 300_00, LAB: 700_00}
    debt = opened[LAB]["debt_id"]
    receive = ("debt", "receive", LAB, debt, "--reference", "statement-2", "--on", "2026-03-10")
    assert console.ask(*receive, "--amount", "200.00")["owed"] == 500_00
    assert console.ask(*receive, "--amount", "200.00")["owed"] == 500_00
    assert console.refused("debt", "receive", LAB, debt, "--reference", "x", "--amount", "500.01") == "more-than-owed"
    assert console.refused("debt", "show", LAB, "none") == "debt-unknown"
    assert [each["party_id"] for each in console.ask("debt", "list", "--party", LAB)["debts"]] == [LAB]
    assert len(console.ask("debt", "list", "--programme", "SH-STIV")["debts"]) == 2
    assert "500.00" in console.tell("debt", "show", LAB, debt)


def test_instalments_are_agreed_and_checked_and_a_write_off_needs_what_the_policy_allows(office):
    console, number = office
    [opened] = console.ask("settle", "breach", number, "--reason", "a false order", "--on", "2026-03-06")["debts"]
    debt = opened["debt_id"]
    plan = ("debt", "instalments", LAB, debt, "--reason", "short of cash", "--on", "2026-03-07")
    agreed = console.ask(*plan, "--part", "2026-04-01=2,000.00", "--part", "2026-05-01=2,500.00")
    assert agreed["status"] == "instalments"
    assert [part["amount"] for part in console.ask("debt", "show", LAB, debt)["plan"]] == [2_000_00, 2_500_00]
    assert console.ask("debt", "check", LAB, debt, "--on", "2026-04-01")["status"] == "instalments"
    assert console.ask("debt", "check", LAB, debt, "--on", "2026-04-02")["status"] == "open"
    assert console.refused(*plan, "--part", "tomorrow", code=2) == "instalment-malformed"
    off = ("debt", "write-off", LAB, debt, "--reason", "dissolved", "--clause", "article 59", "--on", "2026-04-03")
    assert console.refused(*off) == "write-off-too-large"
    approve = ("debt", "approve-write-off", LAB, debt, "--as", "finance:wang", "--on", "2026-04-03")
    assert console.refused(*approve) == "write-off-not-proposed"
    assert console.refused("settle", "breach", number, "--reason", "again", "--on", "2026-04-03") == "nothing-to-demand"


def test_a_returned_payment_is_told_again_and_every_movement_is_in_the_file_of_the_bookkeepers(office):
    console, number = office
    back = console.ask("settle", "return", "S-1", number, "--reason", "account closed", "--on", "2026-03-09")
    assert (back["lines"][0]["status"], back["lines"][0]["due"]) == ("returned", 4_500_00)
    assert console.ask("order", "show", number)["status"] == "settling"
    console.ask("settle", "reinstruct", "S-1", "--on", "2026-03-10")
    part = ("settle", "confirm", "S-1", number, "--on", "2026-03-11")
    console.ask(*part, "--reference", "statement-3", "--amount", "1,500.00")
    console.ask("settle", "reinstruct", "S-1", number, "--on", "2026-03-12")
    last = console.ask(*part[:-1], "2026-03-13", "--reference", "statement-4", "--instruction", f"{number}-R1-P3")
    assert (last["status"], last["lines"][0]["due"]) == ("paid", 0)
    written = console.tell("settle", "export", "--from", "2026-03-01", "--until", "2026-03-31", "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [(row["day"], row["what"], int(row["amount"])) for row in rows] == [
        ("2026-03-05", "paid", 4_500_00),
        ("2026-03-09", "returned", -4_500_00),
        ("2026-03-11", "part", 1_500_00),
        ("2026-03-13", "paid", 3_000_00),
    ]
    assert {(row["settlement_id"], row["to_account"], row["order_id"]) for row in rows} == {("S-1", "acct:1", number)}
    console.ask("settle", "export", "--from", "2026-03-09", "--until", "2026-03-11", "--csv", "march.csv")
    assert (console.folder / "march.csv").read_text(encoding="utf-8").count("\n") == 3
    assert console.ask("settle", "export", "--from", "2026-03-10", "--until", "2026-03-10")["payments"] == []
    assert "No redemption was paid" in console.tell("settle", "export", "--from", "2025-01-01", "--until", "2025-12-31")


def test_no_reference_of_the_bank_becomes_a_formula_of_the_bookkeepers(office):
    console, number = office
    console.ask("settle", "return", "S-1", number, "--reason", "account closed", "--on", "2026-03-09")
    console.ask("settle", "reinstruct", "S-1", "--on", "2026-03-10")
    console.ask("settle", "confirm", "S-1", "--reference", "=1+1", "--on", "2026-03-11")
    written = console.tell("settle", "export", "--from", "2026-03-11", "--until", "2026-03-11", "--csv", "-")
    assert written.rstrip().endswith(",'=1+1")


def test_what_a_provider_owes_is_shown_where_it_is_kept_back(office):
    console, number = office
    console.ask("settle", "clawback", number, "--amount", "1,000.00", *BREACH, "--on", "2026-03-06")
    [voucher] = console.ask("balance", PUDONG)["vouchers"]
    typed = ("--provider", LAB, "--category", "TEST", "--contract", "proof.pdf", "--from", "2026-03-06")
    days = ("--until", "2026-04-01", "--on", "2026-03-06")
    second = console.ask("order", "register", voucher["voucher_id"], *typed, *days, *PRICE)["order_id"]
    console.ask("deliver", second, "--report", "report.pdf", "--on", "2026-03-08")
    filed = ("--number", "25310000000000000002", "--gross", "10,000", "--net", "9,433.96", "--on", "2026-03-08")
    console.ask("invoice", second, *filed)
    console.ask("redeem", second, *EVIDENCE, "--on", "2026-03-08")
    if console.ask("order", "show", second)["status"] == "requested":
        console.ask("review", "approve", second, "--on", "2026-03-08")
    console.ask("settle", "propose", "SH-STIV", second, "--number", "S-2", "--on", "2026-03-09")
    [line] = console.ask("settle", "approve", "S-2", "--as", "finance:wang", "--on", "2026-03-09")["lines"]
    assert (line["amount"], line["netted"], line["due"]) == (5_000_00, 1_000_00, 4_000_00)
    console.ask("settle", "confirm", "S-2", "--reference", "statement-5", "--on", "2026-03-10")
    exported = console.ask("settle", "export", "--from", "2026-03-01", "--until", "2026-03-31")["payments"]
    assert [(each["what"], each["amount"], each["netted"]) for each in exported] == [
        ("paid", 4_500_00, 0),
        ("set off", 0, 1_000_00),
        ("paid", 4_000_00, 0),
    ]
    console.tell("views", "verify")


@pytest.fixture
def market(tmp_path):
    """Return a function that opens an office whose money runs out in a queue or in rounds, with its voucher."""

    def opened(how: str) -> tuple[Console, str]:
        console = Console(tmp_path)
        console.ask("init")
        _, document = policies.load_policy(policies.shipped()["sh-stiv-2025"])
        document["money"]["exhaustion"] = how
        console.write("policy.json", policies.canonical(document))
        adopt = ("policy", "adopt", "policy.json", "--proposed-by", "officer:li", "--approved-by", "officer:wang")
        console.ask(*adopt, "--on", "2026-01-01")
        console.ask(
            "budget", "appropriate", "SH-STIV", "2026", "--amount", "100", "--reference", "a", "--on", "2026-01-01"
        )
        console.write("firms.csv", FIRMS.format(code=PUDONG, tier="B"))
        console.write("providers.csv", PROVIDERS.format(code=LAB))
        console.write("contract.pdf", "contract.pdf")
        console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-01")
        console.ask("registry", "import", "providers.csv", "--providers", "--on", "2026-01-01")
        console.ask("entitle", "SH-STIV", "--on", "2026-01-02")
        [voucher] = console.ask("balance", PUDONG)["vouchers"]
        return console, voucher["voucher_id"]

    return opened


def test_an_order_joins_the_queue_and_is_served_after_a_top_up(market):
    console, voucher = market("queue")
    typed = (voucher, "--provider", LAB, "--category", "TEST", *CONTRACT, *PRICE, "--on", "2026-02-01")
    assert console.refused("order", "register", *typed) == "budget-exhausted"
    joined = console.ask("queue", "join", *typed)
    assert (joined["place"], joined["amount"]) == (1, 5_000_00)
    assert [each["order_id"] for each in console.ask("queue", "show", "SH-STIV", "2026")["waiting"]] == [
        joined["order_id"]
    ]
    waits = console.run("queue", "serve", "SH-STIV", "2026", "--on", "2026-02-01")
    next_is = f"Next is {joined['order_id']}, which asks for 5,000.00 CNY; the pool has 100.00 CNY."
    assert next_is in waits.stderr
    more = ("--amount", "10,000", "--reference", "b", "--on", "2026-02-01")
    console.ask("budget", "appropriate", "SH-STIV", "2026", *more)
    assert console.ask("queue", "serve", "SH-STIV", "2026", "--on", "2026-02-01")["served"] == [joined["order_id"]]
    assert console.ask("order", "show", joined["order_id"])["status"] == "registered"
    assert "0" in console.tell("queue", "show", "SH-STIV", "2026")


def test_a_request_of_a_round_gets_its_share_or_is_taken_back(market):
    console, voucher = market("pro_rata")
    pool = ("SH-STIV", "2026")
    typed = (voucher, "--provider", LAB, "--category", "TEST", *CONTRACT, *PRICE)
    console.ask("queue", "open", *pool, "--closes-on", "2026-02-01", "--on", "2026-01-31")
    for number in ("O-1", "O-2"):
        console.ask("queue", "join", *typed, "--order", number, "--contract-on", "2026-02-01", "--on", "2026-02-01")
    console.ask("queue", "leave", *pool, "O-1", "--reason", "bought elsewhere", "--on", "2026-02-01")
    assert console.refused("queue", "close", *pool, "--on", "2026-02-01") == "round-running"
    closed = console.ask("queue", "close", *pool, "--on", "2026-02-02")
    assert (closed["allotted"], closed["served"]) == ({"O-2": 100_00}, ["O-2"])
    assert console.ask("order", "show", "O-2")["subsidy"] == 100_00
