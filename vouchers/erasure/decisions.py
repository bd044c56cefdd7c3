"""What may be forgotten next, and by whom."""

import re
from typing import Final

from vouchers.erasure import events as erasure
from vouchers.erasure.state import Erasure
from vouchers.refusals import Conflict, Malformed, NotAllowed, Refused
from vouchers.texts import same_person
from vouchers.values import Value

REMOVED: Final = "[redacted]"
MOST_VALUES: Final = 100  # values of one subject
MOST_PLACES: Final = 20  # texts of one entry
# Texts that no rule computes with: taking one out changes no balance and no state but what a reader is told.
FREE_TEXTS: Final = frozenset(
    {"bank_reason", "content", "detail", "grounds", "measure", "name", "note", "occasion", "purpose", "reason"}
    | {"recipient", "reference", "remedy", "rules", "summary", "text", "title"}
)
# Tables of facts: a text there may have been decided on, so that such a decision cannot be made again from it.
FACTS: Final = frozenset({"answers", "attributes", "enterprise_facts", "facts", "provider_facts"})
_PLACE: Final = re.compile(r"/data(?:/[A-Za-z0-9._-]{1,64}){1,4}")


class ErasureNotIndependent(NotAllowed):
    """Forgetting needs two people: whoever proposes it cannot approve it."""

    remedy = "Let another person of the office look at it and approve it."


class SubjectErasedAlready(Conflict):
    """The subject was erased; nothing more can be kept of it under this reference."""

    remedy = "Give the subject a new reference, if there is a basis to keep data of it again."


class SubjectChanged(Conflict):
    """Another value of the subject was committed to meanwhile."""

    remedy = "Order the erasure again."


class TooManyValues(Refused):
    """There are more values of one subject than may be kept."""

    remedy = "Keep them together in one document."


class EntryRedactedOtherwise(Conflict):
    """The entry was redacted before, at other places; its first bytes are gone."""

    remedy = "List the redactions to see what was taken out."


class PlaceNotRedactable(Malformed):
    """Only a free text or a text among facts can be taken out of an entry; everything else is what the log adds up."""

    remedy = "Name the text, such as /data/reason; correct other things by the command for it."


class CommitValue(Value):
    """Commit to a value about a subject that is kept outside the log."""

    subject: str
    field: str
    digest: str


class EraseSubject(Value):
    """Forget a subject: the entries that commit to its values, the legal basis, who proposed and who approves it."""

    subject: str
    seqs: tuple[int, ...]
    basis: str
    proposed_by: str
    approved_by: str


class RedactEntry(Value):
    """Take texts out of an entry: where, what is left, its leaf, who ordered it and on which basis."""

    seq: int
    leaf_hash: str
    pointers: tuple[str, ...]
    left: str
    authority: str
    basis: str
    proposed_by: str
    approved_by: str


def subject_key(subject: str) -> str:
    """The key of the stream that a subject has."""
    return f"subject/{subject}"


def entry_key(seq: int) -> str:
    """The key of the stream that an entry has once it is redacted."""
    return f"entry/{seq}"


def commit_value(state: Erasure, command: CommitValue) -> list[erasure.Event]:
    """Commit to a value; the same again changes nothing."""
    if state.erased is not None:
        raise SubjectErasedAlready(pointer="/subject")
    if state.digests.get(command.field) == command.digest:
        return []
    if command.field not in state.digests and len(state.digests) >= MOST_VALUES:
        raise TooManyValues(pointer="/field")
    return [erasure.ValueCommitted(command.subject, command.field, command.digest)]


def erase_subject(state: Erasure, command: EraseSubject) -> list[erasure.Event]:
    """Order a subject's key and disclosures destroyed; again changes nothing."""
    if state.erased is not None:
        return []
    if same_person(command.proposed_by, command.approved_by):
        raise ErasureNotIndependent(pointer="/approved_by")
    if len(command.seqs) != state.commitments:
        raise SubjectChanged(pointer="/seqs")
    names = tuple(sorted(state.digests))
    people = (command.proposed_by, command.approved_by)
    return [erasure.SubjectErased(command.subject, names, command.seqs, command.basis, *people)]


def redact_entry(state: Erasure, command: RedactEntry) -> list[erasure.Event]:
    """Order texts taken out of an entry; the same again changes nothing."""
    before = state.redacted
    if before is not None:
        if (before.leaf_hash, before.pointers) != (command.leaf_hash, command.pointers):
            raise EntryRedactedOtherwise(pointer="/pointers")
        return []
    if same_person(command.proposed_by, command.approved_by):
        raise ErasureNotIndependent(pointer="/approved_by")
    for place, pointer in enumerate(command.pointers):
        check_place(pointer, f"/pointers/{place}")
    words = (command.authority, command.basis, command.proposed_by, command.approved_by)
    return [erasure.EntryRedacted(command.seq, command.leaf_hash, command.pointers, command.left, *words)]


def check_place(pointer: str, at: str = "/pointers") -> str:
    """A place in an entry at which a text may be taken out, else refuse it."""
    parts = pointer.split("/")[2:] if _PLACE.fullmatch(pointer) else []
    if parts and (parts[0] in FACTS or any(part in FREE_TEXTS for part in parts)):
        return pointer
    raise PlaceNotRedactable(pointer=at)
