"""Enterprises from a registry file: facts on record and, where asked, entitlements, in units of work of 500 rows."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from schemas.registry import RowFault
from service.collecting import undisturbed
from service.reassessing import recheck_groups
from service.registry.feeding import feed
from service.registry.parsing import Batch, Source
from service.registry.report import FaultFile, OnProgress, Progress, Tally
from service.wiring import Service, Who
from vouchers import application
from vouchers.application.entitling import ImportFacts, streams_of
from vouchers.application.knowing import CODES
from vouchers.application.reassessing import programmes_looking_again
from vouchers.days import check_day
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import normalise
from vouchers.kinds import SOURCE
from vouchers.ledger import Meta, Unit
from vouchers.programme.events import PolicyAdopted
from vouchers.refusals import NotFound

Result = TypeVar("Result")

MOST_PROGRAMMES = 1_000
AHEAD = 2  # Units of work that may wait for the disk while the next is read.


class FileMissing(NotFound):
    """There is no such file."""


class _NothingKept(Exception):
    """Carries a dry run's answer out of a unit of work, which therefore keeps nothing."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        super().__init__()


@dataclass(slots=True)
class ImportReport:
    """What an import did. Counts are rows; `programmes` has granted, denied, unchanged, vouchers and more of each.

    `reassessed` counts second looks at grants that found something; `failed` those that could not be taken; `over`
    are ceilings that a group turns out to have passed.
    """

    path: str
    dry_run: bool
    rows: int = 0
    recorded: int = 0
    unchanged: int = 0
    older: int = 0
    reassessed: int = 0
    failed: int = 0
    over: list[dict[str, Any]] = field(default_factory=list)
    duplicates: int = 0
    faulty: int = 0
    faults_by_code: dict[str, int] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    faults_path: str = ""
    left_out: tuple[str, ...] = ()
    programmes: dict[str, dict[str, int]] = field(default_factory=dict)
    denials: dict[str, dict[str, int]] = field(default_factory=dict)
    position: int = 0
    seconds: int = 0


def import_enterprises(
    service: Service,
    path: Path,
    who: Who,
    *,
    as_of: str = "",
    on: str = "",
    dry_run: bool = False,
    allowed: frozenset[str] = frozenset(),
    encoding: str = "utf-8",
    ignore_columns: bool = False,
    progress: OnProgress | None = None,
    entitle: tuple[str, ...] = (),
    confirm: bool = False,
) -> ImportReport:
    """Read a registry file and record its facts; rows with faults are reported, the others go on.

    Facts on record already append nothing, so that a run that was interrupted is simply run again; with `confirm`,
    unchanged facts are put on record as stated again. Where facts changed, programmes whose policy says what follows
    look again at what they granted.
    Raises a refusal where the file as such cannot be read.
    """
    meta = Meta(who.actor, who.role, on or service.today())
    allowed |= service.ledger.state(SOURCE, CODES).allowed.keys()
    source = source_of(path, "enterprise", as_of, meta.on, allowed, encoding, ignore_columns=ignore_columns)
    in_force = policies_of(service, meta, tuple(dict.fromkeys(entitle)))
    periods = {adopted.programme: period for adopted, period in in_force}
    writer = _Writer(service, meta, path.name, periods, looking_again(service, meta), confirm, dry_run)
    source = replace(source, adopted=tuple(adopted for adopted, _ in in_force))
    report = consume(source, writer.write, dry_run=dry_run, progress=progress)
    writer.tell(report)
    if writer.tally.moved and not dry_run:
        report.over = recheck_groups(service, writer.tally.moved, who, on=meta.on)
    return report


@dataclass(slots=True)
class _Writer:
    """Batches of an enterprise file made into units of work; `periods` names the programmes that are decided."""

    service: Service
    meta: Meta
    file: str
    periods: dict[str, str]
    reassessed: tuple[str, ...]
    confirm: bool
    dry_run: bool
    tally: Tally = field(default_factory=Tally)

    def write(self, batch: Batch) -> Callable[[], int]:
        """Begin to record one batch; what is returned waits for it and gives the position after it."""
        records = tuple(
            RecordFacts(row.reading.key, row.reading.as_of_on, self.file, row.digest, row.reading.facts)
            for row in batch.good
        )
        judged = tuple(row.judged for row in batch.good) if self.periods else ()
        reads = streams_of(self.periods, [record.enterprise_id for record in records])
        reads += [f"voucher/{code}" for row in judged for each in row if each for code in each.voucher_ids]
        command = ImportFacts(records, tuple(self.periods), judged, self.reassessed, self.confirm)
        work = partial(application.import_facts, command=command)
        return self.tally.counted(begin(self.service, work, self.meta, reads, dry_run=self.dry_run))

    def tell(self, report: ImportReport) -> None:
        """Put the counts into the report."""
        counts = self.tally.counts
        report.recorded, report.unchanged, report.older = counts["recorded"], counts["unchanged"], counts["older"]
        report.reassessed, report.failed = counts["reassessed"], counts["failed"]
        report.programmes = {code: dict(decided) for code, decided in self.tally.by_programme.items()}
        report.denials = {code: dict(reasons.most_common()) for code, reasons in self.tally.reasons.items()}


