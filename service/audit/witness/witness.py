"""The witness itself: it cosigns a checkpoint that follows the last one it saw, nothing else (C2SP tlog-witness)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import ClassVar

from service import clock
from service.audit.signing import NoteSignatureInvalid, Signer
from service.audit.trust import verified
from service.audit.witness.store import Store, View
from service.audit.witness.submissions import Submission, parse_submission
from vouchers.audit import (
    ED25519,
    ML_DSA_44,
    Checkpoint,
    CheckpointMalformed,
    Note,
    NoteMalformed,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)
from vouchers.merkle import EMPTY_ROOT, ProofRefused, verify_consistency
from vouchers.refusals import Conflict, Malformed, NotAllowed, NotFound


class LogUnknown(NotFound):
    """This witness does not witness a log of this origin: unknown log."""

    remedy = "Ask the witness's operator to trust the log's key: vouchers audit witness trust VKEY."


class LogSignatureInvalid(NotAllowed):
    """The checkpoint has no valid signature of a key that is trusted for its origin: invalid signature."""

    remedy = "Send the checkpoint as the log signed it; after a change of keys, have the witness trust the new one."


class OldSizeTooLarge(Malformed):
    """The old size is larger than the checkpoint's."""

    remedy = "Name the size that this witness cosigned last, and send a checkpoint of at least that size."


class SizeNotLast(Conflict):
    """The old size is not the one that this witness cosigned last."""

    remedy = "Send a proof from the size that it cosigned last."
    media_type: ClassVar[str] = "text/x.tlog.size"

    def __init__(self, size: int) -> None:
        """Name the size that was cosigned last."""
        super().__init__(remedy=f"Send a proof from size {size}.", size=size)
        self.size = size


class NothingCosigned(NotFound):
    """This witness has cosigned no checkpoint of such a log."""

    remedy = "The address is the SHA-256 of the log's origin in small hexadecimal digits, then /checkpoint."


class EmptyRootWrong(ProofRefused):
    """A log without entries has one root, the SHA-256 of nothing, and this is another."""


class ProofNotEmpty(ProofRefused):
    """Every log follows the empty one: with the old size 0 there is no consistency proof to send."""


class KeyOfNoLog(Malformed):
    """Logs do not sign with a key of this kind; it may be a witness's own."""

    remedy = "Give the public key of the log, as its operator printed it."


def origin_of(vkey: str, origin: str | None = None) -> str:
    """The origin for which a log's key signs: the key's name, where no other is given. Raises KeyOfNoLog."""
    key = parse_vkey(vkey)
    if key.kind not in (ED25519, ML_DSA_44):
        raise KeyOfNoLog(pointer="/vkey")
    return origin or key.name


class Witness:
    """One witness: its memory and its keys."""

    def __init__(self, store: Store, signers: Sequence[Signer], now: Callable[[], int] = clock.seconds) -> None:
        """Cosign with every one of these keys; `now` is the time in seconds that cosignatures state."""
        self._store = store
        self._signers = signers
        self._now = now

    def add_checkpoint(self, body: bytes) -> bytes:
        """The cosignatures of a submitted checkpoint, one a line; what is remembered is on disk before they are given.

        Raises SubmissionMalformed, NoteMalformed, CheckpointMalformed, LogUnknown, LogSignatureInvalid,
        OldSizeTooLarge, SizeNotLast, ProofRefused.
        """
        asked = parse_submission(body)
        note = self._opened(asked.note)
        checkpoint = parse_checkpoint(note.text)
        signed = self._signed(note, checkpoint.origin)
        if asked.old > checkpoint.size:
            raise OldSizeTooLarge(pointer="/old")
        try:
            with self._store.writing():
                return self._cosign(asked, checkpoint, signed)
        except ProofRefused as refused:
            self._keep(checkpoint, refused.detail, body)
            raise
        except SizeNotLast:
            self._compare(checkpoint, body)
            raise

    def checkpoint(self, origin_hash: str) -> bytes:
        """The note that was cosigned last of the log whose origin has this SHA-256; raises NothingCosigned."""
        for view in self._store.views():
            if view.note and sha256(view.origin.encode()).hexdigest() == origin_hash:
                return view.note
        raise NothingCosigned

    def _opened(self, content: bytes) -> Note:
        """The note of a submission; a known log's checkpoint is not signed where a line below it cannot be read."""
        try:
            return parse_note(content)
        except NoteMalformed as fault:
            text = content.rpartition(b"\n\n")[0].decode("utf-8", "replace")
            with suppress(CheckpointMalformed):
                if self._store.view(parse_checkpoint(f"{text}\n").origin):
                    raise LogSignatureInvalid from fault
            raise

    def _signed(self, note: Note, origin: str) -> Note:
        """The note with those signatures alone that were verified as the log's."""
        keys = [parse_vkey(vkey) for vkey in self._store.keys(origin)]
        if not keys and self._store.view(origin) is None:
            raise LogUnknown
        try:
            trusted = {key.key_id: key.name for key in keys if verified(note, key)}
        except NoteSignatureInvalid as fault:
            raise LogSignatureInvalid from fault
        if not trusted:
            raise LogSignatureInvalid
        return Note(note.text, tuple([each for each in note.signatures if trusted.get(each.key_id) == each.name]))

    def _cosign(self, asked: Submission, checkpoint: Checkpoint, signed: Note) -> bytes:
        """Compare with what was cosigned last, remember, and sign; within a transaction."""
        last = self._store.view(checkpoint.origin) or View(checkpoint.origin)
        if asked.old != last.size:
            raise SizeNotLast(last.size)
        _check_history(last, asked, checkpoint)
        # A time that goes back would say that an older view is the newest.
        now = max(self._now(), last.at)
        made = [signer.sign(signed.text, now) for signer in self._signers]
        note = signed.with_signatures(*made).content
        self._store.advance(View(checkpoint.origin, checkpoint.size, checkpoint.root, note, now))
        return "".join(each.line for each in made).encode()

    def _compare(self, checkpoint: Checkpoint, body: bytes) -> None:
        """Keep a checkpoint of a size that was cosigned with another root: the log signed two histories."""
        root = self._store.root_at(checkpoint.origin, checkpoint.size)
        if root is not None and root != checkpoint.root:
            self._keep(checkpoint, f"Another root was cosigned at size {checkpoint.size:,}.", body)

    def _keep(self, checkpoint: Checkpoint, reason: str, body: bytes) -> None:
        last = self._store.view(checkpoint.origin) or View(checkpoint.origin)
        self._store.keep(checkpoint.origin, self._now(), reason, checkpoint.text, body, last.note)


def _check_history(last: View, asked: Submission, checkpoint: Checkpoint) -> None:
    """Refuse a tree that does not hold the last one unchanged: RFC 6962 section 2.1.2, and the cases it leaves open."""
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise EmptyRootWrong
    if asked.old:
        verify_consistency(asked.old, checkpoint.size, last.root, checkpoint.root, asked.proof)
    elif asked.proof:
        raise ProofNotEmpty
