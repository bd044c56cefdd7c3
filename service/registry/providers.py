"""Providers from a file: admitted with their published names, accredited per category and period, with an account."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from service.registry.importing import ImportReport, begin, consume, source_of
from service.registry.parsing import Batch, Row
from service.registry.report import OnProgress, Tally
from service.wiring import Service, Who
from vouchers import application
from vouchers.ledger import Meta, Unit
from vouchers.provider.decisions import Accredit, Admit


def import_providers(
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
) -> ImportReport:
    """Read a file of providers; entries and accreditations that stand already append nothing."""
    meta = Meta(who.actor, who.role, on or service.today())
    # The directory is as of the day it is recorded, where nobody says otherwise.
    source = source_of(path, "provider", as_of or meta.on, meta.on, allowed, encoding, ignore_columns=ignore_columns)
    tally = Tally()

    def write(batch: Batch) -> Callable[[], int]:
        reads = [f"provider/{row.reading.key}" for row in batch.good]
        work = partial(_enter, rows=batch.good, source=path.name)
        return tally.counted(begin(service, work, meta, reads, dry_run=dry_run))

    report = consume(source, write, dry_run=dry_run, progress=progress)
    report.recorded, report.unchanged = tally.counts["recorded"], tally.counts["unchanged"]
    return report


def _enter(unit: Unit, rows: list[Row], source: str) -> dict[str, Any]:
    """One unit of work over many providers."""
    counts = {"recorded": 0, "unchanged": 0}
    for row in rows:
        unit.begin()
        before = len(unit.pending)
        _enter_one(unit, row, source)
        counts["recorded" if len(unit.pending) > before else "unchanged"] += 1
    return counts


def _enter_one(unit: Unit, row: Row, source: str) -> None:
    key, _, facts, extra = row.reading
    application.admit(unit, Admit(key, extra["name"], source, row.digest, facts, extra.get("account_ref", "")))
    for accreditation in extra.get("accreditations", ()):
        category, from_on, until_on = accreditation.split(":")
        application.accredit(unit, Accredit(key, category, from_on, until_on))
