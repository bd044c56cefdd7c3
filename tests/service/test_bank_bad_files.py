"""Files that a bank would not send, or not so: each is refused with its place and a remedy, and the log stays."""

import time
from dataclasses import replace

import pytest

from service.banking.settings import Banking
from tests.service.banks import COLUMNS, OUR_NUMBER, OURS, approved_batch, open_bank
from tests.service.clients import TODAY, an_api, check_problem, frozen
from tests.service.little_bank import Entry, document

QUADRATIC = "<!DOCTYPE x [<!ENTITY a '" + "x" * 50_000 + "'>]>"
LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
) + "]>"  # fmt: skip
PAID = Entry(-5_00, "X-1", "B1")


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("bank")) as made:
        open_bank(made)
        approved_batch(made, made.approved())
        yield made


def upload(api, content, content_type="application/xml", query=""):
    return api.send(f"/v1/bank/statements{query}", content, "finance", content_type)


def a_document(**changes):
    told = {"day": TODAY, "number": "M-1", "entries": [PAID], "opening": 10_00, "closing": 5_00}
    return document(**told | changes)


def altered(*changes):
    """A sound statement in which some texts are others."""
    text = a_document().decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def in_depth(levels):
    return altered(("<NtryDtls>", "<NtryDtls>" + "<Deep>" * levels + "</Deep>" * levels))


