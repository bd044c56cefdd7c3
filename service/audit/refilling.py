"""A log that was restored from an old backup, filled up from its own tiles until it continues its checkpoints again."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from service.audit.keys import LogKeys
from service.audit.outside import OutsideForeign
from service.audit.tiles import CHECKPOINT
from service.audit.trust import signed_by
from vouchers import wire
from vouchers.audit import Checkpoint, parse_checkpoint, parse_note, to_base64
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.audit.tiles import ENTRIES, WIDTH, Tile, unpack_bundle
from vouchers.erasure.events import EntryRedacted
from vouchers.ledger import copy_into, open_recorder
from vouchers.ledger.recorder import LogRecorder
from vouchers.refusals import Conflict, Malformed, NotFound

_ORDER: Final = b'"type":"erasure.EntryRedacted"'  # its quotation marks are escaped where a text holds it


class TilesMissing(NotFound):
    """The folder has no tiles of a log, or lacks some of what its checkpoint covers."""

    remedy = "Name a folder that `vouchers audit tiles` wrote, or that a witness mirrors."


class TilesNotFollowing(Conflict):
    """What is in the folder does not follow what is in the log."""

    remedy = "One of the two was changed: keep both as evidence, and try another backup."


def refill(log_url: str, keys: LogKeys, folder: Path) -> tuple[int, int]:
    """Append the entries that the log lacks and the folder has; its size before and after. Nothing may run meanwhile.

    The folder's checkpoint has to be signed by the log, and the entries have to make its root together with those that
    are in the log; that is looked at before anything is appended. Of an entry that a later one orders redacted comes
    what is left of it, whatever the folder still has. Raises TilesMissing, TilesNotFollowing, OutsideForeign,
    LogNotEmpty.
    """
    checkpoint = _checkpoint(folder, keys)
    with closing(open_recorder(log_url)) as recorder:
        size = recorder.size()
        if size < checkpoint.size:
            orders = _checked(recorder, checkpoint, folder)
            copy_into(recorder, _left(_entries(folder, size, checkpoint.size), orders, size), size)
        return size, recorder.size()


def _checkpoint(folder: Path, keys: LogKeys) -> Checkpoint:
    try:
        with (folder / CHECKPOINT).open("rb") as file:
            note = parse_note(file.read(LARGEST_NOTE + 1))
        checkpoint = parse_checkpoint(note.text)
    except FileNotFoundError as fault:
        raise TilesMissing(pointer="/folder") from fault
    except Malformed as fault:
        raise OutsideForeign(f"{folder / CHECKPOINT}: {fault.detail}") from fault
    if not any(key.name == checkpoint.origin and signed_by(note, key) for key in keys.public):
        raise OutsideForeign(f"{folder} has a checkpoint of {checkpoint.origin} that this log did not sign.")
    return checkpoint


def _checked(recorder: LogRecorder, checkpoint: Checkpoint, folder: Path) -> dict[int, EntryRedacted]:
    """Hold the log with what would be appended against the signed root; the redactions that are ordered in it."""
    frontier, orders, bare = recorder.frontier(), dict[int, EntryRedacted](), set[int]()
    for seq, entry in enumerate(_entries(folder, frontier.size, checkpoint.size), frontier.size):
        frontier.append(_leaf(entry, seq))
        if _ORDER in entry:
            order: EntryRedacted = wire.decode(wire.TOPICS[EntryRedacted], entry).data
            orders.setdefault(order.seq, order)
        if wire.redacted_leaf(entry):
            bare.add(seq)
    if frontier.root() != checkpoint.root:
        raise TilesNotFollowing
    for seq in sorted(bare - orders.keys()):
        raise TilesMissing(f"Of entry {seq:,} {folder} has the leaf alone, and nothing tells what was left of it.")
    return orders


def _leaf(entry: bytes, seq: int) -> bytes:
    """The leaf of an entry; a redacted one comes as its leaf alone, for beside other words that were a mere claim."""
    try:
        if entry == wire.line_of(entry):
            return wire.leaf_hash(entry)
    except ValueError as fault:
        raise TilesNotFollowing(f"Entry {seq:,} cannot be read: {fault}.", pointer="/folder") from fault
    raise TilesNotFollowing(f"Entry {seq:,} tells a leaf of its own.", pointer="/folder")


def _left(entries: Iterable[bytes], orders: Mapping[int, EntryRedacted], start: int) -> Iterator[bytes]:
    """The entries from a number on, each redacted one as its order says."""
    for seq, entry in enumerate(entries, start):
        order = orders.get(seq)
        yield order.left.encode() if order and order.leaf_hash == to_base64(wire.leaf_hash(entry)) else entry


def _entries(folder: Path, start: int, stop: int) -> Iterator[bytes]:
    """The entries with start <= seq < stop, a bundle at a time."""
    for index in range(start // WIDTH, -(-stop // WIDTH)):
        first = index * WIDTH
        tile = Tile(ENTRIES, index, min(WIDTH, stop - first))
        try:
            entries = unpack_bundle(_bundle(folder, tile))
        except ValueError as fault:
            raise TilesNotFollowing(f"{folder}/tile/{tile.path}: {fault}.", pointer="/folder") from fault
        yield from entries[max(start - first, 0) : stop - first]


def _bundle(folder: Path, tile: Tile) -> bytes:
    # The full one holds what a partial one did.
    for path in (Tile(tile.level, tile.index).path, tile.path):
        place = folder / "tile" / path
        if place.is_file():
            return place.read_bytes()
    raise TilesMissing(f"{folder} has no {tile.path}.", pointer="/folder")
