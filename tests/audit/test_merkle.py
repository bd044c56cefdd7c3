"""The Merkle tree is the one of RFC 6962 and RFC 9162, and no changed proof is accepted."""

import base64
import hashlib
import json
import os
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers import merkle
from vouchers.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofRefused,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

SHARED = Path(__file__).parents[2].parent / "shared" / "vectors"
VECTORS = Path(os.environ.get("MERKLE_VECTORS", SHARED / "merkle"))  # As in testdata of transparency-dev/merkle.
# Its roots have twelve bytes, and here a hash of another length than 32 is refused whatever else is asked.
EXEMPT = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"
CASES = {"inclusion": 98, "consistency": 98}
LARGEST = 130

ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


@cache
def root(start: int, stop: int) -> bytes:
    """Return the tree head as RFC 6962 section 2.1 words it: the first part as large a power of two as there is."""
    if stop - start <= 1:
        return LEAVES[start] if start < stop else hashlib.sha256().digest()
    half = 1
    while half * 2 < stop - start:
        half *= 2
    return node_hash(root(start, start + half), root(start + half, stop))


def subtree(level: int, index: int) -> bytes:
    return root(index << level, (index + 1) << level)


def vectors(kind):
    return sorted((VECTORS / kind).rglob("*.json"))


def decoded(text):
    return base64.b64decode(text or "")


def is_accepted(check, *arguments):
    try:
        check(*arguments)
    except ProofRefused:
        return False
    return True


@pytest.mark.parametrize("kind", CASES)
def test_the_public_vectors_are_accepted_and_refused_as_they_say(kind):
    files = vectors(kind)
    if not files:
        pytest.skip(f"no folder {VECTORS / kind}")
    assert len(files) == CASES[kind]
    for file in files:
        case = json.loads(file.read_text())
        proof = [decoded(part) for part in case["proof"] or []]
        if kind == "inclusion":
            parts = (case["leafIdx"], case["treeSize"], decoded(case["leafHash"]), proof, decoded(case["root"]))
            accepted = is_accepted(verify_inclusion, *parts)
        else:
            parts = (case["size1"], case["size2"], decoded(case["root1"]), decoded(case["root2"]), proof)
            accepted = is_accepted(verify_consistency, *parts)
        exempt = file.relative_to(VECTORS).as_posix() == EXEMPT
        assert accepted == (not case["wantErr"] and not exempt), file


def test_the_reference_tree_of_rfc_6962_has_the_reference_roots():
    path = SHARED / "notes-and-keys" / "rfc6962_reference_tree.json"
    if not path.exists():
        pytest.skip(f"no file {path}")
    tree = json.loads(path.read_text())
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in tree["leaves_hex"]]
    for size, expected in enumerate(tree["roots_hex_by_size"]):
        assert root_of(leaves[:size]).hex() == expected
    assert leaf_hash(b"L123456").hex() == tree["single"]["leaf_L123456"]
    assert node_hash(b"N123", b"N456").hex() == tree["single"]["node_N123_N456"]


def test_consistency_proofs_of_another_witness_are_accepted():
    path = SHARED / "notes-and-keys" / "litewitness_consistency.json"
    if not path.exists():
        pytest.skip(f"no file {path}")
    for case in json.loads(path.read_text())["consistency"]:
        roots, proof = (decoded(case["root1"]), decoded(case["root2"])), [decoded(part) for part in case["proof"]]
        verify_consistency(case["size1"], case["size2"], *roots, proof)
        assert not is_accepted(verify_consistency, case["size1"], case["size2"], *reversed(roots), proof)


def test_an_empty_log_has_the_hash_of_nothing_as_its_root():
    assert root_of([]) == Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_a_frontier_grows_to_the_root_of_every_size_and_tells_the_subtrees_it_completes():
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.root() == root(0, size) == merkle.tree_head(0, size, subtree)
        assert frontier.size == size
        assert Frontier.unpack(frontier.pack()).hashes == frontier.hashes
        frontier.append(leaf)
    grown = Frontier()
    made = [
        node for start in range(0, 131_072, 1_000) for node in grown.extend(LEAVES[:1] * min(1_000, 131_072 - start))
    ]
    places = [(level, index) for level, index, _ in made]
    assert places == [(8, n) for n in range(256)] + [(16, 0)] + [(8, n) for n in range(256, 512)] + [(16, 1)]
    assert {node for level, _, node in made if level == 16} == {root_of(LEAVES[:1] * 65_536)}
    assert len(grown.hashes) == 1, "131,072 is a power of two"


