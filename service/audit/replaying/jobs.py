"""Replays that were asked for over HTTP: each a program of its own, one at a time, with its answer kept in a file.

A replay's name is its size and level, and its answer is that of the last time it was asked for: whoever asks again has
everything decided again, for somebody may have laid hands on the log meanwhile. The program holds a lock as long as it
runs, whoever started it, so that all processes of a service see the same.
"""

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from service.settings import PREFIX, STORE, Settings
from vouchers.refusals import NotFound, Unavailable

MOST_KEPT: Final = 20
_STARTED: Final[list[subprocess.Popen[bytes]]] = []
_NAME: Final = re.compile(r"([1-9][0-9]{0,8})-([123])")


class ReplaysBusy(Unavailable):
    """A replay reads the whole log, and one runs at a time."""

    remedy = "Ask again in a minute."


class ReplayUnknown(NotFound):
    """No such replay runs, and none left an answer."""

    remedy = "POST /v1/audit/replays starts one."


class Job(NamedTuple):
    """A replay of so many entries at a level, and where its answer is kept."""

    folder: Path
    size: int
    level: int

    @property
    def name(self) -> str:
        """The replay's name in its address."""
        return f"{self.size}-{self.level}"

    @property
    def file(self) -> Path:
        """The file of its answer."""
        return self.folder / f"{self.name}.json"

    def answer(self) -> dict[str, Any] | None:
        """What the replay found; nothing where there is no whole answer."""
        return _read(self.file)

    def check(self) -> None:
        """Raise ReplayUnknown unless the replay runs or left an answer: it never ran, or broke off."""
        with self._lock() as lock:
            if _held(lock) and lock.read() == self.name:
                return
        if self.answer() is None:
            raise ReplayUnknown(pointer="/path/replay_id")

    def start(self, settings: Settings) -> None:
        """Let the replay run, unless it does; raises ReplaysBusy while another one runs."""
        with self._lock() as lock:
            if _held(lock):
                if lock.read() != self.name:
                    raise ReplaysBusy
                return
            self._forget_old()
            lock.truncate(0)
            lock.write(self.name)
            lock.flush()
            self._run(settings, lock)

    def _run(self, settings: Settings, lock: IO[str]) -> None:
        words = ["audit", "replay", "--data", str(settings.data), "--json", "--processes", "1"]
        words += ["--size", str(self.size), "--level", str(self.level)]
        environment = {name: value for name, value in os.environ.items() if name != STORE}
        with self.file.open("wb") as answer:
            program = subprocess.Popen(  # noqa: S603 - ourselves.
                [sys.executable, "-m", "service", *words],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env=environment | {f"{PREFIX}LOG": settings.log_url},
                pass_fds=[lock.fileno()],  # the lock is free when the last holder of the file is gone
            )
        # Programs that ended are asked for their exit code now, so that the system can forget them.
        _STARTED[:] = [each for each in (*_STARTED, program) if each.poll() is None]

    def _lock(self) -> IO[str]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (self.folder / "running").open("a+", encoding="utf-8")

    def _forget_old(self) -> None:
        kept = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[MOST_KEPT - 1 :]:
            path.unlink(missing_ok=True)


def job_of(settings: Settings, size: int, level: int) -> Job:
    """The replay of the first entries of a log; every store of an installation has answers of its own."""
    return Job(Path(settings.data) / "audit" / "replays" / settings.store, size, level)


def job_named(settings: Settings, name: str) -> Job:
    """The replay of a name; raises ReplayUnknown."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ReplayUnknown(pointer="/path/replay_id")
    return job_of(settings, int(found[1]), int(found[2]))


def _held(lock: IO[str]) -> bool:
    """Whether somebody else holds the lock; where nobody does, it is ours until the file is closed."""
    lock.seek(0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _read(path: Path) -> dict[str, Any] | None:
    """A whole answer; nothing where there is none, or one that broke off."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if "transcript_sha256" in found else None
