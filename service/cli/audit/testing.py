"""The command `vouchers audit test`: the standard tests T01 to T26 over a data folder or a bundle."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from service.audit.replaying import parts
from service.audit.suite.asking import audit_tests, chosen
from service.audit.suite.engines import NAMES
from service.audit.suite.helping import ReplayFinding
from service.audit.suite.logs import log_of
from service.audit.suite.running import Finding, Report, run_tests
from service.audit.suite.settings import read_numbers, shipped
from service.audit.suite.writing import as_csv, as_data, as_html, as_json
from service.cli.audit.opening import address_of, opened
from service.cli.output import Output, money, pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import data_option, json_option
from vouchers.refusals import Malformed

SHOWN: Final = 10
_WRITERS: Final[dict[str, Callable[[Report], str]]] = {".csv": as_csv, ".html": as_html, ".json": as_json}
_PATH: Final = click.Path(path_type=Path)


class OutputUnknown(Malformed):
    """Findings are written as .csv, .html or .json, as the name of the file ends."""


class OutputNotWritable(Malformed):
    """The file cannot be written there."""

    remedy = "Name another file."


@click.command("test")
@data_option
@json_option
@click.argument("log", required=False, type=_PATH, metavar="[LOG]")
@click.option("--suite", default="standard", metavar="NAMES", show_default=True, help="Such as T05,T07.")
@click.option("--list", "listing", is_flag=True, help="Tell what each test asks, and run none.")
@click.option("--engine", type=click.Choice(NAMES), default="sqlite", show_default=True, help="What answers the SQL.")
@click.option("--numbers", type=_PATH, metavar="FILE", help="TOML with numbers and thresholds of your own.")
@click.option("--replay", is_flag=True, help="Decide everything again first, for T20 to T22.")
@click.option("--size", type=click.IntRange(0), metavar="N", help="Only the first so many entries.")
@click.option("-o", "--output", type=_PATH, multiple=True, metavar="FILE", help="Write findings: .csv, .html or .json.")
@click.pass_context
def test(
    ctx: click.Context, /, data: str, as_json: bool, listing: bool, output: tuple[Path, ...], **asked: Any
) -> None:
    """Run the standard audit tests, and name the entries behind every finding.

    LOG is a bundle, as a folder or a ZIP file, or its events.jsonl; without it the log of the data folder is taken.
    Exit code 4 where a finding contradicts the rules; what deserves a look is no verdict.
    """
    out = Output(as_json=as_json)
    if listing:
        _tell_tests(out)
        return
    writers = [(path, _writer(path)) for path in output]
    report = _run(out, data, **asked)
    for path, write in writers:
        _save(path, write(report))
    _answer(out, report)
    if any(finding.grade == "finding" for finding in report.findings):
        ctx.exit(DIFFERENT)


def _run(
    out: Output,
    data: str,
    log: Path | None,
    suite: str,
    engine: str,
    numbers: Path | None,
    replay: bool,
    size: int | None,
) -> Report:
    tests = chosen([name.strip() for name in suite.split(",") if name.strip()])
    own = read_numbers(numbers) if numbers else shipped()
    with opened(data, log) as source, progress(out) as told:
        read = log_of(source, size)
        replayed = decided_again(address_of(data, log), read.size, told) if replay else None
        return run_tests(tests, read.entries, own, engine=engine, root=read.root(), replayed=replayed, told=told)


def decided_again(address: str, size: int, told: Callable[[str, int], None]) -> list[ReplayFinding]:
    """What deciding everything again finds, for the tests that ask for it."""
    found = parts.replay(address, level=3, stop=size, told=lambda done, _end: told("deciding again", done))
    return [ReplayFinding(each.level, each.seq, each.sentence) for each in found.findings]


@contextmanager
def progress(out: Output) -> Iterator[Callable[[str, int], None]]:
    """What tells what is being done, shown while somebody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=out.messages, transient=True, disable=not out.shows_progress) as shown:
        task = shown.add_task("")
        yield lambda what, number: shown.update(task, description=f"{what} {number:,}")


def _writer(path: Path) -> Callable[[Report], str]:
    write = _WRITERS.get(path.suffix)
    if write is None:
        raise OutputUnknown(pointer="/output", remedy=f"Such as {path.stem}.csv.")
    return write


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        detail = f"{path}: {fault.strerror}."
        raise OutputNotWritable(detail, pointer="/output") from fault


def _tell_tests(out: Output) -> None:
    rows = [(each.name, each.title, each.grade, each.asks) for each in audit_tests().values()]
    data = [{"test": name, "title": title, "grade": grade, "asks": asks} for name, title, grade, asks in rows]
    out.answer(data, table("The standard tests", ["test", "title", "grade", "text"], rows))


def _answer(out: Output, report: Report) -> None:
    rows = [
        (ran.test.name, ran.test.title, ran.test.grade, f"{ran.over:,}", _outcome(ran.status, len(ran.findings)))
        for ran in report.ran
    ]
    head = [
        ("entries", f"{report.size:,}"),
        ("root", report.root),
        ("engine", report.engine),
        ("digest", report.digest),
    ]
    shown: list[Any] = [
        pairs("Audit tests", head),
        table("What they found", ["test", "title", "grade", "rows#", "findings#"], rows),
    ]
    for ran in report.ran:
        if ran.findings and ran.test.grade != "shown":
            shown.append(table(f"{ran.test.name} {ran.test.title}", _COLUMNS, map(_line, ran.findings[:SHOWN])))
            if len(ran.findings) > SHOWN:
                shown.append(f"Shown are {SHOWN} of {len(ran.findings):,}; --output has all.")
    out.answer(as_data(report), *shown)


_COLUMNS: Final = ["text", "amount#", "entries#", "first"]


def _line(finding: Finding) -> tuple[str, str, str, str]:
    first = ", ".join(str(seq) for seq in finding.seqs[:3])
    return finding.explanation, money(finding.amount, finding.currency), f"{finding.entries:,}", first


def _outcome(status: str, findings: int) -> str:
    return f"{findings:,}" if status == "ran" else status
