"""A log filled with the entries of another, byte for byte, as a restoration does."""

from collections.abc import Iterable, Iterator
from itertools import islice

from vouchers import wire
from vouchers.ledger.recorder import PAGE, LogRecorder, Row
from vouchers.refusals import Conflict, Refused


class LogNotEmpty(Conflict):
    """There is a log already, and a restoration overwrites nothing."""

    remedy = "Name an empty store."


class EntryMisplaced(Refused):
    """An entry of the copy is not what stood at its place in the log."""

    remedy = "Use another backup."


def copy_into(recorder: LogRecorder, entries: Iterable[bytes], start: int = 0) -> tuple[int, bytes]:
    """Fill a log that has `start` entries; returns its size and the leaf hash of the last entry that came.

    Raises LogNotEmpty, EntryMisplaced.
    """
    if recorder.size() != start:
        raise LogNotEmpty
    rows, last = _rows(entries, start), b""
    size = start
    while page := list(islice(rows, PAGE)):
        with recorder.write() as transaction:
            if transaction.size != size:
                raise LogNotEmpty
            # An entry that was redacted tells its own leaf.
            transaction.insert(page, [wire.leaf_hash(row.entry) for row in page])
        size += len(page)
        last = page[-1].entry
    return size, wire.leaf_hash(last) if last else b""


def _rows(entries: Iterable[bytes], start: int) -> Iterator[Row]:
    for number, entry in enumerate(entries, start):
        try:
            place = wire.place_of(entry)
        except ValueError as fault:
            raise EntryMisplaced(f"Entry {number:,} cannot be read: {fault}.") from fault
        if place.seq != number:
            raise EntryMisplaced(f"Entry {place.seq:,} stands at place {number:,}.")
        yield Row(place.agg, place.ver, place.type, entry)
