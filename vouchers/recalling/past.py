"""The past of an entry: every stream as the log before it left it, in bounded memory."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from vouchers.kinds import BY_NAME, PROGRAMME
from vouchers.ledger.unit import Slot
from vouchers.values import replace
from vouchers.wire import Entry

REMEMBERED = 50_000  # streams
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
        self, history: History, size: int = 0, *, programmes: Iterable[str] = (), remembered: int = REMEMBERED
    ) -> None:
        """Begin before the entry of number `size`, knowing nothing yet but the programmes on record by then."""
        self.size = size
        self.programmes = {*programmes}
        self._history = history
        self._remembered = remembered
        self._from_start = size == 0
        # What was forgotten, by its hash: who was there from the start knows that any other has not begun.
        self._forgotten: set[int] = set()
        self._slots: OrderedDict[str, Slot] = OrderedDict()

    def slot(self, stream: str) -> Slot:
        """The stream as the entries before left it."""
        slot = self._slots.get(stream)
        if slot is None:
            slot = _EMPTY[stream.partition("/")[0]]
            if self._from_start and hash(stream) not in self._forgotten:
                return slot
            slot = fold(slot, self._history.stream(stream, self.size))
            self._keep(stream, slot)
        return slot

    def add(self, entry: Entry[Any]) -> bool:
        """Go past one entry: a stream that is remembered, or begins, is brought forward; whether it could be."""
        self._pass(entry)
        stream = entry.agg
        slot = self._slots.get(stream) or _EMPTY.get(stream.partition("/")[0])
        if slot is None:
            return False  # There is no such kind of stream.
        if entry.ver != 1 and stream not in self._slots:
            return True
        after = _after(slot, entry)
        self._keep(stream, after or replace(slot, version=entry.ver))
        return after is not None

    def adopt(self, entries: Iterable[Entry[Any]], changes: Mapping[str, Slot]) -> None:
        """Go past entries that a command wrote as well: the streams that it left are theirs."""
        for entry in entries:
            if entry.agg in changes:
                self._pass(entry)
            else:  # Kept beside what was decided.
                self.add(entry)
        for stream, slot in changes.items():
            self._keep(stream, slot)

    def _pass(self, entry: Entry[Any]) -> None:
        self.size = entry.seq + 1
        if entry.agg.startswith(_PROGRAMMES):
            self.programmes.add(entry.agg.removeprefix(_PROGRAMMES))

    def _keep(self, stream: str, slot: Slot) -> None:
        slots = self._slots
        slots[stream] = slot
        slots.move_to_end(stream)
        if len(slots) > self._remembered:
            forgotten, _ = slots.popitem(last=False)
            self._forgotten.add(hash(forgotten))


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
