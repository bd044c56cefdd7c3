"""The audit in a random year: a sample, an anchor, a bundle, what is forgotten, another key, and another name."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit.disclosing import digest_of, disclosure_of
from service.audit.signing import Signer
from vouchers import application as app
from vouchers import wire
from vouchers.anchor.decisions import RecordAnchor
from vouchers.application.drawing import CommitDraw, RevealDraw
from vouchers.application.erasing import redaction_of
from vouchers.audit import COSIGNATURE, ED25519, Note, checkpoint_text, to_base64
from vouchers.budget.events import Cut
from vouchers.bundle.decisions import RecordExport
from vouchers.days import instant_of
from vouchers.draw.decisions import commitment_of
from vouchers.erasure.decisions import CommitValue, EraseSubject
from vouchers.ledger import Ledger
from vouchers.logkey.decisions import ReopenLog, RotateKey, reopening, statement

ORIGIN, TRIAL = "town.example/log", "town.example/trial"
PEOPLE = {"proposed_by": "officer:li", "approved_by": "officer:wu"}
NONCE = "5e" * 32


def signer(name: str, seed: int, kind: int = ED25519) -> Signer:
    """A key that is the same in every year: all who play it must come to the same log."""
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


FIRST, SECOND, OTHER = signer(ORIGIN, 1), signer(ORIGIN, 2), signer(TRIAL, 3)
WITNESS = signer("office.example/witness", 4, COSIGNATURE)


class Here(Protocol):
    """Where commands are given, and the log that they write."""

    ledger: Ledger

    def do(self, use_case: Callable[..., Any], command: Any, *, actor: str = "officer:li") -> Any:
        """Give a command."""


def attest(town: Here) -> None:
    """An auditor samples and takes a bundle along, a witness cosigns, and the log changes its key and its name."""
    draw(town)
    anchor(town)
    export(town)
    forget(town)
    seq = next(entry.seq for entry in town.ledger.entries() if isinstance(entry.data, Cut))
    take_out(town, seq, "/data/reference")
    town.ledger.redact(seq)
    rotate(town)
    reopen(town)


def checkpoint(town: Here, by: Signer) -> Note:
    """What the log signs of itself as it is now."""
    size = town.ledger.size()
    text = checkpoint_text(by.key.name, size, town.ledger.tree.root(size))
    return Note(text, (by.sign(text),))


def draw(town: Here, name: str = "Q4", by: Signer = FIRST) -> None:
    """A sample is committed to, and revealed once a checkpoint covers the commitment."""
    asked = CommitDraw(name, commitment_of(NONCE), "00" * 16, "payments", "stratified", 3, "category")
    town.do(app.commit_draw, asked, actor="regulator:wu")
    size = town.ledger.size()
    digest = hashlib.sha256(checkpoint(town, by).content).hexdigest()
    told = RevealDraw(name, NONCE, size, town.ledger.tree.root(size).hex(), size, digest)
    town.do(app.reveal_draw, told, actor="regulator:wu")


def anchor(town: Here, by: Signer = FIRST) -> None:
    """A witness cosigns a checkpoint as soon as its last entry is recorded."""
    size, note = town.ledger.size(), checkpoint(town, by)
    [last] = town.ledger.rows(size - 1, size)
    seconds = ceil(datetime.fromisoformat(wire.recorded_at(last.entry)).timestamp())
    note = note.with_signatures(WITNESS.sign(note.text, seconds))
    digest, root = hashlib.sha256(note.content).hexdigest(), town.ledger.tree.root(size).hex()
    times = {f"{WITNESS.key.name}+{WITNESS.key.key_id.hex()}": instant_of(seconds * 1_000_000)}
    town.do(app.record_anchor, RecordAnchor(by.key.name, size, root, digest, times), actor="system:worker")


def export(town: Here, by: Signer = FIRST) -> None:
    """An audit office takes a bundle along, and with it a value that it may read."""
    digest = digest_of(disclosure_of("contact", "somebody else", salt="BBBBBBBBBBBBBBBBBBBBBB"))
    town.do(app.commit_value, CommitValue("subject:8", "contact", digest))
    size = town.ledger.size()
    manifest = hashlib.sha256(checkpoint(town, by).content).hexdigest()
    formats, words = ("csv", "sqlite"), ("the yearly audit", "audit office")
    root = town.ledger.tree.root(size).hex()
    found = next(entry.seq for entry in town.ledger.entries() if getattr(entry.data, "digest", "") == digest)
    disclosed = RecordExport(by.key.name, size, root, manifest, formats, *words, (found,), "act on audits, art. 9")
    town.do(app.record_export, disclosed)


def forget(town: Here, subject: str = "subject:7") -> None:
    """A subject is erased whose value was committed to."""
    digest = digest_of(disclosure_of("contact", "somebody", salt="AAAAAAAAAAAAAAAAAAAAAA"))
    town.do(app.commit_value, CommitValue(subject, "contact", digest))
    erasure = EraseSubject(subject, (town.ledger.size() - 1,), "the subject asked for it", **PEOPLE)
    town.do(app.erase_subject, erasure, actor="officer:wu")


def take_out(town: Here, seq: int, place: str) -> None:
    """A text is ordered out of an entry; its bytes are still there."""
    [row] = town.ledger.rows(seq, seq + 1)
    words = {"authority": "data protection office", "basis": "the text names somebody"}
    town.do(app.redact_entry, redaction_of(row.entry, (place,), **words, **PEOPLE), actor="officer:wu")


def rotate(town: Here, old: Signer = FIRST, new: Signer = SECOND) -> None:
    """The log signs with another key, and both keys say so."""
    text = statement(old.key.name, old.vkey, new.vkey)
    made = [signed(by, text) for by in (old, new)]
    town.do(app.rotate_key, RotateKey(old.key.name, old.vkey, new.vkey, "routine", *made), actor="system:desk")


def reopen(town: Here, old: Signer = SECOND, new: Signer = OTHER) -> None:
    """The log goes on under another name, as a copy for a trial does."""
    size, name = town.ledger.size(), new.key.name
    root = to_base64(town.ledger.tree.root(size))
    signature = signed(new, reopening(name, new.vkey, old.key.name, size, root, size))
    command = ReopenLog(name, new.vkey, old.key.name, old.vkey, size, root, size, signature)
    town.do(app.reopen_log, command, actor="system:desk")


def signed(by: Signer, text: str) -> str:
    """What stands behind the name in a signature line."""
    signature = by.sign(text)
    return to_base64(signature.key_id + signature.content)
