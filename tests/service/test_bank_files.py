"""Files by which a bank is told to pay: whole, once, and the same bytes for ever."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files as resources
from itertools import product

import pytest
import xmlschema
from sqlalchemy import text

from service.audit.vault import Vault
from service.banking import files, vault
from service.banking.files import AccountsMissing, BankFileChanged, PayerMissing
from service.banking.vault import Entry, VaultEntryChanged, VaultEntryDiffers, VaultNotIndependent, VaultNumberDiffers
from service.banking.writing import NameNotTaken
from service.wiring import Who
from tests.service.banks import OURS, approved_batch, know, open_bank, texts
from tests.service.clients import NOON, TODAY, an_api, frozen
from vouchers import application as app
from vouchers.application.settling import ConfirmPayment
from vouchers.kinds import REMITTANCE
from vouchers.remittance.decisions import (
    BankFileNotMade,
    FileOfAnotherForm,
    FileOvertaken,
    NothingToSend,
    PayDayInvalid,
    bankable,
)

SUN = Who("finance:sun", "finance")
SCHEMAS = {
    "sepaxml": resources("sepaxml") / "schemas" / "pain.001.001.09.xsd",
    "pain001": resources("pain001") / "templates" / "pain.001.001.09" / "pain.001.001.09.xsd",
}


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as made:
        open_bank(made)
        yield made


@pytest.fixture(scope="module")
def schemas():
    return {name: xmlschema.XMLSchema(str(path)) for name, path in SCHEMAS.items()}


def make(api, settlement_id, form="pain.001", **more):
    return files.make(api.service, settlement_id, SUN, form=form, **more)


def test_a_batch_is_a_message_that_both_published_schemas_take(api, schemas):
    orders = [api.approved(), api.approved()]
    made = make(api, approved_batch(api, *orders), pay_on="2026-02-03")
    assert (made["count"], made["total"], made["number"], made["form"]) == (2, 10_000_00, 1, "pain.001")
    content = files.fetch(api.service, made["settlement_id"], "pain.001").content
    for name, schema in schemas.items():
        assert [*schema.iter_errors(content.decode())] == [], name
    numbers = [f"{order_id}-R1-P1" for order_id in orders]
    assert texts(content, "EndToEndId") == texts(content, "InstrId") == texts(content, "Ustrd") == numbers
    assert texts(content, "InstdAmt") == ["5000.00", "5000.00"]
    assert texts(content, "CtrlSum") == ["10000.00"] * 2
    assert texts(content, "NbOfTxs") == ["2"] * 2
    assert texts(content, "Dt") == ["2026-02-03"]
    assert texts(content, "Nm") == [OURS.holder, OURS.holder, "上海检测实验室", "上海检测实验室"]


def test_every_way_to_name_accounts_and_banks_is_a_message_that_the_schemas_take(api, schemas):
    numbers = {"iban": "DE89370400440532013000", "number": "6222-0210"}
    banks = ({"bic": "ICBKCNBJSHI"}, {"bank_code": "102290000001"}, {}, {"bic": "DEUTDEFF", "bank_code": "1"})
    nothing = {"iban": "", "number": "", "bic": "", "bank_code": ""}
    for at, (account, bank) in enumerate(product(numbers, banks)):
        named = {account: numbers[account], **bank}
        open_bank(api, **nothing | named, service="SEPA", charges="SLEV", characters="any")
        reference = f"account:other-{at}"
        api.town.move_account(reference)
        vault.enter(api.service.desk, Entry(reference, "Lab & <Söhne>", **named))
        vault.approve(api.service.desk, reference, numbers[account], by="finance:qian", at=NOON)
        settlement_id = approved_batch(api, api.approved())
        make(api, settlement_id)
        content = files.fetch(api.service, settlement_id, "pain.001").content
        for name, schema in schemas.items():
            assert [*schema.iter_errors(content.decode())] == [], (name, named)
        assert texts(content, "Nm")[-1] == "Lab & <Söhne>"


def test_the_same_file_has_the_same_bytes_whenever_it_is_fetched(api):
    settlement_id = approved_batch(api, api.approved())
    made = make(api, settlement_id)
    first = files.fetch(api.service, settlement_id, "pain.001")
    with frozen("2026-03-09T04:00:00Z"):
        assert files.fetch(api.service, settlement_id, "pain.001", 1) == first
    assert first.fact.digest == made["digest"]
    assert first.name == f"{settlement_id}-F1.pain.001.xml"


def test_an_instruction_stands_in_one_file_only(api):
    settlement_id = approved_batch(api, api.approved())
    make(api, settlement_id)
    before = api.log()
    for form in ("pain.001", "csv"):
        with pytest.raises(NothingToSend):
            make(api, settlement_id, form)
    with pytest.raises(FileOfAnotherForm):
        files.fetch(api.service, settlement_id, "csv")
    with pytest.raises(BankFileNotMade):
        files.fetch(api.service, settlement_id, "pain.001", 2)
    assert api.log() == before


def test_what_failed_and_is_instructed_again_comes_in_a_second_file_under_a_number_of_its_own(api):
    orders = [api.approved(), api.approved()]
    settlement_id = approved_batch(api, *orders)
    make(api, settlement_id)
    api.town.fail(settlement_id, orders[1])
    with pytest.raises(NothingToSend):
        make(api, settlement_id)
    api.town.reinstruct(settlement_id, orders[1])
    again = make(api, settlement_id)
    assert (again["file_id"], again["count"]) == (f"{settlement_id}-F2", 1)
    assert texts(files.fetch(api.service, settlement_id, "pain.001").content, "EndToEndId") == [f"{orders[1]}-R1-P2"]
    assert len(texts(files.fetch(api.service, settlement_id, "pain.001", 1).content, "EndToEndId")) == 2
    assert len(api.service.ledger.state(REMITTANCE, settlement_id).sent) == 3


def test_a_frozen_provider_and_a_moved_account_are_left_out_and_named(api):
    orders = [api.approved(), api.approved()]
    settlement_id = approved_batch(api, *orders)
    api.town.move_account("account:2")
    before = api.log()
    with pytest.raises(NothingToSend):
        make(api, settlement_id)
    assert api.log() == before
    api.town.fail(settlement_id, orders[0])
    api.town.reinstruct(settlement_id, orders[0])
    know(api, "account:2", "新账户", "77777")
    made = make(api, settlement_id)
    assert [each["code"] for each in made["left_out"]] == ["account-moved"]
    assert (made["count"], made["left_out"][0]["redemption_id"]) == (1, f"{orders[1]}-R1")
    api.town.fail(settlement_id, orders[1])
    api.town.reinstruct(settlement_id, orders[1])
    api.town.suspend("freeze")
    with pytest.raises(NothingToSend):
        make(api, settlement_id)


def test_nobody_is_paid_to_an_account_that_one_person_alone_has_entered(api):
    api.town.move_account("account:9")
    settlement_id = approved_batch(api, api.approved())
    desk, before = api.service.desk, api.log()
    entry = Entry("account:9", "实验室", number="123456", entered_by="finance:sun", entered_at=NOON)
    with pytest.raises(AccountsMissing) as caught:
        make(api, settlement_id)
    assert caught.value.facts == {"account_refs": ["account:9"]}
    vault.enter(desk, entry)
    with pytest.raises(AccountsMissing):
        make(api, settlement_id)
    with pytest.raises(VaultNotIndependent):
        vault.approve(desk, "account:9", "123456", by="officer:sun", at=NOON)
    with pytest.raises(VaultNumberDiffers):
        vault.approve(desk, "account:9", "123465", by="finance:qian", at=NOON)
    assert api.log() == before
    vault.approve(desk, "account:9", "123 456", by="finance:qian", at=NOON)
    assert make(api, settlement_id)["count"] == 1


def test_what_two_people_agreed_on_stands_behind_a_reference_for_ever(api):
    desk = api.service.desk
    same = Entry("account:1", "上海检测实验室", number="6222021001122334455", entered_by="finance:wang")
    assert vault.enter(desk, same).approved_by == "finance:qian"
    with pytest.raises(VaultEntryDiffers):
        vault.enter(desk, Entry("account:1", "上海检测实验室", number="1", entered_by="finance:sun"))
    assert vault.entries(desk)[0].masked()["number"] == "…4455"
    vault.enter(desk, Entry("account:3", "one", number="11", entered_by="finance:sun"))
    vault.enter(desk, Entry("account:3", "one", number="12", entered_by="finance:sun"))
    assert [each.number for each in vault.entries(desk, waiting=True)] == ["12"]


def test_a_copy_that_is_lost_or_altered_is_made_again_and_a_changed_vault_is_noticed(api):
    settlement_id = approved_batch(api, api.approved())
    make(api, settlement_id)
    first = files.fetch(api.service, settlement_id, "pain.001")
    copies = "vault_values WHERE field = 'content'"
    spoil = "UPDATE vault_values SET sealed = :spoiled WHERE field = 'content'"
    for statement in (text(spoil), text(f"DELETE FROM {copies}")):
        with api.service.desk.writing() as connection:
            connection.execute(statement, {"spoiled": b"0"} if "spoiled" in str(statement) else {})
        assert files.fetch(api.service, settlement_id, "pain.001") == first
    with api.service.desk.writing() as connection:
        account = {"holder": "L", "iban": "", "number": "666", "bic": "", "bank_code": ""}
        kept = Vault(api.service.desk).keep(connection, "account:1", vault.FIELD, account)
    with pytest.raises(VaultEntryChanged):
        vault.entries(api.service.desk)
    with api.service.desk.writing() as connection:
        query = text("UPDATE bank_accounts SET digest = :digest WHERE account_ref = 'account:1'")
        connection.execute(query, {"digest": kept.digest})
        connection.exec_driver_sql(f"DELETE FROM {copies}")
    with pytest.raises(BankFileChanged):
        files.fetch(api.service, settlement_id, "pain.001")


def test_the_log_holds_no_account_and_no_digest_that_one_could_guess(api):
    settlement_id = approved_batch(api, api.approved())
    made = make(api, settlement_id)
    rows = b"".join(bytes(row.entry) for row in api.service.ledger.rows(0, api.service.ledger.size()))
    assert b"6222021001122334455" not in rows
    assert "上海检测实验室".encode() not in rows
    content = files.fetch(api.service, settlement_id, "pain.001").content
    secret = files.message_id(api.service, made["file_id"])
    assert secret.encode() in content
    assert secret.encode() not in rows


def test_a_table_for_banks_that_want_one_holds_nothing_that_a_spreadsheet_runs(api):
    api.town.move_account("account:2")
    know(api, "account:2", '=HYPERLINK("http://evil")', "778899")
    settlement_id = approved_batch(api, api.approved())
    make(api, settlement_id, "csv")
    made = files.fetch(api.service, settlement_id, "csv")
    rows = [*csv.DictReader(io.StringIO(made.content.decode("utf-8-sig")))]
    assert rows[0]["to_name"] == '\'=HYPERLINK("http://evil")'
    assert (rows[0]["to_account"], rows[0]["amount"], rows[0]["currency"]) == ("778899", "5000.00", "CNY")
    assert rows[0]["from_account"] == OURS.number
    assert rows[0]["pay_on"] == TODAY
    assert made.content.startswith(b"\xef\xbb\xbf")


def test_what_was_kept_back_is_not_paid_out(api):
    first, second = api.approved(), api.approved()
    settlement_id = approved_batch(api, first)
    api.town.confirm(settlement_id, first)
    api.town.claw_back(1_000_00, first)
    later = approved_batch(api, second)
    make(api, later)
    assert texts(files.fetch(api.service, later, "pain.001").content, "InstdAmt") == ["4000.00"]


def test_a_part_that_was_paid_is_not_paid_again(api):
    order_id = api.approved()
    settlement_id = approved_batch(api, order_id)
    make(api, settlement_id)
    part = ConfirmPayment(settlement_id, order_id, "bank-1", TODAY, amount=1_234_56)
    api.town.do(app.confirm_payment, part, actor="finance:qian")
    api.town.reinstruct(settlement_id, order_id)
    make(api, settlement_id)
    assert texts(files.fetch(api.service, settlement_id, "pain.001").content, "InstdAmt") == ["3765.44"]


def test_a_bank_of_latin_letters_gets_no_others(api):
    settlement_id = approved_batch(api, api.approved())
    before = api.log()
    for holder, pointer in (
        ("Innovation Voucher Office", "/accounts/account:1/holder"),
        (OURS.holder, "/payer/holder"),
    ):
        open_bank(api, characters="latin", holder=holder)
        with pytest.raises(NameNotTaken) as caught:
            make(api, settlement_id)
        assert caught.value.pointer == pointer
    assert api.log() == before
    open_bank(api, characters="latin", holder="Innovation Voucher Office")
    for length in (71, 70):
        know(api, f"account:{length}", "L" * length, "1")
        api.town.move_account(f"account:{length}")
        batch = approved_batch(api, api.approved())
        if length == 70:
            assert make(api, batch)["count"] == 1
        else:
            with pytest.raises(NameNotTaken):
                make(api, batch)


def test_a_programme_without_an_account_and_a_day_that_has_gone_are_refused(api):
    settlement_id = approved_batch(api, api.approved())
    before = api.log()
    for day in ("2026-02-01", "2026-03-05"):
        with pytest.raises(PayDayInvalid):
            make(api, settlement_id, pay_on=day)
    open_bank(api, programmes=())
    with pytest.raises(PayerMissing):
        make(api, settlement_id)
    assert api.log() == before


def test_of_many_who_make_the_file_at_once_one_has_made_it(api):
    settlement_id = approved_batch(api, api.approved(), api.approved())

    def try_it(_):
        try:
            return make(api, settlement_id)["number"]
        except (NothingToSend, FileOvertaken):
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(try_it, range(8))) == [0] * 7 + [1]
    assert len(api.service.ledger.state(REMITTANCE, settlement_id).sent) == 2


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        ("O-2026-17-R1-P1", "O-2026-17-R1-P1"),
        ("O" * 35, "O" * 35),
        ("O" * 36, bankable("O" * 36)),
        ("O_1-R1-P1", bankable("O_1-R1-P1")),
    ],
)
def test_a_number_goes_to_the_bank_as_it_is_or_as_a_code_of_its_own(number, sent):
    assert bankable(number) == sent
    assert len(sent) <= 35
    assert "_" not in sent
