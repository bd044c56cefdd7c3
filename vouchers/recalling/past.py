"""The past of an entry: every stream as the log before it left it, in bounded memory."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from vouchers.kinds import BY_NAME, PROGRAMME
from vouchers.ledger.unit import Slot
from vouchers.values import replace
from vouchers.wire import Entry

REMEMBERED = 50_000  # streams
_BEGUN = 1 << 22  # bytes; where two streams share a bit, one of them is looked for in vain
# What a rule or a fold that meets a wrong record can raise; a store that fails is nobody's record.
MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)

_EMPTY = {name: Slot(0, kind.empty, "") for name, kind in BY_NAME.items()}
_PROGRAMMES = PROGRAMME.stream("")


class History(Protocol):
    """Where a log is read again: the streams that were left behind."""

    def stream(self, name: str, before: int) -> Sequence[Entry[Any]]:
        """The entries of one stream with a number below `before`, in order; of a tail kind the last one is enough."""


class Past:
    """The log up to an entry, as the ledger's own writer would see it; older streams are read again when asked for.

    `programmes` are the codes of those on record so far.
    """

    def __init__(
        self, history: History, size: int = 0, begun: Iterable[str] = (), *, remembered: int = REMEMBERED
    ) -> None:
        """Begin before the entry of number `size`, knowing only the names of the streams that have begun by then."""
        self.size = size
        self.programmes: set[str] = set()
        self._history = history
        self._remembered = remembered
        self._begun = bytearray(_BEGUN)  # a bit for the hash of each stream that is not remembered
        self._slots: OrderedDict[str, Slot] = OrderedDict()
        for stream in begun:
            self._leave(stream)
            if stream.startswith(_PROGRAMMES):
                self.programmes.add(stream.removeprefix(_PROGRAMMES))

    def slot(self, stream: str) -> Slot:
        """The stream as the entries before left it."""
        slot = self._slots.get(stream)
        if slot is None:
            slot = _EMPTY[stream.partition("/")[0]]
            if not self._has_begun(stream):
                return slot
            slot = fold(slot, self._history.stream(stream, self.size))
            self._keep(stream, slot)
        return slot

    def add(self, entry: Entry[Any]) -> bool:
        """Go past one entry: a stream that is remembered, or begins, is brought forward; whether it could be."""
        self.size, stream = entry.seq + 1, entry.agg
        slot = self._slots.get(stream)
        if slot is None:
            slot = _EMPTY.get(stream.partition("/")[0])
            if slot is None:
                return False  # There is no such kind of stream.
            if self._has_begun(stream):
                return True
        after = _after(slot, entry)
        self._keep(stream, after or replace(slot, version=entry.ver))
        return after is not None

    def _has_begun(self, stream: str) -> bool:
        """Whether a stream that is not remembered may have entries."""
        place, bit = _bit_of(stream)
        return bool(self._begun[place] & bit)

    def adopt(self, entries: Sequence[Entry[Any]], changes: Mapping[str, Slot]) -> None:
        """Go past entries that a command wrote as well: the streams that it left are theirs."""
        self.size = entries[-1].seq + 1
        for entry in entries:
            if entry.agg not in changes:  # Kept beside what was decided.
                self.add(entry)
        for stream, slot in changes.items():
            self._keep(stream, slot)

    def _keep(self, stream: str, slot: Slot) -> None:
        slots = self._slots
        slots[stream] = slot
        slots.move_to_end(stream)
        if stream.startswith(_PROGRAMMES):
            self.programmes.add(stream.removeprefix(_PROGRAMMES))
        if len(slots) > self._remembered:
            self._leave(slots.popitem(last=False)[0])

    def _leave(self, stream: str) -> None:
        """Take down that a stream has begun, and leave its entries to the history."""
        place, bit = _bit_of(stream)
        self._begun[place] |= bit


def _bit_of(stream: str) -> tuple[int, int]:
    """The byte and the bit that say whether a stream has begun."""
    place, bit = divmod(hash(stream) % (8 * _BEGUN), 8)
    return place, 1 << bit


def fold(slot: Slot, entries: Iterable[Entry[Any]]) -> Slot:
    """A stream brought forward by its entries; one that cannot follow what is before it leaves the state as it is."""
    for entry in entries:
        slot = _after(slot, entry) or replace(slot, version=entry.ver)
    return slot


def _after(slot: Slot, entry: Entry[Any]) -> Slot | None:
    """A stream after one entry more; nothing where a log that was tampered with cannot be added up."""
    try:
        state = BY_NAME[entry.agg.partition("/")[0]].evolve(slot.state, entry.data)
    except MISTAKES:
        return None
    return Slot(entry.ver, state, max(slot.last_on, entry.eff))
