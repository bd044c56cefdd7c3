"""The worker: what has to be done again and again beside the service, by one process at a time."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from service.audit import keeping
from service.audit.anchors import Anchors
from service.audit.jobs.shelf import Shelf
from service.duties import WORKER, fulfil
from service.expiring import expire
from service.leasing import Lease, LeaseLost
from service.outward.outbox import Guard
from service.wiring import Service

LEASE: Final = "worker"
ANCHORED: Final = 60.0  # seconds between two looks whether outsiders are to be asked
LONGEST_JOB: Final = 3_600  # seconds after which a job counts as stuck, and another worker takes over
LONGEST_PAUSE: Final = 60.0  # seconds between attempts of a job that fails
INDEXED: Final = 100_000  # entries that one run adds to the index of the feed
_RENEWALS: Final = 3  # in the time of one lease
_LOOK: Final = 0.05  # seconds between two looks whether something is due

_log: Final = logging.getLogger("vouchers.worker")


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done every so many seconds; it may be done twice, and stops where its guard says so."""

    name: str
    every: float
    run: Callable[[Guard], str]


def jobs_of(service: Service) -> tuple[Job, ...]:
    """What the worker of an installation does: what makes events before what passes them on."""
    options = service.settings.worker
    poll, daily = options.poll / 1_000, float(options.daily)
    return (
        Job("expire", daily, lambda guard: _expired(service, guard)),
        Job("duties", daily, lambda guard: _fulfilled(service, guard)),
        Job("views", poll, lambda _: _moved(service.views.position(), service.catch_up())),
        Job("webhooks", poll, lambda guard: _counted(service.webhooks.outbox.run(guard), "deliveries")),
        Job("checkpoints", float(service.settings.audit.every), lambda _: _signed(service)),
        Job("anchors", min(float(service.settings.anchoring.every), ANCHORED), lambda _: _anchored(service)),
        Job("jobs", daily, lambda _: _tidied(service)),
        Job("feed", max(poll, 5.0), lambda _: _quiet(service.feed.catch_up(INDEXED))),
    )


class Worker:
    """Runs jobs while it holds the lease, and waits for the lease while another does."""

    def __init__(self, lease: Lease, jobs: Sequence[Job], seconds: float, store: str = "") -> None:
        """Begin stopped; `seconds` is how long the lease lasts, `store` the name of one of several."""
        self._lease = lease
        self._jobs = jobs
        self._log = logging.LoggerAdapter(_log, {"store": store} if store else {})
        self._renew = seconds / _RENEWALS
        self._stopped = threading.Event()
        self._since = dict.fromkeys([job.name for job in jobs], 0.0)
        self._failures: dict[str, int] = {}

    def stop(self) -> None:
        """Finish the steps in hand and end; may be called by a signal."""
        self._stopped.set()

    def run(self) -> None:
        """Work until it is told to stop; each job in a thread of its own, so that none waits for another."""
        threads = [threading.Thread(target=self._keep, name="lease-keeper", daemon=True)]
        threads += [threading.Thread(target=self._repeat, args=(job,), name=f"job-{job.name}") for job in self._jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            # A signal is handled between two looks.
            while thread.is_alive():
                thread.join(_LOOK)
        self._lease.give_back()

    def once(self) -> bool:
        """Run every job once; False where another worker leads. For a timer instead of a process that stays."""
        if not self._lease.take():
            return False
        keeper = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)
        keeper.start()
        done = [self._try(job) for job in self._jobs if self._may()]
        self._stopped.set()
        keeper.join()
        self._lease.give_back()
        return all(done)

    def _repeat(self, job: Job) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            pause = self._done(job) if self._lease.holds() else _LOOK

    def _done(self, job: Job) -> float:
        """Run a job; the seconds until it is due again."""
        return job.every if self._try(job) else self._pause(job)

    def _may(self) -> bool:
        return not self._stopped.is_set() and self._lease.holds()

    def _try(self, job: Job) -> bool:
        """Run a job; a fault of one keeps no other from its turn."""
        self._since[job.name] = time.monotonic()
        try:
            told = job.run(Guard(self._may, self._lease.confirm))
        except LeaseLost:
            self._log.warning("another worker leads now")
        except Exception:  # noqa: BLE001 - told, and tried again later
            self._log.exception("the job %s failed", job.name)
            self._failures[job.name] = self._failures.get(job.name, 0) + 1
            return False
        else:
            if told:
                self._log.info("%s: %s", job.name, told)
        finally:
            self._since[job.name] = 0.0
        self._failures.pop(job.name, None)
        return True

    def _pause(self, job: Job) -> float:
        doubled = max(job.every, 1.0) * (1 << min(self._failures[job.name], 6))
        return min(doubled, max(job.every, LONGEST_PAUSE))

    def _keep(self) -> None:
        """Take the lease and keep it, unless a job hangs: then another worker shall have its turn."""
        led = False
        while not self._stopped.is_set():
            oldest = min(filter(None, self._since.values()), default=0.0)
            if oldest and time.monotonic() - oldest > LONGEST_JOB:
                self._log.error("a job hangs, and the lease is not renewed")
            else:
                led = self._renewed(led)
            self._stopped.wait(self._renew)

    def _renewed(self, led: bool) -> bool:
        try:
            leads = self._lease.take()
        except Exception:  # noqa: BLE001 - told, and asked again soon
            self._log.exception("the lease could not be asked for")
            return led
        if leads != led:
            self._log.info("this worker leads" if leads else "another worker leads")
        return leads


def _moved(before: int, after: int) -> str:
    return f"at {after:,}" if after != before else ""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count else ""


def _signed(service: Service) -> str:
    return keeping.signed(service.checkpoints.sign_if_grown(every=keeping.pause(service)))


def _anchored(service: Service) -> str:
    turn = Anchors(service).turn()
    return f"{turn.size:,} entries vouched for by {', '.join(turn.by)}" if turn.by else ""


def _tidied(service: Service) -> str:
    # Nobody may ask for jobs any more, and what they made is kept no longer than was said.
    return _counted(Shelf(service.settings).tidy(), "jobs of the audit removed")


def _quiet(_: int) -> str:
    return ""


def _expired(service: Service, guard: Guard) -> str:
    found = expire(service, WORKER, service.today(), guard.holds)
    if not (found.orders or found.vouchers or found.refused):
        return ""
    return f"{found.orders:,} orders lapsed, {found.vouchers:,} vouchers expired, {len(found.refused):,} refused"


def _fulfilled(service: Service, guard: Guard) -> str:
    counts = fulfil(service, service.today(), guard.holds)
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
