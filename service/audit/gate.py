"""The start-up gate: nobody serves a log that does not continue what outsiders know of it."""

from typing import TYPE_CHECKING, Final

from service.audit.outside import View
from service.audit.witness.views import witnessed
from vouchers import wire
from vouchers.audit import to_base64
from vouchers.erasure.decisions import entry_key
from vouchers.kinds import ERASURE
from vouchers.ledger import LogCut, Tree
from vouchers.refusals import Conflict

if TYPE_CHECKING:
    from service.wiring import Service

LOOKED_AT: Final = 2_560  # of the newest entries, whose bytes are held against their leaves
_EVIDENCE: Final = "Stop, keep the database and that checkpoint as evidence"


class LogRolledBack(Conflict):
    """The log is shorter than a checkpoint that it signed: entries are missing from its end."""

    remedy = f"{_EVIDENCE}, restore the newest backup, and add what it lacks from the tiles: vouchers audit refill."


class LogRewritten(Conflict):
    """The log does not continue a checkpoint that it signed: entries were changed, removed or inserted."""

    remedy = (
        f"{_EVIDENCE}, and restore a backup that continues it; cmp names the first changed line between"
        " `vouchers log export` and the events.jsonl of a bundle that somebody kept."
    )


class EntryChanged(Conflict):
    """The bytes of an entry are not those that its leaf was made of."""

    remedy = "Stop, keep the database as evidence, and restore the entry from a backup or from the tiles."


def check_continues(tree: Tree, view: View) -> None:
    """Refuse a log that does not have the root that somebody saw at that size; raises LogRolledBack, LogRewritten."""
    size, root = view.checkpoint.size, view.checkpoint.root
    present = tree.size()
    if present < size:
        raise LogRolledBack(
            f"The log has {present:,} entries, and {view.source} has its checkpoint of {size:,} entries.",
            source=view.source,
            size=size,
            present=present,
        )
    found = tree.root(size)
    if found != root:
        raise LogRewritten(
            f"The first {size:,} entries of the log have the root {to_base64(found)}, and {view.source} has the "
            f"checkpoint with {to_base64(root)}.",
            source=view.source,
            size=size,
            present=present,
        )


def check_newest(service: "Service") -> None:
    """Refuse a log whose newest entries are not those that were appended; raises EntryChanged, LogCut."""
    ledger = service.ledger
    stop = ledger.tree.size()
    start = max(stop - LOOKED_AT, 0)
    leaves, rows = ledger.tree.leaves(start, stop), ledger.rows(start, stop)
    # Fewer rows than leaves: either one is gone in between, and what follows it stands in its place, or the end is.
    for seq, (leaf, row) in enumerate(zip(leaves, rows, strict=False), start):
        if not _fits(service, seq, leaf, row.entry if isinstance(row.entry, bytes) else str(row.entry).encode()):
            raise EntryChanged(f"The bytes of entry {seq:,} are not those that its leaf was made of.", seq=seq)
    if len(rows) < stop - start:
        raise LogCut(f"The log ends at {start + len(rows):,}, and its tree has {stop:,} leaves.")


def _fits(service: "Service", seq: int, leaf: bytes, entry: bytes) -> bool:
    """Whether an entry is what its leaf was made of; one that tells its leaf has to be what the log ordered left of it.

    Whoever changes one by hand may leave a text where bytes were, or anything.
    """
    try:
        if wire.redacted_leaf(entry) is None:
            return wire.leaf_hash(entry) == leaf
    except ValueError:
        return False
    ordered = service.ledger.state(ERASURE, entry_key(seq)).redacted
    return ordered is not None and (ordered.left.encode(), ordered.leaf_hash) == (entry, to_base64(leaf))


def open_gate(service: "Service") -> list[View]:
    """What outsiders know of the log, all of which it continues; raises what keeps it from being served."""
    views = known_of(service)
    for view in views:
        check_continues(service.ledger.tree, view)
    check_newest(service)
    return views


def known_of(service: "Service") -> list[View]:
    """The newest checkpoint of every folder, of the desk and of every witness; the log's key is made where none is."""
    service.checkpoints.prepare()
    return [*service.checkpoints.latest_outside(), *witnessed(service)]
