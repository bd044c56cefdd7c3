"""A bank's file with several documents, in pages, sent by two at once, broken off in the middle; on every store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from service.banking import copies, vault
from service.banking.importing import CurrencyNotOurs, take_in
from service.banking.reconciling import reconcile
from service.banking.settings import Banking
from service.banking.vault import Entry, VaultEntryDiffers
from service.desk import Desk
from service.projections.banking import bank_lines
from service.wiring import Service, Who
from tests.examples import SH_CODE, YRD_CODE
from tests.service.banks import OURS, approved_batch, open_bank
from tests.service.clients import NOON, TODAY, Api, an_api, frozen
from tests.service.little_bank import Entry as Booking
from tests.service.little_bank import LittleBank, document
from tests.service.walk import address
from vouchers import application as app
from vouchers.application.reconciling import SetLineAside
from vouchers.application.settling import ReturnPayment
from vouchers.kinds import SETTLEMENT
from vouchers.statement.decisions import StatementOutOfBalance

SUN = Who("finance:sun", "finance")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path) -> str:
    return address(request.param, request, tmp_path, "store")


@pytest.fixture
def api(tmp_path) -> Iterator[Api]:
    with frozen(), an_api(tmp_path, log=f"sqlite:{tmp_path / 'log.sqlite'}") as made:
        open_bank(made)
        yield made


def batch_of(api: Api, number: int) -> tuple[str, list[str]]:
    orders = [api.approved() for _ in range(number)]
    return approved_batch(api, *orders), [f"{order_id}-R1-P1" for order_id in orders]


def paid(api: Api, settlement_id: str) -> int:
    lines = api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()
    return sum(line.status == "paid" for line in lines)


def merged(*documents: bytes) -> bytes:
    """One file with the statements of several."""
    head, _, _ = documents[0].decode().partition("<Stmt>")
    inner = ["<Stmt>" + each.decode().partition("<Stmt>")[2].partition("</Stmt>")[0] + "</Stmt>" for each in documents]
    return (head + "".join(inner) + "</BkToCstmrStmt></Document>").encode()


def test_a_file_of_several_accounts_is_taken_in_whole_or_not_at_all(api):
    other = replace(OURS, programmes=(YRD_CODE,), number="777")
    api.service.settings = replace(api.service.settings, banking=Banking(accounts={"main": OURS, "second": other}))
    settlement_id, (payment,) = batch_of(api, 1)
    first = document(TODAY, "M-1", [Booking(-5_000_00, payment, "B1")], 5_000_00, 0)
    before = api.log()
    wrong = document(TODAY, "M-2", [], 1, 2, account="777")
    with pytest.raises(StatementOutOfBalance):
        take_in(api.service, merged(first, wrong), SUN)
    with pytest.raises(CurrencyNotOurs):
        take_in(api.service, merged(first, document(TODAY, "M-2", [], 1, 1, account="777", currency="EUR")), SUN)
    assert api.log() == before
    reports = take_in(api.service, merged(first, document(TODAY, "M-2", [], 2, 2, account="777")), SUN)
    assert [(each.bank_account, each.matched) for each in reports] == [("main", 1), ("second", 0)]
    assert paid(api, settlement_id) == 1


def test_pages_of_a_statement_are_documents_of_their_own_that_follow_from_one_another(api):
    settlement_id, payments = batch_of(api, 2)
    for page, number in enumerate(payments, 1):
        opening = 20_000_00 - 5_000_00 * page
        content = document(TODAY, "M-1", [Booking(-5_000_00, number, f"B{page}")], opening, opening - 5_000_00).decode()
        content = content.replace("<CreDtTm>", f"<StmtPgntn><PgNb>{page}</PgNb></StmtPgntn><CreDtTm>", 2)
        content = content.replace(f"<StmtPgntn><PgNb>{page}</PgNb></StmtPgntn><CreDtTm>", "<CreDtTm>", 1)
        content = content.replace("CLBD" if page == 1 else "OPBD", "ITBD")
        take_in(api.service, content.encode(), SUN)
    assert paid(api, settlement_id) == 2
    assert reconcile(api.service, "main", TODAY, TODAY).agrees
    names = {name.rpartition("/")[2] for name in api.service.ledger.names("statement/")}
    assert names == {"M-1", "M-1.2"}


def test_a_statement_that_is_missing_is_noticed(api):
    bank = LittleBank(100_00)
    take_in(api.service, bank.statement("2026-02-01"), SUN)
    bank.book(1_00)
    bank.statement("2026-02-01", "lost")
    take_in(api.service, bank.statement(TODAY), SUN)
    found = reconcile(api.service, "main", "2026-02-01", TODAY)
    assert [(each["closing"], each["opening"]) for each in found.gaps] == [(100_00, 101_00)]
    assert not found.agrees


@pytest.mark.parametrize("too_much", [1, -2])
def test_what_people_book_otherwise_than_the_bank_is_explained_by_the_line_that_they_set_aside(api, too_much):
    settlement_id, (payment,) = batch_of(api, 1)
    order_id = payment.rpartition("-R")[0]
    bank = LittleBank(100_000_00)
    if too_much > 0:  # The bank pays a fen too much, which no instruction allows.
        bank.book(-5_000_00 - too_much, payment)
        take_in(api.service, bank.statement(TODAY), SUN)
        api.town.confirm(settlement_id, order_id)
    else:  # The bank keeps two fen of what it sends back.
        bank.book(-5_000_00, payment)
        bank.book(5_000_00 + too_much, payment, reason="AC04")
        take_in(api.service, bank.statement(TODAY), SUN)
        back = ReturnPayment(settlement_id, order_id, "sent back, less a charge", TODAY)
        api.town.do(app.return_payment, back, actor="finance:qian")
    api.service.catch_up()
    assert not reconcile(api.service, "main", TODAY, TODAY).agrees
    with api.service.views.session() as session:
        (line,) = bank_lines(session, status="waiting")
    aside = SetLineAside("main", line.line_id, "booked by hand", settlement_id, f"{order_id}-R1")
    api.service.execute(app.set_line_aside, aside, SUN)
    found = reconcile(api.service, "main", TODAY, TODAY)
    assert found.agrees, found
    assert [each["amount"] for each in found.set_aside] == [-abs(too_much)]
    assert [each["difference"] for each in found.days] == [0]


def test_two_services_that_take_the_same_file_in_at_once_book_it_once(tmp_path, store):
    with frozen(), an_api(tmp_path, log=store) as api:
        open_bank(api)
        settlement_id, payments = batch_of(api, 4)
        bank = LittleBank(100_000_00)
        for number in payments:
            bank.book(-5_000_00, number)
        statement = bank.statement(TODAY)
        with Service(api.service.settings) as other, ThreadPoolExecutor(4) as pool:
            services = [api.service, other] * 2
            reports = [report for (report,) in pool.map(lambda each: take_in(each, statement, SUN), services)]
        assert sum(report.lines - report.repeated for report in reports) == 4
        assert sum(not report.known for report in reports) == 1
        assert paid(api, settlement_id) == 4
        assert reconcile(api.service, "main", TODAY, TODAY).agrees
        assert api.service.settings.banking.accounts["main"].programmes == (SH_CODE,)


def test_the_vault_is_kept_on_every_store(store, tmp_path):
    desk = Desk(store, tmp_path / "vault.kek")
    try:
        entry = Entry("account:1", "实验室", number="123", entered_by="finance:sun", entered_at=NOON)
        vault.enter(desk, entry)
        vault.approve(desk, "account:1", "123", by="finance:qian", at=NOON)
        assert vault.approved(desk, ["account:1", "account:2"])["account:1"].approved_by == "finance:qian"
        with pytest.raises(VaultEntryDiffers):
            vault.enter(desk, replace(entry, number="124"))
        fresh = [replace(entry, account_ref="account:2", number=str(number)) for number in range(8)]

        def try_it(each: Entry) -> bool:
            try:
                return vault.enter(desk, each) == each
            except VaultEntryDiffers:
                return False

        with ThreadPoolExecutor(8) as pool:
            assert any(pool.map(try_it, fresh))
        assert len(vault.entries(desk, waiting=True)) == 1
        for content in (b"first", b"\x00second"):
            copies.keep(desk, "digest", content)
            assert copies.copy_of(desk, "digest") == content
        assert copies.copy_of(desk, "other") == b""
    finally:
        desk.close()
