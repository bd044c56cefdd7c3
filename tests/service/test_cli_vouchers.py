"""At the command line: vouchers pledged, pooled and carried over, prices in foreign money, where money came from."""

import json

import pytest

from tests.examples import CHANGNING, LAB, PUDONG, SH_CODE, voucher_of
from tests.rulebooks import changed
from tests.service.console import CONTRACT, EVIDENCE, FIRMS, Console, an_entitled_firm


def _tables(document):
    document["pooling"] = {"firms": 2}
    document["foreign"] = {"currencies": ["GBP"], "rounding": "half_up"}
    document["carry_over"] = {"share_bp": 5_000, "limit": 10_000_000}
    levels = [{"level": "city", "share_bp": 6_000}, {"level": "district", "share_bp": 4_000}]
    document["stacking"] = {"cost_split": levels}


@pytest.fixture
def console(tmp_path) -> Console:
    """An office with two firms entitled, whose programme pools vouchers, takes pounds and carries half over."""
    console, _ = an_entitled_firm(tmp_path, tier="C")
    console.write("policy.json", changed(_tables).document)
    people = ("--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask("policy", "adopt", "policy.json", *people, "--on", "2026-02-01")
    console.write("second.csv", FIRMS.format(code=CHANGNING, tier="C"))
    console.ask("registry", "import", "second.csv", "--as-of", "2025-12-31", "--on", "2026-02-01")
    console.ask("entitle", SH_CODE, "--on", "2026-02-02")
    return console


MINE, THEIRS = voucher_of(), voucher_of(CHANGNING)
ORDER = ("order", "register", MINE, "--order", "O-7", "--provider", LAB, "--category", "TEST", *CONTRACT)
POUNDS = ("--gross", "1,000.00", "--net", "1,000.00", "--currency", "GBP")
RATE = ("--rate", "9.123457", "--rate-on", "2026-02-01", "--rate-source", "central parity rate")
PLEDGE = ("voucher", "pledge", THEIRS, "--order", "O-7", "--to", PUDONG, "--amount", "500.00", "--until", "2026-03-31")


def test_for_every_payment_it_is_told_which_voucher_and_which_level_paid_what(console):
    assert console.ask(*PLEDGE, "--on", "2026-02-02")["pledged"] == 50_000
    assert console.ask(*PLEDGE, "--on", "2026-02-02")["replayed"]
    order = (*ORDER, *POUNDS, *RATE, "--voucher", THEIRS, "--on", "2026-02-02")
    assert console.ask("order", "preview", *order[2:])["subsidy"] == 456_173
    assert console.ask(*order)["subsidy"] == 456_173
    console.ask("deliver", "O-7", "--report", "report.pdf", "--on", "2026-03-01")
    invoice = ("--number", "25310000000000000001", "--gross", "1,000.00", "--net", "1,000.00", "--currency", "GBP")
    console.ask("invoice", "O-7", *invoice, "--on", "2026-03-02")
    console.ask("redeem", "O-7", *EVIDENCE, "--on", "2026-03-03")
    told = console.ask("voucher", "sources", "O-7")
    assert (told["pool"], told["currency"]) == ("TEST", "CNY")
    claimed = {lot["voucher_id"]: (lot["enterprise_id"], lot["claimed"]) for lot in told["lots"]}
    assert claimed == {MINE: (PUDONG, 406_173), THEIRS: (CHANGNING, 50_000)}
    assert told["levels"] == [
        {"level": "city", "amount": 273_704, "paid": 0},
        {"level": "district", "amount": 182_469, "paid": 0},
    ]
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if console.ask("order", "show", "O-7")["status"] == "requested":
            console.ask("review", "approve", "O-7", "--as", reviewer, "--on", "2026-03-04")
    [batch] = console.ask("settle", "propose", SH_CODE, "--on", "2026-03-31")["settlements"]
    number = batch["settlement_id"]
    console.ask("settle", "approve", number, "--as", "finance:qian", "--on", "2026-03-31")
    console.ask("settle", "confirm", number, "--reference", "BANK-1", "--on", "2026-04-01")
    told = console.ask("voucher", "sources", "O-7")
    assert sum(lot["paid"] for lot in told["lots"]) == sum(level["paid"] for level in told["levels"]) == 456_173
    assert "4,061.73" in console.tell("voucher", "sources", "O-7")
    assert console.ask("views", "verify")["differences"] == []


def test_a_pledge_is_taken_back(console):
    console.ask(*PLEDGE, "--on", "2026-02-02")
    back = ("voucher", "unpledge", THEIRS, "--order", "O-7", "--reason", "we changed our mind")
    assert console.ask(*back, "--on", "2026-02-02")["pledged"] == 0
    assert console.refused(*back, "--on", "2026-02-02") == "no-pledge"
    order = (*ORDER, *POUNDS, *RATE, "--voucher", THEIRS, "--on", "2026-02-02")
    assert console.refused(*order) == "voucher-not-yours"


def test_a_price_in_pounds_needs_a_rate(console):
    assert console.refused(*ORDER, *POUNDS, "--on", "2026-02-02") == "rate-missing"


def test_half_of_an_unused_rest_goes_on_into_the_next_year(console):
    carry = ("voucher", "carry-over", MINE, "--on", "2027-01-01")
    assert console.refused(*carry) == "not-entitled-anew"
    money = ("--pool", "all", "--amount", "1,000,000.00", "--reference", "act 8")
    console.ask("budget", "appropriate", SH_CODE, "2027", *money, "--on", "2027-01-01")
    console.ask("entitle", SH_CODE, "--on", "2027-01-01")
    made = console.ask(*carry)
    assert (made["available"], made["use_by_on"]) == (10_000_000, "2027-12-31")
    places = {each["voucher_id"]: each["places"] for each in console.ask("balance", PUDONG)["vouchers"]}
    assert places[MINE]["expired"] == 30_000_000
    assert places[made["voucher_id"]]["available"] == 10_000_000
    assert console.refused(*carry) == "nothing-to-carry-over"
    assert json.loads(console.tell("views", "verify", "--json"))["differences"] == []
