"""Providers at the console: they join, publish, answer demands, are rated, and are removed."""

import pytest

from tests.examples import LAB, PUDONG
from tests.service.console import (
    CONTRACT,
    EVIDENCE,
    PRICE,
    PROVIDERS,
    an_entitled_firm,
    an_invoiced_order,
    an_office,
    an_order,
)

INSTITUTE = "52310000MJ4TE0069T"
FACTS = (
    "--fact",
    "kind=institute",
    "--fact",
    "region=320102",
    "--fact",
    "founded_on=2012-05-01",
    "--fact",
    "qualifications=CMA",
)


def test_a_provider_joins_after_its_notice(tmp_path):
    console = an_office(tmp_path)
    apply = ("admission", "apply", INSTITUTE, "--programme", "SH-STIV", "--name", "Institute", "--upload", "report.pdf")
    applied = console.ask(*apply, "--answer", "kind=institute", "--account", "acct:3", "--on", "2026-02-01")
    assert applied["status"] == "evaluated"
    verify = ("admission", "verify", INSTITUTE, "--source", "register", "--extract", "report.pdf", *FACTS)
    verified = console.ask(*verify, "--on", "2026-02-02")
    assert (verified["notice_first_on"], verified["notice_last_on"]) == ("2026-02-02", "2026-02-08")
    [notice] = console.ask("admission", "list", "--on", "2026-02-08")["applications"]
    assert (notice["provider_id"], notice["status"]) == (INSTITUTE, "noticed")
    assert console.tell("admission", "list", "--on", "2026-02-09") == "No applications.\n"
    objection = ("admission", "object", INSTITUTE, "--reason", "no team", "--as", "enterprise:rival")
    console.ask(*objection, "--on", "2026-02-08")
    assert console.refused("admission", "join", INSTITUTE, "--on", "2026-02-09") == "objection-open"
    dismiss = ("admission", "dismiss", INSTITUTE, "1", "--reason", "there is one")
    console.ask(*dismiss, "--as", "officer:zhou", "--on", "2026-02-09")
    assert console.ask("admission", "join", INSTITUTE, "--on", "2026-02-09")["status"] == "joined"
    shown = console.ask("admission", "show", INSTITUTE)
    assert [each["outcome"] for each in shown["objections"]] == ["dismissed"]
    assert "no team" in console.tell("admission", "show", INSTITUTE)
    assert "Institute" in console.tell("admission", "list", "--status", "joined")
    entry = console.ask("provider", "show", INSTITUTE)
    assert (entry["account_ref"], entry["region"], entry["facts"]["qualifications"]) == ("acct:3", "320102", ["CMA"])


def test_an_application_fails_is_stopped_or_given_up(tmp_path):
    console = an_office(tmp_path)
    apply = ("admission", "apply", INSTITUTE, "--programme", "SH-STIV", "--name", "Institute", "--upload", "report.pdf")
    console.ask(*apply, "--on", "2026-02-01")
    verify = ("admission", "verify", INSTITUTE, "--source", "register", "--extract", "report.pdf")
    failed = console.run(*verify, "--fact", "founded_on=2026-01-01", "--on", "2026-02-02")
    assert "more than two years" in failed.stderr
    assert failed.stdout.startswith("Not verified")
    console.ask(*apply, "--on", "2026-02-03")
    console.ask(*verify, *FACTS, "--on", "2026-02-03")
    console.ask("admission", "object", INSTITUTE, "--reason", "no team", "--on", "2026-02-04")
    uphold = ("admission", "uphold", INSTITUTE, "1", "--reason", "there is none", "--on", "2026-02-04")
    assert console.refused(*uphold) == "objection-decider-not-independent"
    assert console.ask(*uphold, "--as", "officer:zhou")["status"] == "stopped"
    console.ask(*apply, "--on", "2026-02-05")
    given_up = console.tell("admission", "withdraw", INSTITUTE, "--reason", "too busy", "--on", "2026-02-05")
    assert "withdrawn" in given_up
    assert console.tell("admission", "show", LAB) == "This provider has not applied.\n"


