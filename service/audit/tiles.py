"""The log as tiles (C2SP tlog-tiles v0.1.0): read from the stored rows, and written once into a folder."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final, Literal

from service.identity import files
from vouchers import wire
from vouchers.audit import Checkpoint, Note, parse_checkpoint, parse_note
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.audit.tiles import ENTRIES, HEIGHT, Tile, pack_bundle, tiles_of, unpack_bundle
from vouchers.ledger import Ledger
from vouchers.refusals import Conflict, Malformed, NotFound

CHECKPOINT: Final = "checkpoint"
_READ_ONLY: Final = 0o444


class TileUnknown(NotFound):
    """The log has no such tile, or not so wide a one yet."""

    remedy = "Ask for tiles of a size that a checkpoint states."


class TilesForeign(Conflict):
    """The folder holds the tiles of another log, or of this one before it was changed."""

    remedy = "Keep it as evidence, find out which of the two was changed, and name another folder."


class TileDiffers(Conflict):
    """A file that is there already is not what the log has at this place."""

    remedy = "Keep both as evidence: the log or the file was changed after it was written."


def read_tile(ledger: Ledger, tile: Tile) -> bytes:
    """The bytes of a tile or of a bundle of entries; raises TileUnknown where the log is shorter."""
    start, stop = tile.span
    if tile.level == ENTRIES:
        rows = ledger.rows(start, stop) if stop <= ledger.tree.size() else []
        # Of an entry that was redacted the leaf alone is handed out.
        found, content = len(rows), pack_bundle(wire.line_of(row.entry) for row in rows)
    else:
        hashes = ledger.tree.hashes(HEIGHT * tile.level, start, stop)
        found, content = len(hashes), b"".join(hashes)
    if found != tile.width:
        raise TileUnknown(pointer="/path/tile")
    return content


def write_tiles(ledger: Ledger, note: Note, folder: Path, told: Callable[[int], object] = lambda _: None) -> int:
    """Write what the log has grown by since the folder's checkpoint, then this one; how many files are new.

    A file that is there is never written again; it has to be what would be written. `told` hears of every file.
    Raises TilesForeign, TileDiffers.
    """
    checkpoint = parse_checkpoint(note.text)
    since = _continued(ledger, checkpoint, folder)
    written, places = 0, set[Path]()
    for tile in tiles_of(checkpoint.size, since):
        path = folder / "tile" / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        written += _write_once(path, read_tile(ledger, tile), _leaves if tile.level == ENTRIES else bytes)
        places.add(path.parent)
        told(written)
    for place in places:
        _sync(place)
    state_checkpoint(note, folder)
    _drop_partial(checkpoint.size, since, folder)
    return written


def state_checkpoint(note: Note, folder: Path) -> None:
    """Put the note into the folder, for readers the last file: what it covers is there."""
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(folder / CHECKPOINT, note.content.decode())
    (folder / CHECKPOINT).chmod(0o644)
    _sync(folder)


def _continued(ledger: Ledger, checkpoint: Checkpoint, folder: Path) -> int:
    """The size that the folder has, which the log has to continue."""
    try:
        with (folder / CHECKPOINT).open("rb") as file:
            known = parse_checkpoint(parse_note(file.read(LARGEST_NOTE + 1)).text)
    except FileNotFoundError:
        return 0
    except Malformed as fault:
        raise TilesForeign(f"{folder / CHECKPOINT}: {fault.detail}") from fault
    if known.origin != checkpoint.origin or known.size > checkpoint.size or ledger.tree.root(known.size) != known.root:
        raise TilesForeign(f"{folder} has a checkpoint of {known.origin} over {known.size:,} entries.")
    return known.size


def _write_once(path: Path, content: bytes, meaning: Callable[[bytes], object]) -> bool:
    """Write a file that nobody may write again; whether it is new. Raises TileDiffers where it means something else."""
    if path.exists():
        return _is_same(path, content, meaning)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".fresh.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, _READ_ONLY)
            os.fsync(descriptor)
        path.hardlink_to(fresh)
    except FileExistsError:  # Another process writes into this folder too.
        return _is_same(path, content, meaning)
    finally:
        Path(fresh).unlink()
    return True


def _is_same(path: Path, content: bytes, meaning: Callable[[bytes], object]) -> Literal[False]:
    """Nothing was written, because the file is there already; raises TileDiffers where it means something else."""
    found = path.read_bytes()
    if found != content and meaning(found) != meaning(content):
        raise TileDiffers(f"{path} is not what the log has there.")
    return False


def _leaves(bundle: bytes) -> list[bytes] | None:
    """The leaves of a bundle's entries: a turn that was interrupted may have left a text that was taken out since."""
    try:
        return [wire.leaf_hash(entry) for entry in unpack_bundle(bundle) if entry == wire.line_of(entry)]
    except ValueError:
        return None


def _drop_partial(size: int, since: int, folder: Path) -> None:
    """Remove the partial tiles of an earlier size that are full now, as the format allows; what may not go stays."""
    for old in tiles_of(since, since):
        full = Tile(old.level, old.index)
        if full.needs <= size:
            with suppress(OSError):
                rmtree((folder / "tile" / old.path).parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
