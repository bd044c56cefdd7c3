"""Which rows a file had already: a flat table of numbers, for a million small objects would fill the memory."""

from array import array
from typing import Final

_EMPTY: Final = 0
_SMALLEST: Final = 1 << 14
_MASK: Final = (1 << 64) - 1
VALUE: Final = (1 << 32) - 1  # what is kept of a value


class Seen:
    """Keys as 64-bit hashes with 32 bits of a value: one table, 12 bytes a place, at most two thirds full."""

    def __init__(self) -> None:
        """Begin small and empty."""
        self._count = 0
        self._make(_SMALLEST)

    def put(self, key: str, value: int) -> int | None:
        """The value that the key has had before, or nothing where it is new and is kept now."""
        hashed = hash(key) & _MASK or 1
        value &= VALUE
        at = self._place(hashed)
        if self._keys[at]:
            return self._values[at]
        self._keys[at], self._values[at] = hashed, value
        self._count += 1
        if self._count * 3 > len(self._keys) * 2:
            self._grow()
        return None

    def _place(self, hashed: int) -> int:
        keys, mask = self._keys, len(self._keys) - 1
        at = hashed & mask
        while keys[at] not in (_EMPTY, hashed):
            at = (at + 1) & mask
        return at

    def _make(self, size: int) -> None:
        self._keys = array("Q", (_EMPTY,)) * size
        self._values = array("I", (_EMPTY,)) * size

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._make(2 * len(keys))
        for hashed, value in zip(keys, values, strict=True):
            if hashed:
                at = self._place(hashed)
                self._keys[at], self._values[at] = hashed, value
