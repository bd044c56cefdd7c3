"""Anchors of the log: checkpoints that outsiders vouched for, kept beside the log and recorded back into it."""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from service.audit.bracketing import Bracket, Brackets, Vouched
from service.audit.checkpoints import STORES, Signed
from service.audit.keys import FOLDER
from service.audit.outsiders import Outsider, Outsiders
from service.audit.timestamps import Stamp, ask_stamp, check_stamp, load_roots
from service.audit.witness.client import WitnessAhead, WitnessDisagrees, cosign, keys_of, times_of
from service.audit.witness.settings import Witness
from service.duties import WORKER
from service.settings import MAIN, write_once
from service.wiring import Service
from vouchers import application
from vouchers.anchor.decisions import KEY, AnchorBehind, RecordAnchor
from vouchers.anchor.events import AnchorRecorded
from vouchers.audit import Note, Signature, parse_checkpoint, parse_note
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.kinds import ANCHOR
from vouchers.ledger import Ledger
from vouchers.refusals import NotFound, Refused, Unavailable
from vouchers.wire import Entry

NOTES: Final = "anchors"
STAMPS: Final = "tsa"
# A year has fifty thousand anchors; whoever asks for one bracket after the other reads them once.
_PLACES: Final = WeakKeyDictionary[Ledger, list[Vouched]]()
_READING: Final = threading.Lock()
_HOUR: Final = 3_600_000  # milliseconds

_log: Final = logging.getLogger("vouchers.audit")


class AnchorMissing(NotFound):
    """The note or the time stamp that an anchor names is not where notes are kept."""

    remedy = "Restore the folder audit from a backup, or ask the audit office for its copy of the note."


class AnchorUnknown(NotFound):
    """This entry of the log is no anchor, or it names no such file."""

    remedy = "Take the number from the list of anchors."


class NobodyToAsk(NotFound):
    """The settings name no witness and no time stamping authority."""

    remedy = "Add a [[witness]] with its url and keys to vouchers.toml; docs/audit-witness.md tells how."


class AnchorUnfit(Refused):
    """The note that is kept for an anchor does not say what the log recorded of it."""

    remedy = "Keep both as evidence: either the folder audit or the entry was changed."


class Turn(NamedTuple):
    """What one turn came to: the size that was vouched for, by whom, and who failed to."""

    size: int = 0
    by: tuple[str, ...] = ()
    failures: tuple[Refused, ...] = ()
    seq: int | None = None


class Anchor(NamedTuple):
    """A recorded anchor that holds: its entry, its note, and the instants that outsiders state.

    `unread` is why its time stamp was not looked at; it then says nothing of the time.
    """

    seq: int
    event: AnchorRecorded
    note: Note
    times: tuple[str, ...]
    unread: str = ""


