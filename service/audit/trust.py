"""Notes and proofs checked against a trust file (C2SP tlog-policy), which came to the reader by another way."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from service.audit.signing import NoteSignatureInvalid, Verifier
from vouchers.audit import (
    ML_DSA_44,
    Checkpoint,
    Group,
    Key,
    Note,
    Party,
    TrustPolicy,
    parse_checkpoint,
    parse_note,
    parse_policy,
    parse_proof,
    parse_vkey,
)
from vouchers.audit.trust import LARGEST_POLICY, NONE
from vouchers.refusals import NotFound, Refused


class TrustFileMissing(NotFound):
    """There is no such trust file."""

    remedy = "Name the file with the public keys that you were given on paper or by another way."


class LogNotTrusted(Refused):
    """The note is not signed by a log that the trust file lists."""

    remedy = "Compare the log's name and key with the trust file that you were given."


class QuorumMissing(Refused):
    """Fewer witnesses cosigned this than the trust file asks for."""

    remedy = "Wait for the witnesses and ask for the note again, or ask why they do not sign."


class Checked(NamedTuple):
    """A note that may be relied on: what it says, by which log, and when each witness that is known signed it."""

    note: Note
    checkpoint: Checkpoint
    log: Key
    times: Mapping[str, int]  # Seconds since 1970 by witness of the trust file; 0 where one states no time.


def load_policy(path: Path | str) -> TrustPolicy:
    """The policy of a trust file; raises TrustFileMissing, TrustPolicyMalformed, VkeyMalformed."""
    try:
        with Path(path).open("rb") as file:
            return parse_policy(file.read(LARGEST_POLICY + 1))
    except (FileNotFoundError, IsADirectoryError) as fault:
        raise TrustFileMissing(f"There is no trust file {path}.", pointer="/trust") from fault


def check_note(note: Note | bytes, policy: TrustPolicy) -> Checked:
    """The checkpoint of a note that a listed log signed and enough witnesses cosigned.

    A signature of a key that is not listed says nothing; one of a listed key that fails refuses the whole note. Raises
    NoteSignatureInvalid, LogNotTrusted, QuorumMissing, NoteMalformed, CheckpointMalformed.
    """
    known = parse_note(note) if isinstance(note, bytes) else note
    checkpoint = parse_checkpoint(known.text)
    logs = [log.key for log in policy.logs if verified(known, log.key) and log.key.name == checkpoint.origin]
    if not logs:
        raise LogNotTrusted(f"No log of the trust file signed the note of {checkpoint.origin[:255]}.")
    times = {}
    for name, witness in policy.witnesses.items():
        if stated := verified(known, witness.key):
            times[name] = max(stated)
    if not policy.met(times):
        given = ", ".join(times) or "none"
        raise QuorumMissing(f"The trust file asks for the quorum {policy.quorum}; cosigned by: {given}.")
    return Checked(known, checkpoint, logs[0], times)


def proposed_policy(logs: Sequence[Key], witnesses: Sequence[Sequence[str]]) -> str:
    """A trust file to be compared with one that came by another way: the key that signs now, more than half of the
    witnesses, each by any of its keys. Earlier keys of the log stand in comments, for notes that they signed.
    """
    *before, current = logs
    lines = [f"# log {key.vkey}" for key in before]
    named = {f"{number}-{kind}": key for number, keys in enumerate(witnesses, 1) for kind, key in _by_kind(keys)}
    groups = {
        f"witness-{number}": Group(1, tuple([f"{number}-{kind}" for kind, _ in _by_kind(keys)]))
        for number, keys in enumerate(witnesses, 1)
        if keys
    }
    quorum = NONE
    if groups:
        quorum = "witnesses"
        groups[quorum] = Group(len(groups) // 2 + 1, tuple(groups))
    policy = TrustPolicy((Party(current),), {name: Party(key) for name, key in named.items()}, groups, quorum)
    return "".join([*(f"{line}\n" for line in lines), policy.text])


def _by_kind(vkeys: Sequence[str]) -> list[tuple[str, Key]]:
    keys = [parse_vkey(vkey) for vkey in vkeys]
    return [(f"{'ml-dsa-44' if key.kind == ML_DSA_44 else 'ed25519'}-{at}", key) for at, key in enumerate(keys, 1)]


def check_proof(content: bytes, leaf: bytes, policy: TrustPolicy) -> Checked:
    """What `check_note` says of a proof's checkpoint, with this leaf under its root; raises ProofRefused too."""
    proof = parse_proof(content)
    checked = check_note(proof.note, policy)
    proof.check(leaf)
    return checked


def verified(note: Note, key: Key) -> list[int]:
    """The times of a key's signatures below a note, none where it did not sign; raises NoteSignatureInvalid."""
    verifier = Verifier(key)
    return [verifier.verify(note.text, each) for each in note.signatures if verifier.made(each)]


def signed_by(note: Note, key: Key) -> bool:
    """Whether a key signed a note; a signature that fails is none."""
    try:
        return bool(verified(note, key))
    except NoteSignatureInvalid:
        return False


def instant_told(seconds: int) -> str:
    """A time that a signature states, as people read it; nothing where it states none."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""
    except (OverflowError, ValueError, OSError):
        return str(seconds)  # Later than any calendar goes.
