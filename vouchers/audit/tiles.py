"""Tiles and entry bundles: the log as files that never change (C2SP tlog-tiles v0.1.0)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from vouchers.audit.encoding import from_decimal
from vouchers.refusals import Malformed
from vouchers.values import Value

WIDTH: Final = 256
HEIGHT: Final = 8  # levels of the tree in one tile
ENTRIES: Final = -1  # the level of an entry bundle
HIGHEST: Final = 63
_PATH: Final = re.compile(r"(entries|0|[1-9][0-9]?)((?:/x[0-9]{3}){0,6}/[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LENGTH: Final = 2  # bytes before each entry


class TilePathMalformed(Malformed):
    """Tiles are named LEVEL/INDEX with an optional .p/WIDTH, the index in groups of three digits."""

    remedy = "Write it such as 0/x001/x234/067 or entries/000.p/112."


class Tile(Value):
    """A tile, or the bundle of its entries: level, index within the level, and how many it holds."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path below tile/."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"{level}/{_grouped(self.index)}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def span(self) -> tuple[int, int]:
        """The subtrees of its level that it lists; for a bundle, its entries."""
        start = self.index * WIDTH
        return start, start + self.width

    @property
    def needs(self) -> int:
        """The size that a tree must have for this tile to be in it."""
        return self.span[1] << HEIGHT * max(self.level, 0)


def parse_path(path: str) -> Tile:
    """The tile of a path below tile/; raises TilePathMalformed."""
    parts = _PATH.fullmatch(path)
    if not parts:
        raise TilePathMalformed(pointer="/path/tile")
    level = ENTRIES if parts[1] == "entries" else int(parts[1])
    tile = Tile(level, int(re.sub("[/x]", "", parts[2])), from_decimal(parts[3] or str(WIDTH)))
    # One tile has one name: no group of zeros before the others, no .p/256.
    if level > HIGHEST or tile.path != path:
        raise TilePathMalformed(pointer="/path/tile")
    return tile


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Every tile and bundle of a tree of this size that the full tiles of an earlier size do not hold already."""
    level = ENTRIES
    while level <= HIGHEST and (count := size >> HEIGHT * max(level, 0)):
        done = (since >> HEIGHT * max(level, 0)) // WIDTH
        yield from (Tile(level, index) for index in range(done, count // WIDTH))
        if rest := count % WIDTH:
            yield Tile(level, count // WIDTH, rest)
        level += 1


def pack_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries behind one another, each with its length in two bytes before it."""
    return b"".join(len(entry).to_bytes(_LENGTH, "big") + entry for entry in entries)


def unpack_bundle(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; raises ValueError where it ends within one."""
    entries, at = list[bytes](), 0
    while at < len(bundle):
        start = at + _LENGTH
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise ValueError("the bundle ends within an entry")
        entries.append(bundle[start:at])
    return entries


def _grouped(index: int) -> str:
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
