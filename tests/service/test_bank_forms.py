"""Every form in which a bank tells: versions, notifications, batches, tables; and what each line turns out to be."""

from itertools import count

import pytest

from service.banking.importing import take_in
from service.banking.notes import notes_of
from service.banking.settings import Columns
from service.projections.banking import bank_lines
from service.wiring import Who
from tests.examples import LAB
from tests.service.banks import OUR_NUMBER, approved_batch, know, open_bank
from tests.service.clients import TODAY, an_api, frozen
from tests.service.little_bank import Entry, LittleBank, Order, document
from vouchers.kinds import BANKLINE, DEBT, SETTLEMENT

SUN = Who("finance:sun", "finance")
HEAD = "日期,流水号,借方,贷方,余额,摘要,对方户名\r\n"


NUMBERS = count(1)
PRICE = {"amount": 100_00, "currency": "CNY"}
ALL = 50_00  # of which half is paid


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("bank")) as made:
        open_bank(made)
        yield made


@pytest.fixture
def town_of_its_own(tmp_path):
    with frozen(), an_api(tmp_path) as made:
        open_bank(made)
        made.mark = 0
        yield made


@pytest.fixture
def api(town):
    town.mark = town.log()[0]
    return town


def told(api, number=1):
    """A batch of so many orders, as the bank reads it, and the bank."""
    orders = [api.approved(gross=PRICE, net=PRICE) for _ in range(number)]
    settlement_id = approved_batch(api, *orders)
    payments = [Order(f"{order_id}-R1-P1", ALL, "", "") for order_id in orders]
    return settlement_id, LittleBank(100_000_00, f"STM{next(NUMBERS)}"), payments


def tell(api, content, account=""):
    (report,) = take_in(api.service, content, SUN, account=account)
    assert report.refused == []
    return report


def statuses(api, settlement_id):
    return [line.status for line in api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()]


def lines(api, status):
    api.service.catch_up()
    with api.service.views.session() as session:
        return bank_lines(session, status=status, after=api.mark - 1)


def causes(api):
    return [row.cause for row in lines(api, "waiting")]


@pytest.mark.parametrize("version", ["02", "04", "08", "10"])
def test_versions_of_a_statement_are_read_alike(api, version):
    settlement_id, bank, payments = told(api, 2)
    bank.version = version
    bank.pay(payments[0])
    bank.pay(payments[1], 10_00)
    bank.book(-1, text="?")
    assert tell(api, bank.statement(TODAY)).matched == 2
    assert statuses(api, settlement_id) == ["paid", "partly_paid"]


def test_a_booking_with_several_payments_is_told_apart_where_it_adds_up(api):
    settlement_id, bank, payments = told(api, 2)
    parts = tuple(Entry(-each.amount, each.number) for each in payments)
    bank.book(-2 * ALL, parts=parts)
    assert tell(api, bank.statement(TODAY)).matched == 2
    assert statuses(api, settlement_id) == ["paid", "paid"]
    bank.book(-2 * ALL, parts=(parts[0], Entry(-1, "X")))
    assert tell(api, bank.statement("2026-02-03")).open == 1
    assert causes(api) == ["details-differ"]


def test_a_file_that_is_booked_in_one_sum_pays_everything_that_waits_in_it(api):
    settlement_id, bank, payments = told(api, 3)
    file_id = api.post(f"/v1/settlements/{settlement_id}/bank-files", {"form": "pain.001"}, "finance").json["file_id"]
    api.town.fail(settlement_id, payments[2].number.rpartition("-R")[0])
    bank.book(1 - 2 * ALL, batch=file_id)
    assert tell(api, bank.statement(TODAY, "M-0")).open == 1
    bank.book(-2 * ALL, batch=file_id)
    statement = bank.statement(TODAY, "M-1")
    assert (tell(api, statement).matched, causes(api)) == (2, ["batch-differs"])
    assert statuses(api, settlement_id) == ["paid", "paid", "failed"]
    before = api.log()
    assert tell(api, statement).repeated == 2
    assert api.log() == before


def test_a_notification_acts_ahead_and_the_statement_confirms_it(api):
    settlement_id, bank, (payment,) = told(api)
    entry = bank.pay(payment)
    ahead = document(TODAY, f"{bank.name}-N", [entry, Entry(-7_00, "nobody")], 0, 0, kind="4")
    assert tell(api, ahead).matched == 1
    assert statuses(api, settlement_id) == ["paid"]
    report = tell(api, bank.statement(TODAY))
    assert (report.matched, report.repeated) == (1, 1)
    (row,) = lines(api, "matched")
    line = f"main/{row.line_id}"
    assert api.service.ledger.state(BANKLINE, line).stated_in == f"{bank.name}-{TODAY}"