class Anchors:
    """What outsiders vouch for of one installation's log."""

    def __init__(self, service: Service) -> None:
        """Ask nobody yet."""
        self._service = service
        self._options = service.settings.anchoring
        self._witnesses = service.settings.witness
        self._outsiders = Outsiders(service.desk)
        self.folder = folder_of(service)

    def turn(self, *, now: bool = False) -> Turn:
        """Ask every outsider whose time has come, or all of them now, and record what they vouched for.

        One that does not answer keeps nobody waiting for longer than its time, and is asked again in a minute.
        """
        if now and not self._witnesses and not self._options.tsa_url:
            raise NobodyToAsk
        witnesses = [each for each in self._witnesses if now or self.of(each.url).due(self._options.every * 1_000)]
        stamped = self._options.tsa_url if now or self._stamp_due() else ""
        if not witnesses and not stamped:
            return Turn()
        self._service.checkpoints.sign_if_grown()
        latest = self._service.checkpoints.latest()
        # Of a log without entries there is nothing to vouch for.
        if (
            latest is None
            or not latest.checkpoint.size
            or (not now and self._is_quiet(latest, [*(each.url for each in witnesses), stamped]))
        ):
            return Turn()
        failures: list[Refused] = []
        signatures = [made for each in witnesses for made in self._cosigned(each, latest, failures)]
        note = latest.note
        if signatures:
            note = self._service.checkpoints.add_cosignatures(note.with_signatures(*signatures)).note
        stamp = self._stamped(stamped, note, latest.checkpoint.size, failures) if stamped else None
        if not signatures and stamp is None:
            return Turn(failures=tuple(failures))
        return self._record(note, stamp, failures)

    def of(self, url: str) -> Outsider:
        """How a witness or an authority is doing."""
        return self._outsiders.of(url)

    def places(self) -> list[Vouched]:
        """Where in the log the anchors are, and for which sizes, in its order; read once by each process."""
        ledger = self._service.ledger
        with _READING:
            known = _PLACES.setdefault(ledger, [])
            entries = ledger.history(ANCHOR.stream(KEY), len(known))
            known += [Vouched(entry.data.size, (), entry.seq) for entry in entries]
            return known[:]

    def recorded(self, places: Sequence[Vouched] | None = None) -> list[Entry[Any]]:
        """The anchors at these places, or all that the log holds, in its order."""
        chosen = self.places() if places is None else places
        return [self._entry(each) for each in chosen]

    def at(self, seq: int) -> Entry[Any]:
        """The anchor that is this entry of the log; raises AnchorUnknown."""
        for entry in self._service.ledger.entries(seq, seq + 1):
            if isinstance(entry.data, AnchorRecorded):
                return entry
        raise AnchorUnknown(f"Entry {seq:,} is no anchor.", pointer="/path/seq")

    def note_of(self, event: AnchorRecorded) -> bytes:
        """The note that an anchor names, in its exact bytes; raises AnchorMissing, AnchorUnfit."""
        return self._kept(NOTES, f"{event.note_sha256}.note", event.note_sha256)

    def stamp_of(self, event: AnchorRecorded) -> bytes:
        """The time stamp that an anchor names; raises AnchorUnknown where there is none, AnchorMissing, AnchorUnfit."""
        if not event.tsr_sha256:
            raise AnchorUnknown("No authority stamped this note.", pointer="/path/seq")
        return self._kept(STAMPS, f"{event.tsr_sha256}.tsr", event.tsr_sha256)

    def check(self, entry: Entry[Any]) -> Anchor:
        """An anchor of the log held against its note and time stamp; raises AnchorMissing, AnchorUnfit, StampRefused.

        What counts is the keys and the roots of the settings: the entry itself is the operator's word.
        """
        event: AnchorRecorded = entry.data
        note = parse_note(self.note_of(event))
        checkpoint = parse_checkpoint(note.text)
        said = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
        if said != (event.origin, event.size, event.root_hash):
            raise AnchorUnfit(seq=entry.seq)
        if self._service.ledger.tree.root(event.size) != checkpoint.root:
            raise AnchorUnfit(
                f"The log never had the root that outsiders vouched for at {event.size:,}.", seq=entry.seq
            )
        times = {name: at for each in self._witnesses for name, at in times_of(note, keys_of(each)).items()}
        if any(times.get(name, at) != at for name, at in event.cosignature_times.items()):
            raise AnchorUnfit("The log recorded other times than the witnesses signed.", seq=entry.seq)
        stamped, unread = self._restamped(event, note)
        return Anchor(entry.seq, event, note, (*times.values(), *stamped), unread)

    def checked(self, entries: Iterable[Entry[Any]]) -> Iterator[Anchor | Refused]:
        """Every one of these anchors, or why it does not hold."""
        for entry in entries:
            try:
                yield self.check(entry)
            except Refused as refused:
                refused.facts["seq"] = entry.seq
                yield refused

    def bracket(self, seq: int) -> Bracket:
        """Between which outside times an entry was written, by the nearest anchors that hold."""
        return self.brackets().of(seq)

    def brackets(self) -> Brackets:
        """The brackets of all entries; an anchor is held against its note when it is the nearest of one."""

        def times_of(place: Vouched) -> tuple[str, ...]:
            try:
                return self.check(self._entry(place)).times
            except Refused:
                return ()

        return Brackets(self.places(), times_of)

    def _entry(self, place: Vouched) -> Entry[Any]:
        assert place.seq is not None  # It was read from the log.
        [entry] = self._service.ledger.entries(place.seq, place.seq + 1)
        return entry

    def _stamp_due(self) -> bool:
        url = self._options.tsa_url
        return bool(url) and self.of(url).due(self._options.tsa_hours * _HOUR)

    def _is_quiet(self, latest: Signed, urls: list[str]) -> bool:
        """Whether nothing but the last anchor itself came since, and nobody who is asked failed to vouch for it."""
        last = self._service.ledger.state(ANCHOR, KEY)
        position = self._service.ledger.head(ANCHOR.stream(KEY))[1]
        alone = last.size == position - 1 and latest.checkpoint.size == position
        return alone and not any(self.of(url).failing_since for url in urls if url)

    def _cosigned(self, witness: Witness, latest: Signed, failures: list[Refused]) -> tuple[Signature, ...]:
        old, prove = self.of(witness.url).size, self._service.ledger.tree.consistency
        try:
            made = cosign(witness, latest.note, old, prove, self._options.timeout)
        except Refused as refused:
            self._failed(witness.url, refused, failures)
            return ()
        self._outsiders.answered(witness.url, latest.checkpoint.size)
        return made

    def _stamped(self, url: str, note: Note, size: int, failures: list[Refused]) -> Stamp | None:
        try:
            stamp = ask_stamp(note.content, self._options, self._service.settings.data)
        except Refused as refused:
            self._failed(url, refused, failures)
            return None
        self._outsiders.answered(url, size)
        return stamp

    def _failed(self, url: str, refused: Refused, failures: list[Refused]) -> None:
        """Tell and keep why somebody did not vouch; one that knows another log is an alarm, not a fault."""
        level = logging.ERROR if isinstance(refused, WitnessAhead | WitnessDisagrees) else logging.WARNING
        _log.log(level, "not vouched for: %s", refused.detail, extra={"code": refused.code})
        self._outsiders.failed(url, refused.code, refused.detail)
        failures.append(refused)

    def _record(self, note: Note, stamp: Stamp | None, failures: list[Refused]) -> Turn:
        """Keep the note and the time stamp, then name them in the log."""
        checkpoint, content = parse_checkpoint(note.text), note.content
        digest = sha256(content).hexdigest()
        self._put(NOTES, f"{digest}.note", content)
        if stamp:
            self._put(STAMPS, f"{stamp.sha256}.tsr", stamp.content)
        times = {name: at for each in self._witnesses for name, at in times_of(note, keys_of(each)).items()}
        stamped = (stamp.sha256, stamp.at) if stamp else ("", "")
        command = RecordAnchor(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), digest, times, *stamped)
        by = (*times, *([self._options.tsa_url] if stamp else []))
        try:
            outcome = self._service.execute(application.record_anchor, command, WORKER)
        except AnchorBehind:  # Somebody who asked at the same time recorded a longer log already.
            return Turn(checkpoint.size, by, tuple(failures))
        return Turn(checkpoint.size, by, tuple(failures), outcome.position - 1)

    def _restamped(self, event: AnchorRecorded, note: Note) -> tuple[tuple[str, ...], str]:
        """The instant of the time stamp, where there is one; or why it cannot be looked at here."""
        if not event.tsr_sha256:
            return (), ""
        content = self.stamp_of(event)
        try:
            roots = load_roots(self._service.settings.data / self._options.tsa_roots)
        except Unavailable as missing:
            return (), missing.detail
        return (check_stamp(content, note.content, roots).at,), ""

    def _put(self, kind: str, name: str, content: bytes) -> None:
        place = self.folder / kind
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(place / name, content)

    def _kept(self, kind: str, name: str, digest: str) -> bytes:
        try:
            with (self.folder / kind / name).open("rb") as file:
                content = file.read(LARGEST_NOTE + 1)
        except FileNotFoundError as fault:
            raise AnchorMissing(f"{kind}/{name} is missing.") from fault
        if sha256(content).hexdigest() != digest:
            raise AnchorUnfit(f"{kind}/{name} was changed: its SHA-256 is another.")
        return content


def folder_of(service: Service) -> Path:
    """Where a log keeps what outsiders said of it: `anchors` has notes, `tsa` time stamps, each named by its digest."""
    folder, store = service.settings.data / FOLDER, service.settings.store
    return folder if store == MAIN else folder / STORES / store
