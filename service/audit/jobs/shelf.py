"""Jobs as they are kept: a folder for each in the data folder, and how each stands.

A folder holds what was asked (`asked.json`), that it was begun and how far it is (`progress.json`), that it is to stop
(`cancelled.json`), how it ended (`end.json`) and its results. Nothing of it is a fact, so it is in no backup.
"""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.problems import problem
from service import clock
from service.audit.jobs import turns
from service.identity.files import locked, replace
from service.settings import Settings
from service.wiring import Who
from vouchers.identifiers import make_code
from vouchers.refusals import IdempotencyKeyReused, NotFound, Refused, Unavailable

FOLDER: Final = "jobs"
ADDRESS: Final = "/v1/audit/jobs"
MOST: Final = 50  # of all callers that have not ended
WORK: Final = "work"
RESULTS: Final = "results"
_ASKED, _BEGUN, _ENDED, _CANCELLED = "asked.json", "progress.json", "end.json", "cancelled.json"
_SOON: Final = 30  # seconds
_DAY: Final = 86_400  # seconds


class JobUnknown(NotFound):
    """There is no such job, it is kept no longer, or it is not yours to see."""

    remedy = "GET /v1/audit/jobs lists those that there are."


class TooManyJobs(Refused):
    """As many jobs as may wait have not ended."""

    status = 429
    remedy = "Wait for one of them, or cancel it."


class JobsNotKept(Unavailable):
    """The folder of the jobs cannot be written."""

    remedy = "Ask again in some minutes; if it is refused again, tell the operator."


class JobBrokeOff(Unavailable):
    """The program that did this ended before it was done."""

    remedy = "Ask for it again."


class Job(NamedTuple):
    """What was asked, by whom and when, under which idempotency key, and the tree that it rests on."""

    number: int
    job_id: str
    kind: str
    asked: dict[str, Any]
    asked_by: str
    role: str
    asked_at: str
    key: str
    size: int
    root: str


class End(NamedTuple):
    """How a job ended: done with an outcome and results over a tree, or failed with a problem."""

    at: str
    size: int
    root: str
    outcome: dict[str, Any]
    results: list[dict[str, Any]]
    problem: dict[str, Any] | None = None


class Standing(NamedTuple):
    """A job as it stands: waiting, running, done, failed or cancelled; how far it is, and how it ended.

    One that broke off ended when it was last heard of.
    """

    job: Job
    state: str
    progress: dict[str, Any]
    end: End | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.end is not None


