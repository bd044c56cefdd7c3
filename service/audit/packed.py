"""What a bundle itself says of the times and proofs of its entries, as far as a trust file vouches for that."""

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from service.audit.bracketing import Brackets, Vouched
from service.audit.bundle.verify import Files
from service.audit.explaining import Grounds, Standing
from service.audit.replaying.sources import LogNotReadable, Source
from service.audit.signing import NoteSignatureInvalid
from service.audit.trust import Checked, LogNotTrusted, check_note
from vouchers.anchor.decisions import KEY
from vouchers.anchor.events import AnchorRecorded
from vouchers.audit import TrustPolicy, parse_checkpoint, parse_note
from vouchers.audit.trust import NONE
from vouchers.days import instant_of
from vouchers.kinds import ANCHOR
from vouchers.refusals import Malformed


class Candidate(NamedTuple):
    """A note of the bundle that states a size: the file or its text, and when the log says that it signed it."""

    size: int
    signed_at: str
    file: str
    text: bytes = b""


def grounds_in(path: str, source: Source, policy: TrustPolicy) -> Grounds:
    """The grounds of a story that is told from a bundle; of an events.jsonl alone nothing is proven.

    A note counts where a log of the trust file signed it, and of cosigners those of that file; what the anchors in the
    log say of roots is looked at by whoever verifies the bundle.
    """
    files, lenient = _files(path), replace(policy, quorum=NONE)
    anchors = {each.seq: each.data for each in source.history(ANCHOR.stream(KEY), source.size())}
    signed = {each.size: each for each in (_signed(files) if files else ())}
    known = sorted([*map(_anchored, anchors.values()), *signed.values()], key=lambda each: (each.size, each.file))
    sizes = [each.size for each in known]

    @cache
    def held(candidate: Candidate) -> Checked | None:
        """A note that the trust file vouches for, with the bytes that the log recorded."""
        content = candidate.text or (files.read(candidate.file) if files else b"")
        if candidate.file and candidate.file != f"anchors/{sha256(content).hexdigest()}.note":
            return None
        try:
            checked = check_note(content, lenient)
        except (NoteSignatureInvalid, LogNotTrusted, Malformed):
            return None
        return checked if checked.checkpoint.size == candidate.size else None

    def times_of(place: Vouched) -> tuple[str, ...]:
        event = None if place.seq is None else anchors[place.seq]
        checked = held(_anchored(event) if event else signed[place.size])
        if not checked or (event and (event.origin, event.root_hash) != _stated(checked)):
            return ()
        return tuple(instant_of(time * 1_000_000) for time in checked.times.values() if time)

    def standing(seq: int) -> Standing:
        for candidate in known[bisect_right(sizes, seq) :]:
            if checked := held(candidate):
                names = dict.fromkeys(policy.witnesses[name].key.name for name in checked.times)
                return Standing(candidate.size, candidate.signed_at, tuple(names))
        return Standing()

    vouched = [Vouched(event.size, (), seq) for seq, event in anchors.items()]
    return Grounds(source, Brackets([*vouched, *(Vouched(size, ()) for size in signed)], times_of), standing)


def _files(path: str) -> Files | None:
    try:
        return Files(path)
    except ValueError:
        return None


def _anchored(event: AnchorRecorded) -> Candidate:
    return Candidate(event.size, "", f"anchors/{event.note_sha256}.note")


def _stated(checked: Checked) -> tuple[str, str]:
    return checked.checkpoint.origin, checked.checkpoint.root.hex()


def _signed(files: Files) -> Iterator[Candidate]:
    """The bundle's own checkpoint, and the earlier ones of each day."""
    notes = [("", files.read("checkpoint"))]
    try:
        for line in files.read("checkpoints.jsonl").splitlines():
            said = json.loads(line)
            notes.append((said["signed_at"], said["note"].encode()))
        for signed_at, note in notes:
            yield Candidate(parse_checkpoint(parse_note(note).text).size, signed_at, "", note)
    except (ValueError, KeyError, TypeError, AttributeError, Malformed) as fault:
        raise LogNotReadable(f"A checkpoint of the bundle cannot be read: {fault}.", pointer="/log") from fault
