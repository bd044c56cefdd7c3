"""Papers of a coupon: good as a whole, signed by whom they say, for here and now; anything else is refused."""

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws

from service.counter.keeping import CouponKept, CouponSigned, FileNotOurs, Phone, Till
from service.counter.papers import (
    BOOKLET,
    PROOF,
    RECEIPT,
    USE,
    Challenge,
    ChallengeMalformed,
    CouponNotForThis,
    CouponNotGood,
    NotTwice,
    check_challenge,
    check_proof,
    check_receipt,
    check_use,
    read_challenge,
    write_booklet,
    write_proof,
    write_receipt,
    write_use,
)
from service.counter.pictures import blocks, data_uri, picture
from service.counter.signing import (
    KeyFileMalformed,
    KeyFileThere,
    PaperMalformed,
    SignatureInvalid,
    new_key,
    public_keys,
    read_key,
    sign,
    write_key,
    written,
)
from tests.examples import INSTITUTE, LAB, PUDONG
from vouchers.booklet.events import DoubleUseFound, Issued, Place
from vouchers.refusals import Refused

SERVICE, PHONE, TILL = new_key(), new_key(), new_key()
KEYS = {SERVICE.key_id: SERVICE.public_key}
TILLS = {TILL.key_id: TILL.public_key}
BILL = {"gross": 160_000, "net": 150_000, "on": "2026-02-02", "rep": "2" * 64}
PLACES = (Place("O-1", LAB), Place("O-2", INSTITUTE))
ISSUED = Issued(PUDONG, PHONE.key_id, PHONE.public_key, "CNY", PLACES, 3, 100_000, "2026-02-20", "2026-02-27")
HERE = Challenge(LAB, "n-1")
TEXT = write_booklet("B-1", ISSUED, SERVICE)


def a_use(number=1, challenge=HERE, at=7, booklet=TEXT, **bill):
    return write_use(booklet, number, challenge, BILL | bill, at, PHONE)


def test_a_use_is_checked_with_public_keys_alone():
    use = check_use(a_use(), KEYS)
    assert use.name == "B-1/1"
    check_challenge(use, HERE, "2026-02-02")
    kept = check_receipt(write_receipt(use, LAB, 9, TILL), use, LAB, TILLS)
    assert kept.receipt.claims["iat"] == 9


def test_all_papers_of_a_use_fit_a_qr_code():
    text = write_receipt(check_use(a_use(), KEYS), LAB, 9, TILL)
    assert 1_000 < len(text) < 1_700
    assert picture(text).startswith(b"<?xml")
    assert picture(text, "png").startswith(b"\x89PNG")
    assert data_uri(text).startswith("data:image/svg+xml")
    assert blocks("K-0000-0000-0000-0").count("\n") > 10
    with pytest.raises(ValueError, match="longer"):
        picture("x" * 3_000)


@pytest.mark.parametrize("part", [0, 1])
def test_a_changed_letter_anywhere_breaks_a_signature(part):
    parts = a_use().split("~")
    claims = json.loads(base64.urlsafe_b64decode(parts[part].split(".")[1] + "=="))
    name = "max" if part == 0 else "gross"
    changed = base64.urlsafe_b64encode(json.dumps(claims | {name: 999_999}).encode()).decode().rstrip("=")
    head, _, signature = parts[part].split(".")
    parts[part] = f"{head}.{changed}.{signature}"
    with pytest.raises((SignatureInvalid, CouponNotForThis)):
        check_use("~".join(parts), KEYS)


def test_a_stranger_signs_nothing_that_is_taken():
    stranger = new_key()
    forged = write_booklet("B-1", ISSUED, stranger)
    with pytest.raises(SignatureInvalid):
        check_use(a_use(booklet=forged), KEYS)
    with pytest.raises(SignatureInvalid):
        write_use(TEXT, 1, HERE, BILL, 7, stranger)
    use = check_use(a_use(), KEYS)
    with pytest.raises(SignatureInvalid):
        check_receipt(write_receipt(use, LAB, 9, stranger), use, LAB, TILLS)


def test_a_use_belongs_to_its_booklet():
    other = write_booklet("B-2", ISSUED, SERVICE)
    with pytest.raises(CouponNotForThis):
        check_use(f"{other}~{a_use().split('~')[1]}", KEYS)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA"])
