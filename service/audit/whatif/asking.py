"""Asking: a what-if of a log, from its changes to its answer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.audit.replaying.sources import LogNotReadable, Source
from service.audit.whatif.changes import AnyChange, OtherPolicy, OtherValues, rewriting
from service.audit.whatif.comparing import Compared, compared
from service.audit.whatif.gathering import TELLING, Gathered
from service.audit.whatif.playing import Course
from service.audit.whatif.telling import Basis, told
from vouchers import wire
from vouchers.application.sampling import Drawn
from vouchers.ledger.recorder import PAGE
from vouchers.merkle import Frontier
from vouchers.recalling import Past
from vouchers.refusals import NotFound
from vouchers.wire import Entry

TELL_EACH: Final = 20_000  # entries
Told = Callable[[int, int], object]


class ProgrammeNotHere(NotFound):
    """The log has no programme of this code."""

    remedy = "Take one of its programmes (vouchers programme list)."


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is asked: where it is read, what draws its samples, what it holds in common, its size and root."""

    source: Source
    seed: bytes | Drawn
    gathered: Gathered
    size: int
    root: bytes


def read_log(source: Source, seed: bytes | None = None) -> Log:
    """A log to be asked; without the secret that draws samples, the draws that it holds are taken again."""
    gathered, frontier, size = Gathered(), Frontier(), source.size()
    for start in range(0, size, PAGE):
        rows = source.rows(start, min(start + PAGE, size))
        if len(rows) < min(PAGE, size - start):
            raise LogNotReadable("Entries were taken out that no entry of the log orders away.", pointer="/log")
        for row in rows:
            frontier.append(wire.leaf_hash(row.entry))
            if row.topic in TELLING:
                gathered.note(wire.decode(row.topic, row.entry))
    return Log(source, gathered.drawn if seed is None else seed, gathered, size, frontier.root())


def _nobody(_done: int, _size: int) -> None:
    """Nobody is told how far it is."""


def what_if(log: Log, changes: Sequence[AnyChange], progress: Told = _nobody) -> dict[str, Any]:
    """What the log would have come to with these changes, as plain values."""
    return told(*played(log, changes, progress))


def played(log: Log, changes: Sequence[AnyChange], progress: Told = _nobody) -> tuple[Compared, Basis]:
    """Both courses of the log added up; entries are streamed, and nothing is written."""
    _known(log.gathered, changes)
    steps = course(log, changes).play(_watched(log.source.entries(0, log.size), log.size, progress))
    return compared(steps), Basis(log.size, log.root.hex(), tuple(each.text for each in changes))


def course(log: Log, changes: Sequence[AnyChange]) -> Course:
    """The course of events that some changes make of a history."""
    begun = [begins for each in changes for begins in each.begins(log.gathered)]
    return Course(Past(log.source), log.gathered, log.seed, begun, rewriting(changes))


def _known(gathered: Gathered, changes: Iterable[AnyChange]) -> None:
    for each in changes:
        if isinstance(each, OtherValues | OtherPolicy) and each.programme not in gathered.programmes:
            raise ProgrammeNotHere(pointer="/programme", programmes=", ".join(gathered.programmes))


def _watched(entries: Iterable[Entry[Any]], size: int, progress: Told) -> Iterator[Entry[Any]]:
    """Entries on their way, told of now and then."""
    for number, entry in enumerate(entries):
        if number % TELL_EACH == 0:
            progress(number, size)
        yield entry
