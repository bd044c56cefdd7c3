"""Taking a text out of an entry: on record first, then its bytes leave the database; every leaf and proof stays."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

from service.audit.receipts.making import EntryUnknown
from service.projections.store import open_engine, scrub
from service.wiring import Service, Who
from vouchers import application, wire
from vouchers.application.erasing import redaction_of
from vouchers.erasure.decisions import entry_key
from vouchers.erasure.events import EntryRedacted
from vouchers.kinds import ERASURE
from vouchers.ledger import open_recorder
from vouchers.refusals import Conflict

_ENTRIES: Final = ERASURE.stream("entry/")
_PAGE: Final = 1_000


class RedactionForged(Conflict):
    """What the log says is left of this entry is not the entry without those texts: nothing is put in its place."""

    remedy = "Keep the database as evidence, and find out who recorded that redaction."


class Redaction(NamedTuple):
    """A redaction on record, and whether the entry is what was left of it."""

    event: EntryRedacted
    recorded: int
    done: bool


def redact(
    service: Service, seq: int, pointers: tuple[str, ...], who: Who, *, owner: str = "", on: str = "", **words: str
) -> bool:
    """Redact an entry; whether its bytes are wiped already, or another connection still reads what holds them.

    Again finishes what was begun. The views are made anew, for they may show what was taken out. Raises EntryUnknown,
    PlaceNotRedactable, ErasureNotIndependent, EntryRedactedOtherwise, RedactionForged, LogNotOwned.
    """
    rows = service.ledger.rows(seq, seq + 1)
    if not rows:
        raise EntryUnknown(pointer="/seq")
    if service.ledger.state(ERASURE, entry_key(seq)).redacted is None:
        service.execute(application.redact_entry, redaction_of(rows[0].entry, pointers, **words), who, on=on)
    _check_left(service, seq, rows[0].entry)
    wiped = _wiped(service, seq, owner)
    service.views.rebuild(service.ledger)
    if service.settings.views_url.startswith("sqlite:"):
        engine = open_engine(service.settings.views_url)
        wiped = scrub(engine) and wiped
        engine.dispose()
    return wiped


def redactions(service: Service) -> Iterator[Redaction]:
    """Every redaction on record, in the order of their streams."""
    after = ""
    while names := service.ledger.names(_ENTRIES, after, _PAGE):
        for name in names:
            entry = service.ledger.history(name)[0]
            row = service.ledger.rows(entry.data.seq, entry.data.seq + 1)[0]
            yield Redaction(entry.data, entry.seq, row.entry == entry.data.left.encode())
        after = names[-1]


def _check_left(service: Service, seq: int, entry: bytes) -> None:
    """Refuse to put anything in an entry's place but that very entry without the texts that were named."""
    ordered = service.ledger.state(ERASURE, entry_key(seq)).redacted
    assert ordered is not None, "it was ordered just now, or before"
    if wire.redacted_leaf(entry) is None:
        words = {name: getattr(ordered, name) for name in ("authority", "basis", "proposed_by", "approved_by")}
        made = redaction_of(entry, ordered.pointers, **words)
        if (made.left, made.leaf_hash) != (ordered.left, ordered.leaf_hash):
            raise RedactionForged(pointer="/seq", seq=seq)
    elif entry != ordered.left.encode():
        raise RedactionForged(pointer="/seq", seq=seq)


def _wiped(service: Service, seq: int, owner: str) -> bool:
    if not owner:
        return service.ledger.redact(seq)
    with closing(open_recorder(owner)) as recorder:
        return recorder.redact(seq)
