"""The commands `vouchers registry` and `vouchers entitle`: facts in, decisions and vouchers out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from service.cli.output import Output, pairs, table
from service.cli.problems import FAULTY_INPUT
from service.cli.session import Session, acting
from service.cli.values import DAY, EXISTING_FILE, PROGRAMME_CODE
from service.entitling import EntitleReport, entitle_all
from service.registry import ImportReport, Progress, import_enterprises, import_providers

SHOWN = 20  # faults on the screen; the report file has them all


@click.group()
def registry() -> None:
    """Import registry files of enterprises or providers (CSV or JSON Lines)."""


@registry.command("import")
@acting("officer")
@click.argument("file", type=EXISTING_FILE)
@click.option("--providers", is_flag=True, help="The file lists providers, not enterprises.")
@click.option("--as-of", type=DAY, default="", metavar="DAY", help="Day of the facts, unless a column tells.")
@click.option(
    "--entitle", "programmes", type=PROGRAMME_CODE, multiple=True, help="Decide this programme at once; repeat."
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, record nothing.")
@click.option("--encoding", type=click.Choice(["utf-8", "gb18030"]), default="utf-8", show_default=True)
@click.option("--ignore-columns", is_flag=True, help="Leave unknown columns out instead of refusing the file.")
@click.option("--allowed", type=EXISTING_FILE, help="Legal credit codes that fail a check, one a line.")
@click.pass_context
def import_file(
    ctx: click.Context,
    session: Session,
    file: Path,
    providers: bool,
    as_of: str,
    programmes: tuple[str, ...],
    dry_run: bool,
    encoding: str,
    ignore_columns: bool,
    allowed: Path | None,
) -> None:
    """Record what a registry file says. Rows with faults are reported (exit code 3), all others proceed.

    A run that was interrupted is simply run again: what is on record already is left as it is.
    """
    if providers and programmes:
        raise click.UsageError("--entitle is for enterprises, not for --providers.")
    given: dict[str, Any] = {
        "as_of": as_of,
        "on": session.on,
        "dry_run": dry_run,
        "allowed": frozenset(allowed.read_text(encoding="utf-8").split()) if allowed else frozenset(),
        "encoding": encoding,
        "ignore_columns": ignore_columns,
    }
    with _progress(session.out, file.name) as told:
        if providers:
            report = import_providers(session.service, file, session.who, **given, progress=told)
        else:
            report = import_enterprises(session.service, file, session.who, **given, entitle=programmes, progress=told)
    session.out.answer(asdict(report), *_import_parts(report, providers=providers))
    if report.faulty:
        ctx.exit(FAULTY_INPUT)


@click.command()
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.option("--dry-run", is_flag=True, help="Decide everything, record nothing.")
def entitle(session: Session, programme: str, dry_run: bool) -> None:
    """Decide every enterprise on record in a programme; what stands already stays."""
    with _progress(session.out, programme) as told:
        report = entitle_all(session.service, programme, session.who, on=session.on, dry_run=dry_run, progress=told)
    session.out.answer(asdict(report), *_entitle_parts(report))


@contextmanager
def _progress(out: Output, title: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error with rows, rate and time left; a program that reads JSON is left in peace."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    with Bar(*columns, console=out.messages, transient=True, disable=not out.shows_progress) as bar:
        task = bar.add_task(title, total=None, told="")

        def tell(now: Progress) -> None:
            minutes, seconds = divmod(now.seconds_left, 60)
            told = f"{now.rows:,} rows, {now.rate:,} a second, {minutes}:{seconds:02d} left"
            bar.update(task, total=now.total, completed=now.done, told=told)

        yield tell


def _import_parts(report: ImportReport, *, providers: bool) -> list[Any]:
    what = "providers" if providers else "enterprises"
    facts = [
        ("rows", f"{report.rows:,}"),
        ("recorded", f"{report.recorded:,} {what}"),
        ("already on record", f"{report.unchanged:,}"),
        ("older than the record", f"{report.older:,}" if report.older else ""),
        ("duplicates", f"{report.duplicates:,}" if report.duplicates else ""),
        ("rows with faults", f"{report.faulty:,}" if report.faulty else ""),
        ("columns left out", ", ".join(report.left_out)),
        ("position", f"{report.position:,}" if report.position else ""),
        ("seconds", report.seconds),
    ]
    title = f"{report.path}: dry run, nothing recorded" if report.dry_run else report.path
    parts: list[Any] = [pairs(title, facts)]
    for code, counts in report.programmes.items():
        parts += [*_decided(code, counts, report.denials.get(code, {}))]
    if report.faults:
        rows = [
            (each.line, each.column, each.code, each.value, each.detail, each.remedy) for each in report.faults[:SHOWN]
        ]
        columns = ["line#", "column", "code", "value", "what is wrong", "remedy"]
        parts += [table(f"Faults ({sum(report.faults_by_code.values()):,})", columns, rows)]
        if report.faults_path:
            parts.append(f"All faults: {report.faults_path}")
    return parts


def _entitle_parts(report: EntitleReport) -> list[Any]:
    title = f"{report.programme}: dry run, nothing recorded" if report.dry_run else report.programme
    counts = {
        "granted": report.granted,
        "denied": report.denied,
        "unchanged": report.unchanged,
        "vouchers": report.vouchers,
    }
    facts = [
        ("enterprises", f"{report.enterprises:,}"),
        ("position", f"{report.position:,}" if report.position else ""),
        ("seconds", report.seconds),
    ]
    return [pairs(title, facts), *_decided(report.programme, counts, report.denials)]


def _decided(code: str, counts: dict[str, int], denials: dict[str, int]) -> list[Any]:
    parts: list[Any] = [pairs(f"Entitlement in {code}", [(name, f"{count:,}") for name, count in counts.items()])]
    if denials:
        rows = [(reason, f"{count:,}") for reason, count in denials.items()]
        parts += [table("Denials by reason", ["code", "enterprises#"], rows)]
    return parts