@given(st.integers(0, 2**63), st.data())
def test_a_frontier_can_be_put_away_and_taken_out_again(size, data):
    hashes = data.draw(
        st.lists(st.binary(min_size=32, max_size=32), min_size=size.bit_count(), max_size=size.bit_count())
    )
    packed = Frontier(size, hashes).pack()
    again = Frontier.unpack(packed)
    assert (again.size, again.hashes, again.root()) == (size, hashes, Frontier(size, hashes).root())
    for other in (packed[:-1], packed + b"\0", packed + bytes(32), packed[:7]):
        with pytest.raises(ValueError, match="frontier"):
            Frontier.unpack(other)


def test_no_tree_has_fewer_leaves_than_none():
    with pytest.raises(ValueError, match="1 hashes are not the frontier of -1 leaves"):
        Frontier(-1, [LEAVES[0]])


def test_every_proof_of_every_small_tree_is_accepted():
    proofs = 0
    for size in range(1, LARGEST + 1):
        for index in range(size):
            verify_inclusion(index, size, LEAVES[index], inclusion_proof(index, size, subtree), root(0, size))
            old = index + 1
            verify_consistency(old, size, root(0, old), root(0, size), consistency_proof(old, size, subtree))
            proofs += 2
    assert proofs == LARGEST * (LARGEST + 1)


def flipped(value: bytes):
    """Yield a hash with each of its bits turned, one at a time."""
    whole = int.from_bytes(value)
    for bit in range(256):
        yield (whole ^ 1 << bit).to_bytes(32)


def changed(parts: list[bytes]):
    """Yield a list of hashes with each bit turned, one hash left out, doubled, or swapped with the next."""
    for place, part in enumerate(parts):
        for other in flipped(part):
            yield [*parts[:place], other, *parts[place + 1 :]]
        yield [*parts[:place], *parts[place + 1 :]]
        yield [*parts[:place], part, *parts[place:]]
    for place, (one, other) in enumerate(pairwise(parts)):
        yield [*parts[:place], other, one, *parts[place + 2 :]]
    yield [*parts, bytes(32)]


def check_changes(size: int, index: int) -> int:
    """Count the changed proofs of a leaf and of the tree that ends with it; each of them must be refused."""
    refused, old = 0, index + 1
    leaf, whole, before = LEAVES[index], root(0, size), root(0, old)
    for proof in changed(inclusion_proof(index, size, subtree)):
        assert not is_accepted(verify_inclusion, index, size, leaf, proof, whole), (size, index)
        refused += 1
    for proof in changed(consistency_proof(old, size, subtree)):
        assert not is_accepted(verify_consistency, old, size, before, whole, proof), (size, old)
        refused += 1
    return refused


@pytest.mark.parametrize("size", [*range(1, 14), 16, 17])
def test_every_change_of_a_proof_is_refused(size):
    assert sum(check_changes(size, index) for index in range(size)) >= size


@pytest.mark.parametrize("size", [31, 32, 33, 63, 64, 65, 127, 128, 129, 130])
def test_every_change_of_a_proof_at_the_edges_of_a_larger_tree_is_refused(size):
    assert sum(check_changes(size, index) for index in {0, size // 2, size - 1}) > 256


@pytest.mark.long
@pytest.mark.parametrize("size", range(14, LARGEST + 1))
def test_every_change_of_every_proof_of_a_larger_tree_is_refused(size):
    assert sum(check_changes(size, index) for index in range(size)) > 256 * size


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100])
def test_another_leaf_another_root_and_another_place_are_refused(size):
    for index in range(size):
        proof, whole = inclusion_proof(index, size, subtree), root(0, size)
        for other in flipped(LEAVES[index]):
            assert not is_accepted(verify_inclusion, index, size, other, proof, whole)
        for other in flipped(whole):
            assert not is_accepted(verify_inclusion, index, size, LEAVES[index], proof, other)
        for place in {*range(-1, size + 2)} - {index}:
            assert not is_accepted(verify_inclusion, place, size, LEAVES[index], proof, whole)


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 2), (3, 7), (4, 8), (6, 8), (100, 100), (64, 100), (65, 100)])
def test_other_roots_and_other_sizes_are_refused(old, new):
    before, after, proof = root(0, old), root(0, new), consistency_proof(old, new, subtree)
    for other in flipped(before):
        assert not is_accepted(verify_consistency, old, new, other, after, proof)
    for other in flipped(after):
        assert not is_accepted(verify_consistency, old, new, before, other, proof)
    for sizes in ((new, old), (0, new), (-1, new), (old, 0), (new + 1, new)):
        if sizes != (old, new):
            assert not is_accepted(verify_consistency, *sizes, before, after, proof)


