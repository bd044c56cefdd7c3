"""Asking: a what-if of an open log, from its changes to its answer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from service.audit.whatif.changes import AnyChange, OtherPolicy, OtherValues, rewriting
from service.audit.whatif.comparing import Compared, compared
from service.audit.whatif.past import Past, gathered
from service.audit.whatif.playing import Course
from service.audit.whatif.telling import Basis, told
from vouchers.ledger import Ledger
from vouchers.refusals import NotFound
from vouchers.wire import Entry

TELL_EACH: Final = 20_000  # entries


class ProgrammeNotHere(NotFound):
    """The log has no programme of this code."""

    remedy = "Take one of its programmes (vouchers programme list)."


def what_if(
    ledger: Ledger, seed: bytes, changes: Sequence[AnyChange], progress: Callable[[int, int], object] = lambda *_: None
) -> dict[str, Any]:
    """What the log would have come to with these changes, as plain values."""
    return told(*played(ledger, seed, changes, progress))


def played(
    ledger: Ledger, seed: bytes, changes: Sequence[AnyChange], progress: Callable[[int, int], object] = lambda *_: None
) -> tuple[Compared, Basis]:
    """Both courses of the log added up; entries are streamed, and nothing is written."""
    size, root = ledger.tree.head()
    past = gathered(ledger.entries(0, size))
    _known(past, changes)
    steps = course(past, seed, changes).play(_watched(ledger.entries(0, size), size, progress))
    return compared(steps), Basis(size, root.hex(), tuple(each.text for each in changes))


def course(past: Past, seed: bytes, changes: Sequence[AnyChange]) -> Course:
    """The course of events that some changes make of a history."""
    begun = [begins for each in changes for begins in each.begins(past)]
    return Course(past, seed, begun, rewriting(changes))


def _known(past: Past, changes: Iterable[AnyChange]) -> None:
    for each in changes:
        if isinstance(each, OtherValues | OtherPolicy) and each.programme not in past.programmes:
            raise ProgrammeNotHere(pointer="/programme", programmes=", ".join(past.programmes))


def _watched(entries: Iterable[Entry[Any]], size: int, progress: Callable[[int, int], object]) -> Iterator[Entry[Any]]:
    """Entries on their way, told of now and then."""
    for number, entry in enumerate(entries):
        if number % TELL_EACH == 0:
            progress(number, size)
        yield entry
