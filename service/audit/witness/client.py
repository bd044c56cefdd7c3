"""The log's side of a witness: send it a checkpoint with its proof, take its cosignatures, read its view."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from service.audit.signing import NoteSignatureInvalid
from service.audit.trust import signed_by, verified
from service.audit.witness.settings import Witness
from service.audit.witness.submissions import Submission
from service.outward.reaching import Reply, ask, chosen
from vouchers.audit import Checkpoint, Key, Note, Signature, parse_checkpoint, parse_note, parse_vkey
from vouchers.audit.encoding import from_decimal
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.days import instant_of
from vouchers.refusals import Conflict, Malformed, Unavailable

TURNS: Final = 3  # a witness that answers another size each time is asked no more
_OK, _MISSING, _CONFLICT, _WRONG = 200, 404, 409, 422

Prove = Callable[[int, int], Sequence[bytes]]


class WitnessUnavailable(Unavailable):
    """The witness gave no answer that can be used."""

    remedy = "Nothing is lost: it is asked again in the next turn. Call its operator if it goes on."


class WitnessForeign(Unavailable):
    """What the witness answered is not signed with the keys that the settings name."""

    remedy = "Compare the witness's keys with its paper; somebody may answer in its place."


class WitnessIncomplete(Malformed):
    """A witness of the settings lacks its address or its keys."""

    remedy = "Give each [[witness]] of vouchers.toml its url and the keys that it printed when it was set up."


class WitnessAhead(Conflict):
    """The witness cosigned a larger log than this one: entries are missing here, or another copy of the log is live."""

    remedy = "Stop writing, keep this database, and restore the newest backup: a log that was cosigned never goes back."


class WitnessDisagrees(Conflict):
    """The witness cosigned another history of this log."""

    remedy = "Stop writing, keep this database as evidence, and compare both with the audit office."


def cosign(witness: Witness, note: Note, old: int, prove: Prove, seconds: int) -> tuple[Signature, ...]:
    """A witness's cosignatures of a checkpoint, verified; `old` is the size at which it was asked last.

    Raises WitnessUnavailable, WitnessForeign, WitnessAhead, WitnessDisagrees, WitnessIncomplete.
    """
    _check(witness)
    checkpoint = parse_checkpoint(note.text)
    old = min(old, checkpoint.size)
    for _ in range(TURNS):
        proof = prove(old, checkpoint.size) if 0 < old < checkpoint.size else ()
        submission = Submission(old, tuple(proof), note.content)
        reply = _asked(f"{witness.url.rstrip('/')}/add-checkpoint", submission.content, seconds)
        if reply.status == _OK:
            return _cosignatures(witness, note, reply.body)
        if reply.status != _CONFLICT:
            break
        old = _size_of(witness, reply)
        if old > checkpoint.size:
            raise WitnessAhead(
                f"{witness.url} has cosigned {old:,} entries, and this log has {checkpoint.size:,}.",
                url=witness.url,
                size=old,
            )
    if reply.status == _WRONG:
        raise WitnessDisagrees(f"{witness.url} cosigned another history: {_said(reply)}", url=witness.url, size=old)
    raise WitnessUnavailable(f"{witness.url}: {reply.failure or f'it answered {reply.status}, {_said(reply)}'}")


def view_of(witness: Witness, origin: str, logs: Sequence[Key], seconds: int) -> Checkpoint | None:
    """What a witness cosigned last of a log, nothing where it never did; both have signed it.

    Raises WitnessUnavailable, WitnessForeign, WitnessDisagrees, WitnessIncomplete.
    """
    _check(witness)
    prefix = (witness.monitoring or witness.url).rstrip("/")
    address = f"{prefix}/{sha256(origin.encode()).hexdigest()}/checkpoint"
    reply = _asked(address, b"", seconds, method="GET")
    if reply.status == _MISSING:
        return None
    if reply.status != _OK:
        raise WitnessUnavailable(f"{witness.url}: {reply.failure or f'it answered {reply.status}'}.")
    try:
        note = parse_note(reply.body)
        checkpoint, times = parse_checkpoint(note.text), times_of(note, keys_of(witness))
    except (Malformed, NoteSignatureInvalid) as fault:
        raise WitnessForeign(f"{witness.url}: {fault.detail}") from fault
    if checkpoint.origin != origin or not times:
        raise WitnessForeign(f"{witness.url} has a checkpoint that it did not sign, or of another log.")
    if not any(signed_by(note, key) for key in logs):
        # The witness's own signature holds: nobody answers in its place, and the key is another here.
        raise WitnessDisagrees(
            f"{witness.url} cosigned {checkpoint.size:,} entries signed with a key that is none of this log's here.",
            url=witness.url,
            size=checkpoint.size,
        )
    return checkpoint


def keys_of(witness: Witness) -> list[Key]:
    """The public keys of a witness."""
    return [parse_vkey(vkey) for vkey in witness.keys]


def times_of(note: Note, keys: Sequence[Key]) -> Mapping[str, str]:
    """When each of these keys cosigned a note, by its name and ID; a cosignature without a time is none.

    Raises NoteSignatureInvalid.
    """
    times = {f"{key.name}+{key.key_id.hex()}": max(verified(note, key), default=0) for key in keys}
    return {name: instant_of(time * 1_000_000) for name, time in times.items() if time}


def _check(witness: Witness) -> None:
    if not witness.url or not witness.keys:
        raise WitnessIncomplete(pointer="/witness")


def _asked(url: str, body: bytes, seconds: int, method: str = "POST") -> Reply:
    headers = {"Content-Type": "text/plain; charset=utf-8"} if body else {}
    return ask(chosen(url), method, headers, body, seconds, LARGEST_NOTE)


def _cosignatures(witness: Witness, note: Note, body: bytes) -> tuple[Signature, ...]:
    """The lines of an answer that are signatures of the witness's keys; others say nothing here."""
    known = {(key.name, key.key_id) for key in keys_of(witness)}
    try:
        answered = parse_note(note.text.encode() + b"\n" + body)
        made = tuple([each for each in answered.signatures if (each.name, each.key_id) in known])
        times = times_of(Note(note.text, made), keys_of(witness))
    except (Malformed, NoteSignatureInvalid) as fault:
        raise WitnessForeign(f"{witness.url}: {fault.detail}") from fault
    if not times:
        raise WitnessForeign(f"{witness.url} answered with no cosignature of its keys.")
    return made


def _size_of(witness: Witness, reply: Reply) -> int:
    try:
        return from_decimal(reply.body.decode("ascii").removesuffix("\n"))
    except (ValueError, IndexError) as fault:
        raise WitnessUnavailable(f"{witness.url}: it answered {_CONFLICT} without a size.") from fault


def _said(reply: Reply) -> str:
    """The beginning of what a witness said, as a text that a log file can take."""
    text = reply.body[:300].decode("utf-8", "replace").strip()
    return "".join(each if each.isprintable() else " " for each in text)
