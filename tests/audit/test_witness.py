"""A witness cosigns what follows the last checkpoint it saw, and answers everything else as tlog-witness says."""

import re
import sqlite3
from hashlib import sha256

import pytest

from service.audit.signing import Signer
from service.audit.trust import verified
from service.audit.witness.store import MOST_EVIDENCE
from service.audit.witness.submissions import Submission
from service.audit.witness.witness import SizeNotLast
from tests.audit.witnessing import NOW, OFFICE, ORIGIN, VECTORS, Log, Office
from vouchers.audit import COSIGNATURE, ED25519, ML_DSA_44, Key, Note, checkpoint_text, parse_note, to_base64
from vouchers.merkle import EMPTY_ROOT
from vouchers.refusals import Refused

FIXTURES = VECTORS / "witness" / "cmd" / "litewitness" / "testdata"
REQUESTS = re.compile(r"```\n(.*?)```\nHTTP (\d+)\n\[Asserts\]\n(.*?)\n", re.DOTALL)
SIGSUM = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
SIGSUM_ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


@pytest.fixture
def log():
    return Log(5)


@pytest.fixture
def office(tmp_path, log):
    found = Office(tmp_path, log)
    yield found
    found.store.close()


def sent(office, body):
    return office.app.test_client().post("/add-checkpoint", data=body)


def test_every_request_of_the_public_fixtures_gets_its_status(office):
    if not FIXTURES.is_dir():
        pytest.skip("the public fixtures of witnesses are not beside this repository")
    office.store.trust(SIGSUM_ORIGIN, Key(SIGSUM_ORIGIN, ED25519, SIGSUM).vkey)
    office.store.trust("go.sum database tree", GO_KEY)
    for name in ("litewitness.txt", "sumdb.txt"):
        asked = REQUESTS.findall((FIXTURES / name).read_text())
        assert asked
        for body, status, told in asked:
            # The text of today says 404 for an unknown log, where the fixtures were written for 403.
            expected = 404 if "unknown log" in told else int(status)
            answer = sent(office, body)
            assert answer.status_code == expected, (name, body)
            if found := re.fullmatch(r'body == "(\d+)\\n"', told):
                assert (answer.text, answer.content_type) == (f"{found[1]}\n", "text/x.tlog.size")
            elif expected == 200:
                assert answer.text.startswith(f"— {OFFICE} ")
    assert office.size(SIGSUM_ORIGIN) == 5
    assert office.size("go.sum database tree") == 35_225_469


def test_the_first_checkpoint_needs_no_proof_and_the_next_one_does(office, log):
    assert sent(office, log.submission(0)).status_code == 200
    log.grow(8)
    assert sent(office, log.submission(5)).status_code == 200
    assert office.size() == 13


def test_both_cosignatures_verify_and_state_the_time(office, log):
    answer = parse_note(log.note().text.encode() + b"\n" + sent(office, log.submission(0)).data)
    kinds = {signer.key.kind: verified(answer, signer.key) for signer in office.signers}
    assert kinds == {COSIGNATURE: [NOW], ML_DSA_44: [NOW]}


def test_the_same_checkpoint_again_is_cosigned_again(office, log):
    sent(office, log.submission(0))
    office.now += 600
    again = parse_note(log.note().text.encode() + b"\n" + sent(office, log.submission(5)).data)
    assert verified(again, office.signers[0].key) == [NOW + 600]


def test_a_clock_that_goes_back_does_not_make_an_older_view_the_newest(office, log):
    sent(office, log.submission(0))
    log.grow(1)
    office.now -= 3_600
    later = parse_note(log.note().text.encode() + b"\n" + sent(office, log.submission(5)).data)
    assert verified(later, office.signers[0].key) == [NOW]


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda body: body[1:],
        lambda body: body.replace(b"old 0", b"old 00"),
        lambda body: body.replace(b"old 0", b"old -1"),
        lambda body: body.replace(b"old 0", b"old 9223372036854775808"),
        lambda body: body.replace(b"old 0", b"old  0"),
        lambda body: body.replace(b"old 0\n", b"old 0\r\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\nAAAA\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\n" + b"not base64!\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\n" + (to_base64(bytes(32)).encode() + b"\n") * 64),
        lambda body: body.replace(b"old 0\n\n", b"old 0\n"),
        lambda body: body.replace(b"\n5\n", b"\n05\n"),
        lambda body: body.replace(b"old 0", b"old 6"),
        lambda body: body + b"x" * 600_000,
    ],
)  # fmt: skip
def test_a_body_that_is_no_submission_is_400(office, log, change):
    changed = change(log.submission(0))
    assert changed != log.submission(0)
    answer = sent(office, changed)
    assert answer.status_code == (413 if len(changed) > 600_000 else 400), answer.text
    assert answer.content_type == "text/plain; charset=utf-8"
    assert office.size() == 0


def test_the_longest_proof_is_read_and_one_line_more_is_not(office, log):
    lines = tuple([bytes(32)] * 63)
    assert sent(office, Submission(0, lines, log.note().content).content).status_code == 422
    assert sent(office, Submission(0, (*lines, bytes(32)), log.note().content).content).status_code == 400


def test_a_log_that_nobody_trusts_here_is_404(office):
    assert sent(office, Log(3, signer=Signer.new("other.example/log")).submission(0)).status_code == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_403(office, log):
    stranger = Log(5, signer=Signer.new(ORIGIN))
    assert sent(office, stranger.submission(0)).status_code == 403
    unsigned = log.submission(0)
    assert sent(office, unsigned[: unsigned.rindex("—".encode())]).status_code == 403
    assert office.size() == 0