def test_a_notification_without_a_number_is_left_to_the_statement(api):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment, reference="")
    report = tell(api, document(TODAY, f"{bank.name}-N", bank.entries, 0, 0, kind="4"))
    assert (report.lines, report.announced) == (0, 1)
    assert statuses(api, settlement_id) == ["instructed"]
    assert tell(api, bank.statement(TODAY)).matched == 1


def test_what_is_pending_is_not_booked(api):
    settlement_id, bank, (payment,) = told(api)
    bank.balance += payment.amount
    bank.pay(payment, status="PDNG")
    statement = document(TODAY, f"{bank.name}-M", bank.entries, 10_00, 10_00)
    assert tell(api, statement).lines == 0
    assert statuses(api, settlement_id) == ["instructed"]


def test_a_credit_that_comes_before_its_debit_in_the_same_statement_is_a_return(api):
    settlement_id, bank, (payment,) = told(api)
    bank.book(payment.amount, payment.number, reason="AC04")
    bank.pay(payment)
    assert tell(api, bank.statement(TODAY)).matched == 2
    assert statuses(api, settlement_id) == ["returned"]


def test_statements_in_the_wrong_order_come_right_in_the_end(town_of_its_own):
    api = town_of_its_own
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment)
    first = bank.statement(TODAY)
    with frozen("2026-02-03T04:00:00Z"):
        bank.book(payment.amount, payment.number, reason="AC04")
        assert tell(api, bank.statement("2026-02-03")).open == 1
        assert causes(api) == ["line-not-paid"]
        (line,) = lines(api, "open")
        assert notes_of(api.service.desk, "main", [line.line_id])
        assert tell(api, first).again == 1
        assert notes_of(api.service.desk, "main", [line.line_id]) == {}, "nobody has to look any more"
    assert (statuses(api, settlement_id), causes(api)) == (["returned"], [])


def test_a_reversal_of_a_debit_is_a_return_and_of_a_credit_a_work_item(api):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment)
    tell(api, bank.statement(TODAY))
    bank.book(payment.amount, payment.number, reversal=True)
    assert tell(api, bank.statement("2026-02-02", "M-2")).matched == 1
    assert statuses(api, settlement_id) == ["returned"]
    bank.book(-payment.amount, payment.number, reversal=True)
    assert tell(api, bank.statement("2026-02-02", "M-3")).open == 1
    assert causes(api) == ["reversal"]


@pytest.mark.parametrize(
    ("amount", "cause"),
    [(ALL, ""), (ALL + 1, "payment-above-instruction"), (ALL - 1, ""), (1, "")],
)
def test_what_the_bank_pays_is_the_whole_a_part_or_too_much(api, amount, cause):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment, amount)
    tell(api, bank.statement(TODAY))
    assert causes(api) == [cause] * bool(cause)
    expected = "instructed" if cause else "paid" if amount == payment.amount else "partly_paid"
    assert statuses(api, settlement_id) == [expected]


def test_less_than_what_was_paid_comes_back_only_by_a_person(api):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment)
    bank.book(payment.amount - 10_00, payment.number, reason="AC04")
    tell(api, bank.statement(TODAY))
    assert (statuses(api, settlement_id), causes(api)) == (["paid"], ["return-amount-differs"])


def test_a_day_that_has_not_come_waits(api):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment)
    tell(api, bank.statement("2026-02-03"))
    assert (statuses(api, settlement_id), causes(api)) == (["instructed"], ["payment-day-invalid"])


@pytest.mark.parametrize(
    ("text", "amount", "outcome"),
    [
        ("兑付{0}，谢谢", ALL, "paid"),
        ("/INV/{0}/EREF/x", ALL, "paid"),
        ("兑付{0}", ALL - 1_00, "amount-differs"),
        ("{0} {1}", ALL, "several-named"),
        ("O-0000-R1-P1", ALL, "nothing-named"),
        ("", ALL, "nothing-named"),
    ],
)
def test_a_number_in_the_text_is_ours_where_the_amount_is_too(api, text, amount, outcome):
    settlement_id, bank, payments = told(api, 2)
    bank.book(-amount, text=text.format(*(each.number for each in payments)))
    tell(api, bank.statement(TODAY))
    if outcome == "paid":
        assert (statuses(api, settlement_id), causes(api)) == (["paid", "instructed"], [])
    else:
        assert (statuses(api, settlement_id), causes(api)) == (["instructed", "instructed"], [outcome])


