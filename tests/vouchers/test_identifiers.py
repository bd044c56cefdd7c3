"""Every slip of the pen in a code is found, and every spelling of one thing has one key."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from vouchers.divisions import (
    DIVISIONS,
    RETIRED,
    DivisionMalformed,
    DivisionRetired,
    DivisionUnknown,
    check_division,
    name_of,
    province_of,
)
from vouchers.identifiers import (
    CREDIT_CODE_ALPHABET,
    CodeCheck,
    CodeMalformed,
    CodePrefix,
    CreditCodeAlphabet,
    CreditCodeCheck,
    CreditCodeLength,
    InvoiceCode,
    InvoiceCountry,
    InvoiceNumber,
    InvoiceReference,
    OldCodeMalformed,
    OldCodeOutdated,
    check_code,
    check_credit_code,
    check_old_code,
    foreign_invoice_key,
    invoice_key,
    make_code,
    make_credit_code,
    old_code_in,
)
from vouchers.refusals import Refused

REAL = ["91110000600037341L", "91350200776049653A", "91350500798359476R", "91440101MA5CJQ4N59", "123502001549897397"]
MADE = ["91310115MA1TE5T0X3", "91310118MA1TE001XP", "91310105MA1TE0028W", "91320509MA1TE0036A", "91330421MA2TE0046U"]
MADE += ["91340500MA8TE0055T", "52310000MJ4TE0069T", "31310000MD0TE0078T"]
PILOTS = {"91350100M0001TGQXM": "1", "91350211M0000XUF46": "R", "91350203M0001QAY9B": "9"}
TEN_MEGABYTES = pytest.param("9" * 10_000_000, id="ten-megabytes")

serials = st.integers(0, 31**6 - 1)
made = st.builds(
    make_credit_code,
    st.sampled_from("159ANY"),
    st.sampled_from("123"),
    st.sampled_from(sorted(DIVISIONS)),
    serials | st.text(CREDIT_CODE_ALPHABET, min_size=8, max_size=8),
)
codes = st.builds(make_code, st.sampled_from(["V", "O", "ORD"]), st.text("abc-", max_size=4), st.integers())


@pytest.mark.parametrize("code", REAL + MADE)
def test_real_and_invented_codes_pass_here_and_with_the_reference(code):
    assert check_credit_code(code) == code
    assert uscc.is_valid(code)


@pytest.mark.parametrize(
    "typed", [" 91310115ma1te5t0x3 ", "９１３１０１１５ＭＡ１ＴＥ５Ｔ０Ｘ３", "\t91310115MA1TE5T0X3\n"]
)
def test_small_wide_and_padded_spellings_have_one_canonical_form(typed):
    assert check_credit_code(typed) == "91310115MA1TE5T0X3"


@pytest.mark.parametrize("text", ["", "9131011", "91310115MA1TE5T0X", "91310115MA1TE5T0X33", TEN_MEGABYTES, None, 913])
def test_a_credit_code_has_eighteen_characters(text):
    with pytest.raises(CreditCodeLength) as refusal:
        check_credit_code(text, "/credit_code")
    assert (refusal.value.code, refusal.value.pointer) == ("credit-code-length", "/credit_code")
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("code", "position"),
    [
        ("913101I5MA1TE5T0X3", 7),
        ("91310115MO1TE5T0X3", 10),
        ("9131011AMA1TE5T0X3", 8),
        ("91310115MA1TE5T0X-", 18),
        ("91310115MA1TE5中0X3", 15),
        ("91310115MA1TE5\ud8000X3", 15),
        ("91310115MA1TE5\x000X3", 15),
        ("٩1310115MA1TE5T0X3", 1),
    ],
)
def test_a_character_that_cannot_stand_there_is_named_with_its_place(code, position):
    with pytest.raises(CreditCodeAlphabet) as refusal:
        check_credit_code(code)
    assert refusal.value.facts == {"position": position, "found": code[position - 1]}


@pytest.mark.parametrize(("code", "expected"), PILOTS.items())
def test_a_legal_code_that_fails_the_check_passes_only_from_the_list(code, expected):
    with pytest.raises(CreditCodeCheck) as refusal:
        check_credit_code(code)
    assert refusal.value.facts == {"position": 18, "found": code[-1], "expected": expected}
    assert check_credit_code(code.lower(), allowed=PILOTS) == code


def test_a_slip_inside_the_organisation_code_is_placed_there():
    with pytest.raises(CreditCodeCheck, match="Character 17") as refusal:
        check_credit_code("91310115MA1TE6T0X3")
    assert refusal.value.facts["position"] == 17
    assert "9 to 17" in refusal.value.remedy


def test_a_right_last_character_does_not_excuse_a_wrong_organisation_check():
    first = "91310115MA1TE5T01"
    codes = [first + last for last in CREDIT_CODE_ALPHABET]
    assert sum(map(uscc.is_valid, codes)) == 1
    for code in codes:
        with pytest.raises(CreditCodeCheck):
            check_credit_code(code)


@pytest.mark.parametrize("code", [*REAL, *MADE, make_credit_code("N", "2", "330421", 7)])
def test_every_single_slip_and_every_swap_of_neighbours_is_refused(code):
    slips = {
        code[:at] + other + code[at + 1 :] for at in range(18) for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
    }
    swaps = {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(17)}
    for wrong in (slips | swaps) - {code}:
        with pytest.raises(Refused):
            check_credit_code(wrong)


@given(made)
def test_what_is_made_is_valid_and_agrees_with_the_reference(code):
    assert check_credit_code(code) == code
    if code[:2].isdigit():  # The reference refuses departments that are letters, which are legal.
        assert uscc.validate(code) == code


def test_numbered_codes_are_all_different():
    made_codes = {make_credit_code("9", "1", "310115", serial) for serial in range(5_000)}
    assert len(made_codes) == 5_000


@pytest.mark.parametrize(
    ("number", "code", "key"),
    [
        ("25312000000012345678", "", "dfp:25312000000012345678"),
        (" ２５３１２０００００００１２３４５６７８ ", "", "dfp:25312000000012345678"),
        ("12345678", "3100204130", "fp:3100204130:12345678"),
        ("12345678", "031002000411", "fp:031002000411:12345678"),
        ("００００００００", " 3100204130", "fp:3100204130:00000000"),
    ],
)
def test_an_invoice_has_one_natural_key(number, code, key):
    assert invoice_key(number, code) == key


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", ""),
        ("2531200000001234567", ""),
        ("253120000000123456789", ""),
        ("25312000000012345678", "3100204130"),
        ("12345678", ""),
        ("1234567", "3100204130"),
        ("2531200000001234567X", ""),
        ("25312000000012345678" + " " * 60 + "1", ""),
        pytest.param("9" * 10_000_000, "", id="ten-megabytes"),
    ],
)
def test_a_number_of_neither_form_is_refused(number, code):
    with pytest.raises(InvoiceNumber) as refusal:
        invoice_key(number, code, "/invoice")
    assert refusal.value.pointer == "/invoice/number"


@pytest.mark.parametrize("code", ["310020413", "31002041300", "0310020004110", "31002041X0"])
def test_an_invoice_code_has_ten_or_twelve_digits(code):
    with pytest.raises(InvoiceCode) as refusal:
        invoice_key("12345678", code, "/invoice")
    assert refusal.value.pointer == "/invoice/code"


def test_a_foreign_invoice_is_keyed_on_country_supplier_and_number():
    assert foreign_invoice_key("ie", " IE6388047V", "inv-2026/17") == "inv:IE:IE6388047V:INV-2026/17"
    assert foreign_invoice_key("AT", "U12345678", "N" * 40).endswith("N" * 40)


@pytest.mark.parametrize("country", ["", "CN", "cn", "ＣＮ", "I", "IRL", "1E"])
def test_a_chinese_invoice_cannot_take_a_second_key(country):
    with pytest.raises(InvoiceCountry):
        foreign_invoice_key(country, "S1", "1")


@pytest.mark.parametrize("text", ["", "a:b", "a b", "-1", "/1", "N" * 41, "é1", "1\n2", TEN_MEGABYTES])
def test_what_could_be_mistaken_inside_a_key_is_refused_with_its_place(text):
    with pytest.raises(InvoiceReference) as refusal:
        foreign_invoice_key("IE", "S1", text, "/invoice")
    assert refusal.value.pointer == "/invoice/number"
    with pytest.raises(InvoiceReference) as refusal:
        foreign_invoice_key("IE", text, "1", "/invoice")
    assert refusal.value.pointer == "/invoice/supplier"


@pytest.mark.parametrize("code", ["310115", "310000", "320500", "320509", "320582", "330421", "440305", "110114"])
def test_a_division_of_today_passes(code):
    assert check_division(code) == code


@pytest.mark.parametrize("code", ["310199", "310100", "340900", "341401", "990000", "110199", "000000"])
def test_a_division_that_does_not_exist_is_refused(code):
    with pytest.raises(DivisionUnknown) as refusal:
        check_division(code, "/region")
    assert refusal.value.pointer == "/region"


@pytest.mark.parametrize(("code", "successor"), RETIRED.items())
def test_an_abolished_division_is_refused_with_its_successor(code, successor):
    with pytest.raises(DivisionRetired) as refusal:
        check_division(code)
    assert refusal.value.facts["successor"] == successor == check_division(successor)


@pytest.mark.parametrize("text", ["", "31011", "3101155", "31011A", "３１０１１５", 310115, None, TEN_MEGABYTES])
def test_a_division_has_six_digits(text):
    with pytest.raises(DivisionMalformed):
        check_division(text)


def test_divisions_have_the_names_that_people_use():
    assert len([code for code in DIVISIONS if code.startswith("31")]) == 17
    assert (name_of("310115"), name_of("310115", chinese=True)) == ("Pudong, Shanghai", "上海浦东")
    assert (name_of("320509"), name_of("310000")) == ("Wujiang, Suzhou, Jiangsu", "Shanghai")
    assert (name_of("320582"), name_of("999999")) == ("Suzhou, Jiangsu", "999999")
    assert name_of("320500") != name_of("341300")
    assert province_of("320509") == "32"


@given(codes)
def test_a_code_passes_its_own_check_and_needs_no_quoting(code):
    assert check_code(code) == code
    assert re.fullmatch(r"[A-Z]+(-[0-9A-Z]{4}){3}-[0-9A-Z]", code)


def test_a_code_depends_on_every_part_and_on_nothing_else():
    assert make_code("V", "P1", 2026) == make_code("V", "P1", "2026") == "V-CJ88-QBSR-DDQH-C"
    different = {
        make_code(*parts) for parts in [("V", "a", "b"), ("V", "ab"), ("V", "b", "a"), ("O", "a", "b"), ("V",)]
    }
    assert len({code.split("-", 1)[1] for code in different}) == 5


def test_parts_that_could_be_mistaken_for_others_are_a_programming_error():
    with pytest.raises(ValueError, match="line feed"):
        make_code("V", "a\nb")


@given(codes)
def test_a_code_may_be_typed_carelessly(code):
    kind, rest = code.split("-", 1)
    careless = rest.replace("-", "").replace("0", "o").replace("1", "l").lower()
    assert check_code(f" {kind.lower()} {careless} ") == code
    assert check_code(kind + rest.replace("1", "I")) == code


@given(codes)
def test_every_single_slip_and_swap_in_a_code_is_refused(code):
    joined = code.replace("-", "")
    first = len(joined) - 13
    slips = {
        joined[:at] + other + joined[at + 1 :]
        for at in range(first, len(joined))
        for other in "0123456789ABCDEFGHJKMNPQRSTUVWXYZ"
    }
    swaps = {joined[:at] + joined[at + 1] + joined[at] + joined[at + 2 :] for at in range(first, len(joined) - 1)}
    for wrong in (slips | swaps) - {joined}:
        with pytest.raises((CodeCheck, CodeMalformed)):
            check_code(wrong)


@pytest.mark.parametrize("text", ["", "V", "V-1234-5678-9ABC", "1-1234-5678-9ABC-D", "V-1234-5678-9ABC-DE", None, 7]
    + ["V-12É4-5678-9ABC-D", "TOOLONG-1234-5678-9ABC-D", TEN_MEGABYTES])  # fmt: skip
def test_what_is_no_code_is_refused(text):
    with pytest.raises(CodeMalformed) as refusal:
        check_code(text, "/voucher")
    assert refusal.value.pointer == "/voucher"


def test_a_code_of_another_kind_is_refused_where_one_kind_is_expected():
    order = make_code("O", "1")
    assert check_code(order, prefix="O") == order
    with pytest.raises(CodePrefix) as refusal:
        check_code(order, prefix="V")
    assert refusal.value.facts == {"expected": "V", "found": "O"}


OLD = "776049653"  # of the credit code 91350200776049653A


@pytest.mark.parametrize("typed", [OLD[:8] + "-" + OLD[8], OLD, f" {OLD} ", f"350200{OLD}", "７７６０４９６５３"])
def test_an_old_organisation_code_is_kept_with_its_country(typed):
    assert check_old_code(typed, "2005-06-01") == f"CN-{OLD}" == old_code_in("91350200776049653A")


@pytest.mark.parametrize(
    "typed", ["776049654", "77604965", "7760496531", "35020077604965-4", "77604965-Y", "", "x" * 99]
)
def test_an_old_code_that_does_not_fit_its_check_is_refused(typed):
    with pytest.raises(OldCodeMalformed) as caught:
        check_old_code(typed, "2005-06-01")
    assert caught.value.remedy


@pytest.mark.parametrize(("founded_on", "taken"), [("2015-09-30", True), ("2015-10-01", False), ("", False)])
def test_an_old_code_is_taken_from_firms_founded_before_october_2015_only(founded_on, taken):
    if taken:
        assert check_old_code(OLD, founded_on) == f"CN-{OLD}"
    else:
        with pytest.raises(OldCodeOutdated):
            check_old_code(OLD, founded_on)


@pytest.mark.parametrize("department", ["N", "A", "Y", "9", "5", "1", "3"])
def test_a_department_may_be_a_letter(department):
    code = make_credit_code(department, "1", "310115", 7)
    assert check_credit_code(code) == code


@pytest.mark.parametrize("code", ["91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001QAY9B"])
def test_a_legal_code_that_fails_its_check_is_taken_only_where_it_is_on_the_list(code):
    with pytest.raises(CreditCodeCheck):
        check_credit_code(code)
    assert check_credit_code(f" {code.lower()} ", "", {code}) == code
