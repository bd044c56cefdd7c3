"""What is known of people and can be forgotten: committed to in the log, kept in the vault, erased with two people."""

from typing import Any, Final, NamedTuple

from service.audit.disclosing import disclosure_of
from service.audit.vault import UNBOUND, Kept, Vault, known_subjects
from service.banking.vault import FIELD, Entry
from service.desk import Desk
from service.wiring import Service, Who
from vouchers import application
from vouchers.erasure.decisions import CommitValue, EraseSubject, SubjectErasedAlready, subject_key
from vouchers.erasure.events import ValueCommitted
from vouchers.kinds import ERASURE

TABLES: Final = ("vault_values", "vault_keys")


class Erased(NamedTuple):
    """An erasure: the subject, what was known of it, the entries that commit to that, and what the vault still had."""

    subject: str
    fields: tuple[str, ...]
    seqs: tuple[int, ...]
    destroyed: tuple[str, ...]
    position: int


def keep(service: Service, subject: str, field: str, value: Any, who: Who, *, on: str = "") -> Kept:
    """Commit in the log to a value about a subject, and keep the value in the vault."""
    return commit(service, Kept(subject, field, UNBOUND, disclosure_of(field, value)), who, on=on)


def commit(service: Service, kept: Kept, who: Who, *, on: str = "") -> Kept:
    """Commit in the log to a value, and seal it bound to that entry; what is bound already stays as it is.

    Raises SubjectErasedAlready, also where the subject is erased while this is done.
    """
    service.execute(application.commit_value, CommitValue(kept.subject, kept.field, kept.digest), who, on=on)
    seq = next(seq for seq, event in reversed(_commitments(service, kept.subject)) if event.digest == kept.digest)
    if seq == kept.seq:
        return kept
    with service.desk.writing() as desk:
        bound = Vault(service.desk).bind(desk, kept, seq)
    if service.ledger.state(ERASURE, subject_key(kept.subject)).erased is not None:
        # Whoever erased it may have destroyed what was there before this came.
        destroy(service.desk, kept.subject)
        raise SubjectErasedAlready(pointer="/subject")
    return bound


def commit_account(service: Service, account: Entry, who: Who, *, on: str = "") -> None:
    """Commit in the log to the account behind a reference, once two people agree on it."""
    with service.desk.reading() as desk:
        kept = Vault(service.desk).find(desk, account.account_ref, FIELD)
    commit(service, kept, who, on=on)


def erase(
    service: Service, subject: str, basis: str, who: Who, *, proposed_by: str, approved_by: str, on: str = ""
) -> Erased:
    """Erase a subject: on record first, then its key and its disclosures are destroyed; again finishes what was begun.

    Once it is on record nothing can be kept of the subject any more, so that a crash in between leaves nothing open.
    """
    seqs = tuple(seq for seq, _ in _commitments(service, subject))
    command = EraseSubject(subject, seqs, basis, proposed_by, approved_by)
    outcome = service.execute(application.erase_subject, command, who, on=on)
    destroyed = destroy(service.desk, subject)
    fields, found = outcome.answer["fields"], outcome.answer["seqs"]
    return Erased(subject, tuple(fields), tuple(found), tuple(destroyed), outcome.position)


def destroy(desk: Desk, subject: str) -> list[str]:
    """Destroy what the vault has of a subject, down to the pages of the database; the names of it."""
    with desk.writing() as connection:
        names = Vault(desk).erase(connection, subject)
    desk.scrub(*TABLES)
    return names


def resurrected(service: Service) -> list[str]:
    """Subjects that the log says are erased and the vault has all the same, as after an old backup was restored."""
    with service.desk.reading() as desk:
        subjects = dict.fromkeys(subject for subject, _, _ in known_subjects(desk))
    states = {subject: service.ledger.state(ERASURE, subject_key(subject)) for subject in subjects}
    return [subject for subject, state in states.items() if state.erased is not None]


def unbound(service: Service) -> list[tuple[str, str]]:
    """Values of the vault to which no entry of the log commits."""
    with service.desk.reading() as desk:
        return [(subject, field) for subject, field, seq in known_subjects(desk) if seq == UNBOUND]


def _commitments(service: Service, subject: str) -> list[tuple[int, ValueCommitted]]:
    entries = service.ledger.history(ERASURE.stream(subject_key(subject)))
    return [(entry.seq, entry.data) for entry in entries if isinstance(entry.data, ValueCommitted)]
