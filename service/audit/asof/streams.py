"""One stream at a point, and the difference between two points with the entries that made it."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from service.audit.asof.cells import Cells, Changed, cells, changed_cells
from service.audit.asof.points import Point
from service.audit.replaying.sources import Source
from vouchers.kinds import BY_NAME, VOUCHER, Kind
from vouchers.recalling import MISTAKES
from vouchers.refusals import Refused
from vouchers.replay import StreamUnknown, expired_by_date
from vouchers.wire import Entry

MOST_ENTRIES: Final = 200_000


class StreamTooLong(Refused):
    """The stream has more entries than are folded for one answer."""

    remedy = "Ask for it in the log's own order: vouchers log export, or GET /v1/events."


class LogContradictsItself(Refused):
    """An entry cannot follow what its stream holds, so that the stream has no state behind it."""

    remedy = "Verify the log and decide it again: vouchers audit replay names what was tampered with."


class Standing(NamedTuple):
    """A stream at a point: its state, how many entries made it, and the last of them (-1 where there is none)."""

    stream: str
    point: Point
    state: Any
    entries: int
    last_seq: int


def check_length(stream: str, entries: int, most: int = MOST_ENTRIES) -> None:
    """Refuse a stream that is too long for one answer."""
    if entries > most:
        raise StreamTooLong(f"{stream} has {entries:,} entries.", pointer="/what", most=most)


def kind_of(stream: str) -> Kind[Any, Any]:
    """The kind of a stream, named kind/key."""
    kind, _, key = stream.partition("/")
    if kind not in BY_NAME or not key or not stream.isprintable():
        remedy = f"Name it as kind/key; kinds: {', '.join(BY_NAME)}."
        raise StreamUnknown(f"{stream[:80]} is no stream.", pointer="/what", remedy=remedy)
    return BY_NAME[kind]


def standing(source: Source, stream: str, point: Point) -> Standing:
    """How a stream stood at a point; a voucher counts on a day as it counts by the calendar."""
    kind = kind_of(stream)
    entries = [entry for entry in _entries(source, stream, point.size) if point.has(entry.seq, entry.eff)]
    state = kind.empty
    for entry in entries[-1:] if kind.tail else entries:
        state = _evolved(kind, state, entry)
    return Standing(stream, point, _by_date(kind, state, point), len(entries), entries[-1].seq if entries else -1)


def diff_stream(source: Source, stream: str, before: Point, after: Point) -> list[Changed]:
    """Every cell of a stream's state that differs between two points, with the entries that changed it.

    An entry changed a cell where it counts at one point and not at the other, or where it changes what went before.
    """
    kind = kind_of(stream)
    states = [kind.empty, kind.empty]
    seqs: dict[str, list[int]] = {}
    for entry in _entries(source, stream, max(before.size, after.size)):
        counts = [point.has(entry.seq, entry.eff) for point in (before, after)]
        if not any(counts):
            continue
        if all(counts) and states[0] is states[1]:
            states = [_evolved(kind, states[0], entry)] * 2
            continue
        for name in _moved(kind, states, counts, entry):
            seqs.setdefault(name, []).append(entry.seq)
    was, now = (cells(_by_date(kind, state, point)) for state, point in zip(states, (before, after), strict=True))
    return [
        Changed((stream,), name, was.get(name), now.get(name), tuple(seqs.get(name, ())))
        for name in changed_cells(was, now)
    ]


def _moved(kind: Kind[Any, Any], states: list[Any], counts: Sequence[bool], entry: Entry[Any]) -> list[str]:
    """The cells that an entry changes at one of two points and not in the same way at the other; both move on."""
    changes: list[Cells] = []
    for at, counted in enumerate(counts):
        now = _evolved(kind, states[at], entry) if counted else states[at]
        old, new = cells(states[at]), cells(now)
        changes.append({name: new.get(name) for name in changed_cells(old, new)} if counted else {})
        states[at] = now
    # None is a change too: the cell is gone.
    names = dict.fromkeys((*changes[0], *changes[1]))
    return [
        name
        for name in names
        if (name in changes[0], changes[0].get(name)) != (name in changes[1], changes[1].get(name))
    ]


def _evolved(kind: Kind[Any, Any], state: Any, entry: Entry[Any]) -> Any:
    """A state after one entry more; of a log that was tampered with there may be none."""
    try:
        return kind.evolve(state, entry.data)
    except MISTAKES as mistake:
        detail = f"Entry {entry.seq:,} cannot follow what {entry.agg} holds."
        raise LogContradictsItself(detail, pointer="/what", seq=entry.seq) from mistake


def _entries(source: Source, stream: str, before: int) -> Sequence[Entry[Any]]:
    entries = source.history(stream, before)
    check_length(stream, len(entries))
    return entries


def _by_date(kind: Kind[Any, Any], state: Any, point: Point) -> Any:
    if kind is VOUCHER and point.on and state.terms is not None:
        return expired_by_date(state, point.on)
    return state
