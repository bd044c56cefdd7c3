"""What must be forgettable: commitments to values outside the log, erasures of subjects, redactions of entries."""

import base64
from collections.abc import Iterable
from typing import Any

from vouchers import wire
from vouchers.application.running import Answer
from vouchers.erasure import decisions as erasures
from vouchers.erasure.decisions import REMOVED, CommitValue, EraseSubject, PlaceNotRedactable, RedactEntry
from vouchers.kinds import ERASURE
from vouchers.ledger import Unit
from vouchers.refusals import Malformed


class RemainderNotTheEntry(Malformed):
    """What is said to be left is not the entry with its texts taken out."""

    remedy = "Let the service take the texts out of the entry."


def commit_value(unit: Unit, command: CommitValue) -> Answer:
    """Put a commitment to a value about a subject on record; the value itself stays outside the log."""
    key = erasures.subject_key(command.subject)
    unit.append(ERASURE, key, erasures.commit_value(unit.load(ERASURE, key), command))
    return {"subject": command.subject, "field": command.field, "digest": command.digest}


def erase_subject(unit: Unit, command: EraseSubject) -> Answer:
    """Order everything that is known of a subject destroyed; the log keeps that it was, on which basis and by whom."""
    key = erasures.subject_key(command.subject)
    state = unit.append(ERASURE, key, erasures.erase_subject(unit.load(ERASURE, key), command))
    assert state.erased is not None, "it was erased just now, or before"
    return {"subject": command.subject, "fields": list(state.erased.fields), "seqs": list(state.erased.seqs)}


def redact_entry(unit: Unit, command: RedactEntry) -> Answer:
    """Order texts taken out of an entry; its leaf stays, so that every root, proof and signature stays valid."""
    try:
        place = wire.place_of(command.left.encode())
    except (wire.NotCanonical, wire.UnknownEvent) as fault:
        raise RemainderNotTheEntry(pointer="/left") from fault
    left = wire.parse(command.left)
    removed = all(value_at(left, pointer) == REMOVED for pointer in command.pointers)
    told = left.get("redacted") == command.leaf_hash
    if place.seq != command.seq or not command.pointers or not removed or not told:
        raise RemainderNotTheEntry(pointer="/left")
    key = erasures.entry_key(command.seq)
    unit.append(ERASURE, key, erasures.redact_entry(unit.load(ERASURE, key), command))
    return {"seq": command.seq, "leaf_hash": command.leaf_hash, "pointers": list(command.pointers)}


def redaction_of(entry: bytes, pointers: Iterable[str], **words: str) -> RedactEntry:
    """The command that takes texts out of an entry, from the entry's stored bytes."""
    whole = wire.parse(entry)
    places = tuple(dict.fromkeys(pointers))
    for at, pointer in enumerate(places):
        erasures.check_place(pointer, f"/pointers/{at}")
        _take_out(whole, pointer, f"/pointers/{at}")
    leaf = whole["redacted"] = base64.b64encode(wire.leaf_hash(entry)).decode()
    return RedactEntry(whole["seq"], leaf, places, wire.canonical(whole).decode(), **words)


def value_at(whole: Any, pointer: str) -> Any:
    """What stands at a JSON pointer (RFC 6901) without escapes, or nothing."""
    found = whole
    for part in pointer.split("/")[1:]:
        if isinstance(found, list):
            found = found[int(part)] if part.isdecimal() and int(part) < len(found) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def _take_out(whole: Any, pointer: str, at: str) -> None:
    parent, _, name = pointer.rpartition("/")
    inside = value_at(whole, parent)
    if not isinstance(value_at(whole, pointer), str):
        raise PlaceNotRedactable("There is no text at this place of the entry.", pointer=at)
    inside[int(name) if isinstance(inside, list) else name] = REMOVED
