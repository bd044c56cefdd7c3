"""The command `vouchers audit export`: everything an auditor needs, in one folder or ZIP."""

from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.audit.bundle.exporting import Made, Wanted, export_bundle
from service.cli.output import Output, pairs
from service.cli.problems import DIFFERENT
from service.cli.session import Session, acting
from vouchers.audit import to_base64

FORMATS = ("sqlite", "xlsx", "parquet")


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@acting("officer", "regulator")
@click.option("--purpose", required=True, metavar="WORDS", help="What it is for: a task, not a person.")
@click.option("--recipient", required=True, metavar="WORDS", help="Whom it is for: an office, not a person.")
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="Tables in this form too, beside CSV; may be given several times (default: sqlite and xlsx).",
)
@click.option(
    "--disclose",
    nargs=2,
    multiple=True,
    metavar="SUBJECT NAME",
    help="Disclose this value about this subject (vouchers audit vault list); may be given several times.",
)
@click.option("--basis", default="", metavar="WORDS", help="The legal basis on which values are disclosed.")
@click.option("--replayed", is_flag=True, help="Decide everything again, and put in what came out.")
@click.pass_context
def export(
    ctx: click.Context,
    session: Session,
    target: Path,
    purpose: str,
    recipient: str,
    formats: tuple[str, ...],
    disclose: tuple[tuple[str, str], ...],
    basis: str,
    replayed: bool,
) -> None:
    """Write the log with proofs, policies and tables into TARGET, a folder or FILE.zip, and record that in the log.

    The bundle is checked as soon as it is made; exit code 4 where the log itself does not fit.
    """
    forms = tuple(dict.fromkeys(formats)) or ("sqlite", "xlsx")
    wanted = Wanted(target, forms, purpose, recipient, disclose, basis, replayed)
    with _progress(session.out) as progress:
        task = progress.add_task("")
        made = export_bundle(
            session.service,
            wanted,
            session.who,
            lambda step, done, end: progress.update(task, description=step, completed=done, total=end),
        )
    facts, rows = _told(made, target)
    session.out.answer(facts, pairs(f"Bundle {target}", rows))
    if made.found.problems:
        ctx.exit(DIFFERENT)


def _told(made: Made, target: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What is said of a bundle that was made, to a program and to a person."""
    code, verdict = made.found.verdict()
    origin, size, root, *_ = made.signed.checkpoint
    facts = {"sound": not code, "verdict": verdict, "target": str(target), "origin": origin, "size": size}
    facts |= {"root": to_base64(root), "manifest_sha256": made.manifest_sha256, "files": made.files, "rows": made.rows}
    facts |= {"disclosed": made.disclosed, "transcript_sha256": made.transcript}
    rows = [
        ("log", origin),
        ("entries", f"{size:,} · {to_base64(root)[:8]}"),
        ("files", f"{made.files:,}"),
        ("rows of tables", f"{made.rows:,}"),
        ("disclosed values", f"{made.disclosed:,}" if made.disclosed else ""),
        ("decided again", f"transcript sha256 {made.transcript}" if made.transcript else ""),
        ("manifest", made.manifest_sha256),
        ("looked at", verdict),
        ("trust file", "vouchers audit trust > trust.policy (hand it over another way)"),
        ("check it", f"{_verifier(target)} {target} --trust trust.policy"),
    ]
    return {**facts, "position": made.position}, rows


def _verifier(target: Path) -> str:
    """How the program in the bundle is called; out of a ZIP it has to come first."""
    packed = target.suffix == ".zip"
    return f"unzip {target} verify.py; python3 verify.py" if packed else f"python3 {target}/verify.py"


def _progress(out: Output) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=out.messages, transient=True, disable=not out.shows_progress)
