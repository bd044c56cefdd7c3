"""What the doctor looks at on the machine: disk, files, limits, time zones, variables."""

import os
import resource
import shutil
import stat
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.doctor.findings import Finding, fail, ok, warn
from service.front.settings import SPARE_FILES
from service.settings import Settings, UnsafeOption, refuse_unsafe

LITTLE_SPACE: Final = 1024**3  # bytes
NO_SPACE: Final = 100 * 1024**2
SYNCS: Final = 15
# A disk that answers sooner has not written: the fastest that keep what they are told need several times as long.
QUICKEST_SYNC: Final = 0.000_008  # seconds
SLOW_SYNC: Final = 0.05
_FORGETFUL: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_REMOTE: Final = frozenset({"9p", "afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "nfs", "nfs4", "smb3", "smbfs"})
_DATABASES: Final = (".sqlite", ".sqlite-wal", ".sqlite-shm")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    """Free space, the kind of file system, and whether a sync waits for the disk."""
    free = shutil.disk_usage(settings.data).free
    told = f"{free // 1024**2:,} MiB are free in {settings.data}."
    remedy = "Make room, or move the data folder to a larger disk while the service is stopped."
    if free < NO_SPACE:
        yield fail("disk space", told, remedy)
    else:
        yield warn("disk space", told, remedy) if free < LITTLE_SPACE else ok("disk space", told)
    kind = file_system_of(settings.data)
    if kind in _FORGETFUL:
        yield fail("file system", f"{kind} keeps nothing when the machine stops.", "Move the data folder to a disk.")
    elif kind in _REMOTE:
        remedy = "Keep SQLite on a local disk, or use PostgreSQL."
        yield fail("file system", f"{kind} does not keep the locks that SQLite relies on.", remedy)
    else:
        yield ok("file system", f"{kind or 'its kind cannot be told'}.")
    yield _judged(time_of_sync(settings.data))


def _judged(seconds: float) -> Finding:
    told = f"A sync takes {seconds * 1_000:,.3f} ms (the median of {SYNCS})."
    if seconds < QUICKEST_SYNC:
        remedy = "Turn off what makes fsync answer early (eatmydata, a write cache without a battery, nobarrier)."
        return fail("sync", f"{told} No disk writes that fast.", remedy)
    if seconds > SLOW_SYNC:
        return warn("sync", told, "Every group of commands waits for one; use a faster disk.")
    return ok("sync", told)


def time_of_sync(folder: Path) -> float:
    """The median time of a small write and its sync, in seconds."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            file.write(os.urandom(4_096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times)


def file_system_of(folder: Path) -> str:
    """The kind of file system that a folder is on, where the system tells."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = [(Path(parts[1]), parts[2]) for parts in map(str.split, lines)]
    inside = [(len(point.parts), kind) for point, kind in mounts if folder.is_relative_to(point)]
    return max(enumerate(inside), key=lambda each: (each[1][0], each[0]))[1][1] if inside else ""


def look_at_files(settings: Settings) -> Iterator[Finding]:
    """Who may read and write the data folder, its secrets and its databases."""
    mode = settings.data.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield fail("data folder", "Others may write into it, and so replace keys.", f"chmod 700 {settings.data}")
    else:
        yield ok("data folder", f"Its mode is {stat.S_IMODE(mode):o}.")
    within_reach = mode & (stat.S_IXGRP | stat.S_IXOTH)
    exposed = [path for path in _files_in(settings.data) if within_reach and path.stat().st_mode & _OTHERS]
    secret = [path.name for path in exposed if not path.name.endswith(_DATABASES)]
    open_databases = [path.name for path in exposed if path.name.endswith(_DATABASES)]
    if secret:
        yield fail("secret files", f"Others may read {', '.join(secret)}.", f"chmod 700 {settings.data}")
    elif open_databases:
        told = f"Every user of this machine may read {', '.join(open_databases)}."
        yield warn("secret files", told, f"chmod 700 {settings.data}")
    else:
        yield ok("secret files", "They are for their owner only.")
    strangers = sorted({path.name for path in _files_in(settings.data) if path.stat().st_uid != os.geteuid()})
    if strangers:
        yield warn("owner", f"Another user owns {', '.join(strangers)}.", "Run this as the user who runs the service.")


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def look_at_limits(settings: Settings) -> Iterator[Finding]:
    """How many files and threads a process may have."""
    # The service raises its own limit as far as it may.
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    needed = settings.front.connections + SPARE_FILES
    told = f"A process may open {allowed:,} files, and may come to need {needed:,}."
    unlimited = allowed == resource.RLIM_INFINITY
    if allowed < needed and not unlimited:
        yield fail("open files", told, f"Raise it (LimitNOFILE={needed}), or lower front.connections.")
    else:
        yield ok("open files", "There is no limit." if unlimited else told)
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    wanted = settings.threads * 4 + 64
    if processes != resource.RLIM_INFINITY and processes < wanted:
        told = f"A user may have {processes:,} threads, and the service may come to need {wanted:,}."
        yield fail("threads", told, f"Raise it (LimitNPROC={wanted}).")
    else:
        yield ok("threads", "There are enough.")


def look_at_zone(settings: Settings) -> Iterator[Finding]:
    """Whether the time zone of the local days is known, and from which data."""
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield fail("time zone", f"{settings.timezone} is not known here.", "Install the package tzdata.")
        return
    version = getattr(import_module("tzdata"), "IANA_VERSION", "of unknown age")
    yield ok("time zone", f"{settings.timezone}, data {version}.")


def look_at_variables(environment: Mapping[str, str], idle: list[str]) -> Iterator[Finding]:
    """Variables that set nothing, and one that would lose events for readers."""
    try:
        refuse_unsafe(environment)
    except UnsafeOption as refused:
        yield fail("database functions", f"{refused.detail} Whoever follows it loses events.", refused.remedy)
    if idle:
        yield warn("variables", f"These set nothing: {', '.join(idle)}.", "Compare `vouchers config show`.")
    else:
        yield ok("variables", "Each sets something.")
