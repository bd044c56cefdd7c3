"""Checkpoints in folders outside of the database: the newest as a note, and each of a day as a line of one file."""

import json
import os
from pathlib import Path
from typing import Final, NamedTuple

from service.audit.trust import signed_by
from service.identity import files
from vouchers.audit import Checkpoint, Key, Note, parse_checkpoint, parse_note
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.refusals import Conflict, Malformed, Unavailable

NEWEST: Final = "checkpoint"
HISTORY: Final = "checkpoints"


class OutsideUnavailable(Unavailable):
    """The folder that keeps checkpoints outside of the database cannot be used."""

    remedy = "Make the folder of audit.outside reachable and writable, or change the setting."


class OutsideForeign(Conflict):
    """What is kept outside of the database is no checkpoint of this log."""

    remedy = "Find out who changed it, or whether the folder belongs to another log; keep it as evidence."


class View(NamedTuple):
    """What somebody outside of the database knows of the log."""

    source: str
    checkpoint: Checkpoint


class Outside:
    """One folder of checkpoints."""

    def __init__(self, folder: Path, name: str) -> None:
        """Name it; nothing is made before there is something to keep."""
        self._folder = folder
        self.name = name

    def keep(self, note: Note, signed_at: str) -> None:
        """Keep a note, which becomes the newest unless one of a larger log is there; raises OutsideUnavailable."""
        history = self._folder / HISTORY / f"{signed_at[:10]}.jsonl"
        line = json.dumps({"signed_at": signed_at, "note": note.content.decode()}, ensure_ascii=False)
        try:
            history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(history, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            known = self._read()
            if known is None or not _is_later(parse_checkpoint(known.text), parse_checkpoint(note.text)):
                files.replace(self._folder / NEWEST, note.content.decode())
        except OSError as fault:
            raise OutsideUnavailable(f"{self.name} cannot be written: {fault.strerror}.") from fault

    def newest(self, keys: tuple[Key, ...], origin: str) -> View | None:
        """The newest checkpoint here, signed by one of these keys; one of a name that the log had before says nothing.

        Raises OutsideForeign, OutsideUnavailable.
        """
        note = self._read()
        if note is None:
            return None
        checkpoint = parse_checkpoint(note.text)
        if not any(key.name == checkpoint.origin and signed_by(note, key) for key in keys):
            raise OutsideForeign(f"{self.name} has a checkpoint of {checkpoint.origin} that this log did not sign.")
        return View(self.name, checkpoint) if checkpoint.origin == origin else None

    def _read(self) -> Note | None:
        try:
            with (self._folder / NEWEST).open("rb") as file:
                note = parse_note(file.read(LARGEST_NOTE + 1))
            parse_checkpoint(note.text)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise OutsideUnavailable(f"{self.name} cannot be read: {fault.strerror}.") from fault
        except Malformed as fault:
            raise OutsideForeign(f"{self.name}: {fault.detail}") from fault
        return note


def _is_later(known: Checkpoint, fresh: Checkpoint) -> bool:
    """Whether what is known of a log is newer; under another name, nothing is."""
    return known.origin == fresh.origin and known.size > fresh.size