BALANCE = "/documents/0/balances"
FILES = {
    "billion laughs": (a_document(head=LAUGHS).replace(b"M-1<", b"&a11;<"), "xml-forbidden", "/lines/1"),
    "quadratic blow-up": (
        a_document(head=QUADRATIC).replace(b"M-1<", b"&a;" * 20_000 + b"<"),
        "xml-forbidden",
        "/lines/1",
    ),
    "an external entity": (
        a_document(head='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>').replace(b"M-1<", b"&a;<"),
        "xml-forbidden",
        "/lines/1",
    ),
    "an external document type": (a_document(head='<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x">'), "xml-forbidden", "/"),
    "an entity that nobody declared": (altered(("M-1<", "&a;<")), "xml-broken", "/lines/"),
    "cut off": (a_document()[:-200], "xml-broken", "/lines/"),
    "nothing but its head": (b'<?xml version="1.0"?>', "xml-broken", "/lines/1"),
    "too deep": (in_depth(40), "xml-too-large", "/lines/"),
    "too many elements in one entry": (altered(("<NtryDtls>", "<NtryDtls>" + "<X/>" * 21_000)), "xml-too-large", "/"),
    "an endless text": (altered(("M-1<", "M" * 30_000 + "<")), "xml-too-large", "/lines/"),
    "another namespace": (altered(("camt.053.001.08", "camt.052.001.08")), "bank-file-unknown", "/Document"),
    "no namespace": (b"<Document/>", "bank-file-unknown", "/Document"),
    "a picture": (b"PK\x03\x04" + bytes(50), "bank-file-unknown", "/"),
    "another encoding than told": (a_document().replace(b"UTF-8", b"utf-16"), "xml-broken", "/lines/1"),
    "broken characters": (altered(("M-1<", "M\x01<")), "xml-broken", "/lines/"),
    "bytes that are no UTF-8": (a_document().replace(b"M-1<", b"\xff\xfe<"), "xml-broken", "/lines/"),
    "an account that is not ours": (altered((OUR_NUMBER, "999")), "account-not-ours", "/documents/0/account"),
    "no account": (altered(("<Id><Othr><Id>" + OUR_NUMBER + "</Id></Othr></Id>", "")), "bank-file-malformed", "/"),
    "another currency": (altered(("CNY", "EUR")), "currency-not-ours", "/documents/0/currency"),
    "a booking in another currency": (
        altered(('<Ntry><Amt Ccy="CNY">', '<Ntry><Amt Ccy="EUR">')),
        "bank-file-malformed",
        "/documents/0/entries",
    ),
    "a currency that nobody has": (altered(("CNY", "XYZ")), "currency-unknown", "/documents/0/entries/0/amount"),
    "a negative amount": (altered((">5.00<", ">-5.00<")), "bank-amount-invalid", "/documents/0/"),
    "a part of a fen": (altered(('<Amt Ccy="CNY">10.00', '<Amt Ccy="CNY">10.001')), "bank-amount-invalid", BALANCE),
    "an amount in words": (altered((">5.00<", ">five<")), "bank-amount-invalid", "/documents/0/"),
    "an amount beyond everything": (altered((">5.00<", f">{'9' * 18}<")), "bank-amount-invalid", "/documents/0/"),
    "no side": (altered(("<CdtDbtInd>DBIT</CdtDbtInd>", "")), "bank-file-malformed", "/documents/0/entries/0"),
    "no day": (altered((f"<BookgDt><Dt>{TODAY}</Dt></BookgDt>", "")), "bank-file-malformed", "/documents/0/entries/0"),
    "a day that the month has not": (
        altered((f"<BookgDt><Dt>{TODAY}", "<BookgDt><Dt>2026-02-30")),
        "bank-file-malformed",
        "/documents/0/entries/0/day",
    ),
    "no closing balance": (altered(("CLBD", "INFO")), "bank-file-malformed", BALANCE),
    "a closing balance that does not follow": (a_document(closing=5_01), "statement-out-of-balance", "/closing"),
    "a missing entry": (a_document(entries=[]), "statement-out-of-balance", "/closing"),
    "totals that differ": (
        altered(("<Ntry>", "<TxsSummry><TtlDbtNtries><Sum>6.00</Sum></TtlDbtNtries></TxsSummry><Ntry>")),
        "bank-totals-differ",
        "/documents/0/totals/debit",
    ),
    "a number of entries that differs": (
        altered(("<Ntry>", "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry><Ntry>")),
        "bank-totals-differ",
        "/documents/0/totals/count",
    ),
    "no statement in it": (
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt/></Document>',
        "bank-file-malformed",
        "/documents",
    ),
    "a report without a number": (
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt/></Document>',
        "bank-file-malformed",
        "/documents/0",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_with_its_place_and_the_log_is_unchanged(api, name):
    content, code, pointer = FILES[name]
    before, started = api.log(), time.perf_counter()
    answer = upload(api, content)
    problem = check_problem(answer, answer.status_code, code)
    assert answer.status_code in (400, 422)
    assert problem["errors"][0]["pointer"].startswith(pointer)
    assert problem["remedy"]
    assert "etc/passwd" not in answer.get_data(as_text=True)
    assert api.log() == before
    assert time.perf_counter() - started < 5, "refused before it grows"


def test_the_sound_file_behind_them_is_taken(api):
    assert upload(api, a_document(), query="?dry_run=true").status_code == 200


def test_the_same_number_with_another_content_is_refused(api):
    assert upload(api, a_document(number="M-2")).status_code == 200
    before = api.log()
    changed = a_document(number="M-2", closing=4_00, entries=[Entry(-6_00, "X-1", "B1")])
    check_problem(upload(api, changed), 409, "statement-differs", "/statement_id")
    assert api.log() == before


def test_a_file_beyond_the_limits_is_refused_before_it_is_read(api):
    banking = api.service.settings.banking
    try:
        api.service.settings = replace(api.service.settings, banking=replace(banking, largest_file=500))
        before = api.log()
        check_problem(upload(api, a_document()), 413, "bank-file-too-large")
        api.service.settings = replace(api.service.settings, banking=replace(banking, most_lines=1))
        two = a_document(entries=[PAID, Entry(-1_00)], closing=4_00)
        check_problem(upload(api, two), 400, "too-many-lines", "/documents/0/entries/1")
        assert api.log() == before
    finally:
        api.service.settings = replace(api.service.settings, banking=banking)


HEAD = "日期,流水号,借方,贷方,余额,摘要,对方户名\r\n"
ROW = "20260202,T1,5.00,,95.00,付款,实验室\r\n"
TABLES = {
    "an account that is not said": ("", (HEAD + ROW).encode("gbk"), "account-not-named", "/query/account"),
    "no UTF-8 in GBK": ("main", b"\xef\xbb\xbf" + (HEAD + ROW).encode("gbk"), "encoding-not-told", "/bytes/"),
    "no GBK in UTF-8": ("main", (HEAD + ROW + "\u3042\u00e9").encode(), "encoding-not-told", "/bytes/"),
    "a column that is missing": ("main", HEAD.replace("余额", "结余").encode("gbk"), "heading-missing", "/columns"),
    "a column that comes twice": ("main", HEAD.replace("摘要", "余额").encode("gbk"), "heading-missing", "/columns"),
    "nothing": ("main", HEAD.encode("gbk"), "bank-file-malformed", "/documents/0/entries"),
    "a cell too many": ("main", (HEAD + ROW.replace("付款", "付,款")).encode("gbk"), "bank-file-malformed", "/"),
    "both columns at once": ("main", (HEAD + ROW.replace(",,", ",1.00,")).encode("gbk"), "bank-amount-invalid", "/"),
    "neither of both": ("main", (HEAD + ROW.replace("5.00", "")).encode("gbk"), "bank-amount-invalid", "/"),
    "a negative amount": ("main", (HEAD + ROW.replace("5.00", "-5.00")).encode("gbk"), "bank-amount-invalid", "/"),
    "a third decimal": ("main", (HEAD + ROW.replace("5.00", "5.001")).encode("gbk"), "bank-amount-invalid", "/"),
    "words for an amount": ("main", (HEAD + ROW.replace("5.00", "五元")).encode("gbk"), "bank-amount-invalid", "/"),
    "another day": ("main", (HEAD + ROW.replace("20260202", "2.2.2026")).encode("gbk"), "bank-file-malformed", "/"),
    "a line that is missing": (
        "main",
        (HEAD + ROW + ROW.replace("T1", "T3").replace("95.00", "85.00")).encode("gbk"),
        "bank-totals-differ",
        "/documents/0/entries/1/balance",
    ),
    "a quotation mark that is never closed": (
        "main",
        (HEAD + '"' + ROW).encode("gbk"),
        "bank-file-malformed",
        "/lines/",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_table_is_refused_with_its_place_and_the_log_is_unchanged(api, name):
    account, content, code, pointer = TABLES[name]
    before = api.log()
    answer = upload(api, content, "text/csv", f"?account={account}" if account else "")
    problem = check_problem(answer, answer.status_code, code)
    assert answer.status_code in (400, 422)
    assert problem["errors"][0]["pointer"].startswith(pointer)
    assert api.log() == before


def test_a_table_whose_settings_name_no_amount_says_so(api):
    banking = api.service.settings.banking
    nameless = replace(OURS, columns=replace(COLUMNS, paid_in=""))
    try:
        api.service.settings = replace(api.service.settings, banking=Banking(accounts={"main": nameless}))
        answer = upload(api, (HEAD + ROW).encode("gbk"), "text/csv", "?account=main")
        check_problem(answer, 400, "heading-missing", "/columns")
    finally:
        api.service.settings = replace(api.service.settings, banking=banking)