def test_a_registry_file_proposes_another_account_and_changes_none(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    console.write("providers.csv", PROVIDERS.format(code=LAB).replace("acct:1", "acct:2"))
    typed = ("registry", "import", "providers.csv", "--providers")
    assert console.ask(*typed, "--on", "2026-02-01")["recorded"] == 1
    assert console.ask("provider", "show", LAB)["account_ref"] == "acct:1"
    assert console.ask(*typed, "--on", "2026-02-02")["recorded"] == 0
    assert (
        console.ask("account", "approve", LAB, "acct:2", "--on", "2026-02-02", "--as", "finance:wu")["account_ref"]
        == "acct:2"
    )
    told = [line["stream"] for line in console.ask("history", LAB)["lines"]]
    assert f"account/{LAB}" in told
    assert f"provider/{LAB}" in told


def test_an_account_changes_when_a_second_person_approves(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    assert console.ask("account", "propose", LAB, "acct:2", "--on", "2026-02-01")["proposed"] == "acct:2"
    approve = ("account", "approve", LAB, "acct:2", "--on", "2026-02-01")
    for same in ("officer:desk", "finance:desk"):
        assert console.refused(*approve, "--as", same) == "account-approver-not-independent"
    assert console.ask(*approve, "--as", "finance:wu")["account_ref"] == "acct:2"
    console.ask("account", "propose", PUDONG, "acct:9", "--on", "2026-02-01")
    decline = ("account", "decline", PUDONG, "acct:9", "--reason", "not theirs", "--on", "2026-02-01")
    assert "Account declined" in console.tell(*decline)
    assert console.refused("account", "propose", PUDONG, "acct:9", "--holder", LAB) == "account-of-another"


def test_a_site_opens_with_an_account_and_closes(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    console.ask("site", "add", LAB, "north", "--name", "North", "--region", "320508", "--on", "2026-02-01")
    console.ask("account", "propose", LAB, "acct:n", "--site", "north", "--on", "2026-02-01")
    console.ask("account", "approve", LAB, "acct:n", "--site", "north", "--on", "2026-02-01", "--as", "finance:wu")
    number = an_order(console, voucher, "--fact", "site_id=north")
    assert console.ask("order", "show", number)["subsidy"] == 500_000
    assert "closed_on" in console.ask("site", "close", LAB, "north", "--reason", "lease", "--on", "2026-02-03")
    [site] = console.ask("provider", "show", LAB)["sites"]
    assert (site["region"], site["account_ref"], site["closed_on"]) == ("320508", "acct:n", "2026-02-03")
    assert "North" in console.tell("provider", "show", LAB)
    assert console.refused("provider", "show", INSTITUTE) == "provider-unknown"


def test_products_are_published_with_their_fees(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    words = ("--content", "tensile test", "--standard", "GB/T 228.1", "--fee", "500.00", "--unit", "sample")
    console.ask("product", "publish", LAB, "P-1", "--category", "TEST", *words, "--on", "2026-02-01")
    changed = console.tell("product", "fee", LAB, "P-1", "600.00", "--from", "2026-03-01", "--on", "2026-02-02")
    assert "500.00 CNY" in changed
    [before] = console.ask("product", "list", "--on", "2026-02-28")["products"]
    [after] = console.ask("product", "list", "--provider", LAB, "--on", "2026-03-01")["products"]
    assert (before["fee"], after["fee"]) == (50_000, 60_000)
    assert "tensile test" in console.tell("product", "list", "--category", "TEST", "--on", "2026-03-01")
    assert console.refused("product", "fee", LAB, "P-2", "1.00") == "product-unknown"
    console.ask("product", "withdraw", LAB, "P-1", "--reason", "broken", "--on", "2026-04-01")
    assert console.tell("product", "list", "--on", "2026-04-01") == "No products.\n"


def test_a_demand_becomes_an_order(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    post = ("demand", "post", PUDONG, "--category", "TEST", "--summary", "tests of steel", "--text", "report.pdf")
    demand = console.ask(*post, "--budget", "12,000.00", "--until", "2026-02-10", "--on", "2026-02-01")["demand_id"]
    fee = ("--fee", "10,000.00", "--from", "2026-02-02", "--until", "2026-03-01", "--on", "2026-02-01")
    offer = console.ask("demand", "offer", demand, "--provider", LAB, *fee)["offer_id"]
    other = console.ask("demand", "offer", demand, "--provider", LAB, "--offer", "A-2", *fee)["offer_id"]
    console.ask("demand", "withdraw-offer", demand, other, "--provider", LAB, "--on", "2026-02-01")
    assert [each["demand_id"] for each in console.ask("demand", "list", "--on", "2026-02-10")["demands"]] == [demand]
    assert "tests of steel" in console.tell("demand", "list")
    console.ask("demand", "accept", demand, offer, "--enterprise", PUDONG, "--on", "2026-02-01")
    number = an_order(console, voucher, "--fact", f"demand_id={demand}", "--fact", f"offer_id={offer}")
    shown = console.ask("demand", "show", demand)
    assert (shown["status"], shown["order_id"]) == ("ordered", number)
    assert {each["status"] for each in shown["offers"]} == {"accepted", "withdrawn"}
    assert "10,000.00" in console.tell("demand", "show", demand)
    withdraw = ("demand", "withdraw", demand, "--enterprise", PUDONG, "--reason", "no", "--on", "2026-02-01")
    assert console.refused(*withdraw) == "demand-not-open"


def test_a_removed_provider_and_its_void_orders(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    number = an_order(console, voucher)
    assert console.refused("provider", "void", LAB, "--on", "2026-02-10") == "removal-not-void"
    removed = console.tell(
        "provider", "remove", LAB, "--effect", "void", "--reason", "false reports", "--on", "2026-02-10"
    )
    assert f"vouchers provider void {LAB}" in removed
    assert console.ask("provider", "void", LAB, "--on", "2026-02-10")["voided"] == [number]
    assert console.ask("order", "show", number)["status"] == "cancelled"
    assert console.ask("provider", "list", "--on", "2026-02-10")["providers"] == []
    assert "removed from 2026-02-10: open orders void" in console.tell("provider", "list")
    order = ("order", "register", voucher, "--provider", LAB, "--category", "TEST", *CONTRACT, *PRICE)
    assert console.refused(*order, "--on", "2026-02-10", "--from", "2026-02-10", "--order", "O-2") == "provider-removed"
    assert console.ask("views", "verify")["differences"] == []


def test_what_is_claimed_is_told_when_orders_become_void(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    number = an_invoiced_order(console, voucher)
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    console.ask("provider", "remove", LAB, "--effect", "void", "--reason", "false reports", "--on", "2026-03-04")
    told = console.ask("provider", "void", LAB, "--on", "2026-03-04")
    assert (told["voided"], told["left"]) == ([], [number])
    console.ask("reverse", number, "--reason", "the provider was removed", "--as", "officer:desk", "--on", "2026-03-05")
    assert console.ask("provider", "void", LAB, "--on", "2026-03-05")["voided"] == [number]


def test_accreditations_end_and_are_withdrawn(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    withdraw = ("provider", "withdraw", LAB, "--category", "TEST", "--reason", "lapsed", "--on", "2026-06-01")
    console.ask(*withdraw)
    assert console.ask("provider", "show", LAB)["accreditations"] == [["TEST", "2026-01-01", "2026-05-31"]]
    assert console.ask("provider", "list", "--category", "TEST", "--on", "2026-06-01")["providers"] == []
    assert len(console.ask("provider", "list", "--category", "TEST", "--on", "2026-05-31")["providers"]) == 1
    accredit = ("provider", "accredit", LAB, "--category", "RND", "--from", "2026-06-01", "--on", "2026-06-01")
    assert console.refused(*accredit, "--programme", "SH-STIV") == "accreditation-without-term"
    console.ask(*accredit, "--until", "2026-12-31")
    console.tell(*accredit, "--until", "2026-12-31", "--programme", "SH-STIV", code=2)
    renew = ("provider", "renew", LAB, "--category", "RND", "--programme", "SH-STIV", "--on", "2026-06-01")
    assert console.refused(*renew) == "accreditation-without-term"


def test_a_paid_order_is_rated(tmp_path):
    console, voucher = an_entitled_firm(tmp_path, tier="B")
    number = an_invoiced_order(console, voucher)
    rate = ("rate", number, "--enterprise", PUDONG, "--stars", "4", "--on", "2026-04-02")
    assert console.refused(*rate) == "nothing-to-rate"
    if console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")["status"] == "requested":
        console.ask("review", "approve", number, "--as", "reviewer:zhao", "--on", "2026-03-04")
    batch = console.ask("settle", "propose", "SH-STIV", "--on", "2026-03-31")["settlements"][0]["settlement_id"]
    console.ask("settle", "approve", batch, "--as", "finance:qian", "--on", "2026-03-31")
    console.ask("settle", "confirm", batch, "--reference", "BANK-1", "--on", "2026-04-01")
    assert console.ask(*rate)["stars"] == 4
    assert "4.0 (1)" in console.tell("provider", "list")


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ("founded_on=yesterday", "day-malformed"),
        ("kind=pub", "word-unknown"),
        ("qualifications=CMX", "word-unknown"),
        ("region=Minhang", "division-malformed"),
        ("opened_on=soon", "day-malformed"),  # a fact that no register has a column for
        ("kind", "fact-malformed"),
    ],
)
def test_what_is_said_of_a_provider_is_read_as_a_registry_file_is(tmp_path, fact, code):
    console = an_office(tmp_path)
    apply = ("admission", "apply", INSTITUTE, "--programme", "SH-STIV", "--name", "Institute", "--upload", "report.pdf")
    assert console.refused(*apply, "--answer", fact, code=2) == code
    console.ask(*apply)
    verify = ("admission", "verify", INSTITUTE, "--source", "register", "--extract", "report.pdf")
    assert console.refused(*verify, "--fact", fact, code=2) == code


def test_an_application_that_failed_tells_why(tmp_path):
    console = an_office(tmp_path)
    apply = ("admission", "apply", INSTITUTE, "--programme", "SH-STIV", "--name", "Institute", "--upload", "report.pdf")
    console.ask(*apply, "--on", "2026-02-01")
    verify = ("admission", "verify", INSTITUTE, "--source", "register", "--extract", "report.pdf")
    console.ask(*verify, "--fact", "founded_on=2026-01-01", "--on", "2026-02-02")
    told = console.tell("admission", "show", INSTITUTE)
    assert "What speaks against it" in told
    assert "provider-age" in told
    assert [each["code"] for each in console.ask("admission", "show", INSTITUTE)["reasons"]] == ["provider-age"]


def test_a_category_that_no_policy_has_is_pointed_out(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    days = ("--from", "2026-02-01", "--until", "2026-12-31")
    assert "has a category TESTS" in console.run("provider", "accredit", LAB, "--category", "TESTS", *days).stderr
    assert console.run("provider", "accredit", LAB, "--category", "RND", *days).stderr == ""
    words = ("--content", "test", "--standard", "GB/T 228.1", "--fee", "500.00")
    assert "has a category TESTS" in console.run("product", "publish", LAB, "P-1", "--category", "TESTS", *words).stderr
    need = ("--summary", "tests", "--text", "contract.pdf", "--until", "2099-01-01")
    posted = console.run("demand", "post", PUDONG, "--category", "TESTS", *need, "--budget", "100")
    assert "has a category TESTS" in posted.stderr
    assert console.refused("demand", "post", PUDONG, "--category", "TEST", *need, "--budget", "0") == (
        "demand-without-budget"
    )


def test_references_and_places_are_read_before_anything_is_recorded(tmp_path):
    console, _ = an_entitled_firm(tmp_path)
    assert console.run("account", "propose", LAB, "6222 0200 1111 2222").exit_code == 2
    assert console.run("account", "propose", LAB, "310104199001010017").exit_code == 2  # as a person's number
    place = ("site", "add", LAB, "S-1", "--name", "North", "--region")
    assert console.run(*place, "Minhang").exit_code == 2
    assert console.run(*place, "IE").exit_code == 0
