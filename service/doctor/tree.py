"""What the doctor looks at in the tree over the log: its guards, its size, and every leaf and node."""

from collections.abc import Iterator, Sequence

from service.doctor.findings import Finding, fail, ok, warn
from service.wiring import Service
from vouchers import wire
from vouchers.erasure.decisions import entry_key
from vouchers.kinds import ERASURE
from vouchers.ledger.recorder import PAGE
from vouchers.ledger.tree import Tree
from vouchers.merkle import Frontier

_COMPARE = "Compare the log with the last checkpoint that is kept elsewhere; restore a backup where they differ."


def look_at_guards(service: Service) -> Iterator[Finding]:
    """Whether the database itself refuses to change the log, and whether we could take that away."""
    conditions, missing = service.ledger.conditions(), service.ledger.unguarded()
    if missing:
        told = f"Missing, switched off or changed: {', '.join(missing)}."
        yield fail("guards", told, f"{_COMPARE} Then: vouchers audit guards --restore.")
    else:
        yield ok("guards", "The database refuses to change or delete an entry.")
    if conditions.get("owner") == "on":
        told = "Our role owns the tables of the log, and could take their guards away."
        yield warn(
            "owner of the log", told, "Give the service a role that only appends: docs/deploy/postgres-roles.sql."
        )


def look_at_tree(service: Service) -> Iterator[Finding]:
    """Whether the tree has the size of the log, and each leaf is the hash of its entry."""
    size, tree = service.ledger.size(), service.ledger.tree
    if tree.size() != size:
        yield fail("tree", f"The log has {size:,} entries, and the tree {tree.size():,} leaves.", _COMPARE)
        return
    frontier, redacted = Frontier(), list[int]()
    for start in range(0, size, PAGE):
        stop = min(start + PAGE, size)
        entries = [row.entry for row in service.ledger.rows(start, stop)]
        leaves = [wire.leaf_hash(entry) for entry in entries]
        redacted += [seq for seq, entry in enumerate(entries, start) if wire.redacted_leaf(entry)]
        wrong = _first_difference(leaves, tree.leaves(start, stop))
        if wrong is not None:
            yield fail("tree", f"Entry {start + wrong:,} is not what its leaf was made of.", _COMPARE)
            return
        nodes = frontier.extend(leaves)
        if not _stored(tree, nodes):
            yield fail("tree", f"A node over entries before {stop:,} is not what they make.", _COMPARE)
            return
    unordered = [seq for seq in redacted if not _is_ordered(service, seq)]
    if unordered:
        told = f"Entry {unordered[0]:,} says that it was redacted, and the log does not."
        yield fail("tree", told, _COMPARE)
    elif frontier.root() != tree.root(size):
        yield fail("tree", "The last row of the tree is not what the entries make.", _COMPARE)
    else:
        yield ok("tree", f"All {size:,} leaves are those of the entries.")


def _is_ordered(service: Service, seq: int) -> bool:
    """Whether the log says of an entry that exactly this is left of it."""
    order = service.ledger.state(ERASURE, entry_key(seq)).redacted
    return order is not None and order.left.encode() == service.ledger.rows(seq, seq + 1)[0].entry


def _first_difference(made: Sequence[bytes], stored: Sequence[bytes]) -> int | None:
    if made == stored:
        return None
    pairs = enumerate(zip(made, stored, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(made), len(stored)))


def _stored(tree: Tree, nodes: Sequence[tuple[int, int, bytes]]) -> bool:
    """Whether the tree has these nodes; those of a level follow one another."""
    for level in {level for level, _, _ in nodes}:
        made = [(index, node) for at, index, node in nodes if at == level]
        first = made[0][0]
        if tree.hashes(level, first, first + len(made)) != [node for _, node in made]:
            return False
    return True
