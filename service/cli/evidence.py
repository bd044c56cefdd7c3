"""The commands `vouchers evidence`: documents beside the log, brought at the desk, shown and checked."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from service.cli.output import pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import Session, acting, looking
from service.cli.values import DIGEST, EXISTING_FILE
from service.evidence.reading import check as check_all
from service.evidence.seeing import EvidenceUnknown
from service.evidence.taking import Archive
from service.evidence.types import SUFFIXES

_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()} | {".jpeg": "image/jpeg"}


@click.group()
def evidence() -> None:
    """The documents behind the digests in the log: put, show, check."""


@evidence.command()
@acting("officer", "reviewer", "finance")
@click.argument("file", type=EXISTING_FILE)
@click.option("--type", "media_type", type=click.Choice(sorted(SUFFIXES)), help="What it is (default: by its name).")
def put(session: Session, file: Path, media_type: str | None) -> None:
    """Put a document into the store; its digest is what the log is told of it."""
    kind = media_type or _TYPES.get(file.suffix.lower(), "")
    if not kind:
        raise click.UsageError(f"{file.name} does not say what it is: give --type.")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        taken = Archive(session.service).take(digest, kind, stream, session.who.actor)
    facts = {**taken.document._asdict(), "uploaded_at": taken.uploaded_at}
    session.out.answer(facts, pairs("Kept", [*facts.items()]))


@evidence.command()
@looking
@click.argument("digest", type=DIGEST)
def show(session: Session, digest: str) -> None:
    """What is known of a document, and who brought it when."""
    register = Archive(session.service).register
    document = register.document(digest)
    if document is None:
        raise EvidenceUnknown(pointer="/digest", remedy="Check the digest.")
    uploads = register.uploads(digest)
    facts: dict[str, Any] = {**document._asdict(), "uploads": [each._asdict() for each in uploads]}
    shown = table("Brought by", ["who", "when"], [tuple(each) for each in uploads])
    session.out.answer(facts, pairs(digest, [*document._asdict().items()][1:]), shown)


@evidence.command()
@looking
@click.pass_context
def check(ctx: click.Context, session: Session) -> None:
    """Read every document and compare it with its digest; exit code 4 where one is damaged or lost."""
    archive = Archive(session.service)
    found = check_all(archive.store, archive.register)
    facts = asdict(found)
    counts = [(name, len(value) if isinstance(value, list) else f"{value:,}") for name, value in facts.items()]
    named = [(kind, digest) for kind in ("damaged", "lost", "stray") for digest in facts[kind]]
    parts = [table("Not in order", ["what", "digest"], named)] if named else []
    session.out.answer(facts, pairs("Evidence", counts), *parts)
    if not found.is_sound:
        ctx.exit(DIFFERENT)
