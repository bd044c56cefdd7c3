"""The commands `vouchers audit vault|erase|redact|redactions`: what can be forgotten, and what has to be."""

import secrets
import sys
from pathlib import Path

import click

from service.audit import privacy
from service.audit.redactions import redact as redact_entry
from service.audit.redactions import redactions as redactions_of
from service.audit.vault import KEY_BYTES, UNBOUND, Vault, beside, known_subjects, name_of
from service.cli.output import pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import Session, acting, looking
from service.cli.values import EXISTING_FILE, PERSON
from service.settings import write_once
from vouchers.refusals import Conflict, Malformed

LARGEST_VALUE = 32_768  # bytes

_proposer = click.option(
    "--proposed-by", type=PERSON, required=True, metavar="ROLE:NAME", help="Who proposed it: somebody else than --as."
)
_basis = click.option("--basis", required=True, help="The legal basis, such as an article or a decision's number.")


class ValueTooLarge(Malformed):
    """The vault keeps values of up to 32,768 bytes."""

    remedy = "Keep the document as evidence, and its digest here."


class KeyInPlace(Conflict):
    """There is a file of this name already, and a key is never written over."""

    remedy = "Move it away first, once you know what it is."


@click.group()
def vault() -> None:
    """What is known of people: sealed beside the log by subject, and destroyed with the subject's key."""


@vault.command("list")
@looking
def list_values(session: Session) -> None:
    """What the vault has, by name only, and the entry of the log that commits to it."""
    with session.service.desk.reading() as desk:
        found = known_subjects(desk)
    rows = [(subject, field, "" if seq == UNBOUND else seq) for subject, field, seq in found]
    data = {"values": [dict(zip(("subject", "field", "seq"), row, strict=True)) for row in found]}
    session.out.answer(data, table(f"{len(rows)} values", ["subject", "name", "committed in seq#"], rows))


@vault.command()
@acting("officer", "finance")
@click.argument("subject")
@click.argument("field")
@click.option("--file", "path", type=EXISTING_FILE, help="File with the value (default: standard input).")
def keep(session: Session, subject: str, field: str, path: Path | None) -> None:
    """Keep a value about a subject, and commit to it in the log; the value is read from a file or standard input."""
    with path.open("rb") if path else sys.stdin.buffer as source:
        content = source.read(LARGEST_VALUE + 1)
    if len(content) > LARGEST_VALUE:
        raise ValueTooLarge(pointer="/file")
    value = content.decode("utf-8").rstrip("\n")
    kept = privacy.keep(session.service, subject, field, value, session.who, on=session.on)
    facts = {"subject": subject, "field": field, "seq": kept.seq, "digest": kept.digest}
    session.out.answer(facts, pairs("Kept", [*facts.items()]))


@vault.command()
@looking
@click.argument("subject")
@click.argument("field")
def disclose(session: Session, subject: str, field: str) -> None:
    """The disclosure of a value (RFC 9901): whoever has it can compare its SHA-256 with the commitment in the log."""
    with session.service.desk.reading() as desk:
        kept = Vault(session.service.desk).find(desk, subject, field)
    facts = {"subject": subject, "field": field, "seq": kept.seq, "digest": kept.digest, "disclosure": kept.disclosure}
    session.out.answer({**facts, "value": kept.value}, pairs("Disclosed", [*facts.items(), ("value", kept.value)]))


@vault.command("change-key")
@looking
def change_key(session: Session) -> None:
    """Seal everything with a fresh key of the vault; the old key stays beside it until you destroy it."""
    path = session.service.desk.key_file
    assert path is not None, "an installation has a place for its key"
    old, coming = beside(path, "old"), beside(path, "new")
    if coming.exists() and not path.exists():
        coming.rename(path)  # A change that was interrupted at its last step.
    if old.exists():
        raise KeyInPlace(pointer=f"/{old.name}")
    write_once(coming, secrets.token_bytes(KEY_BYTES))  # One that an interrupted change left is used again.
    fresh = coming.read_bytes()
    with session.service.desk.writing() as desk:
        changed = Vault(session.service.desk).change_key(desk, fresh)
    if path.exists():
        path.rename(old)
    coming.rename(path)
    session.service.desk.scrub(*privacy.TABLES)
    facts = {"subjects": changed, "key": name_of(fresh), "old_key_in": str(old)}
    session.out.answer(facts, pairs("The vault has a fresh key", [*facts.items()]))


