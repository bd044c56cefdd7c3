"""The command `vouchers audit guards`."""

from contextlib import closing

import click

from service.cli.output import pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import Session, looking
from vouchers.ledger import open_recorder


@click.command()
@looking
@click.option("--restore", is_flag=True, help="Set the ones again that are missing, switched off or changed.")
@click.option("--owner", default="", metavar="URL", help="Address of the log as its owner (PostgreSQL).")
@click.pass_context
def guards(ctx: click.Context, session: Session, restore: bool, owner: str) -> None:
    """Whether the database itself refuses to change the log (exit code 4 where a guard is missing).

    A guard that went away was taken away: compare the log with a checkpoint kept elsewhere before it is restored.
    """
    missing = session.service.ledger.unguarded()
    if restore and missing:
        with closing(open_recorder(owner or session.service.settings.log_url)) as recorder:
            recorder.guard()
    still = session.service.ledger.unguarded()
    told = [(name, "missing" if name in still else "restored") for name in missing]
    data = {"missing": still, "restored": [name for name in missing if name not in still]}
    well = pairs("The database refuses to change or delete an entry", [])
    session.out.answer(data, table("Guards of the log", ["guard", "state"], told) if told else well)
    if still:
        ctx.exit(DIFFERENT)
