"""Three days with a bank that pays, rejects, pays in part and sends back: the books end equal to the statements."""

from collections.abc import Iterator

import pytest

from service.banking import files
from service.banking.importing import take_in
from service.banking.reconciling import reconcile
from service.projections.banking import bank_lines
from service.wiring import Who
from tests.examples import LAB
from tests.service.banks import approved_batch, open_bank
from tests.service.clients import TODAY, Api, an_api, frozen
from tests.service.little_bank import LittleBank, report
from tests.service.walk import address
from vouchers import application as app
from vouchers.application.reconciling import SetLineAside
from vouchers.kinds import DEBT, SETTLEMENT

SUN, QIAN = Who("finance:sun", "finance"), Who("finance:qian", "finance")
DAYS = (TODAY, "2026-02-03", "2026-02-04")


@pytest.fixture(params=["sqlite", "postgres"])
def api(request, tmp_path) -> Iterator[Api]:
    url = address(request.param, request, tmp_path, "log")
    with frozen(), an_api(tmp_path, log=url) as made:
        open_bank(made)
        yield made


def tell(api, content):
    """Take a file in, as an officer of finance; what became of its one document."""
    (told,) = take_in(api.service, content, SUN)
    assert told.refused == []
    return told


def statuses(api, settlement_id):
    return [line.status for line in api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()]


def message(api, settlement_id):
    files.make(api.service, settlement_id, SUN, form="pain.001")
    return files.fetch(api.service, settlement_id, "pain.001").content


def waiting(api):
    api.service.catch_up()
    with api.service.views.session() as session:
        return [row.as_dict() for row in bank_lines(session, status="waiting")]


def test_a_round_trip_with_failures_and_returns_ends_with_the_books_equal_to_the_statement(api):
    prices = [{"amount": amount, "currency": "CNY"} for amount in (10_000_00, 9_000_00, 8_000_00, 7_000_00)]
    orders = [api.approved(gross=price, net=price) for price in prices]
    batch = approved_batch(api, *orders)
    bank = LittleBank(100_000_00)
    told = bank.read(message(api, batch))
    the_first_day(api, bank, batch, told)
    with frozen(f"{DAYS[1]}T04:00:00Z"):
        api.town.go(DAYS[1])
        the_second_day(api, bank, batch, orders, told)
        found = reconcile(api.service, "main", *DAYS[::2])
        assert [each["what"] for each in found.differences] == ["only the bank has it"]
    with frozen(f"{DAYS[2]}T04:00:00Z"):
        api.town.go(DAYS[2])
        the_third_day(api, bank, batch, orders, told)
        found = reconcile(api.service, "main", *DAYS[::2])
        assert all(reconcile(api.service, "main", day, day).agrees for day in DAYS)
    assert found.agrees, found
    assert [each["difference"] for each in found.days] == [0, 0, 0]
    assert sum(each["set_aside"] for each in found.days) == -15_00
    assert sum(each["bank"] for each in found.days) == bank.balance - 100_000_00
    assert sum(each["books"] for each in found.days) == 200_00 - sum(each.amount for each in told)


def the_first_day(api, bank, batch, told):
    """One is rejected, one is paid, one in part, and the bank takes a fee."""
    first, second, third, fourth = told
    assert tell(api, report("REP-1", {first.number: "", second.number: "AC04"})).matched == 1
    bank.pay(first)
    bank.pay(third, third.amount - 1_000_00)
    bank.pay(fourth)
    bank.book(-15_00, text="手续费")
    report_of_day = tell(api, bank.statement(DAYS[0]))
    assert (report_of_day.matched, report_of_day.open) == (3, 1)
    assert statuses(api, batch) == ["paid", "failed", "partly_paid", "paid"]
    (fee,) = waiting(api)
    assert (fee["cause"], fee["amount"], fee["direction"]) == ("nothing-named", 15_00, "debit")
    api.service.execute(app.set_line_aside, SetLineAside("main", fee["line_id"], "a fee of the bank"), SUN)


def the_second_day(api, bank, batch, orders, told):
    """What is owed is instructed again; the first payment comes back, and the fourth is paid once more by mistake."""
    first, second, _, fourth = told
    for order_id in (orders[1], orders[2]):
        api.town.reinstruct(batch, order_id)
    again = bank.read(message(api, batch))
    assert [each.amount for each in again] == [second.amount, 1_000_00]
    for each in again:
        bank.pay(each)
    bank.book(first.amount, first.number, reason="AC01")
    twice = bank.pay(fourth)
    report_of_day = tell(api, bank.statement(DAYS[1]))
    assert (report_of_day.matched, report_of_day.open) == (3, 1)
    assert statuses(api, batch) == ["returned", "paid", "paid", "paid"]
    (double,) = waiting(api)
    assert (double["cause"], double["bank_reference"]) == ("paid-under-another-reference", twice.reference)


def the_third_day(api, bank, batch, orders, told):
    """What was paid twice is sent back; the returned payment is made, and a debtor repays a part."""
    bank.book(told[3].amount, text="sent back by the laboratory, was paid twice")
    api.town.reinstruct(batch, orders[0])
    (once_more,) = bank.read(message(api, batch))
    bank.pay(once_more)
    api.town.claw_back(500_00, orders[1])
    (debt_id,) = api.service.ledger.state(DEBT, LAB).debts
    bank.book(200_00, text=f"还款{debt_id}谢谢")
    report_of_day = tell(api, bank.statement(DAYS[2]))
    assert (report_of_day.matched, report_of_day.open) == (2, 1)
    for each in waiting(api):
        aside = SetLineAside("main", each["line_id"], "paid twice by the bank, and sent back")
        api.service.execute(app.set_line_aside, aside, SUN)
    assert statuses(api, batch) == ["paid"] * 4


def test_the_same_files_sent_again_change_nothing(api):
    orders = [api.approved(), api.approved()]
    bank = LittleBank(100_000_00)
    paid, rejected = bank.read(message(api, approved_batch(api, *orders)))
    bank.pay(paid)
    bank.book(-1_00, text="?")
    papers = [report("REP-1", {rejected.number: "AM04"}), bank.statement(TODAY)]
    for paper in papers:
        tell(api, paper)
    before = api.log()
    for paper in papers:
        again = tell(api, paper)
        assert (again.known, again.repeated) == (True, again.lines)
    assert api.log() == before
