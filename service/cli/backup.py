"""The commands `vouchers backup` and `vouchers restore`."""

import os
from pathlib import Path

import click

from service.cli.output import Output, pairs
from service.cli.session import Session, data_option, json_option, looking

_SHOWN = ("made_at", "entries", "last_leaf_hash")


@click.command()
@looking
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--without-evidence", is_flag=True, help="Leave the folder of evidence out; it is copied otherwise.")
def backup(session: Session, file: Path, without_evidence: bool) -> None:
    """Write the whole installation to a new file while it runs; everything acknowledged before is in it."""
    from service.backup import make_backup  # noqa: PLC0415 - it loads what else only the server needs

    made = make_backup(session.service, file, evidence=not without_evidence)
    facts = {name: made[name] for name in (*_SHOWN, "bytes")} | {"file": str(file), "members": len(made["members"])}
    title = "A backup, which holds the secrets of this installation"
    session.out.answer(facts, pairs(title, [*facts.items()]))
    key = session.service.desk.key_file
    if key is not None and key.exists():
        session.out.note(f"The key of the vault is not in it, on purpose: keep a copy of {key} apart from backups.")


@click.command()
@data_option
@json_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--log", metavar="URL", help="Another address for the log, which has to be empty.")
@click.option("--views", metavar="URL", help="Another address for the views.")
@click.option("--desk", metavar="URL", help="Another address for the desk, which has to be empty.")
def restore(data: str, as_json: bool, file: Path, log: str | None, views: str | None, desk: str | None) -> None:
    """Make an installation from a backup in a new data folder; every part is checked, nothing is overwritten."""
    from service.restoring import restore as restore_backup  # noqa: PLC0415 - it loads what else only the server needs

    restored = restore_backup(file, Path(data), os.environ, log=log, views=views, desk=desk)
    facts = {"data": data, **restored}
    Output(as_json=as_json).answer(facts, pairs("Restored and checked", [*facts.items()]), "Next: vouchers doctor")
