"""The command `vouchers audit tiles`: the log as files that are written once."""

from pathlib import Path

import click
from rich.progress import MofNCompleteColumn, Progress, TextColumn

from service.audit.checkpoints import NoCheckpoint
from service.audit.tiles import write_tiles
from service.cli.output import pairs
from service.cli.session import Session, looking
from vouchers.audit import to_base64


@click.command()
@looking
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def tiles(session: Session, folder: Path) -> None:
    """Write the log into DIR as tiles, with its entries and its checkpoint; a second time adds what came since.

    What is there is never written again, so DIR may be on a disk that keeps what it has. A folder that the log does
    not continue is refused.
    """
    service, out = session.service, session.out
    signed = service.checkpoints.sign_if_grown() or service.checkpoints.latest()
    if signed is None:
        raise NoCheckpoint
    columns = TextColumn("{task.description}"), MofNCompleteColumn()
    with Progress(*columns, console=out.messages, transient=True, disable=not out.shows_progress) as progress:
        task = progress.add_task("files", total=None)
        written = write_tiles(service.ledger, signed.note, folder, lambda done: progress.update(task, completed=done))
    known = signed.checkpoint
    facts = {"folder": str(folder), "files": written, "size": known.size, "root": to_base64(known.root)}
    shown = [("folder", folder), ("new files", f"{written:,}"), ("entries", f"{known.size:,}"), ("root", facts["root"])]
    out.answer(facts, pairs("The log as tiles", shown))
