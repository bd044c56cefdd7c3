"""Whatever bytes come, every reader of a format answers with a value or a refusal of ours, and never with a fault."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audit.signing import Signer
from service.audit.trust import check_note, check_proof
from vouchers.audit import (
    COSIGNATURE,
    ML_DSA_44,
    Note,
    TlogProof,
    checkpoint_text,
    parse_checkpoint,
    parse_note,
    parse_policy,
    parse_proof,
    parse_vkey,
)
from vouchers.audit.tiles import pack_bundle, parse_path, unpack_bundle
from vouchers.merkle import leaf_hash
from vouchers.refusals import Refused

LOG, OFFICE, QUANTUM = (
    Signer.new("log.example/1"),
    Signer.new("w.example", COSIGNATURE),
    Signer.new("q.example", ML_DSA_44),
)
LEAF = leaf_hash(b"{}")
TEXT = checkpoint_text("log.example/1", 1, LEAF)
NOTE = Note(TEXT, (LOG.sign(TEXT), OFFICE.sign(TEXT, 7), QUANTUM.sign(TEXT, 8)))
PROOF = TlogProof(0, (), NOTE, b"extra")
POLICY = f"log {LOG.vkey}\nwitness a {OFFICE.vkey}\nwitness b {QUANTUM.vkey}\ngroup g 1 a b\nquorum g\n".encode()
TRUSTED = parse_policy(POLICY)
READERS = {
    "note": (NOTE.content, lambda content: check_note(content, TRUSTED)),
    "proof": (PROOF.content, lambda content: check_proof(content, LEAF, TRUSTED)),
    "policy": (POLICY, parse_policy),
    "vkey": (LOG.vkey.encode(), lambda content: parse_vkey(content.decode("utf-8", "surrogateescape"))),
    "checkpoint": (TEXT.encode(), lambda content: parse_checkpoint(content.decode("utf-8", "replace"))),
    "path": (b"entries/x001/x234/067.p/255", lambda content: parse_path(content.decode("utf-8", "replace"))),
    "key file": (LOG.text.encode(), lambda content: Signer.parse(content.decode("utf-8", "replace"))),
}
EACH = pytest.mark.parametrize("name", READERS)


def read(name, content):
    """What was read, or nothing where it was refused; any other exception is a fault of ours."""
    with suppress(Refused):
        return READERS[name][1](content)


@EACH
@settings(max_examples=60)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(alphabet="— +=/AZaz09\n\r\té\ud800", max_size=300).map(
            lambda text: text.encode("utf-8", "surrogatepass")
        ),
    )
)
def test_any_bytes_are_read_or_refused(name, content):
    sound = read(name, READERS[name][0])
    assert isinstance(read(name, content), type(sound) | None)


@EACH
def test_what_was_cut_doubled_swapped_or_spliced_is_read_or_refused(name):
    content, draw = READERS[name][0], random.Random(2026)
    assert read(name, content)
    pieces = [
        b"\n",
        b"\n\n",
        b" ",
        b"+",
        b"=",
        b"\x00",
        b"\xff",
        b"0",
        b"-1",
        "\N{EM DASH} ".encode(),
        b"extra ",
        content,
    ]
    for _ in range(400):
        start, stop = sorted(draw.choices(range(len(content) + 1), k=2))
        way = draw.randrange(4)
        if way == 0:
            changed = content[:start] + content[stop:]
        elif way == 1:
            changed = content[:stop] + content[start:]
        elif way == 2:
            changed = content[:start] + draw.choice(pieces) + content[stop:]
        else:
            changed = content[:start] + content[start:stop][::-1] + content[stop:]
        read(name, changed)


@given(st.binary(max_size=700))
def test_any_bundle_is_read_or_refused(content):
    with suppress(ValueError):
        assert pack_bundle(unpack_bundle(content)) == content


def test_a_note_that_is_read_is_written_as_it_was():
    assert parse_note(NOTE.content).content == NOTE.content
    assert parse_proof(PROOF.content).content == PROOF.content
    assert parse_policy(POLICY).text.encode() == POLICY
