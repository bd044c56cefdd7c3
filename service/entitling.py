"""The automatic run: every enterprise on record is decided in a programme, in chunks that can be run again."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from service.collecting import undisturbed
from service.registry.importing import policies_of, progress_of, run
from service.registry.report import OnProgress
from service.wiring import Service, Who
from vouchers import application
from vouchers.application.entitling import Entitle, streams_of
from vouchers.ledger import Meta

CHUNK: Final = 500
_PREFIX: Final = "enterprise/"


@dataclass(slots=True)
class EntitleReport:
    """What a run decided. Counts are enterprises; `denials` counts reasons by code, several for one enterprise.

    `pending` wait for a source, `passed` took over what predecessors were granted, `failed` have to be looked into.
    """

    programme: str
    dry_run: bool
    enterprises: int = 0
    granted: int = 0
    denied: int = 0
    unchanged: int = 0
    vouchers: int = 0
    pending: int = 0
    passed: int = 0
    failed: int = 0
    denials: dict[str, int] = field(default_factory=dict)
    position: int = 0
    seconds: int = 0


def entitle_all(
    service: Service,
    programme: str,
    who: Who,
    *,
    on: str = "",
    progress: OnProgress | None = None,
    dry_run: bool = False,
) -> EntitleReport:
    """Decide every enterprise that a registry has named; what stands already stays, so a run can be repeated."""
    meta = Meta(who.actor, who.role, on or service.today())
    report = EntitleReport(programme, dry_run)
    periods = {adopted.programme: period for adopted, period in policies_of(service, meta, (programme,))}
    total = _count(service)
    started = time.monotonic()
    with undisturbed():
        for chunk in _chunks(service):
            work = partial(application.entitle, command=Entitle(programme, chunk))
            answer, report.position = run(service, work, meta, streams_of(periods, chunk), dry_run=dry_run)
            _add(report, len(chunk), answer)
            if progress is not None:
                seconds = time.monotonic() - started
                progress(progress_of(report.enterprises, max(total, report.enterprises), report.enterprises, seconds))
    report.denials = dict(sorted(report.denials.items(), key=lambda item: -item[1]))
    report.seconds = round(time.monotonic() - started)
    return report


def _chunks(service: Service) -> Iterator[tuple[str, ...]]:
    """The enterprises on record, in the order of their numbers."""
    after = ""
    while names := service.ledger.names(_PREFIX, after, CHUNK):
        after = names[-1]
        yield tuple(name.removeprefix(_PREFIX) for name in names)


def _add(report: EntitleReport, count: int, answer: application.Answer) -> None:
    report.enterprises += count
    report.granted += answer["granted"]
    report.denied += answer["denied"]
    report.unchanged += answer["unchanged"]
    report.vouchers += answer["vouchers"]
    report.pending += answer["pending"]
    report.passed += answer["passed"]
    report.failed += answer["failed"]
    for code, number in answer["reasons"].items():
        report.denials[code] = report.denials.get(code, 0) + number


def _count(service: Service) -> int:
    """How many enterprises are on record, counted in pages."""
    count, after = 0, ""
    while names := service.ledger.names(_PREFIX, after, 5_000):
        count += len(names)
        after = names[-1]
    return count
