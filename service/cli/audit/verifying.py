"""The command `vouchers audit verify`: an audit bundle checked against a trust file, without an installation."""

from pathlib import Path

import click

from service.audit.bundle.checking import Asked, check
from service.cli.output import Output, table
from service.cli.problems import DIFFERENT
from service.cli.session import json_option

SHOWN = 20
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("bundle", type=click.Path())
@json_option
@click.option("--trust", required=True, type=FILE, metavar="FILE", help="The public keys, come another way.")
@click.option(
    "--previous",
    type=click.Path(exists=True, path_type=Path),
    metavar="KEPT",
    help="A checkpoint or bundle that you kept: the log has to continue it.",
)
@click.option("--tables", is_flag=True, help="Make every table again from the entries, and compare all its forms.")
@click.option("--tree", is_flag=True, help="Only files, signatures and tree; no balances.")
@click.pass_context
def verify(
    ctx: click.Context, bundle: str, as_json: bool, trust: Path, previous: Path | None, tables: bool, tree: bool
) -> None:
    """Check BUNDLE, a folder or FILE.zip, and name the first record that is wrong; exit code 4 where there is one."""
    found = check(Asked(bundle, trust, previous, tables, tree))
    code, verdict = found.verdict()
    problems = [dict(zip(("kind", "record", "text"), each, strict=True)) for each in found.problems]
    out = Output(as_json=as_json)
    facts = {"ok": not code, "proofs_hold": code < 2, "verdict": verdict, "good": found.good, "problems": problems}  # noqa: PLR2004
    rows = [("ok", "", text) for text in found.good]
    rows += [("WRONG", "" if record is None else f"{record:,}", text) for _, record, text in found.problems[:SHOWN]]
    out.answer(facts, table(f"Bundle {bundle}", ["", "record#", "what"], rows), verdict)
    if code:
        ctx.exit(DIFFERENT)