def test_a_broken_signature_of_one_trusted_key_spoils_a_good_one_of_another(office, log):
    second = Signer.new(ORIGIN)
    office.store.trust(ORIGIN, second.vkey)
    note = log.note()
    broken = second.sign(log.note(4).text)
    body = Submission(0, (), note.with_signatures(broken).content).content
    assert sent(office, body).status_code == 403
    good = Submission(0, (), note.with_signatures(second.sign(note.text)).content).content
    assert sent(office, good).status_code == 200


def test_signatures_of_strangers_are_ignored_and_not_passed_on(office, log):
    stranger = Signer.new("stranger.example/w", COSIGNATURE)
    note = log.note().with_signatures(stranger.sign(log.note().text, NOW))
    assert sent(office, Submission(0, (), note.content).content).status_code == 200
    names = {each.name for each in parse_note(office.store.view(ORIGIN).note).signatures}
    assert names == {ORIGIN, OFFICE}


def test_a_key_that_is_trusted_no_more_signs_nothing_and_the_log_stays_known(office, log):
    sent(office, log.submission(0))
    office.store.distrust(ORIGIN, log.signer.vkey)
    log.grow(1)
    assert sent(office, log.submission(5)).status_code == 403
    assert office.size() == 5


def test_another_old_size_is_409_with_the_size_that_holds(office, log):
    sent(office, log.submission(0))
    log.grow(3)
    for old in (0, 4, 6):
        answer = sent(office, log.submission(old))
        assert (answer.status_code, answer.text, answer.content_type) == (409, "5\n", "text/x.tlog.size")
    assert [*office.store.evidence()] == []


def test_an_empty_log_has_one_root(office):
    log = Log(0, signer=Signer.new("empty.example/log"))
    office.store.trust("empty.example/log", log.signer.vkey)
    text = checkpoint_text("empty.example/log", 0, bytes(32))
    wrong = Note(text, (log.signer.sign(text),))
    assert sent(office, Submission(0, (), wrong.content).content).status_code == 422
    assert log.root() == EMPTY_ROOT
    assert sent(office, log.submission(0)).status_code == 200


def test_a_proof_where_none_belongs_is_422(office, log):
    for old in (0, 5):
        body = Submission(old, (bytes(32),), log.note().content).content
        assert sent(office, body).status_code == 422
        sent(office, log.submission(0))


def test_a_rewritten_history_is_422_and_kept_as_evidence(office, log):
    sent(office, log.submission(0))
    forged = Log(9, story="another ", signer=log.signer)
    assert sent(office, forged.submission(5)).status_code == 422
    [kept] = office.store.evidence()
    assert (kept.origin, kept.submission) == (ORIGIN, forged.submission(5))
    assert parse_note(kept.note).text == log.note().text
    assert office.size() == 5


def test_two_roots_of_one_size_are_evidence_whatever_old_size_is_named(office, log):
    sent(office, log.submission(0))
    log.grow(4)
    sent(office, log.submission(5))
    forged = Log(5, story="another ", signer=log.signer)
    assert sent(office, forged.submission(0)).status_code == 409
    [kept] = office.store.evidence()
    assert kept.reason == "Another root was cosigned at size 5."


def test_one_signed_text_is_kept_once_whatever_proof_it_comes_with(office, log):
    sent(office, log.submission(0))
    log.grow(2)
    for number in range(5):
        proof = (bytes([number]) * 32,)
        assert sent(office, Submission(5, proof, log.note().content).content).status_code == 422
    assert len([*office.store.evidence()]) == 1


def test_evidence_is_bounded(office, log):
    for number in range(MOST_EVIDENCE + 5):
        office.store.keep(ORIGIN, NOW, "two roots", f"text {number}", b"sent", b"cosigned")
    assert len([*office.store.evidence()]) == MOST_EVIDENCE


def test_no_single_bit_of_a_submission_can_be_changed(office, log):
    sent(office, log.submission(0))
    log.grow(4)
    body = log.submission(5)
    for place in range(len(body) * 8):
        changed = bytearray(body)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Refused):
            office.witness.add_checkpoint(bytes(changed))
    assert office.size() == 5
    assert sent(office, body).status_code == 200


def test_the_view_is_read_under_the_hash_of_the_origin(office, log):
    client = office.app.test_client()
    assert client.get(f"/{sha256(b'another').hexdigest()}/checkpoint").status_code == 404
    known = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
    assert client.get(known).status_code == 404
    sent(office, log.submission(0))
    note = parse_note(client.get(known).data)
    assert note.text == log.note().text
    assert [verified(note, key) for key in (log.signer.key, *(each.key for each in office.signers))] == [
        [0],
        [NOW],
        [NOW],
    ]


def test_what_was_cosigned_is_neither_changed_nor_forgotten_in_the_file_itself(office, log):
    sent(office, log.submission(0))
    with sqlite3.connect(office.folder / "witness.sqlite") as file:
        for statement in (
            "UPDATE log SET size = 4",
            "DELETE FROM log_key; DELETE FROM log",
            "UPDATE cosigned SET root = x'00'",
            "DELETE FROM cosigned",
            "REPLACE INTO log (origin, size, root, note, at) VALUES ('vouchers.example/log', 4, x'', x'', 0)",
            "REPLACE INTO cosigned (origin, size, root, at) VALUES ('vouchers.example/log', 5, x'00', 0)",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                file.executescript(statement)
        file.rollback()
    file.close()


def test_memory_outlives_the_process(tmp_path, office, log):
    sent(office, log.submission(0))
    again = Office(tmp_path)
    assert again.size() == 5
    with pytest.raises(SizeNotLast):
        again.witness.add_checkpoint(log.submission(0))
    again.store.close()