@click.command()
@acting("officer")
@click.argument("subject")
@_basis
@_proposer
def erase(session: Session, subject: str, basis: str, proposed_by: str) -> None:
    """Forget a SUBJECT: its key and its disclosures are destroyed, and the log keeps that they were.

    Every proof and every replay stays valid. Once more finishes what was interrupted, or repeats it after an old
    backup was restored.
    """
    people = {"proposed_by": proposed_by, "approved_by": session.who.actor}
    found = privacy.erase(session.service, subject, basis, session.who, **people, on=session.on)
    facts = {**found._asdict(), "fields": list(found.fields), "seqs": list(found.seqs)}
    shown = [("subject", subject), ("known of it", ", ".join(found.fields)), ("commitments", _numbers(found.seqs))]
    shown += [("destroyed now", ", ".join(found.destroyed) or "nothing: it was gone before")]
    session.out.answer({**facts, "destroyed": list(found.destroyed)}, pairs("Erased", shown))
    session.out.note("Backups made before still hold what was sealed; let them end by your retention.")


@click.command()
@acting("officer")
@click.argument("seq", type=click.IntRange(0))
@click.option("--at", "pointers", multiple=True, required=True, metavar="POINTER", help="Such as /data/reason.")
@click.option("--authority", required=True, help="Who ordered it, such as the data protection officer.")
@_basis
@_proposer
@click.option("--owner", default="", metavar="URL", help="Address of the log as its owner (PostgreSQL with roles).")
def redact(session: Session, seq: int, pointers: tuple[str, ...], proposed_by: str, owner: str, **words: str) -> None:
    """Take a text out of entry SEQ that should never have held it; its leaf, and so every proof, stays valid."""
    people = {"proposed_by": proposed_by, "approved_by": session.who.actor}
    wiped = redact_entry(session.service, seq, pointers, session.who, owner=owner, on=session.on, **people, **words)
    found = next(each for each in redactions_of(session.service) if each.event.seq == seq)
    facts = {"seq": seq, "leaf_hash": found.event.leaf_hash, "recorded_in": found.recorded, "removed": found.done}
    session.out.answer({**facts, "wiped": wiped}, pairs("Redacted", [*facts.items(), ("wiped", wiped)]))
    session.out.note("Restart what serves this log: a process may remember the text. Copies elsewhere keep it.")
    if not wiped:
        session.out.note("Another process still reads the log: give the command again once it has ended.")


@click.command()
@looking
@click.pass_context
def redactions(ctx: click.Context, session: Session) -> None:
    """Every redaction on record, and whether the bytes are gone. Exit code 4 where some are still there."""
    found = [*redactions_of(session.service)]
    rows = [
        (
            each.event.seq,
            each.recorded,
            " ".join(each.event.pointers),
            each.event.authority,
            each.event.basis,
            each.done,
        )
        for each in found
    ]
    columns = ["seq#", "recorded in#", "texts", "authority", "basis", "removed"]
    names = ("seq", "recorded_in", "pointers", "authority", "basis", "removed")
    data = {"redactions": [dict(zip(names, row, strict=True)) for row in rows]}
    session.out.answer(data, table(f"{len(rows)} redactions", columns, rows))
    if not all(each.done for each in found):
        ctx.exit(DIFFERENT)


def _numbers(seqs: tuple[int, ...]) -> str:
    return ", ".join(f"{seq:,}" for seq in seqs)
