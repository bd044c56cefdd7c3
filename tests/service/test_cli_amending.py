"""Orders in parts at the command line: changes, lines, red letters and own shares, typed by hand."""

import pytest

from tests.service.console import EVIDENCE, an_entitled_firm, an_order

FIRST, SECOND, RED = (f"2531000000000000000{n}" for n in (1, 2, 9))
PAPER, OTHER = "6" * 64, "7" * 64


@pytest.fixture
def ordered(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    return console, an_order(console, voucher)


def _change(console, number, gross, *more):
    terms = ("--contract-digest", "5" * 64, "--gross", gross, "--net", gross, "--reason", "more samples")
    return console.ask("amend", "contract", number, *terms, "--on", "2026-02-05", *more)


def _invoice(console, order, number, gross, *more):
    return console.ask(
        "invoice", order, "--number", number, "--gross", gross, "--net", gross, "--on", "2026-03-03", *more
    )


def test_a_contract_is_changed_up_and_down_and_typed_twice_it_is_changed_once(ordered):
    console, number = ordered
    assert _change(console, number, "12,000")["reserved_more"] == 100_000
    assert _change(console, number, "12,000")["reserved_more"] == 0
    assert _change(console, number, "8,000")["released"] == 200_000
    assert console.ask("order", "show", number)["subsidy"] == 400_000


def test_an_order_is_claimed_in_parts_and_what_is_left_is_cancelled(ordered):
    console, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    _invoice(console, number, FIRST, "4,000", "--total-gross", "9,000", "--total-net", "9,000")
    part = console.ask("redeem", number, *EVIDENCE, "--more-to-come", "--on", "2026-03-03")
    again = console.ask("redeem", number, *EVIDENCE, "--more-to-come", "--on", "2026-03-03")
    assert (part["claimed"], part["replayed"], again["replayed"]) == (200_000, False, True)
    _invoice(console, number, SECOND, "1,000")
    _invoice(console, number, "25310000000000000003", "2,000", "--replaces", SECOND)
    assert console.ask("redeem", number, *EVIDENCE, "--more-to-come", "--on", "2026-03-03")["claimed"] == 300_000
    shown = console.ask("order", "show", number)
    assert [each["amount"] for each in shown["redemptions"]] == [200_000, 100_000]
    assert [each["gross"] for each in shown["invoices"]] == [400_000, 200_000]
    assert "Redemptions" in console.tell("order", "show", number)
    assert console.ask("order", "cancel", number, "--reason", "done", "--on", "2026-03-04")["released"] == 200_000
    assert console.ask("views", "verify")["differences"] == []


def test_a_red_letter_reverses_the_claim_and_tells_what_is_left(ordered):
    console, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    _invoice(console, number, FIRST, "10,000")
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    letter = ("--number", FIRST, "--red", RED, "--gross", "1,000", "--net", "1,000", "--on", "2026-03-06")
    told = console.ask("amend", "invoice", *letter)
    assert (told["gross"], told["orders"][0]["reversed"]) == (900_000, [f"{number}-R1"])
    assert console.ask("amend", "invoice", *letter)["orders"] == []
    assert console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-07")["claimed"] == 450_000
    assert "Red letter recorded" in console.tell("amend", "invoice", *letter)


def test_an_own_share_is_proven_and_a_refund_stops_the_claim(ordered):
    console, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    _invoice(console, number, FIRST, "10,000")
    paid = ("--amount", "5,000", "--proof-digest", PAPER, "--on", "2026-03-03")
    assert console.ask("amend", "own-share", number, *paid)["proven"] == 500_000
    back = ("--amount", "1", "--proof-digest", OTHER, "--on", "2026-03-03")
    assert console.ask("amend", "refund", number, *back)["void"]
    assert console.refused("redeem", number, *EVIDENCE, "--on", "2026-03-03") == "own-share-came-back"


def test_one_of_several_redemptions_is_named(ordered):
    console, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    _invoice(console, number, FIRST, "4,000")
    console.ask("redeem", number, *EVIDENCE, "--more-to-come", "--on", "2026-03-03")
    _invoice(console, number, SECOND, "6,000")
    console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")
    undo = ("reverse", number, "--reason", "by mistake", "--on", "2026-03-04")
    assert console.refused(*undo) == "redemption-ambiguous"
    console.ask(*undo, "--redemption", f"{number}-R1")
    assert [each["redemption_id"] for each in console.ask("order", "show", number)["redemptions"]] == [f"{number}-R2"]
