"""The command `vouchers audit replay`: every decision decided again, on a data folder or on a bundle's events."""

from typing import Any, BinaryIO

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.audit.replaying import parts
from service.audit.replaying.parts import MOST_FINDINGS, PROCESSES, Replayed
from service.audit.replaying.telling import as_data
from service.cli.audit.opening import address_of, readable
from service.cli.output import Output, pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import data_option, json_option
from vouchers.redeciding import FACT, OUTCOME, POLICY

SHOWN = 20
_OF_LEVEL = {
    OUTCOME: "its own facts and policy",
    FACT: "the log before it",
    POLICY: "the policies adopted before it",
}


@click.command("replay")
@data_option
@json_option
@click.argument("log", required=False, metavar="[LOG]")
@click.option(
    "--level",
    type=click.IntRange(1, 3),
    default=3,
    show_default=True,
    metavar="N",
    help="How deep: 1 the outcome from its own record, 2 also from the log before it, 3 also the policy in force.",
)
@click.option("--size", type=click.IntRange(0), metavar="N", help="Only the first so many entries.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help=f"On so many cores (default: {PROCESSES}, one for a small log).",
)
@click.option(
    "-o",
    "--output",
    type=click.File("wb", lazy=True),
    help="File for the decisions, a line for each entry; its SHA-256 is the transcript.",
)
@click.pass_context
def replay(
    ctx: click.Context,
    data: str,
    as_json: bool,
    log: str | None,
    level: int,
    size: int | None,
    processes: int | None,
    output: BinaryIO | None,
) -> None:
    """Decide everything again that was ever decided, and name every entry that comes out otherwise (exit code 4).

    LOG is a bundle, packed or not, or its events.jsonl; without it the log of the data folder is taken.
    """
    out = Output(as_json=as_json)
    with readable(), _progress(out) as progress:
        task = progress.add_task("", total=None)
        found = parts.replay(
            address_of(data, log),
            level=level,
            stop=size,
            processes=processes,
            output=output,
            told=lambda done, end: progress.update(task, completed=done, total=end),
        )
    _answer(out, found)
    if found.differing:
        ctx.exit(DIFFERENT)


def _progress(out: Output) -> Progress:
    return Progress(
        TextColumn("deciding again"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out.messages,
        transient=True,
        disable=not out.shows_progress,
    )


def _answer(out: Output, found: Replayed) -> None:
    facts = [
        ("entries", f"{found.entries:,} in {found.turns:,} decisions"),
        ("came out the same", f"{found.agreeing:,}"),
        ("came out otherwise", f"{found.differing:,}"),
        ("only on record", f"{sum(found.stated.values()):,}"),
        ("redacted", f"{found.redacted:,}" if found.redacted else ""),
        ("asked", "; ".join(f"{each} {_OF_LEVEL[each]}" for each in range(1, found.level + 1))),
        ("transcript", f"sha256 {found.transcript}"),
    ]
    shown: list[Any] = [pairs(f"The first {found.size:,} entries, decided again", facts)]
    if found.findings:
        rows = [(each.seq, each.level, each.sentence) for each in found.findings[:SHOWN]]
        shown.append(table("What comes out otherwise", ["entry#", "level#", "what"], rows))
    if len(found.findings) > SHOWN:
        more = f"at least {MOST_FINDINGS:,}" if len(found.findings) == MOST_FINDINGS else f"{len(found.findings):,}"
        shown.append(f"Shown are {SHOWN} of {more} findings; --json lists them.")
    out.answer(as_data(found), *shown)
