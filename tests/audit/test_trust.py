"""Trust files (C2SP tlog-policy), and what they let a reader believe of notes and proofs (C2SP tlog-proof)."""

from itertools import combinations
from itertools import count as numbers

import pytest

from service.audit.signing import NoteSignatureInvalid, Signer
from service.audit.trust import (
    LogNotTrusted,
    QuorumMissing,
    TrustFileMissing,
    check_note,
    check_proof,
    load_policy,
    proposed_policy,
)
from tests.audit.vectors import bits
from vouchers.audit import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Note,
    TlogProof,
    TlogProofMalformed,
    TrustPolicyMalformed,
    VkeyMalformed,
    checkpoint_text,
    parse_policy,
    parse_proof,
)
from vouchers.merkle import ProofRefused, inclusion_proof, leaf_hash, root_of
from vouchers.refusals import Refused

LOG = Signer.new("log.example/1")
WITNESSES = {
    **{f"X{number}": Signer.new(f"x{number}.example", COSIGNATURE) for number in (1, 2, 3)},
    **{f"Y{number}": Signer.new(f"y{number}.example", ML_DSA_44) for number in (1, 2, 3)},
}
TWO_LEVELS = "\n".join(
    [
        "# Two of X and any of Y.",
        f"log {LOG.vkey} https://log.example/1/",
        "",
        *[f"witness {name} {signer.vkey}" for name, signer in WITNESSES.items()],
        "group\tX-witnesses  2 X1 X2 X3 ",
        " group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "\t",
        "quorum X-and-Y",
        "",
    ]
)
ENTRIES = [f"entry {number}".encode() for number in range(11)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TEXT = checkpoint_text("log.example/1", 11, root_of(LEAVES))
NOON = 1_790_000_000


def subtree(level, index):
    return root_of(LEAVES[index << level : (index + 1) << level])


def note_of(*names, text=TEXT):
    cosigned = [WITNESSES[name].sign(text, NOON + place) for place, name in enumerate(names)]
    return Note(text, (LOG.sign(text), *cosigned))


def proof_of(seq, note=None, extra=None):
    return TlogProof(seq, tuple(inclusion_proof(seq, 11, subtree)), note or note_of(), extra)


def policy(*lines):
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


PLAIN = policy(f"log {LOG.vkey}", "quorum none")


# Trust files.


def test_a_quorum_of_groups_is_met_by_exactly_the_sets_that_it_says():
    known = parse_policy(TWO_LEVELS.encode())
    for count in range(7):
        for names in combinations(WITNESSES, count):
            enough = sum(name[0] == "X" for name in names) >= 2 and any(name[0] == "Y" for name in names)
            assert known.met(names) == enough, names


def test_a_policy_is_written_as_it_is_read():
    known = parse_policy(TWO_LEVELS.encode())
    assert parse_policy(known.text.encode()) == known
    assert known.logs[0].url == "https://log.example/1/"


def test_a_quorum_may_be_one_witness_or_nobody():
    office = f"witness office {WITNESSES['X1'].vkey} https://office.example/witness/"
    alone = policy(f"log {LOG.vkey}", office, "quorum office")
    assert alone.met({"office"})
    assert not alone.met(())
    assert policy("quorum none").met(())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Nothing.\n",
        f"log {LOG.vkey}\n",
        "quorum none",  # The end of the file is cut off.
        "quorum none\nquorum none\n",
        "quorum office\n",
        "quorum\n",
        "quorum none more\n",
        f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n",
        f"log {LOG.vkey} https://a https://b\nquorum none\n",
        "log\nquorum none\n",
        f"log {WITNESSES['X1'].vkey}\nquorum none\n",
        f"witness X {LOG.vkey}\nquorum X\n",
        f"witness none {WITNESSES['X1'].vkey}\nquorum none\n",
        f"witness X1 {WITNESSES['X1'].vkey}\nwitness X2 {WITNESSES['X1'].vkey}\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\nwitness X {WITNESSES['X2'].vkey}\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup X any X\nquorum none\n",
        "group G any X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G any none\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G any\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G 0 X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G 2 X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G 01 X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G some X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G any X X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G any X\ngroup H any X\nquorum none\n",
        f"witness X {WITNESSES['X1'].vkey}\ngroup G any G\nquorum none\n",
        f"quorum X\nwitness X {WITNESSES['X1'].vkey}\n",
        "quorums none\n",
        "quorum none\r\n",
        "quorum\u000bnone\n",
        "quorum none\x7f\n",
        "#" * 300_000 + "\nquorum none\n",
    ],
    ids=map(str, numbers()),  # The keys are new in each process.
)
def test_what_is_no_trust_file_is_refused(text):
    with pytest.raises(TrustPolicyMalformed):
        parse_policy(text.encode())


