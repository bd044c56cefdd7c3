"""The commands `vouchers views`: how far the views are, and whether they say what the log says."""

from dataclasses import asdict

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli.output import pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import Session, looking


@click.group()
def views() -> None:
    """The views: status, catch-up, rebuild, verify. They are derived from the log and may be rebuilt at any time."""


@views.command()
@looking
def status(session: Session) -> None:
    """How far each view has come."""
    size = session.service.ledger.size()
    with session.service.views.engine.connect() as connection:
        positions = session.service.views.positions(connection)
    rows = [(name, f"{position:,}", f"{size - position:,}") for name, position in positions.items()]
    session.out.answer(
        {"log": size, "views": positions},
        table(f"The log has {size:,} entries", ["view", "position#", "behind#"], rows),
    )


@views.command("catch-up")
@looking
def catch_up(session: Session) -> None:
    """Bring every view to the end of the log."""
    position = session.service.catch_up()
    session.out.answer({"position": position}, pairs("Caught up", [("position", f"{position:,}")]))


@views.command()
@looking
def rebuild(session: Session) -> None:
    """Empty every view and add the whole log up again."""
    with Progress(
        TextColumn("rebuilding"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=session.out.messages,
        transient=True,
        disable=not session.out.shows_progress,
    ) as progress:
        task = progress.add_task("", total=session.service.ledger.size())
        position = session.service.views.rebuild(
            session.service.ledger, lambda done, end: progress.update(task, completed=done, total=end)
        )
    session.service.feed.forget()
    session.out.answer({"position": position}, pairs("Rebuilt", [("position", f"{position:,}")]))


@views.command()
@looking
@click.pass_context
def verify(ctx: click.Context, session: Session) -> None:
    """Build the views beside from the log and name the first row that differs in each table (exit code 4)."""
    position = session.service.catch_up()
    found = session.service.views.verify(session.service.ledger)
    data = {"position": position, "differences": [{**asdict(each), "text": str(each)} for each in found]}
    if not found:
        session.out.answer(data, f"The views say what the log says, up to position {position:,}.")
        return
    rows = [(each.table, "/".join(map(str, each.key)), str(each)) for each in found]
    session.out.answer(
        data,
        table("The views differ from the log", ["table", "row", "what"], rows),
        "Ask vouchers doctor whether the log was changed, not they; if it was not: vouchers views rebuild",
    )
    ctx.exit(DIFFERENT)
