"""The commands `vouchers link`: who controls, holds or is close to whom, with the days."""

from dataclasses import asdict
from pathlib import Path

import click

from service.cli.output import table
from service.cli.session import Session, acting, looking
from service.cli.values import DAY, EXISTING_FILE, PARTY, digest_of
from vouchers import application
from vouchers.kinds import LINK
from vouchers.link.decisions import KINDS, EndLink, RecordLink
from vouchers.money import WHOLE_BP


@click.group()
def link() -> None:
    """Links between parties: record, end, list."""


@link.command()
@acting("officer", "system")
@click.argument("party", type=PARTY)
@click.argument("other", type=PARTY)
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What ties them; PARTY controls or holds OTHER.")
@click.option("--share", "share_bp", type=int, default=WHOLE_BP, show_default=True, metavar="BP", help="Basis points.")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day.")
@click.option("--until", type=DAY, default="", metavar="DAY", help="Last day, if it is known.")
@click.option("--source", required=True, help="Who says so.")
@click.option("--document", type=EXISTING_FILE, help="The document that shows it; only its digest is kept.")
def record(
    session: Session,
    party: str,
    other: str,
    kind: str,
    share_bp: int,
    first: str,
    until: str,
    source: str,
    document: Path | None,
) -> None:
    """Record a link between two parties; people by their references."""
    digest = digest_of(document, None, "document") if document else ""
    command = RecordLink(party, other, kind, share_bp, first, until, source, digest)
    session.tell(application.record_link, command, "Recorded")


@link.command()
@acting("officer", "system")
@click.argument("party", type=PARTY)
@click.argument("other", type=PARTY)
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What tied them.")
@click.option("--until", type=DAY, required=True, metavar="DAY", help="Its last day.")
@click.option("--source", required=True, help="Who says so.")
def end(session: Session, party: str, other: str, kind: str, until: str, source: str) -> None:
    """Record that a link ended."""
    session.tell(application.end_link, EndLink(party, other, kind, until, source), "Ended")


@link.command("list")
@looking
@click.argument("party", type=PARTY)
def list_links(session: Session, party: str) -> None:
    """Every link of a party, ended ones too."""
    found = [asdict(each) for each in session.service.ledger.state(LINK, party).recorded]
    names = ("other", "kind", "direction", "share_bp", "from_on", "until_on", "source")
    rows = [tuple(each[name] for name in names) for each in found]
    columns = ["other", "kind", "direction", "share#", "from", "until", "source"]
    session.out.answer({"party": party, "links": found}, table("Links", columns, rows) if rows else "No links.")
