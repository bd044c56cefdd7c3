"""The commands about the log as files that are written once: write them, fill a restored log up from them."""

import os
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn, Progress, TextColumn

from service.audit.checkpoints import NoCheckpoint
from service.audit.refilling import refill as append_missing
from service.audit.tiles import write_tiles
from service.cli.output import Output, pairs
from service.cli.session import Session, data_option, json_option, looking
from service.settings import load_settings
from service.wiring import Service
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


@click.command()
@data_option
@json_option
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def refill(data: str, as_json: bool, folder: Path) -> None:
    """Append to a log that was restored from an old backup what the tiles in DIR have more; while nothing runs.

    Everything is held against the checkpoint in DIR, which the log signed, before the first entry is appended.
    """
    settings = load_settings(data, os.environ)
    with Service(settings) as service:
        keys = service.checkpoints.prepare()
    before, after = append_missing(settings.log_url, keys, folder)
    facts = {"before": before, "after": after}
    shown = [("before", f"{before:,} entries"), ("now", f"{after:,} entries")]
    Output(as_json=as_json).answer(facts, pairs("The log as its tiles have it", shown), "Next: vouchers doctor")
