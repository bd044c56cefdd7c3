"""What jobs there are: each reads the log, writes its results into a folder, and tells in short what came of it."""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.audit_jobs import WhatIfBody
from schemas.faults import read
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.drawn import draw_known, sample_known
from service.audit.jobs.shelf import Job
from service.audit.replaying import parts
from service.audit.replaying.sources import Opened
from service.audit.replaying.telling import as_data, write_findings
from service.audit.suite.asking import chosen
from service.audit.suite.helping import ReplayFinding
from service.audit.suite.logs import Log
from service.audit.suite.running import run_tests
from service.audit.suite.settings import shipped
from service.audit.suite.writing import as_csv, as_html, as_json
from service.audit.whatif.asking import read_log, what_if
from service.audit.whatif.page import page
from service.audit.whatif.reading import changes_in
from service.audit.whatif.telling import write_tables
from service.wiring import Service, Who
from vouchers.redeciding import POLICY

_WHAT_IF: Final = WhatIfBody()
_PROCESSES: Final = 1  # a job leaves the other cores to those who answer requests
Tell = Callable[[str, int, int], None]

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".zip": "application/zip",
}


class Work(NamedTuple):
    """A job in hand: the open installation, what was asked, where results go, and who is told how far it is."""

    service: Service
    job: Job
    folder: Path
    tell: Tell


class Made(NamedTuple):
    """What came of a job: the tree that it rests on, and its figures."""

    size: int
    root: str
    outcome: dict[str, Any]


def _replay(work: Work) -> Made:
    """Decide everything again."""
    job, folder = work.job, work.folder
    with (folder / "decisions.csv").open("wb") as decisions:
        found = _decided_again(work, job.asked["level"], output=decisions)
    told = as_data(found)
    _write_json(folder / "replay.json", told)
    write_findings(found, folder / "findings.csv")
    names = ("level", "decisions", "entries", "agreeing", "differing", "stated", "redacted", "transcript_sha256")
    root = work.service.ledger.tree.root(found.size).hex()
    return Made(found.size, root, {name: told[name] for name in names})


def _decided_again(work: Work, level: int, **options: Any) -> parts.Replayed:
    def told(done: int, size: int) -> None:
        work.tell("deciding again", done, size)

    address = work.service.settings.log_url
    return parts.replay(address, level=level, stop=work.job.size, processes=_PROCESSES, told=told, **options)


def _tests(work: Work) -> Made:
    """Run audit tests."""
    job, folder = work.job, work.folder
    log = Log(Opened(work.service.ledger), job.size)
    replayed = None
    if job.asked["replay"]:
        findings = _decided_again(work, POLICY).findings
        replayed = [ReplayFinding(each.level, each.seq, each.sentence) for each in findings]

    def told(what: str, number: int) -> None:
        work.tell(what, number if what == "reading" else job.size, job.size)

    tests = chosen(job.asked["suite"].split(","))
    report = run_tests(tests, log.entries, shipped(), root=log.root(), replayed=replayed, told=told)
    for write, name in ((as_json, "findings.json"), (as_csv, "findings.csv"), (as_html, "findings.html")):
        (folder / name).write_text(write(report), encoding="utf-8", newline="")
    grades = [finding.grade for finding in report.findings]
    outcome = {
        "digest": report.digest,
        "tests": len(report.ran),
        "not_given": sum(each.status != "ran" for each in report.ran),
        "contradicting": grades.count("finding"),
        "looks": grades.count("look"),
    }
    return Made(report.size, report.root, outcome)


def _bundle(work: Work) -> Made:
    """Make a bundle of the log as it is now, and record whom it is for."""
    asked = work.job.asked
    formats = tuple(dict.fromkeys(asked["formats"]))
    wanted = Wanted(
        work.folder / "bundle.zip",
        formats,
        asked["purpose"],
        asked["recipient"],
        replayed=asked["replayed"],
        processes=_PROCESSES,
    )
    made = export_bundle(work.service, wanted, Who(work.job.asked_by, work.job.role), work.tell)
    _, verdict = made.found.verdict()
    outcome = {
        "manifest_sha256": made.manifest_sha256,
        "sound": not made.found.problems,
        "verdict": verdict,
        "files": made.files,
        "rows": made.rows,
    }
    checkpoint = made.signed.checkpoint
    return Made(checkpoint.size, checkpoint.root.hex(), outcome)


def _whatif(work: Work) -> Made:
    """Play the history again with something otherwise."""
    asked, folder = read(_WHAT_IF, work.job.asked), work.folder
    log = read_log(Opened(work.service.ledger), work.service.seed)
    changes = [*changes_in(asked, folder)]
    answer = what_if(log, changes, lambda done, size: work.tell("playing the history", done, size))
    title = asked["title"] or "; ".join(answer["changes"]) or "The history played again"
    (folder / "report.html").write_text(page(answer, f"What if: {title}"), encoding="utf-8")
    _write_json(folder / "report.json", answer)
    write_tables(answer, folder)
    names = ("decisions", "as_in_the_history", "reproduced", "unexplained")
    outcome = {name: answer[name] for name in names} | {"refused": len(answer["refused"])}
    return Made(answer["size"], answer["root"], outcome)


def _draw(work: Work) -> Made:
    """Draw a revealed sample again from what the log held before its commitment."""
    job = work.job
    known = sample_known(work.service, job.asked["draw_id"])
    found = draw_known(work.service, known, lambda number: work.tell("reading", number, job.size))
    items = [
        {"name": each.item.key, "seq": each.item.seq, "amount": each.item.amount, "stratum": each.item.stratum,
         "why": each.why, "place": each.place, "stands_for": each.stands_for}
        for each in found.drawn
    ]  # fmt: skip
    outcome = {"population": found.population, "amount": found.amount, "currency": found.currency}
    _write_json(work.folder / "items.json", {"draw_id": known.draw_id, **outcome, "items": items})
    with (work.folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*items[0]])
        writer.writeheader()
        writer.writerows(items)
    return Made(job.size, job.root, {**outcome, "items": len(items)})


def _write_json(path: Path, told: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


KINDS: Final[Mapping[str, Callable[[Work], Made]]] = {
    "replay": _replay,
    "tests": _tests,
    "bundle": _bundle,
    "whatif": _whatif,
    "draw": _draw,
}