def source_of(
    path: Path, subject: str, as_of: str, on: str, allowed: frozenset[str], encoding: str, *, ignore_columns: bool
) -> Source:
    """The file as it is to be read; raises FileMissing, or the refusal of a day."""
    if not path.is_file():
        raise FileMissing(f"There is no file {path}.", pointer="/path", remedy="Check the name of the file.")
    if as_of:
        check_day(as_of, "/as_of")
    legal = frozenset(map(normalise, allowed))
    return Source(path, subject, as_of, encoding.lower(), legal, ignore_columns, on)


def consume(
    source: Source, write: Callable[[Batch], Callable[[], int]], *, dry_run: bool, progress: OnProgress | None
) -> ImportReport:
    """Give every batch of a file to `write`, a few ahead of the disk, and report what the file was like."""
    report = ImportReport(str(source.path), dry_run)
    beside = source.path.with_name(source.path.name + ".faults.csv")
    with undisturbed(), FaultFile(None if dry_run else beside) as faults:
        started = time.monotonic()
        waiting: deque[Callable[[], int]] = deque()
        for batch in _watched(feed(source), source.path.stat().st_size, started, progress):
            report.rows += batch.rows
            report.duplicates += batch.duplicates
            report.faulty += batch.faulty
            report.left_out = batch.left_out
            faults.add(batch.faults)
            if batch.good:
                waiting.append(write(batch))
            if len(waiting) > AHEAD:
                report.position = waiting.popleft()()
        while waiting:
            report.position = waiting.popleft()()
        report.seconds = round(time.monotonic() - started)
    report.faults, report.faults_by_code = faults.first, dict(faults.counts.most_common())
    report.faults_path = str(beside) if faults.counts and not dry_run else ""
    return report


def run(
    service: Service, work: Callable[[Unit], Result], meta: Meta, reads: list[str], *, dry_run: bool
) -> tuple[Result, int]:
    """Run one unit of work durably, or in a dry run up to the point of keeping it; its answer and the position."""
    return begin(service, work, meta, reads, dry_run=dry_run)()


def begin(
    service: Service, work: Callable[[Unit], Result], meta: Meta, reads: list[str], *, dry_run: bool
) -> Callable[[], tuple[Result, int]]:
    """As run, without waiting: what is returned waits."""
    asked: Callable[[Unit], Result] = partial(_try, work) if dry_run else work
    ticket = service.ledger.submit(asked, meta, reads)

    def wait() -> tuple[Result, int]:
        try:
            committed = ticket.wait()
        except _NothingKept as tried:
            return tried.answer, service.ledger.size()
        return committed.result, committed.position

    return wait


def policies_of(service: Service, meta: Meta, programmes: tuple[str, ...]) -> tuple[tuple[PolicyAdopted, str], ...]:
    """The policy in force of each programme on the day, and its period; raises the refusal of an unknown one."""
    return run(service, partial(application.policies_in_force, codes=programmes), meta, [], dry_run=True)[0]


def looking_again(service: Service, meta: Meta) -> tuple[str, ...]:
    """The programmes whose policy in force says what follows when facts change."""
    codes = tuple(name.removeprefix("programme/") for name in service.ledger.names("programme/", "", MOST_PROGRAMMES))
    return run(service, partial(programmes_looking_again, codes=codes), meta, [], dry_run=True)[0]


def _try(work: Callable[[Unit], object], unit: Unit) -> NoReturn:
    raise _NothingKept(work(unit))


def _watched(batches: Iterator[Batch], total: int, started: float, progress: OnProgress | None) -> Iterator[Batch]:
    """The batches, with progress told after each was used."""
    rows = 0
    for batch in batches:
        yield batch
        rows += batch.rows
        if progress is not None:
            progress(progress_of(batch.at, total, rows, time.monotonic() - started))


def progress_of(done: int, total: int, rows: int, seconds: float) -> Progress:
    """How far a run is, and when it will be through if it goes on like this."""
    rate = round(rows / seconds) if seconds else 0
    left = round(seconds * (total - done) / done) if done else 0
    return Progress(done, total, rows, rate, left)