class Shelf:
    """The jobs of a store."""

    def __init__(self, settings: Settings) -> None:
        """Keep them in the data folder, as long as the settings say."""
        self.options = settings.jobs
        self.turns = settings.data / "audit" / FOLDER
        self._folder = self.turns / settings.store
        self._store = settings.store

    def ask(self, kind: str, asked: dict[str, Any], who: Who, key: str, size: int, root: str) -> tuple[Job, bool]:
        """Put a job on the shelf, or find the one that was asked for under this key; whether it was found."""
        asked = json.loads(json.dumps(asked))  # as it is read again
        with _writable():
            self.turns.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with locked(self._folder):
                self._tidy()
                known = self._every()
                for each in known:
                    if key and (each.job.asked_by, each.job.key) == (who.actor, key):
                        if (each.job.kind, each.job.asked) != (kind, asked):
                            raise IdempotencyKeyReused(remedy="Use a fresh key for each new request.")
                        return each.job, True
                self._check_room(known, who)
                number = 1 + max((each.job.number for each in known), default=0)
                job_id = make_code("J", who.actor, number, secrets.token_hex(16))
                job = Job(number, job_id, kind, asked, who.actor, who.role, clock.now(), key, size, root)
                self.folder_of(job).mkdir(mode=0o700)
                self._write(job, _ASKED, job._asdict())
        return job, False

    def _check_room(self, known: list[Standing], who: Who) -> None:
        open_ones = [each.job.asked_by for each in known if not each.has_ended]
        mine = open_ones.count(who.actor)
        if mine >= self.options.waiting or len(open_ones) >= MOST:
            detail = f"{mine} of yours and {len(open_ones)} in all have not ended."
            raise TooManyJobs(detail, retry_after=_SOON)

    def all(self) -> list[Standing]:
        """Every job in the order of asking, without those that are kept no longer."""
        self.tidy()
        return self._every()

    def tidy(self) -> int:
        """Remove what is kept no longer; how many jobs that were."""
        if not self._folder.exists():
            return 0
        with locked(self._folder):
            return self._tidy()

    def one(self, job_id: str) -> Standing:
        """A job by its number; raises JobUnknown."""
        job = self._asked(self._folder / job_id)
        if job is None:
            raise JobUnknown(pointer="/path/job_id")
        return self._standing(job)

    def next(self) -> Job | None:
        """The job that waits longest."""
        return next((each.job for each in self._every() if each.state == "waiting"), None)

    def begin(self, job: Job) -> None:
        """Say that a job runs; by its program, whose turn it is."""
        self.tell(job, "begin", 0)

    def tell(self, job: Job, step: str, done: int, size: int | None = None) -> None:
        """Say how far a job is; no crash has to leave this."""
        path = self.folder_of(job) / _BEGUN
        told = {"step": step, "done": done, "all": job.size if size is None else size}
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(told), encoding="utf-8")
        fresh.replace(path)

    def end(self, job: Job, end: End) -> None:
        """Say how a job ended; by its program. What it leaves half done goes."""
        if end.problem is None:
            self.tell(job, "end", end.size, end.size)
        self._write(job, _ENDED, end._asdict())
        self._clear(self.folder_of(job), keep_results=end.problem is None)

    def cancel(self, job: Job) -> None:
        """Let a job end: at once where it waits, soon where it runs."""
        with _writable(), locked(self._folder):
            self._write(job, _CANCELLED, {"at": clock.now()})

    def remove(self, job: Job) -> None:
        """Take a job and its results from the shelf."""
        folder = self.folder_of(job)
        (folder / _ASKED).unlink(missing_ok=True)  # From here on it is nobody's.
        shutil.rmtree(folder, ignore_errors=True)

    def is_wanted(self, job: Job) -> bool:
        """Whether a job that runs was neither cancelled nor removed."""
        folder = self.folder_of(job)
        return (folder / _ASKED).exists() and not (folder / _CANCELLED).exists()

    def folder_of(self, job: Job) -> Path:
        """The folder of a job."""
        return self._folder / job.job_id

    def name_of(self, job: Job) -> str:
        """What a job is called while it has the turn."""
        return f"{self._store}/{job.job_id}"

    def _every(self) -> list[Standing]:
        folders = self._folder.iterdir() if self._folder.exists() else ()
        jobs = [job for each in folders if each.is_dir() and (job := self._asked(each))]
        return [self._standing(job) for job in sorted(jobs)]

    def _asked(self, folder: Path) -> Job | None:
        found = _read(folder / _ASKED)
        return Job(**found) if found else None

    def _standing(self, job: Job) -> Standing:
        folder = self.folder_of(job)
        # A program has the turn from before it says that the job is begun until after it has said how it ended.
        begun = _read(folder / _BEGUN)
        running = bool(begun) and turns.whose(self.turns) == self.name_of(job)
        progress = begun or {"step": "", "done": 0, "all": job.size}
        if ended := _read(folder / _ENDED):
            end = End(**ended)
            return Standing(job, "failed" if end.problem else "done", progress, end)
        if cancelled := _read(folder / _CANCELLED):
            return Standing(job, "cancelled", progress, End(cancelled["at"], job.size, job.root, {}, []))
        if running or not begun:
            return Standing(job, "running" if running else "waiting", progress)
        broken = problem(JobBrokeOff(), f"{ADDRESS}/{job.job_id}")
        last_heard_of = _instant((folder / _BEGUN).stat().st_mtime)
        return Standing(job, "failed", progress, End(last_heard_of, job.size, job.root, {}, [], broken))

    def _tidy(self) -> int:
        """Remove what is kept no longer, and what was left half done; by whoever holds the folder."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and not (folder / _ASKED).exists():
                shutil.rmtree(folder, ignore_errors=True)
        ended = [(each.end.at, each) for each in self._every() if each.end]
        ended.sort(key=lambda pair: pair[0], reverse=True)
        oldest = _instant(clock.seconds() - self.options.days * _DAY)
        gone = [each for place, (at, each) in enumerate(ended) if place >= self.options.kept or at < oldest]
        for each in gone:
            self.remove(each.job)
        for _, each in ended:
            self._clear(self.folder_of(each.job), keep_results=each.state == "done")
        return len(gone)

    @staticmethod
    def _clear(folder: Path, *, keep_results: bool) -> None:
        shutil.rmtree(folder / WORK, ignore_errors=True)
        if not keep_results:
            shutil.rmtree(folder / RESULTS, ignore_errors=True)

    def _write(self, job: Job, name: str, told: dict[str, Any]) -> None:
        replace(self.folder_of(job) / name, json.dumps(told, ensure_ascii=False))


@contextmanager
def _writable() -> Iterator[None]:
    """Raise JobsNotKept where the folder cannot be written."""
    try:
        yield
    except OSError as fault:
        raise JobsNotKept from fault


def _read(path: Path) -> dict[str, Any] | None:
    """What a file says; nothing where there is none, or a power cut left an empty one."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
