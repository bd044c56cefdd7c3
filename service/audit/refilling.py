"""A log that was restored from an old backup, filled up from its own tiles until it continues its checkpoints again."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from service.audit.keys import LogKeys
from service.audit.outside import OutsideForeign
from service.audit.tiles import CHECKPOINT
from service.audit.trust import signed_by
from vouchers import wire
from vouchers.audit import Checkpoint, parse_checkpoint, parse_note
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.audit.tiles import ENTRIES, WIDTH, Tile, unpack_bundle
from vouchers.ledger import copy_into, open_recorder
from vouchers.ledger.recorder import LogRecorder
from vouchers.refusals import Conflict, NotFound


class TilesMissing(NotFound):
    """The folder has no tiles of a log, or lacks some of what its checkpoint covers."""

    remedy = "Name a folder that `vouchers audit tiles` wrote, or that a witness mirrors."


class TilesNotFollowing(Conflict):
    """What is in the folder does not follow what is in the log."""

    remedy = "One of the two was changed: keep both as evidence, and try another backup."


def refill(log_url: str, keys: LogKeys, folder: Path) -> tuple[int, int]:
    """Append the entries that the log lacks and the folder has; its size before and after. Nothing may run meanwhile.

    The folder's checkpoint has to be signed by the log, and the entries have to make its root together with those that
    are in the log; that is looked at before anything is appended. Raises TilesMissing, TilesNotFollowing,
    OutsideForeign, LogNotEmpty.
    """
    checkpoint = _checkpoint(folder, keys)
    with closing(open_recorder(log_url)) as recorder:
        size = recorder.size()
        _check(recorder, checkpoint, folder)
        if size < checkpoint.size:
            copy_into(recorder, _entries(folder, size, checkpoint.size), size)
        return size, recorder.size()


def _checkpoint(folder: Path, keys: LogKeys) -> Checkpoint:
    try:
        with (folder / CHECKPOINT).open("rb") as file:
            note = parse_note(file.read(LARGEST_NOTE + 1))
    except FileNotFoundError as fault:
        raise TilesMissing(pointer="/folder") from fault
    checkpoint = parse_checkpoint(note.text)
    if not any(key.name == checkpoint.origin and signed_by(note, key) for key in keys.public):
        raise OutsideForeign(f"{folder} has a checkpoint of {checkpoint.origin} that this log did not sign.")
    return checkpoint


def _check(recorder: LogRecorder, checkpoint: Checkpoint, folder: Path) -> None:
    """Hold the log with what would be appended against the signed root."""
    frontier = recorder.frontier()
    if frontier.size >= checkpoint.size:
        return
    for entry in _entries(folder, frontier.size, checkpoint.size):
        frontier.append(wire.leaf_hash(entry))
    if frontier.root() != checkpoint.root:
        raise TilesNotFollowing


def _entries(folder: Path, start: int, stop: int) -> Iterator[bytes]:
    """The entries with start <= seq < stop, a bundle at a time."""
    for index in range(start // WIDTH, -(-stop // WIDTH)):
        first = index * WIDTH
        entries = unpack_bundle(_bundle(folder, Tile(ENTRIES, index, min(WIDTH, stop - first))))
        yield from entries[max(start - first, 0) : stop - first]


def _bundle(folder: Path, tile: Tile) -> bytes:
    # The full one holds what a partial one did.
    for path in (Tile(tile.level, tile.index).path, tile.path):
        place = folder / "tile" / path
        if place.is_file():
            return place.read_bytes()
    raise TilesMissing(f"{folder} has no {tile.path}.", pointer="/folder")
