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
from service.cli.session import Session, acting, looking
from service.cli.values import DAY, DIGEST, EXISTING_FILE, PROGRAMME_CODE, SOURCE_NAME, digest_of
from service.entitling import EntitleReport, entitle_all
from service.registry.importing import ImportReport, import_enterprises
from service.registry.providers import import_providers
from service.registry.report import Progress
from vouchers import application
from vouchers.application import Outcome
from vouchers.kinds import SOURCE
from vouchers.source.decisions import AllowCode, BarCode, EndOutage, ReportOutage

MOST_SOURCES = 1_000
SHOWN = 20  # faults on the screen; the report file has them all


@click.group()
def registry() -> None:
    """Import registry files (CSV or JSON Lines); say which sources are down and which odd credit codes are legal."""


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
@click.option("--confirm", is_flag=True, help="Put on record that unchanged facts were stated again.")
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
    confirm: bool,
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
            given |= {"entitle": programmes, "confirm": confirm}
            report = import_enterprises(session.service, file, session.who, **given, progress=told)
    session.out.answer(asdict(report), *_import_parts(report, providers=providers))
    if report.faulty or report.failed or any(counts["failed"] for counts in report.programmes.values()):
        ctx.exit(FAULTY_INPUT)


@click.command()
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.option("--dry-run", is_flag=True, help="Decide everything, record nothing.")
@click.pass_context
def entitle(ctx: click.Context, session: Session, programme: str, dry_run: bool) -> None:
    """Decide every enterprise on record in a programme; what stands already stays."""
    with _progress(session.out, programme) as told:
        report = entitle_all(session.service, programme, session.who, on=session.on, dry_run=dry_run, progress=told)
    session.out.answer(asdict(report), *_entitle_parts(report))
    if report.failed:
        ctx.exit(FAULTY_INPUT)


@registry.command()
@acting("officer")
@click.argument("name", type=SOURCE_NAME)
@click.option("--from", "from_on", type=DAY, default="", metavar="DAY", help="First bad day (default: today).")
@click.option("--reason", required=True, help="What is the matter.")
def down(session: Session, name: str, from_on: str, reason: str) -> None:
    """Say that a source cannot be relied on: what a policy needs it for waits."""
    outcome = session.execute(application.report_outage, ReportOutage(name, from_on or session.on, reason))
    _tell(session, "Source down", outcome)


@registry.command()
@acting("officer")
@click.argument("name", type=SOURCE_NAME)
@click.option("--from", "from_on", type=DAY, default="", metavar="DAY", help="First good day (default: today).")
@click.option("--reason", required=True, help="What has been done.")
def up(session: Session, name: str, from_on: str, reason: str) -> None:
    """Say that a source can be relied on again."""
    outcome = session.execute(application.end_outage, EndOutage(name, from_on or session.on, reason))
    _tell(session, "Source up", outcome)


@registry.command()
@acting("officer")
@click.argument("code")
@click.option("--reason", required=True, help="Why the code is legal although a check fails.")
@click.option("--evidence", type=EXISTING_FILE, help="The document that shows it; only its digest is kept.")
@click.option("--evidence-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the document instead of the file.")
def allow(session: Session, code: str, reason: str, evidence: Path | None, evidence_digest: str | None) -> None:
    """Let a legal credit code through that fails a check; imports take it from now on."""
    digest = digest_of(evidence, evidence_digest, "evidence")
    _tell(session, "Code let through", session.execute(application.allow_code, AllowCode(code, reason, digest)))


@registry.command()
@acting("officer")
@click.argument("code")
@click.option("--reason", required=True, help="Why the code is not legal after all.")
def bar(session: Session, code: str, reason: str) -> None:
    """Let a credit code through no longer."""
    _tell(session, "Code barred", session.execute(application.bar_code, BarCode(code, reason)))


@registry.command()
@looking
def sources(session: Session) -> None:
    """Every source with its outages, and the credit codes that are let through with the reason of each."""
    names = [each.removeprefix("source/") for each in session.service.ledger.names("source/", "", MOST_SOURCES)]
    states = {name: session.service.ledger.state(SOURCE, name) for name in names}
    outages = [{"source": name, **asdict(outage)} for name, state in states.items() for outage in state.outages]
    codes = [{"code": code, "reason": why} for state in states.values() for code, why in state.allowed.items()]
    parts: list[Any] = []
    if outages:
        rows = [(each["source"], each["from_on"], each["until_on"] or "still", each["reason"]) for each in outages]
        parts.append(table("Outages", ["source", "down from", "up from", "reason"], rows))
    if codes:
        parts.append(table("Codes let through", ["code", "reason"], [tuple(each.values()) for each in codes]))
    session.out.answer({"outages": outages, "codes": codes}, *(parts or ["No source was ever down."]))


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
    what = "provider" if providers else "enterprise"
    facts = [
        ("rows", f"{report.rows:,}"),
        ("recorded", f"{report.recorded:,} {what}{'s' * (report.recorded != 1)}"),
        ("already on record", f"{report.unchanged:,}"),
        ("older than the record", f"{report.older:,}" if report.older else ""),
        ("second looks that found something", f"{report.reassessed:,}" if report.reassessed else ""),
        ("second looks that failed", f"{report.failed:,}" if report.failed else ""),
        ("ceilings passed by a group", f"{len(report.over):,}" if report.over else ""),
        ("duplicates", f"{report.duplicates:,}" if report.duplicates else ""),
        ("rows with faults", f"{report.faulty:,}" if report.faulty else ""),
        ("columns left out", ", ".join(report.left_out)),
        ("position", f"{report.position:,}" if report.position else ""),
        ("seconds", report.seconds or ""),
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
        "pending": report.pending,
        "passed": report.passed,
        "failed": report.failed,
    }
    facts = [
        ("enterprises", f"{report.enterprises:,}"),
        ("position", f"{report.position:,}" if report.position else ""),
        ("seconds", report.seconds or ""),
    ]
    return [pairs(title, facts), *_decided(report.programme, counts, report.denials)]


def _tell(session: Session, title: str, outcome: Outcome) -> None:
    data = {**outcome.answer, "position": outcome.position}
    lines = [(name, ", ".join(value) if isinstance(value, list) else value) for name, value in data.items()]
    session.out.answer(data, pairs(title, lines))


def _counted(counts: dict[str, int]) -> list[tuple[str, str]]:
    """The counts of a programme; those of rare outcomes only where there are any."""
    usual = ("granted", "denied", "unchanged", "vouchers")
    return [(name, f"{count:,}") for name, count in counts.items() if count or name in usual]


def _decided(code: str, counts: dict[str, int], denials: dict[str, int]) -> list[Any]:
    parts: list[Any] = [pairs(f"Entitlement in {code}", _counted(counts))]
    if counts["failed"]:
        parts.append("Some could not be decided: vouchers enterprise findings")
    if denials:
        rows = [(reason, f"{count:,}") for reason, count in denials.items()]
        parts += [table("Denials by reason", ["code", "enterprises#"], rows)]
    return parts
