"""What a person reads at the terminal is short, fits a page, and leaves out what is nothing."""

import pytest

from service.cli import output
from tests.examples import INSTITUTE, LAB, PUDONG
from tests.service.console import EVIDENCE, an_entitled_firm, an_office, an_order

PAPER = 110  # columns
COMPANY = "91310118MA1TE001XP"


@pytest.fixture
def ordered(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "WIDE", PAPER)
    console, voucher = an_entitled_firm(tmp_path)
    return console, voucher, an_order(console, voucher, "--order", "O-1001")


def invoice(console, number, gross):
    typed = ("--number", number, "--gross", gross, "--net", gross, "--on", "2026-03-02")
    console.ask("invoice", "O-1001", *typed)


def lines(told):
    return [" ".join(line.split()) for line in told.splitlines()]


def test_a_statement_fits_a_page_and_ends_with_a_sum_that_can_be_checked_by_hand(ordered):
    console, voucher, _ = ordered
    console.ask("voucher", "return", voucher, "--amount", "100,000", "--reason", "too much", "--on", "2026-02-03")
    told = lines(console.tell("voucher", "statement", voucher))
    assert told[1] == "seq day what order amount from to available"
    assert any("2026-02-03 Returned: too much 100,000.00 available returned 195,000.00" in line for line in told)
    assert told[-1].endswith("300,000.00 = 195,000.00 available + 5,000.00 reserved + 100,000.00 returned")


def test_a_second_claim_tells_what_is_of_it_and_what_is_claimed_in_all(ordered):
    console, _, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    invoice(console, "25310000000000000001", "4,000")
    first = lines(console.tell("redeem", number, *EVIDENCE, "--more-to-come", "--on", "2026-03-02"))
    invoice(console, "25310000000000000002", "6,000")
    second = lines(console.tell("redeem", number, *EVIDENCE, "--on", "2026-03-03"))
    assert "claimed 2,000.00 CNY" in first
    assert {"of this redemption 3,000.00 CNY", "claimed 5,000.00 CNY"} <= set(second)


def test_an_order_and_its_own_share_leave_out_what_is_nothing(ordered):
    console, _, number = ordered
    shown = console.tell("order", "show", number)
    assert "reserved" in shown
    assert "clawed back" not in shown
    proven = console.tell(
        *("amend", "own-share", number, "--amount", "5,000", "--proof-digest", "6" * 64, "--on", "2026-02-03")
    )
    assert "void" not in proven
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    invoice(console, "25310000000000000001", "10,000")
    back = console.tell(*("amend", "refund", number, "--amount", "1", "--proof-digest", "7" * 64, "--on", "2026-03-03"))
    assert "void yes" in lines(back)


def test_a_succession_tells_what_passed_and_no_empty_second_look(ordered):
    console, _, _ = ordered
    firm = (console.folder / "firms.csv").read_text(encoding="utf-8").replace(PUDONG, COMPANY)
    console.write("more.csv", firm)
    console.ask("registry", "import", "more.csv", "--as-of", "2026-02-01", "--on", "2026-02-02")
    typed = ("--kind", "incorporation", "--from", "2026-02-02", "--evidence-digest", "1" * 64, "--reason", "founded")
    told = console.tell("enterprise", "succeed", PUDONG, COMPANY, *typed, "--on", "2026-02-02")
    assert "in SH-STIV 1 passed" in lines(told)
    assert "Looked again" not in told


def test_a_settlement_fits_a_page_and_tells_set_off_only_where_something_is(ordered):
    console, _, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    invoice(console, "25310000000000000001", "10,000")
    if console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")["status"] == "requested":
        console.ask("review", "approve", number, "--on", "2026-03-03")
    console.ask("settle", "propose", "SH-STIV", "--number", "S-1", "--on", "2026-03-04")
    told = lines(console.tell("settle", "approve", "S-1", "--as", "finance:sun", "--on", "2026-03-04"))
    assert "order payment paid to account amount due status" in told
    assert any("O-1001-R1-P1" in line and line.endswith("instructed") for line in told)


def test_a_line_above_the_rest_of_its_invoice_is_told_what_is_left(ordered):
    console, voucher, number = ordered
    an_order(console, voucher, "--order", "O-1002")
    whole = ("--number", "25310000000000000001", "--total-gross", "9,000", "--total-net", "8,490.57")
    for each in (number, "O-1002"):
        console.ask("deliver", each, "--report", "report.pdf", "--on", "2026-03-01")
    console.ask("invoice", number, *whole, "--gross", "6,000", "--net", "5,660.38", "--on", "2026-03-02")
    refused = console.run("invoice", "O-1002", *whole, "--gross", "4,000", "--net", "3,773.58", "--on", "2026-03-02")
    assert "3,000.00 CNY with tax and 2,830.19 CNY without it are left" in refused.stderr


