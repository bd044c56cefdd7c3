"""Signed notes, keys, checkpoints and cosignatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature."""

import struct
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from service.audit.signing import KeyNameMalformed, NoteSignatureInvalid, Signer, SigningKeyBroken, Verifier
from service.audit.trust import verified
from tests.audit.vectors import bits, read, there
from vouchers.audit import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Checkpoint,
    CheckpointMalformed,
    Key,
    Note,
    NoteMalformed,
    Signature,
    VkeyMalformed,
    checkpoint_text,
    cosigned_message,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)
from vouchers.audit.tiles import unpack_bundle
from vouchers.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root_of, tree_head, verify_consistency

NOTES = "notes-and-keys/signed_notes.json"
ROOT = bytes(range(32))
TEXT = checkpoint_text("log.example/1", 5, ROOT)
LOG = Signer("log.example/1", ED25519, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
OFFICE = Signer("office.example/w1", COSIGNATURE, Ed25519PrivateKey.from_private_bytes(b"w" * 32))
QUANTUM = Signer("office.example/pq1", ML_DSA_44, MLDSA44PrivateKey.from_seed_bytes(b"q" * 32))
NOON = 1_790_000_000


def signed(*signers, text=TEXT, time=NOON):
    return Note(text, tuple(signer.sign(text, 0 if signer is LOG else time) for signer in signers))


# The public vectors.


@pytest.mark.parametrize("number", range(4))
def test_a_published_note_is_read_written_and_verified(number):
    vector = read(NOTES)[number]
    content = vector["note"].encode()
    note = parse_note(content)
    assert note.content == content
    assert verified(note, parse_vkey(vector["vkey"])) == [0]
    assert parse_vkey(vector["vkey"]).vkey == vector["vkey"]


def test_the_published_private_key_makes_the_published_signature():
    vector = next(each for each in read(NOTES) if "test_seed_b64" in each)
    private = Ed25519PrivateKey.from_private_bytes(b64decode(vector["test_seed_b64"])[:32])
    signer = Signer("PeterNeumann", ED25519, private)
    note = parse_note(vector["note"].encode())
    assert signer.vkey == vector["vkey"]
    assert signer.sign(note.text) == note.signatures[0]


@pytest.mark.parametrize("number", range(3))
def test_signatures_are_those_of_rfc_8032(number):
    vector = {
        name: bytes.fromhex(text)
        for name, text in read("notes-and-keys/rfc8032_ed25519.json")["vectors"][number].items()
    }
    private = Ed25519PrivateKey.from_private_bytes(vector["seed"])
    signer = Signer("x", ED25519, private)
    assert signer.key.public == vector["pub"]
    assert private.sign(vector["msg"]) == vector["sig"]
    if vector["msg"].isascii():
        assert signer.sign(vector["msg"].decode()).content == vector["sig"]


def test_no_flipped_bit_of_a_published_note_is_believed():
    for vector in read(NOTES):
        content, key = vector["note"].encode(), parse_vkey(vector["vkey"])
        believed = [changed for changed in bits(content) if _believed(changed, key)]
        assert not believed, vector["name"]


def test_no_flipped_bit_of_a_published_key_is_a_key():
    for vector in read(NOTES):
        # The two cases of a hexadecimal letter would be two spellings; only the small one is read.
        for changed in bits(vector["vkey"].encode()):
            with pytest.raises(VkeyMalformed):
                parse_vkey(changed.decode("utf-8", "replace"))


def _believed(content, key):
    try:
        return bool(verified(parse_note(content), key))
    except (NoteMalformed, NoteSignatureInvalid):
        return False


def test_a_whole_published_log_proves_itself():
    key = parse_vkey(next(each for each in read(NOTES) if each["name"].startswith("Tessera"))["vkey"])
    folder = there("tessera-log/testdata/log")
    entries = unpack_bundle((folder / "tile/entries/000.p/15").read_bytes())
    leaves = [leaf_hash(entry) for entry in entries]
    assert (folder / "tile/0/000.p/15").read_bytes() == b"".join(leaves)

    def subtree(level, index):
        return root_of(leaves[index << level : (index + 1) << level])

    roots = {}
    for size in range(16):
        note = parse_note((folder / f"checkpoint.{size}").read_bytes())
        assert verified(note, key) == [0]
        checkpoint = parse_checkpoint(note.text)
        assert (checkpoint.origin, checkpoint.size) == (key.name, size)
        assert checkpoint.root == tree_head(0, size, subtree)
        roots[size] = checkpoint.root
    proofs = 0
    for old in range(16):
        for new in range(old + 1, 16):
            if old:
                verify_consistency(old, new, roots[old], roots[new], consistency_proof(old, new, subtree))
            proofs += 1
    assert roots[0] == EMPTY_ROOT
    assert proofs == 120


# Notes.


def test_a_note_is_cut_at_its_last_empty_line():
    text = "One\n\nTwo\n\n\nThree\n"
    note = signed(LOG, text=text)
    assert parse_note(note.content) == note
    assert verified(parse_note(note.content), LOG.key) == [0]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content + b"\n",
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n\n", b"\n"),
        lambda content: content.replace(b"log.example", b"log\texample"),
        lambda content: content.replace(b"log.example", b"log\x00example"),
        lambda content: content.replace(b"\xe2\x80\x94 log", b"- log"),
        lambda content: content.replace(b"\xe2\x80\x94 log", b"\xe2\x80\x94  log"),
        lambda content: content.replace(b"\xe2\x80\x94 log.example/1 ", b"\xe2\x80\x94 log example/1 "),
        lambda content: content.replace(b"\xe2\x80\x94 log.example/1 ", b"\xe2\x80\x94 log+example/1 "),
        lambda content: content.replace(b"\xe2\x80\x94 log.example/1 ", "\N{EM DASH} log\u00a0example/1 ".encode()),
        lambda content: content.replace(b"\xe2\x80\x94 log.example/1 ", b"\xe2\x80\x94  "),
        lambda content: content[:-2] + b"\n",
        lambda content: content.replace(b"=\n", b"\n"),
        lambda content: content + b"\xe2\x80\x94 x AAAA\n",
        lambda content: content + b"\xe2\x80\x94 x AAAAAA==\n",
        lambda content: content + b"\xe2\x80\x94 x\n",
        lambda content: content.replace(b"5\n", b"5\xff\n"),
        lambda content: content[:0],
        lambda content: content[-1:],
        lambda content: content + b"x" * 600_000 + b"\n",
    ],
)
def test_what_is_no_note_is_refused(change):
    content = signed(LOG).content
    assert parse_note(content)
    changed = change(content)
    assert changed != content
    with pytest.raises(NoteMalformed):
        parse_note(changed)