def test_no_other_algorithm_is_taken(algorithm):
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": SERVICE.key_id, "typ": BOOKLET}).encode())
    _, payload, signature = TEXT.split(".")
    forged = f"{header.decode().rstrip('=')}.{payload}.{signature if algorithm != 'none' else ''}"
    with pytest.raises(PaperMalformed):
        check_use(f"{forged}~{a_use().split('~')[1]}", KEYS)


def test_a_paper_of_one_kind_is_none_of_another():
    """A use signed by a phone whose key a till has as well is no receipt."""
    claims = {"use": "x", "sub": LAB, "iat": 1}
    use = check_use(a_use(), KEYS)
    text = f"{TEXT}~{use.presentation.text}~{sign(USE, claims, TILL)}"
    with pytest.raises(PaperMalformed):
        check_receipt(text, use, LAB, TILLS)


def test_claims_that_are_missing_or_unknown_are_refused_though_they_are_signed():
    for claims in (
        {"use": "x"},
        {"use": "x", "sub": LAB, "iat": 1, "more": 1},
        {"use": "x", "sub": "nobody", "iat": 1},
    ):
        text = f"{a_use()}~{sign(RECEIPT, claims, TILL)}"
        with pytest.raises(Refused) as caught:
            check_receipt(text, check_use(a_use(), KEYS), LAB, TILLS)
        assert caught.value.pointer.startswith("/coupon"), claims


@pytest.mark.parametrize(
    ("changes", "challenge"),
    [
        ({"number": 0}, HERE),
        ({"number": 4}, HERE),
        ({"on": "2026-02-21"}, HERE),
        ({"net": 170_000}, HERE),
        ({}, Challenge(PUDONG, "n-1")),
    ],
)
def test_a_phone_signs_only_what_its_booklet_is_good_for(changes, challenge):
    with pytest.raises(CouponNotGood):
        a_use(challenge=challenge, **changes)


def test_a_till_takes_only_what_was_signed_for_its_challenge_and_not_for_tomorrow():
    use = check_use(a_use(), KEYS)
    for challenge in (Challenge(LAB, "n-2"), Challenge(INSTITUTE, "n-1")):
        with pytest.raises(CouponNotForThis):
            check_challenge(use, challenge, "2026-02-02")
    with pytest.raises(CouponNotForThis):
        check_challenge(use, HERE, "2026-02-01")
    check_challenge(use, HERE, "2026-02-27")
    with pytest.raises(CouponNotGood):
        check_challenge(use, HERE, "2026-02-28")  # Nobody would take it any more.
    with pytest.raises(PaperMalformed):
        check_receipt(a_use(), use, LAB, TILLS)  # There is no receipt.
    with pytest.raises(CouponNotForThis):
        check_receipt(write_receipt(use, LAB, 9, TILL), use, INSTITUTE, TILLS)


@pytest.mark.parametrize("text", ["", "VC1", "VC1.x.y", f"VC2.{LAB}.n", f"VC1.{LAB}.", f"VC1.{LAB}.a b"])
def test_what_is_no_challenge_is_refused(text):
    with pytest.raises(Refused):
        read_challenge(text)
    assert read_challenge(f" {HERE.text}\n") == HERE
    assert issubclass(ChallengeMalformed, Refused)


def a_proof(first, second, party="enterprise", key=PHONE):
    found = DoubleUseFound(1, party, PUDONG if party == "enterprise" else LAB, LAB, "a" * 64, "b" * 64)
    return write_proof("B-1", found, key.public_key, (first, second), SERVICE)


def test_a_proof_holds_two_papers_of_one_key_about_one_coupon():
    first, second = (a_use(challenge=Challenge(LAB, nonce)).split("~")[1] for nonce in ("n-1", "n-2"))
    assert check_proof(a_proof(first, second), KEYS)["party"] == "enterprise"
    other = a_use(number=2).split("~")[1]
    for pair in ((first, first), (first, other)):
        with pytest.raises(NotTwice):
            check_proof(a_proof(*pair), KEYS)
    with pytest.raises(SignatureInvalid):
        check_proof(a_proof(first, second, key=TILL), KEYS)
    with pytest.raises(SignatureInvalid):
        check_proof(a_proof(first, second), TILLS)


