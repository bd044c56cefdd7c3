"""At the console: a month between two regions is closed by two people, and aid of other bodies is put on record."""

import csv
from io import StringIO

import pytest

from tests.examples import LAB, PUDONG, WUJIANG
from tests.service.console import EVIDENCE, FIRMS, PRICE, PROVIDERS, Console

DELTA = ("--programme", "YRD-STIV")
AID = "declaration_id,enterprise_id,measure,granted_on,amount\n"
SCOPE = "EU-DE-MINIMIS-IE"


@pytest.fixture
def console(tmp_path):
    """A data folder with the delta programme, a firm of Wujiang and a laboratory of Shanghai."""
    console = Console(tmp_path)
    console.ask("init")
    adopt = ("policy", "adopt", "yrd-stiv", "--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask(*adopt, "--on", "2026-01-01")
    for name in ("contract.pdf", "report.pdf", "proof.pdf"):
        console.write(name, name)
    console.write("firms.csv", FIRMS.format(code=WUJIANG, tier="B").replace("310115", "320509"))
    console.write("providers.csv", PROVIDERS.format(code=LAB))
    console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-01")
    console.ask("registry", "import", "providers.csv", "--providers", "--on", "2026-01-01")
    console.ask("entitle", "YRD-STIV", "--on", "2026-01-02")
    return console


def fund(console, pool):
    """Money of one pool."""
    act = ("--pool", pool, "--amount", "1,000,000.00", "--reference", "act 7", "--on", "2026-01-01")
    return console.ask("budget", "appropriate", "YRD-STIV", "2026", *act)


def order(console, *more, code=0):
    """An order of the Wujiang firm with the Shanghai laboratory."""
    [voucher] = console.ask("balance", WUJIANG)["vouchers"]
    contract = ("--contract", "contract.pdf", "--from", "2026-02-02", "--until", "2026-03-01")
    typed = ("order", "register", voucher["voucher_id"], "--provider", LAB, "--category", "TEST", *contract, *PRICE)
    return console.ask(*typed, "--on", "2026-02-01", *more, code=code)


def paid(console):
    """The order all the way to payment."""
    number = order(console)["order_id"]
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-02-20")
    invoice = ("--number", "26320000000000000001", "--gross", "10,000", "--net", "9,433.96")
    console.ask("invoice", number, *invoice, "--on", "2026-02-21")
    status = console.ask("redeem", number, *EVIDENCE, "--on", "2026-02-22")["status"]
    if status == "requested":
        console.ask("review", "approve", number, "--on", "2026-02-22")
    [batch] = console.ask("settle", "propose", "YRD-STIV", "--on", "2026-02-23")["settlements"]
    console.ask("settle", "approve", batch["settlement_id"], "--as", "finance:wang", "--on", "2026-02-23")
    console.ask("settle", "confirm", batch["settlement_id"], "--reference", "slip", "--on", "2026-02-24")
    return number


def test_money_is_appropriated_for_each_region_apart(console):
    with_others = fund(console, "general:31")
    assert [each["pool"] for each in with_others["budgets"]] == ["general:31"]
    assert order(console, code=1)["refused"]["code"] == "budget-missing"
    fund(console, "general:320509")
    assert order(console)["subsidy"] == 500_000
    shown = {each["pool"]: each["committed"] for each in console.ask("budget", "show", "YRD-STIV")["budgets"]}
    assert shown == {"general:31": 0, "general:320509": 500_000}


def test_a_month_is_closed_by_one_person_and_approved_by_another(console):
    fund(console, "general:320509")
    number = paid(console)
    month = ("YRD-STIV", "2026-02")
    assert console.ask("clearing", "due", *month)["orders"] == [number]
    assert console.refused("clearing", "close", *month, "--on", "2026-02-28") == "month-not-over"
    closed = console.ask("clearing", "close", *month, "--on", "2026-03-01")
    assert (closed["status"], closed["nets"]) == ("proposed", {"31": 500_000, "320509": -500_000})
    assert console.ask("clearing", "due", *month)["orders"] == []
    assert console.refused("clearing", "approve", *month, "--on", "2026-03-02") == "clearing-needs-second-person"
    console.ask("clearing", "withdraw", *month, "--reason", "looked at again", "--on", "2026-03-02")
    console.ask("clearing", "close", *month, "--on", "2026-03-02")
    approved = console.ask("clearing", "approve", *month, "--as", "finance:wang", "--on", "2026-03-02")
    assert (approved["status"], approved["approved_by"]) == ("approved", "finance:wang")
    [row] = console.ask("clearing", "list", "YRD-STIV")["clearings"]
    assert (row["status"], row["flows"], row["gross"], row["positions"]) == ("approved", 1, 500_000, 1)
    text = console.tell("clearing", "show", *month)
    assert "320509" in text
    assert "-5,000.00" in text
    [line] = csv.DictReader(StringIO(console.tell("clearing", "export", *month)))
    assert (line["order_id"], line["region_from"], line["region_to"]) == (number, "320509", "31")
    assert console.ask("views", "verify")["differences"] == []


def test_a_month_with_nothing_between_regions_is_not_closed(console):
    assert console.refused("clearing", "close", "YRD-STIV", "2026-01", "--on", "2026-02-01") == "clearing-empty"
    assert console.ask("clearing", "levels", "YRD-STIV", "2026")["levels"] == []
    assert "no month" in console.tell("clearing", "list").lower()


def test_a_register_of_aid_is_imported_and_its_wrong_rows_are_told(console):
    rows = f'A-1,{WUJIANG},loans,2025-01-02,"12,500.00"\nA-2,{WUJIANG[:-1]}B,loans,2025-01-02,1\n'
    console.write("aid.csv", AID + rows + f"A-3,{PUDONG},loans,2025-01-02,1\n")
    first = console.ask("aid", "import", "aid.csv", SCOPE, code=3)
    assert (first["recorded"], first["faulty"]) == (1, 2)
    assert [(each["line"], each["code"]) for each in first["faults"]] == [
        (3, "credit-code-check"),
        (4, "enterprise-unknown"),
    ]
    again = console.ask("aid", "import", "aid.csv", SCOPE, code=3)
    assert (again["recorded"], again["unchanged"]) == (0, 1)


def test_a_file_without_the_columns_is_refused(console):
    console.write("aid.csv", "number,amount\n1,2\n")
    assert console.refused("aid", "import", "aid.csv", SCOPE, code=2) == "aid-file-malformed"


def test_aid_is_declared_shown_with_what_is_left_and_withdrawn(console):
    adopt = ("policy", "adopt", "ie-iv", "--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask(*adopt, "--on", "2026-01-01")
    declared = ("--number", "A-1", "--measure", "export loan", "--granted-on", "2026-01-02", "--amount", "100,000")
    console.ask("aid", "declare", WUJIANG, SCOPE, *declared, "--document", "proof.pdf")
    [shown] = console.ask("aid", "show", WUJIANG, "--on", "2026-02-02")["aid"]
    assert (shown["scope"], shown["received"], shown["left"]) == (SCOPE, 10_000_000, 20_000_000)
    assert "200,000.00" in console.tell("aid", "show", WUJIANG, "--on", "2026-02-02")
    [later] = console.ask("aid", "show", WUJIANG, "--on", "2029-01-02")["aid"]
    assert (later["received"], later["entries"][0]["counts"]) == (0, False)
    console.ask("aid", "withdraw", WUJIANG, SCOPE, "--number", "A-1", "--reason", "recovered")
    [shown] = console.ask("aid", "show", WUJIANG, "--on", "2026-02-02")["aid"]
    assert shown["entries"] == []


def test_an_order_shows_from_which_voucher_pool_and_level_each_redemption_is_paid(console):
    fund(console, "general:320509")
    number = paid(console)
    whole, claim = console.ask("order", "show", number)["lineage"]
    assert (whole["pool"], whole["amount"], claim["status"], claim["amount"]) == (
        "general:320509",
        500_000,
        "paid",
        500_000,
    )
    assert [*claim["vouchers"].values()] == [500_000]
    assert claim["levels"] == {}
    assert "Who pays, in CNY" in console.tell("order", "show", number)