def test_a_fault_names_its_line():
    with pytest.raises(VkeyMalformed, match="Line 3") as refused:
        parse_policy(f"# A comment.\n\nlog {LOG.vkey[:-3]}AA=\nquorum none\n".encode())
    assert refused.value.pointer == "/3"


def test_names_are_octets_and_need_be_no_text():
    vkey = WITNESSES["X1"].vkey.encode()
    known = parse_policy(
        b"witness \xe2\x84\xaa " + vkey + b"\nwitness \xff " + WITNESSES["X2"].vkey.encode() + b"\nquorum \xff\n"
    )
    assert [*known.witnesses] == ["\N{KELVIN SIGN}", "\udcff"]


def test_sixty_four_logs_are_read_and_sixty_five_are_too_many():
    lines = [f"log {Signer.new(f'log{number}.example').vkey}" for number in range(65)]
    assert len(policy(*lines[:64], "quorum none").logs) == 64
    with pytest.raises(TrustPolicyMalformed, match="at most 64"):
        policy(*lines, "quorum none")


def test_a_trust_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(TrustFileMissing):
        load_policy(tmp_path / "missing")
    (tmp_path / "there").write_text(TWO_LEVELS)
    assert load_policy(tmp_path / "there") == parse_policy(TWO_LEVELS.encode())


def test_a_proposed_trust_file_asks_for_most_witnesses_by_any_of_their_keys():
    offices = [[WITNESSES[f"X{number}"].vkey, WITNESSES[f"Y{number}"].vkey] for number in (1, 2, 3)]
    before, now = Signer.new("log.example/1"), LOG
    text = proposed_policy((before.key, now.key), offices)
    known = parse_policy(text.encode())
    assert [party.key for party in known.logs] == [now.key]
    assert f"# log {before.vkey}\n" in text
    kinds = [("ed25519-1", "X"), ("ml-dsa-44-2", "Y")]
    for first, second in combinations((1, 2, 3), 2):
        for kind, _ in kinds:
            assert known.met({f"{first}-{kind}", f"{second}-{kind}"})
    assert not known.met({"1-ed25519-1", "1-ml-dsa-44-2"})
    assert parse_policy(proposed_policy((now.key,), []).encode()) == PLAIN


# Notes.


def test_a_note_counts_with_a_known_log_and_enough_witnesses():
    known = parse_policy(TWO_LEVELS.encode())
    checked = check_note(note_of("X1", "X3", "Y2").content, known)
    assert checked.checkpoint.size == 11
    assert checked.times == {"X1": NOON, "X3": NOON + 1, "Y2": NOON + 2}
    assert checked.log == LOG.key
    with pytest.raises(QuorumMissing, match="X1, Y2"):
        check_note(note_of("X1", "Y2"), known)


def test_a_note_of_an_unknown_log_is_not_believed():
    stranger = Signer.new("log.example/1")
    for note in (
        Note(TEXT, (stranger.sign(TEXT),)),
        Note(TEXT, (WITNESSES["X1"].sign(TEXT, NOON),)),
    ):
        with pytest.raises(LogNotTrusted):
            check_note(note, PLAIN)