def test_a_proof_against_a_provider_holds_two_receipts_for_one_use():
    use = check_use(a_use(), KEYS)
    first, second = (write_receipt(use, LAB, at, TILL).split("~")[2] for at in (9, 10))
    assert check_proof(a_proof(first, second, "provider", TILL), KEYS)["party"] == "provider"
    elsewhere = write_receipt(check_use(a_use(number=2), KEYS), LAB, 9, TILL).split("~")[2]
    with pytest.raises(NotTwice):
        check_proof(a_proof(first, elsewhere, "provider", TILL), KEYS)


@given(st.text(max_size=200) | st.text(alphabet="abcdefgh.~_-", max_size=200) | st.just(TEXT[:-9]))
def test_whatever_is_scanned_is_read_or_refused(text):
    for check in (lambda: check_use(text, KEYS), lambda: check_proof(text, KEYS), lambda: read_challenge(text)):
        with pytest.raises(Refused) as caught:
            check()
        assert caught.value.detail.endswith(".")
        assert caught.value.remedy


@given(st.binary(max_size=60))
def test_whatever_is_signed_is_read_or_refused(payload):
    header = {"alg": "Ed25519", "kid": SERVICE.key_id, "typ": PROOF}
    text = jws.serialize_compact(header, payload, SERVICE.private, algorithms=["Ed25519"])
    with pytest.raises(Refused):
        check_proof(text, KEYS)


def test_a_key_is_kept_by_its_owner_alone_and_never_written_over(tmp_path):
    path = tmp_path / "phone.jwk"
    write_key(path, PHONE)
    assert path.stat().st_mode & 0o077 == 0
    assert read_key(path.read_text()).key_id == PHONE.key_id
    with pytest.raises(KeyFileThere):
        write_key(path, TILL)
    assert read_key(path.read_text()).key_id == PHONE.key_id


@pytest.mark.parametrize("text", ["", "{}", "[]", '"x"', '{"crv":"Ed25519","kty":"OKP","x":"AA","d":"AA"}', "\u0000"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(KeyFileMalformed):
        read_key(text)


def test_a_public_half_is_no_key_to_sign_with():
    with pytest.raises(KeyFileMalformed):
        read_key(json.dumps(PHONE.jwk))
    assert "d" not in PHONE.jwk
    assert "d" in json.loads(written(PHONE))


@pytest.mark.parametrize("told", [None, [], {}, {"keys": 1}])
def test_what_is_no_set_of_keys_is_refused(told):
    with pytest.raises(KeyFileMalformed):
        public_keys(told)
    assert public_keys({"keys": [{"crv": "P-256", "x": "x"}, 7, PHONE.jwk]}) == {PHONE.key_id: PHONE.public_key}


def test_a_phone_signs_a_coupon_once_and_shows_again_what_it_signed(tmp_path):
    phone = Phone(tmp_path / "booklet.txt")
    first = phone.sign(TEXT, 1, HERE, BILL, 7, PHONE)
    assert Phone(tmp_path / "booklet.txt").sign(TEXT, 1, HERE, BILL, 99, PHONE) == first
    for challenge, bill in ((Challenge(LAB, "n-2"), BILL), (HERE, BILL | {"gross": 170_000})):
        with pytest.raises(CouponSigned):
            phone.sign(TEXT, 1, challenge, bill, 7, PHONE)
    assert phone.sign(TEXT, 2, HERE, BILL, 7, PHONE) != first


def test_a_till_keeps_a_coupon_once(tmp_path):
    till, use = Till(tmp_path / "till.jsonl"), check_use(a_use(), KEYS)
    till.keep(use, {"coupon": write_receipt(use, LAB, 9, TILL)})
    again = check_use(a_use(challenge=Challenge(LAB, "n-2")), KEYS)
    with pytest.raises(CouponKept):
        till.keep(again, {"coupon": write_receipt(again, LAB, 9, TILL)})
    other = check_use(a_use(number=2), KEYS)
    till.keep(other, {"coupon": write_receipt(other, LAB, 9, TILL)})
    assert len((tmp_path / "till.jsonl").read_text().splitlines()) == 2


def test_a_file_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "till.jsonl").write_text("not json\n")
    use = check_use(a_use(), KEYS)
    with pytest.raises(FileNotOurs):
        Till(tmp_path / "till.jsonl").keep(use, {"coupon": "x"})
    assert (tmp_path / "till.jsonl").read_text() == "not json\n"


def test_the_same_booklet_has_the_same_text():
    assert write_booklet("B-1", ISSUED, SERVICE) == TEXT
    assert write_booklet("B-1", replace(ISSUED, amount=1), SERVICE) != TEXT
