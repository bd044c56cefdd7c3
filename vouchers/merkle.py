"""The Merkle tree over the log: RFC 6962 section 2.1 and RFC 9162 section 2.1, SHA-256, nothing added.

A leaf here is always its hash: `leaf_hash` of the entry's bytes. Proofs are made by the recursion of RFC 6962 and
checked by the loops of RFC 9162, so that no mistake can be made the same way twice.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from vouchers.refusals import Refused

HASH_SIZE = 32
SIZE_BYTES = 8
EMPTY_ROOT = sha256().digest()
STEP = 8  # Subtrees of 2^8, 2^16 ... leaves are the ones worth keeping: tlog-tiles have this height too.

Subtree = Callable[[int, int], bytes]


class ProofRefused(Refused):
    """The proof does not show what it claims to show."""

    remedy = "Ask for the proof again, with the sizes and roots of two checkpoints of this log."


class Frontier:
    """The perfect subtrees that a tree of `size` leaves falls into, the largest first: all that an append needs."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Begin with a tree that is there; raises ValueError where the hashes cannot be those of its size."""
        self.size = size
        self.hashes = list(hashes)
        if size < 0 or len(self.hashes) != size.bit_count() or any(len(node) != HASH_SIZE for node in self.hashes):
            raise ValueError(f"{len(self.hashes)} hashes are not the frontier of {size} leaves")

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Add leaves; the perfect subtrees of 256^k leaves that they complete: level, index and hash of each."""
        size, hashes = self.size, self.hashes
        complete: list[tuple[int, int, bytes]] = []
        for leaf in leaves:
            level, index, node = 0, size, leaf
            while index & 1:
                node = sha256(b"\x01" + hashes.pop() + node).digest()
                level += 1
                index >>= 1
                if level % STEP == 0:
                    complete.append((level, index, node))
            hashes.append(node)
            size += 1
        self.size = size
        return complete

    def root(self) -> bytes:
        """The tree's root."""
        if not self.hashes:
            return EMPTY_ROOT
        *others, root = self.hashes
        for node in reversed(others):
            root = node_hash(node, root)
        return root

    def pack(self) -> bytes:
        """The size in eight bytes, highest first, and the hashes behind it."""
        return self.size.to_bytes(SIZE_BYTES, "big") + b"".join(self.hashes)

    @classmethod
    def unpack(cls, packed: bytes) -> "Frontier":
        """What `pack` made; raises ValueError for anything else."""
        if len(packed) < SIZE_BYTES:
            raise ValueError("a frontier begins with its size in eight bytes")
        return cls(int.from_bytes(packed[:SIZE_BYTES], "big"), split(packed[SIZE_BYTES:]))


def leaf_hash(entry: bytes) -> bytes:
    """The leaf of an entry: RFC 6962 section 2.1, prefix 0x00."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two others: RFC 6962 section 2.1, prefix 0x01."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves, which are read once and not kept."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def split(hashes: bytes) -> list[bytes]:
    """Hashes that were written one behind the other."""
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


def tree_head(start: int, stop: int, subtree: Subtree) -> bytes:
    """The Merkle tree hash of start <= leaf < stop: RFC 6962 section 2.1; `subtree` gives perfect, aligned parts."""
    if start == stop:
        return EMPTY_ROOT
    width = stop - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split_of(width)
    return node_hash(tree_head(start, middle, subtree), tree_head(middle, stop, subtree))


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1; raises ValueError for a leaf that such a tree does not have."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    start, stop, path = 0, size, list[bytes]()
    while stop - start > 1:
        middle = start + _split_of(stop - start)
        if index < middle:
            path.append(tree_head(middle, stop, subtree))
            stop = middle
        else:
            path.append(tree_head(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2, empty for equal sizes; raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError(f"nothing leads from {old} to {new} leaves")
    start, stop, path = 0, new, list[bytes]()
    while old < stop:
        middle = start + _split_of(stop - start)
        if old <= middle:
            path.append(tree_head(middle, stop, subtree))
            stop = middle
        else:
            path.append(tree_head(start, middle, subtree))
            start = middle
    if start:
        path.append(tree_head(start, stop, subtree))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check by RFC 9162 section 2.1.3.2 that a leaf stands at its place under a root; raises ProofRefused."""
    _check_lengths(leaf, root, *proof)
    if not 0 <= index < size:
        raise ProofRefused(f"A tree of {size:,} leaves has no leaf {index:,}.")
    place, last, node = index, size - 1, leaf
    for part in proof:
        if last == 0:
            raise ProofRefused("The proof is longer than the way from the leaf to the root.")
        if place & 1 or place == last:
            node = node_hash(part, node)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, part)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused("The proof ends before it reaches the root.")
    if node != root:
        raise ProofRefused(f"Leaf {index:,} is not what the root of {size:,} leaves was made of.")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check by RFC 9162 section 2.1.4.2 that a tree only grew from one root to the other; raises ProofRefused."""
    _check_lengths(old_root, new_root, *proof)
    if not 0 < old <= new:
        raise ProofRefused(f"No proof leads from {old:,} to {new:,} leaves.")
    if old == new:
        if proof or old_root != new_root:
            raise ProofRefused(f"Two trees of {old:,} leaves are equal, or one of them is another log.")
        return
    parts = [*proof] if old & (old - 1) else [old_root, *proof]
    if not parts:
        raise ProofRefused("The proof is empty.")
    before, after = _climb(old - 1, new - 1, parts)
    if before != old_root:
        raise ProofRefused(f"The proof does not begin with the tree of {old:,} leaves.")
    if after != new_root:
        raise ProofRefused(f"The tree of {new:,} leaves does not hold the one of {old:,} leaves unchanged.")


def _climb(place: int, last: int, parts: list[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to, from the last leaf of the old tree."""
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = parts[0]
    for part in parts[1:]:
        if last == 0:
            raise ProofRefused("The proof is longer than the way to the root.")
        if place & 1 or place == last:
            before, after = node_hash(part, before), node_hash(part, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, part)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused("The proof ends before it reaches the root.")
    return before, after


def _check_lengths(*hashes: bytes) -> None:
    """Hashes of another length can be made to collide, and are refused before anything is hashed."""
    for node in hashes:
        if len(node) != HASH_SIZE:
            raise ProofRefused(f"A hash has {len(node)} bytes, and every hash of this tree has {HASH_SIZE}.")


def _split_of(width: int) -> int:
    """The largest power of two below a width of at least two."""
    return 1 << (width - 1).bit_length() - 1
