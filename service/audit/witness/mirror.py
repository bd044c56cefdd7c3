"""A full copy of a log at its witness: all leaves held against the cosigned root, each entry against its leaf.

What is fetched waits aside until all of it is verified; a reader of the mirror never finds more than that.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Final, NamedTuple, NoReturn

from service.audit.tiles import CHECKPOINT, state_checkpoint
from service.audit.witness.folder import MIRROR
from service.audit.witness.sources import Source, SourceUnavailable
from service.audit.witness.store import View
from service.identity import files
from vouchers.audit import parse_checkpoint, parse_note
from vouchers.audit.tiles import ENTRIES, HEIGHT, WIDTH, Tile, tiles_of, unpack_bundle
from vouchers.merkle import HASH_SIZE, Frontier
from vouchers.refusals import Conflict, Malformed, NotFound, Refused
from vouchers.wire import leaf_hash, line_of, redacted_leaf

_FRESH: Final = "fresh"
_REFUSED: Final = "refused"
_TILES: Final = "tile"
_FRONTIER: Final = "frontier"

Upper = dict[tuple[int, int], list[bytes]]


class NothingToMirror(NotFound):
    """This witness has cosigned no checkpoint of such a log yet."""

    remedy = "Wait until the log has asked for a cosignature, or name another --origin."


class SourceBehind(Conflict):
    """The log shows fewer entries than it had cosigned."""

    remedy = "Have a newer folder made; where it is the log itself, ask its operator what became of the rest."


class MirrorDiffers(Refused):
    """What the log shows is not what it had cosigned."""

    remedy = "Keep the folder `refused` and the cosigned checkpoint, and ask the log's operator for an explanation."


class Mirrored(NamedTuple):
    """How far a mirror is: entries before and now, and how many of the new ones came without their texts."""

    before: int
    size: int
    redacted: int


class Mirror:
    """The copy of one log in a witness's folder."""

    def __init__(self, folder: Path, view: View, source: Source) -> None:
        """The log as it was cosigned last, and where it is read from."""
        self.folder = folder / MIRROR / sha256(view.origin.encode()).hexdigest()
        self._view = view
        self._source = source
        self._fresh = self.folder / _FRESH
        self._offered = 0
        self._upper: Upper = defaultdict(list)

    def follow(self, told: Callable[[int], object] = lambda _: None) -> Mirrored:
        """Copy what the log has grown by; `told` hears how many entries are there.

        Raises NothingToMirror, MirrorDiffers, TileMissing, SourceUnavailable.
        """
        if not self._view.note:
            raise NothingToMirror
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.locked(self.folder / MIRROR):
            since = self._size()
            if since >= self._view.size:
                return Mirrored(since, since, 0)
            self._offered = self._size_offered()
            frontier = self._frontier(since)
            self._take_leaves(frontier)
            redacted = sum(self._take_entries(tile, told) for tile in self._new(since))
            self._publish(since, frontier)
            return Mirrored(since, self._view.size, redacted)

    def _size(self) -> int:
        with suppress(FileNotFoundError):
            return parse_checkpoint(parse_note((self.folder / CHECKPOINT).read_bytes()).text).size
        return 0

    def _size_offered(self) -> int:
        """The size that the log has now, which tells how wide its last tile is; nothing else rests on it."""
        try:
            size = parse_checkpoint(parse_note(self._source.read(CHECKPOINT)).text).size
        except Malformed as fault:
            raise SourceUnavailable(f"What the log shows is no checkpoint: {fault.detail}") from fault
        if size < self._view.size:
            raise SourceBehind(f"It has {size:,} entries, and {self._view.size:,} were cosigned.", size=size)
        return size

    def _frontier(self, since: int) -> Frontier:
        if not since:
            return Frontier()
        return Frontier.unpack((self.folder / f"{_FRONTIER}.{since}").read_bytes())

    def _new(self, since: int) -> Iterator[Tile]:
        """The lowest tiles that hold something new, each as wide as it is in the cosigned tree."""
        size = self._view.size
        for index in range(since // WIDTH, -(-size // WIDTH)):
            yield Tile(0, index, min(WIDTH, size - index * WIDTH))

    def _take_leaves(self, frontier: Frontier) -> None:
        """Fetch the new leaves, and refuse all of them where they do not come to the cosigned root."""
        for tile in self._new(frontier.size):
            content = self._fetched(tile)
            hashes = [content[at : at + HASH_SIZE] for at in range(0, len(content), HASH_SIZE)]
            new = hashes[frontier.size - tile.span[0] :]
            if len(content) != tile.width * HASH_SIZE:
                self._refuse(f"Tile {tile.path} has {len(content):,} bytes.")
            for level, index, node in frontier.extend(new):
                self._upper[level // HEIGHT, index // WIDTH].append(node)
        if frontier.root() != self._view.root:
            self._refuse(f"The leaves of {self._view.size:,} entries do not come to the root that was cosigned.")

    def _take_entries(self, tile: Tile, told: Callable[[int], object]) -> int:
        """Fetch the entries of one tile, each of which its leaf has to fit; how many came without their texts."""
        bundle = Tile(ENTRIES, tile.index, tile.width)
        leaves = self._fetched(tile)
        try:
            entries = unpack_bundle(self._fetched(bundle))
        except ValueError as fault:
            self._refuse(f"Bundle {bundle.path} cannot be read: {fault}.")
        if len(entries) != tile.width:
            self._refuse(f"Bundle {bundle.path} has {len(entries)} entries and not {tile.width}.")
        for number, entry in enumerate(entries):
            if not _fits(entry, leaves[number * HASH_SIZE : (number + 1) * HASH_SIZE]):
                self._refuse(f"Entry {tile.span[0] + number:,} is not what its leaf was made of.")
        told(tile.span[1])
        return sum(redacted_leaf(entry) is not None for entry in entries)

    def _fetched(self, tile: Tile) -> bytes:
        """A file of the log, which waits aside; a narrow one may meanwhile be part of a wider one."""
        path = self._fresh / _TILES / tile.path
        with suppress(FileNotFoundError):
            return path.read_bytes()
        offered = Tile(tile.level, tile.index, min(WIDTH, self._offered - tile.span[0]))
        content = self._source.read(f"{_TILES}/{offered.path}")
        if offered != tile:
            content = _narrowed(content, tile)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.part")
        fresh.write_bytes(content)
        fresh.replace(path)
        return content

    def _publish(self, since: int, frontier: Frontier) -> None:
        """Put what was verified into its place, and the cosigned note last."""
        lowest = [*self._new(since)]
        bundles = [Tile(ENTRIES, tile.index, tile.width) for tile in lowest]
        upper = [self._put_upper(since, *place, nodes) for place, nodes in self._upper.items()]
        for tile in (*lowest, *bundles, *upper):
            place = self.folder / _TILES / tile.path
            place.parent.mkdir(parents=True, exist_ok=True)
            (self._fresh / _TILES / tile.path).replace(place)
        (self.folder / f"{_FRONTIER}.{frontier.size}").write_bytes(frontier.pack())
        # Thousands of files at once: after a power cut the checkpoint must not speak of any that is not there.
        os.sync()
        state_checkpoint(parse_note(self._view.note), self.folder)
        rmtree(self._fresh)
        self._tidy(since)

    def _put_upper(self, since: int, level: int, index: int, nodes: list[bytes]) -> Tile:
        """A tile above the leaves: what it had at the mirror's last size, and the new hashes."""
        done = max((since >> HEIGHT * level) - index * WIDTH, 0)
        known = (self.folder / _TILES / Tile(level, index, done).path).read_bytes() if done else b""
        tile = Tile(level, index, done + len(nodes))
        path = self._fresh / _TILES / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(known + b"".join(nodes))
        return tile

    def _tidy(self, since: int) -> None:
        """Remove what the last size needed and nobody needs any more: its frontier, and partial tiles that are full."""
        if since:
            (self.folder / f"{_FRONTIER}.{since}").unlink()
        for old in tiles_of(since, since):
            if old.width < WIDTH and (self.folder / _TILES / Tile(old.level, old.index).path).exists():
                rmtree((self.folder / _TILES / old.path).parent)

    def _refuse(self, what: str) -> NoReturn:
        """Keep what was fetched as evidence, and begin anew the next time."""
        evidence = self.folder / f"{_REFUSED}-{self._view.size}"
        if evidence.exists():
            rmtree(self._fresh)
        else:
            self._fresh.rename(evidence)
            (evidence / CHECKPOINT).write_bytes(self._view.note)
        raise MirrorDiffers(what, size=self._view.size)


def _fits(entry: bytes, leaf: bytes) -> bool:
    """Whether an entry is what a leaf was made of; a redacted one comes as its leaf alone, without words of its own."""
    try:
        return entry == line_of(entry) and leaf_hash(entry) == leaf
    except ValueError:
        return False


def _narrowed(content: bytes, tile: Tile) -> bytes:
    """The first part of a wider tile or bundle."""
    if tile.level != ENTRIES:
        return content[: tile.width * HASH_SIZE]
    at = 0
    for _ in range(tile.width):
        at += 2 + int.from_bytes(content[at : at + 2], "big")
    return content[:at]
