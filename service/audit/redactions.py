"""Taking a text out of an entry: on record first, then its bytes leave the database; every leaf and proof stays."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final, NamedTuple

from service.projections.store import open_engine
from service.settings import Settings
from service.wiring import Service, Who
from vouchers import application
from vouchers.application.erasing import redaction_of
from vouchers.erasure.decisions import entry_key
from vouchers.erasure.events import EntryRedacted
from vouchers.kinds import ERASURE
from vouchers.refusals import NotFound, Unavailable

_ENTRIES: Final = ERASURE.stream("entry/")
_PAGE: Final = 1_000


class EntryUnknown(NotFound):
    """The log has no entry of this number."""

    remedy = "Look for the entry with `vouchers log show` or `vouchers history`."


class LogNotOurs(Unavailable):
    """This account of the database may not take an entry's bytes out, and should not be able to."""

    remedy = "Run the command again with --owner and the address of the database's owner; the redaction is on record."


class Redaction(NamedTuple):
    """A redaction on record, and whether the bytes have left the database."""

    event: EntryRedacted
    recorded: int
    done: bool


def redact(
    service: Service, seq: int, pointers: tuple[str, ...], who: Who, *, owner: str = "", on: str = "", **words: str
) -> Redaction:
    """Redact an entry; again finishes what was begun. The views are made anew, for they may show what was taken out."""
    before = service.ledger.state(ERASURE, entry_key(seq)).redacted
    if before is None:
        rows = service.ledger.rows(seq, seq + 1)
        if not rows:
            raise EntryUnknown(pointer="/seq")
        command = redaction_of(rows[0].entry, pointers, **words)
        service.execute(application.redact_entry, command, who, on=on)
    event = service.ledger.state(ERASURE, entry_key(seq)).redacted
    assert event is not None, "it was redacted just now, or before"
    if service.ledger.rows(seq, seq + 1)[0].entry != event.left.encode():
        remove(service.settings, event, owner)
        service.views.rebuild(service.ledger)
    return next(each for each in redactions(service) if each.event.seq == seq)


def redactions(service: Service) -> Iterator[Redaction]:
    """Every redaction on record, in the order of their streams."""
    after = ""
    while names := service.ledger.names(_ENTRIES, after, _PAGE):
        for name in names:
            entry = service.ledger.history(name)[0]
            row = service.ledger.rows(entry.data.seq, entry.data.seq + 1)[0]
            yield Redaction(entry.data, entry.seq, row.entry == entry.data.left.encode())
        after = names[-1]


def redacted_leaves(service: Service) -> dict[int, str]:
    """The leaves of redacted entries by their numbers, in base64."""
    return {each.event.seq: each.event.leaf_hash for each in redactions(service)}


def remove(settings: Settings, event: EntryRedacted, owner: str = "") -> None:
    """Put what is left of an entry in its place, and take its first bytes out of the database's files.

    The triggers that keep the log append-only let exactly this through, once the redaction is on record.
    """
    url = owner or settings.log_url
    if url.startswith("sqlite:"):
        _remove_from_file(url.removeprefix("sqlite:"), event)
    elif url.startswith("postgres"):
        _remove_from_server(url, event)


def _remove_from_file(path: str, event: EntryRedacted) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as log:
        log.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (event.left.encode(), event.seq + 1))
        log.execute("VACUUM")
        log.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _remove_from_server(url: str, event: EntryRedacted) -> None:
    from psycopg.errors import InsufficientPrivilege  # noqa: PLC0415 - an extra that SQLite does without

    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            log: Any = connection.connection.driver_connection
            log.autocommit = True
            parameters = (event.left.encode(), event.seq + 1)
            log.execute("UPDATE stored_events SET state = %s WHERE notification_id = %s", parameters)
            log.execute("VACUUM FULL stored_events")
            log.autocommit = False
    except InsufficientPrivilege as fault:
        raise LogNotOurs(pointer="/owner") from fault
    finally:
        engine.dispose()