def test_sixteen_large_signatures_are_read_and_sixty_five_are_too_many():
    line = Signature("pq.example", b"abcd", bytes(8 + 2420))
    note = Note(TEXT, (LOG.sign(TEXT), *[line] * 15))
    assert verified(parse_note(note.content), LOG.key) == [0]
    parse_note(Note(TEXT, (line,) * 64).content)
    with pytest.raises(NoteMalformed, match="at most 64"):
        parse_note(Note(TEXT, (line,) * 65).content)


def test_a_signature_of_an_unknown_key_says_nothing():
    good = signed(LOG)
    stranger = Signer.new("log.example/1")  # The same name, another key.
    for odd in (stranger.sign(TEXT), Signature("other.example", LOG.key.key_id, b"x" * 64)):
        note = good.with_signatures(odd)
        assert verified(note, LOG.key) == [0]
        assert verified(note, stranger.key) == ([0] if odd.key_id == stranger.key.key_id else [])


def test_a_known_key_that_fails_once_spoils_the_note():
    wrong = Signature("log.example/1", LOG.key.key_id, b"x" * 64)
    for note in (Note(TEXT, (LOG.sign(TEXT), wrong)), Note(TEXT, (wrong, LOG.sign(TEXT)))):
        with pytest.raises(NoteSignatureInvalid):
            verified(note, LOG.key)