def test_a_history_rewritten_anywhere_is_not_consistent_with_what_came_before():
    for old in range(1, 40):
        for place in range(old):
            other = [*LEAVES[:place], leaf_hash(b"another"), *LEAVES[place + 1 : 40]]

            def forged(level: int, index: int, leaves=other) -> bytes:
                return root_of(leaves[index << level : (index + 1) << level])

            proof = consistency_proof(old, 40, forged)
            assert not is_accepted(verify_consistency, old, 40, root(0, old), root_of(other), proof)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_is_refused_wherever_it_stands(length):
    odd, whole = bytes(length), root(0, 1)
    with pytest.raises(ProofRefused, match=f"{length} bytes"):
        verify_inclusion(0, 1, odd, [], whole)
    with pytest.raises(ProofRefused, match=f"{length} bytes"):
        verify_inclusion(0, 1, whole, [], odd)
    with pytest.raises(ProofRefused, match=f"{length} bytes"):
        verify_inclusion(0, 2, LEAVES[0], [odd], root(0, 2))
    for roots in ((odd, whole), (whole, odd), (odd, odd)):
        with pytest.raises(ProofRefused, match=f"{length} bytes"):
            verify_consistency(1, 1, *roots, [])
    with pytest.raises(ProofRefused, match=f"{length} bytes"):
        verify_consistency(1, 2, whole, root(0, 2), [odd])


def test_a_refused_proof_says_what_is_wrong_with_it():
    proof, whole = inclusion_proof(2, 5, subtree), root(0, 5)
    for parts, sentence in {
        (5, 5, LEAVES[2], tuple(proof), whole): "A tree of 5 leaves has no leaf 5.",
        (2, 5, LEAVES[2], tuple(proof[:-1]), whole): "The proof ends before it reaches the root.",
        (2, 5, LEAVES[2], (*proof, whole), whole): "The proof is longer than the way from the leaf to the root.",
        (2, 5, LEAVES[3], tuple(proof), whole): "Leaf 2 is not what the root of 5 leaves was made of.",
    }.items():
        with pytest.raises(ProofRefused) as refused:
            verify_inclusion(*parts)
        assert (refused.value.detail, refused.value.code) == (sentence, "proof-refused")
        assert refused.value.remedy
    steps = consistency_proof(3, 5, subtree)
    for parts, sentence in {
        (4, 5, root(0, 4), whole, ()): "The proof ends before it reaches the root.",
        (3, 5, root(0, 3), whole, ()): "The proof is empty.",
        (3, 5, root(0, 3), whole, (*steps, whole)): "The proof is longer than the way to the root.",
        (3, 5, root(0, 2), whole, tuple(steps)): "The proof does not begin with the tree of 3 leaves.",
        (
            3,
            5,
            root(0, 3),
            root(0, 4),
            tuple(steps),
        ): "The tree of 5 leaves does not hold the one of 3 leaves unchanged.",
        (5, 5, whole, root(0, 4), ()): "Two trees of 5 leaves are equal, or one of them is another log.",
        (5, 3, whole, root(0, 3), ()): "No proof leads from 5 to 3 leaves.",
    }.items():
        with pytest.raises(ProofRefused) as refused:
            verify_consistency(*parts)
        assert refused.value.detail == sentence


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_is_made_for_a_leaf_that_a_tree_does_not_have(index, size):
    with pytest.raises(ValueError, match=f"no leaf {index}"):
        inclusion_proof(index, size, subtree)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3), (0, 0)])
def test_no_proof_is_made_between_sizes_that_do_not_follow(old, new):
    with pytest.raises(ValueError, match="nothing leads"):
        consistency_proof(old, new, subtree)
