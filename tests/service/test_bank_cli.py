"""The bank at the console: a clerk of finance sends a batch, takes a table in, and compares the books."""

import time
from pathlib import Path

import pytest

from service.cli.problems import DIFFERENT, FAULTY_INPUT, USAGE
from service.clock import now
from tests.service.banks import texts
from tests.service.console import EVIDENCE, Console, an_entitled_firm, an_invoiced_order
from vouchers.ledger import Ledger, open_recorder

SETTINGS = """
[banking.accounts.main]
programmes = ["SH-STIV"]
holder = "上海市科技创新券中心"
number = "4403 0150 0900"

[banking.accounts.main.columns]
encoding = "gbk"
day = "日期"
paid_out = "借方"
paid_in = "贷方"
balance = "余额"
reference = "流水号"
text = "摘要"
"""
ON = ("--on", "2026-03-12")
DAY = ("--from", "2026-03-12", "--until", "2026-03-12")
MANY = 3_000
PAID = 4_500_00  # half of the invoice


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> tuple[Console, str, str]:
    """A clerk's folder with an approved batch of one order, and the payment's number."""
    console, voucher = an_entitled_firm(tmp_path_factory.mktemp("office"))
    order = an_invoiced_order(console, voucher)
    console.ask("redeem", order, *EVIDENCE, "--on", "2026-03-05")
    settings = console.folder / "vouchers-data" / "vouchers.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    [batch] = console.ask("settle", "propose", "SH-STIV", *ON)["settlements"]
    console.ask("settle", "approve", batch["settlement_id"], "--as", "finance:wang", *ON)
    [line] = console.ask("settle", "show", batch["settlement_id"])["lines"]
    return console, batch["settlement_id"], line["instruction_id"]


def a_table(console: Console, name: str, *rows: str) -> str:
    text = "\r\n".join(["日期,流水号,借方,贷方,余额,摘要", *rows, ""])
    Path(console.folder / name).write_bytes(text.encode("gbk"))
    return name


