"""The checkpoints of the log: signed when it has grown, kept at the desk and outside of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    Row,
    Select,
    Table,
    Text,
    delete,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from service.audit.gate import check_continues
from service.audit.keys import FOLDER, PRIVATE, LogKeyMissing, LogKeys
from service.audit.outside import Outside, View
from service.audit.tiles import state_checkpoint, write_tiles
from service.audit.trust import signed_by
from service.desk import TABLES, Desk
from service.identity import files
from service.settings import MAIN, Settings
from vouchers.anchor.decisions import KEY as ANCHORS
from vouchers.audit import Checkpoint, Note, checkpoint_text, parse_checkpoint, parse_note
from vouchers.audit.notes import MOST_SIGNATURES
from vouchers.kinds import ANCHOR, LOGKEY
from vouchers.ledger import Ledger
from vouchers.logkey.decisions import KEY
from vouchers.refusals import NotFound, Refused

NOTES: Final = Table(
    "audit_checkpoints",
    TABLES,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", Text, nullable=False),
)
CLOSED: Final = Table(
    "audit_checkpoints_closed",
    TABLES,
    Column("origin", Text, primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("signed_at", Text, nullable=False),
)
PAGE: Final = 500
HERE: Final = "the data folder"
STORES: Final = "stores"
_LOOKED_AT: Final = 60  # checkpoints among which the one with most cosignatures is chosen
_LOCK: Final = "signing"
_ROTATING: Final = "rotating"


class NoCheckpoint(NotFound):
    """There is no checkpoint of the log that covers this yet."""

    remedy = "Ask again in a minute; `vouchers audit checkpoint` signs one at once."


class CosignatureUnfit(Refused):
    """These signatures are for no checkpoint that this log has signed."""

    remedy = "Give the note back with the text that the log published."


class Signed(NamedTuple):
    """A checkpoint as it was signed, with every cosignature that came for it, and when the log signed it."""

    note: Note
    checkpoint: Checkpoint
    signed_at: str


class Checkpoints:
    """All checkpoints of one log, and the key that signs them."""

    def __init__(self, ledger: Ledger, desk: Desk, settings: Settings, now: Callable[[], str]) -> None:
        """Name where things are; nothing is read or made before it is needed."""
        options = settings.audit
        self._ledger = ledger
        self._desk = desk
        self._options = options
        self._now = now
        self._folder = settings.data / FOLDER
        if settings.store != MAIN:
            self._folder = self._folder / STORES / settings.store
        self._keys = LogKeys(self._folder, options.origin)
        self._outside = [Outside(self._folder, HERE)]
        if options.outside:
            self._outside.append(Outside(Path(options.outside), options.outside))
        self._tiles = [Outside(Path(options.tiles), options.tiles)] if options.tiles else []

    @property
    def keys(self) -> LogKeys:
        """The log's keys, ready for use."""
        return self.prepare()

    @property
    def keys_file(self) -> Path:
        """Where the key that signs is."""
        return self._folder / PRIVATE

    def prepare(self) -> LogKeys:
        """The log's keys, the first made now where nothing was ever signed; raises LogKeyMissing."""
        if not self._keys.exist():
            # Asked again behind the checkpoint: another process may have made the key and signed with it.
            if self.latest() and not self._keys.exist():
                raise LogKeyMissing
            self._keys.make()
        self._keys.settle(lambda: self._ledger.state(LOGKEY, KEY).current, self._close)
        return self._keys

    @contextmanager
    def rotating(self) -> Iterator[LogKeys]:
        """The keys, for one process at a time that changes them; what the log recorded is in force afterwards."""
        with files.locked(self._folder / _ROTATING):
            yield self.prepare()
            self.prepare()

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.keys.origin

    def latest(self) -> Signed | None:
        """The newest checkpoint, or nothing."""
        return self._first(select(NOTES).order_by(NOTES.c.size.desc()))

    def at(self, size: int) -> Signed | None:
        """The checkpoint of a log of exactly this size, or nothing."""
        return self._first(select(NOTES).where(NOTES.c.size == size))

    def covering(self, seq: int) -> Signed:
        """The first checkpoint of a log that has this entry; raises NoCheckpoint."""
        found = self._first(select(NOTES).where(NOTES.c.size > seq).order_by(NOTES.c.size))
        if found is None:
            raise NoCheckpoint(f"No checkpoint covers entry {seq:,} yet.")
        return found

    def vouched(self, seq: int) -> Signed:
        """Of the newest checkpoints that cover an entry, the one with most cosignatures; raises NoCheckpoint.

        A reader's trust file may ask for witnesses, and they cosign one of several checkpoints only.
        """
        query = select(NOTES).where(NOTES.c.size > seq).order_by(NOTES.c.size.desc()).limit(_LOOKED_AT)
        with self._desk.reading() as connection:
            found = [_signed(row) for row in connection.execute(query)]
        # Where witnesses are asked seldom, the one that they cosigned last may lie further back.
        anchored = self._ledger.state(ANCHOR, ANCHORS).size
        found += [signed for signed in (self.at(anchored),) if signed and anchored > seq]
        if not found:
            raise NoCheckpoint(f"No checkpoint covers entry {seq:,} yet.", pointer="/seq")
        return max(found, key=lambda signed: len(signed.note.signatures))

    def each(self, size: int | None = None) -> Iterator[Signed]:
        """Every checkpoint up to a size, in order, read in pages."""
        after = -1
        while page := self.page(after, PAGE):
            for signed in page:
                if size is not None and signed.checkpoint.size > size:
                    return
                yield signed
            after = page[-1].checkpoint.size

    def page(self, after: int, limit: int) -> list[Signed]:
        """So many checkpoints of logs larger than a size, in order."""
        query = select(NOTES).where(NOTES.c.size > after).order_by(NOTES.c.size).limit(limit)
        with self._desk.reading() as connection:
            return [_signed(row) for row in connection.execute(query)]

    def count(self) -> int:
        """How many checkpoints there are."""
        with self._desk.reading() as connection:
            return connection.scalar(select(func.count()).select_from(NOTES)) or 0

    def latest_outside(self) -> list[View]:
        """The newest checkpoint of every folder outside of the database that has one, and of the desk."""
        if not self._keys.exist():
            return []
        keys = self.keys
        known, origin = keys.all(), keys.origin
        folders = [*self._outside, *self._tiles]
        views = [view for folder in folders if (view := folder.newest(known, origin))]
        latest = self.latest()
        return views + ([View("the desk", latest.checkpoint)] if latest else [])

    def sign_if_grown(self, *, every: float = 0) -> Signed | None:
        """Sign the log as it is now, unless that was done, or less than so many seconds ago; what was signed.

        A log that does not continue its checkpoints is never signed: raises LogRolledBack, LogRewritten. The tiles
        come first where the settings ask for them, then the folders outside, then the desk, so that whatever is
        published is kept already.
        """
        keys = self.keys
        with files.locked(self._folder / _LOCK):
            latest = self.latest()
            # A clock that was set back must not keep the log unsigned until it has come as far again.
            if latest and 0 <= _seconds(latest.signed_at, self._now()) < every:
                return None
            for view in self.latest_outside():
                check_continues(self._ledger.tree, view)
            size, root = self._ledger.tree.head()
            signer = keys.current
            if latest and latest.checkpoint.size == size and signed_by(latest.note, signer.key):
                return None
            text = checkpoint_text(keys.origin, size, root)
            note = Note(text, (signer.sign(text),))
            if self._options.tiles:
                write_tiles(self._ledger, note, Path(self._options.tiles))
            return self._keep(note)

    def add_cosignatures(self, note: Note | bytes) -> Signed:
        """Keep further signatures of a checkpoint; whoever brings them has verified them. Raises CosignatureUnfit."""
        given = parse_note(note) if isinstance(note, bytes) else note
        checkpoint = parse_checkpoint(given.text)
        with files.locked(self._folder / _LOCK):
            known = self.at(checkpoint.size)
            if known is None or known.note.text != given.text:
                raise CosignatureUnfit(size=checkpoint.size)
            own = {(key.name, key.key_id) for key in self.keys.public}
            more = [each for each in given.signatures if (each.name, each.key_id) not in own]
            merged = known.note.with_signatures(*more)
            if len(merged.signatures) > MOST_SIGNATURES:
                raise CosignatureUnfit(f"A note has at most {MOST_SIGNATURES} signatures.", size=checkpoint.size)
            return known if merged == known.note else self._keep(merged)

    def _keep(self, note: Note) -> Signed:
        """Keep a note outside and at the desk, where it joins what was signed of the same checkpoint."""
        checkpoint = parse_checkpoint(note.text)
        known = self.at(checkpoint.size)
        if known:
            note = known.note.with_signatures(*note.signatures)
        signed = Signed(note, checkpoint, known.signed_at if known else self._now())
        for outside in self._outside:
            outside.keep(note, signed.signed_at)
        if known and self._tiles and self.latest() == known:
            state_checkpoint(note, Path(self._options.tiles))
        with self._desk.writing() as connection:
            _upsert(connection, signed)
        return signed

    def _close(self) -> None:
        """Put aside what was signed under a name that the log has no more."""
        latest = self.latest()
        if latest is None:
            return
        rows = select(literal(latest.checkpoint.origin), NOTES.c.size, NOTES.c.note, NOTES.c.signed_at).where(true())
        with self._desk.writing() as connection:
            kept = _inserting(connection)(CLOSED).from_select([*CLOSED.c.keys()], rows)
            connection.execute(kept.on_conflict_do_nothing())
            connection.execute(delete(NOTES))

    def _first(self, query: Select[Any]) -> Signed | None:
        with self._desk.reading() as connection:
            row = connection.execute(query.limit(1)).first()
        return _signed(row) if row else None


def _signed(row: Row[Any]) -> Signed:
    note = parse_note(row.note.encode())
    return Signed(note, parse_checkpoint(note.text), row.signed_at)


def _upsert(connection: Connection, signed: Signed) -> None:
    values = {"root": signed.checkpoint.root, "note": signed.note.content.decode(), "signed_at": signed.signed_at}
    row = _inserting(connection)(NOTES).values(size=signed.checkpoint.size, **values)
    connection.execute(row.on_conflict_do_update(index_elements=[NOTES.c.size], set_=values))


def _inserting(connection: Connection) -> Any:
    """The insertion of this kind of store that knows what to do with what is there."""
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