def test_a_later_signature_of_a_key_takes_the_place_of_the_earlier_one():
    first, second = OFFICE.sign(TEXT, NOON), OFFICE.sign(TEXT, NOON + 60)
    note = signed(LOG).with_signatures(first).with_signatures(second)
    assert note.signatures == (LOG.sign(TEXT), second)


# Keys.


def test_the_identifier_of_a_key_is_of_its_name_its_kind_and_its_bytes():
    for kind in (ED25519, COSIGNATURE):
        key = Key("a.example", kind, b"k" * 32)
        assert key.key_id == sha256(b"a.example\n" + bytes([kind]) + b"k" * 32).digest()[:4]
        assert parse_vkey(key.vkey) == key
    assert Key("a.example", ED25519, b"k" * 32).key_id != Key("a.example", COSIGNATURE, b"k" * 32).key_id


@pytest.mark.parametrize(
    ("kind", "size"), [(ED25519, 31), (ED25519, 33), (COSIGNATURE, 31), (ML_DSA_44, 1311), (2, 91), (0xFF, 32)]
)
def test_a_key_of_another_kind_or_length_is_refused(kind, size):
    with pytest.raises(VkeyMalformed, match="none of the kinds"):
        parse_vkey(Key("a.example", kind, b"k" * size).vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a" * 256, "\udc80"])
def test_a_name_that_no_key_may_have_is_refused(name):
    with pytest.raises(KeyNameMalformed):
        Signer.new(name)


def test_a_name_may_have_255_bytes():
    assert parse_vkey(Signer.new("é" * 127 + "x").vkey).name == "é" * 127 + "x"


@pytest.mark.parametrize("signer", [LOG, OFFICE, QUANTUM])
def test_the_file_of_a_key_holds_the_key(signer):
    again = Signer.parse(signer.text)
    assert again.key == signer.key
    assert verified(signed(again), signer.key)


def test_a_file_that_names_one_key_and_holds_another_is_refused():
    other = OFFICE.vkey + "\n" + LOG.text.partition("\n")[2]
    for text in (
        other,
        QUANTUM.vkey + "\n" + LOG.text.partition("\n")[2],
        "",
        LOG.vkey,
        LOG.text[:-60],
        "x\n" + LOG.text,
    ):
        with pytest.raises(SigningKeyBroken):
            Signer.parse(text)


# Checkpoints.


def test_a_checkpoint_is_three_lines():
    assert f"log.example/1\n5\n{b64encode(ROOT).decode()}\n" == TEXT
    assert parse_checkpoint(TEXT) == Checkpoint("log.example/1", 5, ROOT)
    assert parse_checkpoint(TEXT).text == TEXT
    extended = TEXT + "more\nand more\n"
    assert parse_checkpoint(extended).extension == ("more", "and more")
    assert parse_checkpoint(extended).text == extended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log.example/1\n5\n",
        TEXT[:-1],
        TEXT + "\n",
        "\n5\nAAAA\n",
        TEXT.replace("\n5\n", "\n05\n"),
        TEXT.replace("\n5\n", "\n+5\n"),
        TEXT.replace("\n5\n", "\n-5\n"),
        TEXT.replace("\n5\n", "\n 5\n"),
        TEXT.replace("\n5\n", "\n5 \n"),
        TEXT.replace("\n5\n", "\n\n"),
        TEXT.replace("\n5\n", "\n٥\n"),
        TEXT.replace("\n5\n", "\n5.0\n"),
        TEXT.replace("\n5\n", "\n9223372036854775808\n"),
        TEXT.replace("\n5\n", f"\n{10**30}\n"),
        checkpoint_text("log.example/1", 5, ROOT[:31]),
        checkpoint_text("log.example/1", 5, ROOT + b"x"),
        checkpoint_text("log.example/1", 5, b""),
        TEXT.replace("=\n", "\n"),
        TEXT.replace("8=\n", "9=\n"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(CheckpointMalformed):
        parse_checkpoint(text)


def test_a_checkpoint_may_be_of_nothing_and_of_the_largest_log():
    for size in (0, 2**63 - 1):
        assert parse_checkpoint(checkpoint_text("x", size, ROOT)).size == size


# Cosignatures.


def test_an_ed25519_cosignature_is_over_the_time_and_the_whole_text():
    text = TEXT + "extension\n"
    signature = OFFICE.sign(text, NOON)
    assert signature.content[:8] == struct.pack(">Q", NOON)
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    assert signature.content[8:] == private.sign(f"cosignature/v1\ntime {NOON}\n{text}".encode())
    assert verified(Note(text, (signature,)), OFFICE.key) == [NOON]
    with pytest.raises(NoteSignatureInvalid):
        verified(Note(TEXT, (signature,)), OFFICE.key)


def test_an_ml_dsa_cosignature_is_over_names_time_size_and_root():
    signature = QUANTUM.sign(TEXT, NOON)
    assert len(signature.content) == 8 + 2420
    name, origin = b"office.example/pq1", b"log.example/1"
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name + struct.pack(">Q", NOON)
    message += bytes([len(origin)]) + origin + struct.pack(">QQ", 0, 5) + ROOT
    assert cosigned_message(QUANTUM.key.name, NOON, parse_checkpoint(TEXT)) == message
    MLDSA44PublicKey.from_public_bytes(QUANTUM.key.public).verify(signature.content[8:], message)
    assert verified(Note(TEXT, (signature,)), QUANTUM.key) == [NOON]
    # Extension lines are not signed, as the format says.
    assert verified(Note(TEXT + "extension\n", (signature,)), QUANTUM.key) == [NOON]


@pytest.mark.parametrize("signer", [OFFICE, QUANTUM])
def test_a_cosignature_holds_for_its_own_time_name_and_checkpoint_alone(signer):
    good = signer.sign(TEXT, NOON)
    later = Signature(good.name, good.key_id, struct.pack(">Q", NOON + 1) + good.content[8:])
    beyond = Signature(good.name, good.key_id, struct.pack(">Q", 2**63) + good.content[8:])
    short = Signature(good.name, good.key_id, good.content[:7])
    for text, signature in [
        (TEXT, later),
        (TEXT, beyond),
        (TEXT, short),
        (TEXT, Signature(good.name, good.key_id, good.content + b"x")),
        (TEXT.replace("\n5\n", "\n6\n"), good),
        (TEXT.replace("log.", "lag."), good),
        (checkpoint_text("log.example/1", 5, bytes(32)), good),
    ]:
        with pytest.raises(NoteSignatureInvalid):
            verified(Note(text, (signature,)), signer.key)


def test_the_same_key_under_another_kind_signs_something_else():
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    as_log = Signer("office.example/w1", ED25519, private)
    assert as_log.key.key_id != OFFICE.key.key_id
    note = Note(TEXT, (as_log.sign(TEXT),))
    assert verified(note, OFFICE.key) == []
    with pytest.raises(NoteSignatureInvalid):
        Verifier(OFFICE.key).verify(TEXT, as_log.sign(TEXT))


def test_a_cosigner_signs_checkpoints_only():
    for signer in (OFFICE, QUANTUM):
        with pytest.raises(CheckpointMalformed):
            signer.sign("Dear all,\n", NOON)
    with pytest.raises(CheckpointMalformed, match="255"):
        QUANTUM.sign(checkpoint_text("x" * 256, 5, ROOT), NOON)


def test_no_flipped_bit_of_a_cosigned_checkpoint_is_believed_by_everybody():
    # Whoever flips a bit of one signature spoils that one alone; whoever flips one of the text spoils all.
    content = signed(LOG, OFFICE).content
    for changed in bits(content):
        assert not (_believed(changed, LOG.key) and _believed(changed, OFFICE.key))