def written(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def test_a_clerk_sends_a_batch_and_compares_the_books(office):
    console, batch, payment = office
    assert console.refused("bank", "export", batch, *ON) == "accounts-missing"
    console.write("accounts.csv", "account_ref,holder,number,iban\nacct:1,检测实验室,6222 0210,\nacct:2,x,,DE00\n")
    loaded = console.ask("bank", "account", "load", "accounts.csv", *ON)
    assert [each["code"] for each in loaded["faults"]] == ["iban-malformed"]
    approve = ("bank", "account", "approve", "acct:1", "--number")
    assert console.refused(*approve, "62220210") == "vault-not-independent"
    assert console.refused(*approve, "62220211", "--as", "finance:wang") == "vault-number-differs"
    assert console.ask(*approve, "62220210", "--as", "finance:wang")["number"] == "…0210"
    assert "acct:1" in console.tell("bank", "account", "list")
    assert console.ask("bank", "account", "list", "--waiting")["accounts"] == []

    made = console.ask("bank", "export", batch, "--out", "first.xml", *ON)
    content = (console.folder / "first.xml").read_bytes()
    assert texts(content, "EndToEndId") == [payment]
    assert (console.folder / "first.xml").stat().st_mode & 0o077 == 0
    assert made["total"] == round(float(texts(content, "InstdAmt")[0]) * 100) == PAID
    again = console.run("bank", "export", batch, "--out", "again.xml", *ON)
    assert "Do not send it twice." in again.stderr
    assert (console.folder / "again.xml").read_bytes() == content
    assert console.refused("bank", "export", batch, "--form", "csv", "--file", "1", *ON) == "file-of-another-form"

    paid = f"2026-03-12,T1,{written(PAID)},,1000.00,兑付{payment}"
    table = a_table(console, "march.csv", paid, "2026-03-12,T2,12.50,,987.50,手续费")
    assert console.refused("bank", "import", table, *ON, code=USAGE) == "account-not-named"
    broken = console.write("broken.xml", "<Document>")
    assert console.refused("bank", "import", broken, *ON, code=FAULTY_INPUT) == "xml-broken"
    looked = console.ask("bank", "import", table, "--account", "main", "--dry-run", *ON)
    assert [each["lines"] for each in looked["documents"]] == [2]
    [document] = console.ask("bank", "import", table, "--account", "main", *ON)["documents"]
    assert (document["matched"], document["open"]) == (1, 1)
    assert (
        "was taken in before; nothing changed." in console.run("bank", "import", table, "--account", "main", *ON).stderr
    )
    [item] = console.ask("bank", "items")["items"]
    assert item["note"]["text"] == "手续费"
    differs = console.ask("bank", "reconcile", "main", *DAY, code=DIFFERENT)
    assert [each["amount"] for each in differs["differences"]] == [-12_50]
    console.ask("bank", "set-aside", "main", item["line_id"], "--reason", "a fee", *ON)
    assert "equal to the statements" in console.tell("bank", "reconcile", "main", *DAY)
    assert console.tell("bank", "items").strip() == "Nothing waits."


def test_two_clerks_say_what_a_line_is(office):
    console, batch, payment = office
    table = a_table(console, "april.csv", f"2026-03-13,T9,,{written(PAID)},5487.50,退回")
    console.ask("bank", "import", table, "--account", "main", "--on", "2026-03-13")
    [item] = console.ask("bank", "items", "--account", "main", "--status", "open")["items"]
    line, on = ("main", item["line_id"]), ("--on", "2026-03-13")
    said = ("--settlement", batch, "--redemption", payment.rpartition("-P")[0], "--reason", "the bank rang")
    assert console.refused("bank", "resolve", *line, "--outcome", "payment", *said, *on) == "outcome-not-fitting"
    assert console.ask("bank", "resolve", *line, "--outcome", "return", *said, *on)["status"] == "proposed"
    console.ask("bank", "decline", *line, "--reason", "let me see the paper", "--as", "finance:wang", *on)
    console.ask("bank", "resolve", *line, "--outcome", "return", *said, *on)
    assert console.refused("bank", "agree", *line, *on) == "resolver-not-independent"
    assert console.ask("bank", "agree", *line, "--as", "finance:wang", *on)["status"] == "resolved"
    [shown] = console.ask("settle", "show", batch)["lines"]
    assert shown["status"] == "returned"
    span = ("--from", "2026-03-12", "--until", "2026-03-13")
    assert console.ask("bank", "reconcile", "main", *span)["agrees"] is True


def test_an_import_that_is_killed_is_noticed_and_goes_on_when_it_is_typed_again(office):
    console, _, _ = office
    last = 5_487_50
    rows = [f"2026-03-14,K{number},,0.01,{written(last + number)},利息" for number in range(1, MANY + 1)]
    table = a_table(console, "may.csv", *rows)
    typed = ("bank", "import", table, "--account", "main", "--on", "2026-03-14")
    log = f"sqlite:{console.folder / 'vouchers-data' / 'log.sqlite'}"
    with Ledger(open_recorder(log), now) as ledger, console.spawn(*typed) as process:
        before, patience = ledger.size(), time.monotonic() + 60
        while ledger.size() < before + 100 and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        booked = ledger.size() - before
    assert 100 <= booked < 2 * MANY, "killed in the middle"
    span = ("--from", "2026-03-14", "--until", "2026-03-14")
    found = console.ask("bank", "reconcile", "main", *span, code=DIFFERENT)
    assert "lines of a statement are missing" in {each["what"] for each in found["differences"]}
    [document] = console.ask(*typed)["documents"]
    assert (document["known"], document["lines"]) == (True, MANY)
    assert 0 < document["repeated"] < MANY
    found = console.ask("bank", "reconcile", "main", *span, code=DIFFERENT)
    assert {each["what"] for each in found["differences"]} == {"only the bank has it"}
    assert [each["bank"] for each in found["days"]] == [MANY]
