"""Whatever a bank's file holds, it is read exactly or refused: amounts, numbers, and bytes that chance has changed."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.banking.documents import BankAmountInvalid, amount_of
from service.banking.numbers import IbanMalformed, check_bic, check_iban, check_number
from service.banking.reading import read
from service.banking.settings import Banking
from service.banking.writing import decimal
from tests.service.banks import COLUMNS, OURS
from tests.service.clients import TODAY
from tests.service.little_bank import Entry, document, report
from vouchers.money import EXPONENTS, MAX_AMOUNT
from vouchers.refusals import Malformed, Refused

BANKING = Banking(accounts={"main": OURS})
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
TABLE = "日期,流水号,借方,贷方,余额,摘要,对方户名\r\n20260202,T1,5.00,,95.00,付款,实验室\r\n".encode("gbk")
SOUND = [
    document(TODAY, "M-1", [Entry(-5_00, "X-1", "B1"), Entry(7, "Y", reason="AC04")], 10_00, 5_07),
    document(TODAY, "N-1", [Entry(-5_00, "X-1", "B1", parts=(Entry(-5_00, "X-1"),))], 0, 0, kind="4", version="02"),
    report("R-1", {"X-1": "AC04", "X-2": ""}),
    TABLE,
]
MARKS = [b"<", b">", b"&", b'"', b"\x00", b"\xff", b"<!DOCTYPE a>", b"&x;", b"-", b"9" * 30, b"</Ntry>", b",", b"\r\n"]


@given(st.integers(0, MAX_AMOUNT), CURRENCIES)
def test_an_amount_that_is_written_is_read_as_the_same(amount, currency):
    text = decimal(amount, currency)
    assert amount_of(text, currency, "/") == amount
    assert amount_of(f"000{text}", currency, "/") == amount
    whole, _, decimals = text.partition(".")
    assert amount_of(f"{whole}.{decimals}000", currency, "/") == amount


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1,00", "1.", ".5", "1e3", "0x1", "１", "1 0", "NaN", "1.005", "9999999999999999999"]
)
def test_what_is_no_amount_in_yuan_is_refused(text):
    with pytest.raises(BankAmountInvalid):
        amount_of(text, "CNY", "/amount")


@pytest.mark.parametrize(
    ("text", "currency", "amount", "too_fine"),
    [("100", "JPY", 100, "100.5"), ("1.234", "KWD", 1_234, "1.2345"), ("5.1", "EUR", 510, "5.105")],
)
def test_every_currency_has_its_own_decimals(text, currency, amount, too_fine):
    assert amount_of(text, currency, "/") == amount
    with pytest.raises(BankAmountInvalid):
        amount_of(too_fine, currency, "/")


def test_an_iban_is_checked_by_its_own_digits():
    assert check_iban("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert check_iban("GB82WEST12345698765432")
    for text in ("DE88370400440532013000", "DE893704004405320130", "", "DE", "89DE3704", "DE89" + "0" * 40):
        with pytest.raises(IbanMalformed):
            check_iban(text)


@pytest.mark.parametrize("check", [check_bic, check_number])
@pytest.mark.parametrize("text", ["", "=1+1", "-", "a\nb", "x" * 40, "ü"])
def test_a_code_of_a_bank_holds_nothing_else(check, text):
    with pytest.raises(Malformed):
        check(text)


def outcome_of(content: bytes) -> str:
    """What becomes of a file; anything but a refusal that a clerk understands is a fault of ours."""
    try:
        documents = read(content, BANKING, OURS)
    except Refused as refused:
        return "refused" if refused.remedy and refused.detail.endswith((".", "?")) else f"refused: {refused!r}"
    return "read" if all(line.amount >= 0 for each in documents for line in each.lines) else "below zero"


@pytest.mark.parametrize("at", range(len(SOUND)))
def test_a_file_that_chance_has_changed_is_read_or_refused_and_nothing_else_happens(at):
    chance, sound = Random(at), SOUND[at]
    assert read(sound, BANKING, OURS)
    outcomes = set()
    for _ in range(400):
        content = bytearray(sound)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(content))
            content[place : place + chance.randrange(3)] = chance.choice(MARKS)
        outcomes.add(outcome_of(bytes(content)))
    assert "refused" in outcomes
    assert outcomes <= {"read", "refused"}


@pytest.mark.parametrize("encoding", ["utf-7", "zlib_codec", "undefined", "utf-32", "shift_jis", "x" * 50])
def test_an_encoding_that_banks_do_not_use_is_refused_or_read_as_it_is(encoding):
    assert outcome_of(SOUND[0].replace(b"UTF-8", encoding.encode())) in ("read", "refused")


def test_a_file_that_is_cut_anywhere_is_never_read_as_whole():
    for sound in SOUND[:3]:
        end = len(sound.rstrip())
        for cut in range(0, end, 7):
            with pytest.raises(Refused):
                read(sound[:cut], BANKING, OURS)


def test_a_table_without_balances_has_none_to_check():
    (told,) = read(TABLE, BANKING, replace(OURS, columns=replace(COLUMNS, balance="")))
    assert (told.has_balances, told.total("debit")) == (False, 5_00)