def test_a_repayment_names_its_debt_and_never_exceeds_it(api):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment)
    tell(api, bank.statement(TODAY))
    api.town.claw_back(20_00, payment.number.rpartition("-R")[0])
    (debt_id,) = api.service.ledger.state(DEBT, LAB).debts
    for number, amount in enumerate((12_00, 8_01, 8_00)):
        bank.book(amount, text=f"debt {debt_id}.")
        tell(api, bank.statement(TODAY, f"M-{number}"))
    assert causes(api) == ["more-than-owed"]
    assert api.service.ledger.state(DEBT, LAB).debts[debt_id].owed(TODAY) == 0
    assert statuses(api, settlement_id) == ["paid"]


def test_a_chinese_encoding_is_understood(api):
    settlement_id, bank, (payment,) = told(api)
    bank.pay(payment, name="上海检测实验室")
    text = bank.statement(TODAY).decode().replace('encoding="UTF-8"', 'encoding="GBK"')
    assert tell(api, text.encode("gbk")).matched == 1
    assert statuses(api, settlement_id) == ["paid"]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
@pytest.mark.parametrize("latest_first", [False, True])
def test_a_table_of_a_bank_is_a_statement(api, encoding, latest_first):
    settlement_id, _, (payment,) = told(api)
    first = next(NUMBERS)  # A bank's numbers are its own for a day.
    rows = [
        f'20260202,T{first},"50.00",,"9,950.00",兑付{payment.number}券款,实验室\r\n',
        "20260202,T2,,￥1.50元,9951.50,利息,\r\n",
    ]
    content = (HEAD + "".join(reversed(rows) if latest_first else rows)).encode(encoding)
    report = tell(api, content, "main")
    assert (report.matched, report.open) == (1, 1)
    assert statuses(api, settlement_id) == ["paid"]
    before = api.log()
    assert tell(api, content, "main").repeated == 2
    assert api.log() == before


@pytest.mark.parametrize(
    ("columns", "head", "row"),
    [
        ({"amount": "amt", "side": "side"}, "date,amt,side,ref,our", "2026-02-02,50.00,D,T1,{0}"),
        ({"amount": "amt"}, "date,amt,ref,our", "2026-02-02,-50.00,T1,{0}"),
        ({"amount": "amt"}, "date,amt,ref,our", '2026-02-02,"-50.00",T1,{0}'),
        ({"amount": "amt", "delimiter": ";", "decimal": ","}, "date;amt;ref;our", "2026-02-02;-0.050,00;T1;{0}"),
        ({"amount": "amt", "day_form": "%d.%m.%Y"}, "date,amt,ref,our", "02.02.2026,-50,T1,{0}"),
        (
            {"paid_out": "out", "paid_in": "in", "skip": 2},
            "x\ny\ndate,out,in,ref,our",
            "2026-02-02,50.00,0.00,T1,{0}",
        ),
    ],
)
def test_tables_are_read_as_the_settings_say(api, columns, head, row):
    settlement_id, _, (payment,) = told(api)
    open_bank(api, columns=Columns(**{"day": "date", "reference": "ref", "payment": "our"} | columns))
    assert tell(api, f"{head}\n{row.format(payment.number)}\n".encode(), "main").matched == 1
    assert statuses(api, settlement_id) == ["paid"]


def test_the_same_number_of_the_bank_for_two_bookings_is_two_lines(api):
    settlement_id, bank, payments = told(api, 2)
    for payment in payments:
        bank.pay(payment, reference="SAME")
    bank.book(-5_00, reference="SAME")
    bank.book(-5_00, reference="SAME")
    report = tell(api, bank.statement(TODAY))
    assert (report.matched, report.open, report.repeated) == (2, 2, 0)
    assert statuses(api, settlement_id) == ["paid", "paid"]


def test_an_account_of_ours_is_known_whatever_its_blanks(api):
    open_bank(api, number=f"{OUR_NUMBER[:4]} {OUR_NUMBER[4:]}")
    know(api, "account:1", "上海检测实验室", "6222021001122334455")
    assert tell(api, document(TODAY, "M-blanks", [], 0, 0)).lines == 0


def test_what_a_bank_writes_where_numbers_belong_is_not_kept(api):
    settlement_id, bank, payments = told(api, 2)
    bank.pay(payments[0], reference="paid to Mr Wang, 王先生")
    bank.book(-5, reference="王先生", reason="because he said so")
    statement = bank.statement(TODAY)
    tell(api, statement)
    assert statuses(api, settlement_id) == ["paid", "instructed"]
    entries = [entry for entry in api.service.ledger.entries(api.mark) if entry.type.startswith("bankline.")]
    heard = [entry.data for entry in entries if entry.type == "bankline.Heard"]
    assert [(each.bank_reference, each.bank_reason) for each in heard] == [("", ""), ("", "other")]
    assert tell(api, statement).repeated == 2