def test_a_log_speaks_for_its_own_origin_alone():
    text = TEXT.replace("log.example/1", "log.example/2")
    with pytest.raises(LogNotTrusted):
        check_note(Note(text, (LOG.sign(text),)), PLAIN)


def test_a_cosignature_that_fails_refuses_the_note_even_where_it_is_not_needed():
    wrong = WITNESSES["X1"].sign(TEXT.replace("\n11\n", "\n12\n"), NOON)
    with pytest.raises(NoteSignatureInvalid):
        check_note(note_of("X2", "X3", "Y1").with_signatures(wrong), parse_policy(TWO_LEVELS.encode()))


# Proofs.


@pytest.mark.parametrize("extra", [None, b"", b"more \x00 bytes"])
def test_a_proof_is_written_as_it_is_read(extra):
    for seq in range(11):
        proof = proof_of(seq, extra=extra)
        assert parse_proof(proof.content) == proof
        assert check_proof(proof.content, LEAVES[seq], PLAIN).checkpoint.size == 11


def test_a_proof_of_a_log_of_one_entry_has_no_hashes():
    text = checkpoint_text("log.example/1", 1, LEAVES[0])
    content = TlogProof(0, (), Note(text, (LOG.sign(text),))).content
    assert content.startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example/1\n1\n")
    assert check_proof(content, LEAVES[0], PLAIN)


def test_a_proof_is_for_its_own_entry_and_place():
    for wrong in (LEAVES[4], leaf_hash(ENTRIES[3] + b"."), b"", LEAVES[3][:31]):
        with pytest.raises(ProofRefused):
            check_proof(proof_of(3).content, wrong, PLAIN)
    moved = TlogProof(4, proof_of(3).path, note_of())
    with pytest.raises(ProofRefused):
        check_proof(moved.content, LEAVES[3], PLAIN)
    with pytest.raises(ProofRefused):
        check_proof(TlogProof(11, proof_of(3).path, note_of()).content, LEAVES[3], PLAIN)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:0],
        lambda content: content.replace(b"@v1", b"@v2"),
        lambda content: content.replace(b"index 3", b"index 03"),
        lambda content: content.replace(b"index 3", b"index -3"),
        lambda content: content.replace(b"index 3", b"Index 3"),
        lambda content: content.replace(b"index 3\n", b""),
        lambda content: content.replace(b"index 3\n", b"index 3\nAAAA\n"),
        lambda content: content.replace(b"index 3\n", b"index 3\nextra AAAA\n"),
        lambda content: content.replace(b"index 3\n", b"extra A\nindex 3\n"),
        lambda content: content.replace(
            b"index 3\n", b"index 3\n" + b"A" * 43 + b"=\n" * 1 + (b"A" * 43 + b"=\n") * 63
        ),
        lambda content: content.replace(b"\n\n", b"\n", 1),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"index", b"\xffndex"),
        lambda content: content + b"x" * 2_000_000,
    ],
)
def test_what_is_no_proof_is_refused(change):
    with pytest.raises(TlogProofMalformed):
        parse_proof(change(proof_of(3).content))


def test_no_flipped_bit_of_a_proof_is_believed():
    # What follows "extra" is not signed by anybody, as the format says, and this proof has none.
    content, known = (
        proof_of(6, note_of("X1")).content,
        policy(f"log {LOG.vkey}", f"witness X1 {WITNESSES['X1'].vkey}", "quorum X1"),
    )
    assert check_proof(content, LEAVES[6], known)
    believed = []
    for changed in bits(content):
        try:
            check_proof(changed, LEAVES[6], known)
            believed.append(changed)
        except Refused:
            pass
    assert believed == []


def test_a_log_may_sign_with_ml_dsa():
    log = Signer.new("log.example/1", ML_DSA_44)
    assert (
        check_note(Note(TEXT, (log.sign(TEXT, NOON),)), policy(f"log {log.vkey}", "quorum none")).log.kind == ML_DSA_44
    )
    assert LOG.key.kind == ED25519
