"""What the program of a job does: it carries the job out within its bounds, says how it ended, and begins anew.

A second thread looks after the bounds, because the first one may be deep in a query: it knows when nobody wants the job
any more, when it takes too long, when the disk has no room to spare, and when the service is gone.
"""

import errno
import logging
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NoReturn

from schemas.problems import fault, problem
from service import clock
from service.audit.jobs import turns
from service.audit.jobs.kinds import KINDS, MEDIA_TYPES, Work
from service.audit.jobs.shelf import ADDRESS, RESULTS, WORK, End, Job, Shelf
from service.audit.jobs.starting import MODULE, SETTINGS
from service.observing.logs import start_logging
from service.settings import Settings, from_text
from service.wiring import Service
from vouchers.refusals import Refused, Unavailable

_LOOK: Final = 0.5  # seconds
_MEGABYTE: Final = 1 << 20
_log: Final = logging.getLogger("vouchers.audit")


class JobTooLong(Refused):
    """The job took longer than one may."""

    remedy = "Ask for less of the log, or do it at the console."


class JobTooLarge(Refused):
    """The job needed more memory than one may take."""

    remedy = "Ask for less of the log, or do it at the console."


class DiskFull(Unavailable):
    """The disk has no room to spare for the job."""

    remedy = "Tell the operator; remove jobs whose results are not needed."


class ServiceStopped(Unavailable):
    """The service was stopped before the job was done."""

    remedy = "Ask for it again."


def run(parent: int, turn: int) -> None:
    """Do the job that waits longest, and begin anew with fresh memory as long as one waits."""
    settings = from_text(os.environ[SETTINGS])
    start_logging(settings.observing)
    shelf = Shelf(settings)
    job = shelf.next()
    if job is None or os.getppid() != parent:
        _go_on(shelf, parent, turn)
    turns.write(turn, shelf.name_of(job))
    shelf.begin(job)
    program = Program(shelf, job, parent, turn)
    _bound_memory(shelf.options.megabytes * _MEGABYTE)
    threading.Thread(target=program.watch, name="job-bounds", daemon=True).start()
    program.end(program.carry_out(settings))


def _bound_memory(most: int) -> None:
    """Let this program take so much memory, or less where it may take less already."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _go_on(shelf: Shelf, parent: int, turn: int) -> NoReturn:
    """Begin anew where a job waits; else end. Who asks after the turn was given back starts a program, or is seen."""
    if os.getppid() != parent:
        os._exit(0)
    while shelf.next() is None:
        turns.give_back(turn)
        if shelf.next() is None or not turns.retake(turn):
            os._exit(0)
    os.execv(sys.executable, [sys.executable, "-m", MODULE, str(parent), str(turn)])  # noqa: S606 - ourselves.


class Program:
    """One job on its way."""

    def __init__(self, shelf: Shelf, job: Job, parent: int, turn: int) -> None:
        """Begin at nothing."""
        self._shelf, self._job = shelf, job
        self._parent, self._turn = parent, turn
        self._until = time.monotonic() + shelf.options.seconds
        self._told: tuple[str, int, int] | None = None
        self._ending = threading.Lock()  # Whoever ends the job first never gives it back.
        self._folder = shelf.folder_of(job)

    def carry_out(self, settings: Settings) -> End:
        """Do the job, and tell how it ended."""
        job, work = self._job, self._folder / WORK
        _log.info("job %s begins: %s over %s entries", job.job_id, job.kind, f"{job.size:,}")
        try:
            made_in = work / RESULTS
            made_in.mkdir(parents=True)
            tempfile.tempdir = str(work)  # What is left half done goes with the folder.
            with Service(settings) as service:
                made = KINDS[job.kind](Work(service, job, made_in, self._tell))
            results = [_described(path) for path in sorted(made_in.iterdir())]
            made_in.rename(self._folder / RESULTS)
        except Exception as error:  # noqa: BLE001 - told as the problem of the job
            return self._failed(self._problem_of(error))
        return End(clock.now(), made.size, made.root, made.outcome, results)

    def watch(self) -> None:
        """Look after the bounds, and tell how far the job is."""
        while True:
            try:
                self._look()
            except Exception:  # noqa: BLE001 - memory or the disk may be short now: the bounds hold all the same
                _log.exception("how far job %s is cannot be told", self._job.job_id)
            time.sleep(_LOOK)

    def _look(self) -> None:
        broken = self._broken()
        if broken is not None or not self._shelf.is_wanted(self._job):
            self.end(self._failed(self._problem(broken)) if broken else None)
        if self._told is not None:
            told, self._told = self._told, None
            self._shelf.tell(self._job, *told)

    def _broken(self) -> Refused | None:
        """Which bound the job has reached."""
        if os.getppid() != self._parent:
            return ServiceStopped()
        if time.monotonic() > self._until:
            return JobTooLong(f"It may take {self._shelf.options.seconds:,} seconds.")
        if shutil.disk_usage(self._folder.parent).free < self._shelf.options.spare_megabytes * _MEGABYTE:
            return DiskFull()
        return None

    def _tell(self, step: str, done: int, size: int) -> None:
        self._told = step, done, size

    def end(self, end: End | None) -> NoReturn:
        """Say how the job ended, unless nobody wants to know, and go on to the next one while there is a service."""
        self._ending.acquire()  # For good: the other thread shall not end it as well.
        try:
            if end is not None and self._shelf.is_wanted(self._job):
                self._shelf.end(self._job, end)
            else:
                shutil.rmtree(self._folder / WORK, ignore_errors=True)
            _log.info("job %s ends", self._job.job_id)
            _go_on(self._shelf, self._parent, self._turn)
        except Exception:  # noqa: BLE001 - whatever it is, a program that hangs would keep the turn
            _log.exception("how job %s ended cannot be told", self._job.job_id)
        os._exit(1)  # A job whose program is gone is seen to have broken off.

    def _problem_of(self, error: Exception) -> dict[str, Any]:
        """The problem of whatever went wrong; a fault of ours is told in the log alone."""
        match error:
            case Refused():
                return self._problem(error)
            case MemoryError():
                return self._problem(JobTooLarge(f"It may take {self._shelf.options.megabytes:,} MB."))
            case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                return self._problem(DiskFull())
            case _:
                _log.error("job %s failed", self._job.job_id, exc_info=error)
                return fault(self._address)

    def _failed(self, told: dict[str, Any]) -> End:
        return End(clock.now(), self._job.size, self._job.root, {}, [], told)

    def _problem(self, refused: Refused) -> dict[str, Any]:
        return problem(refused, self._address)

    @property
    def _address(self) -> str:
        return f"{ADDRESS}/{self._job.job_id}"


def _described(path: Path) -> dict[str, Any]:
    """A result: its name, type, size and digest."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_MEGABYTE):
            digest.update(block)
    media_type = MEDIA_TYPES[path.suffix]
    return {"name": path.name, "media_type": media_type, "bytes": path.stat().st_size, "sha256": digest.hexdigest()}
