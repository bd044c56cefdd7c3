"""Whether every sample that an auditor committed to follows from what the log says of it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from vouchers.days import add_days
from vouchers.draw.decisions import commitment_of, seed_of
from vouchers.merkle import Frontier
from vouchers.refusals import Malformed
from vouchers.wire import leaf_hash

Check = tuple[int, str, str]
_BATCH = 5_000


class Draws:
    """The samples of a log, picked up entry by entry, and what speaks against them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._days: dict[str, str] = {}
        self._committed: dict[str, tuple[int, dict[str, Any]]] = {}
        self._revealed: dict[str, tuple[int, dict[str, Any]]] = {}

    def see(self, entry: dict[str, Any]) -> None:
        """Pick up what an entry says of a sample."""
        if entry["type"] == "draw.Committed":
            self._committed[entry["agg"].partition("/")[2]] = entry["seq"], entry["data"]
            self._days[entry["agg"].partition("/")[2]] = entry["rec"][:10]
        elif entry["type"] == "draw.Revealed":
            self._revealed[entry["agg"].partition("/")[2]] = entry["seq"], entry["data"]

    def checks(self, entries: Callable[[], Iterable[bytes]], on: str, days: int) -> Iterator[Check]:
        """What speaks against each sample on a day: the entry, the sample, a sentence; a nonce is awaited so many days.

        Roots are made from the entries again.
        """
        sizes = {data["size"] for _, data in self._revealed.values()}
        roots = _roots(entries(), sizes) if sizes else {}
        for name, (seq, data) in self._committed.items():
            if name not in self._revealed:
                if add_days(self._days[name], days) <= on:
                    yield seq, f"draw/{name}", f"The sample {name} was committed to and its nonce never revealed."
                continue
            revealed_seq, revealed = self._revealed[name]
            for fault in _faults(seq, data, revealed, roots):
                yield revealed_seq, f"draw/{name}", f"The sample {name}: {fault}"
        for name in sorted(self._revealed.keys() - self._committed.keys()):
            yield self._revealed[name][0], f"draw/{name}", f"The sample {name} was revealed and never committed to."


def _faults(seq: int, committed: dict[str, Any], revealed: dict[str, Any], roots: dict[int, str]) -> Iterator[str]:
    try:
        if commitment_of(revealed["nonce"]) != committed["commitment"]:
            yield "the nonce is not the one whose SHA-256 was committed."
        if seed_of(bytes.fromhex(revealed["root"]), bytes.fromhex(revealed["nonce"])).hex() != revealed["seed"]:
            yield "the seed is not SHA-256 over sample/v1, the root and the nonce."
    except (Malformed, ValueError):
        yield "the nonce or the root is no 32 bytes in hexadecimal digits."
    if revealed["size"] != seq + 1:
        yield f"it takes the root at {revealed['size']:,} entries, and not the one right after its commitment."
    elif roots.get(revealed["size"]) != revealed["root"]:
        yield "the root is not that of the log after the commitment."
    if revealed["note_size"] < revealed["size"]:
        yield "it was revealed before a signed checkpoint covered its commitment."


def _roots(entries: Iterable[bytes], sizes: set[int]) -> dict[int, str]:
    """The root of the log at each of these sizes, in hexadecimal digits."""
    frontier, roots = Frontier(), dict[int, str]()
    lines = iter(entries)
    for size in sorted(sizes):
        while frontier.size < size:
            leaves = [leaf_hash(line) for line in islice(lines, min(_BATCH, size - frontier.size))]
            if not leaves:
                return roots
            frontier.extend(leaves)
        roots[size] = frontier.root().hex()
    return roots