def test_an_admission_tells_the_next_step(tmp_path):
    console = an_office(tmp_path)
    apply = ("admission", "apply", INSTITUTE, "--programme", "SH-STIV", "--name", "Institute", "--upload", "report.pdf")
    assert "Next: an officer verifies" in console.tell(*apply, "--on", "2026-02-01")
    facts = (f"--fact={each}" for each in ("kind=institute", "founded_on=2012-05-01", "qualifications=CMA"))
    verify = ("admission", "verify", INSTITUTE, "--source", "register", "--extract", "report.pdf", *facts)
    assert "Next: vouchers admission join, after 2026-02-07" in console.tell(*verify, "--on", "2026-02-01")
    told = console.tell("admission", "object", INSTITUTE, "--reason", "no team", "--on", "2026-02-02")
    assert "another officer decides" in told


def test_payments_fit_a_page_and_tell_set_off_only_where_something_is(ordered):
    console, _, number = ordered
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    invoice(console, "25310000000000000001", "10,000")
    if console.ask("redeem", number, *EVIDENCE, "--on", "2026-03-03")["status"] == "requested":
        console.ask("review", "approve", number, "--on", "2026-03-03")
    console.ask("settle", "propose", "SH-STIV", "--number", "S-1", "--on", "2026-03-04")
    console.ask("settle", "approve", "S-1", "--as", "finance:sun", "--on", "2026-03-04")
    console.ask("settle", "confirm", "S-1", "--reference", "bank 1", "--on", "2026-03-04")
    told = lines(console.tell("settle", "export", "--from", "2026-01-01", "--until", "2026-12-31"))
    assert told[1] == "day what settlement payment paid to amount"
    assert told[3] == f"2026-03-04 paid S-1 O-1001-R1-P1 {LAB} CNY 5,000.00"


@pytest.mark.parametrize(
    "typed", ["order list", "enterprise findings", "review list", "settle list", f"enterprise reassess {PUDONG}"]
)
def test_a_mistyped_programme_is_told_and_not_taken_for_one_where_nothing_has_happened(ordered, typed):
    assert ordered[0].refused(*typed.split(), "--programme", "SH-STVI") == "programme-unknown"


def test_a_bar_that_is_over_before_it_begins_and_a_batch_of_no_programme_are_refused(ordered):
    console, _, _ = ordered
    remove = ("provider", "remove", LAB, "--effect", "finish", "--reason", "false reports", "--on", "2026-02-10")
    assert "later --barred-until" in console.run(*remove, "--barred-until", "2026-02-09").stderr
    assert console.run(*remove, "--barred-until", "2026-02-10").exit_code == 0
    assert console.refused("settle", "propose", "SH-STVI") == "programme-unknown"


def test_a_step_that_comes_too_early_tells_what_comes_first(ordered):
    console, _, number = ordered
    early = console.run("invoice", number, "--number", "25310000000000000001", "--gross", "1", "--net", "1")
    assert "-> Accept its delivery first." in early.stderr
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    assert "-> File its invoice first." in console.run("redeem", number, *EVIDENCE).stderr
    reversed_ = console.run("reverse", number, "--reason", "by mistake")
    assert "no redemption that could be reversed" in reversed_.stderr
    console.ask("order", "cancel", number, "--reason", "done", "--on", "2026-03-02")
    assert "-> Look at the order for the step it is at." in console.run("redeem", number, *EVIDENCE).stderr


def test_what_cannot_be_read_is_told_with_its_place(ordered):
    console, voucher, number = ordered
    told = console.run("voucher", "return", voucher, "--amount", "ten", "--reason", "x").stderr
    assert "amount: The amount cannot be read as a number." in told
    total = ("--number", "25310000000000000001", "--gross", "1", "--net", "1", "--total-gross", "5")
    assert "--total-gross and --total-net together" in console.run("invoice", number, *total).stderr
    nothing = console.run("voucher", "return", voucher, "--amount", "0", "--reason", "x").stderr
    assert "Nothing would be given back." in nothing


def test_a_balance_of_a_mistyped_code_and_of_a_past_day_says_so(ordered):
    console, _, _ = ordered
    assert "Compare" in console.tell("balance", PUDONG[:-1] + "4")
    assert "those of today" in console.run("balance", PUDONG, "--on", "2026-01-02").stderr
    assert "No facts are on record as of" in console.run("enterprise", "facts", PUDONG, "--on", "2020-01-01").stderr
