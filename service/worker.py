"""The worker: what has to be done again and again beside the service, by one process at a time."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from service.duties import WORKER, fulfil
from service.expiring import expire
from service.leasing import Lease, LeaseLost
from service.outward.outbox import Guard
from service.wiring import Service

LEASE: Final = "worker"
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
    """What the worker of an installation does, with the most urgent first; each tells what it did, if anything."""
    options = service.settings.worker
    poll, daily = options.poll / 1_000, float(options.daily)
    return (
        Job("views", poll, lambda _: _moved(service.views.position(), service.catch_up())),
        Job("webhooks", poll, lambda guard: _counted(service.webhooks.outbox.run(guard), "deliveries")),
        Job("feed", max(poll, 5.0), lambda _: _quiet(service.feed.catch_up(INDEXED))),
        Job("expire", daily, lambda guard: _expired(service, guard)),
        Job("duties", daily, lambda guard: _fulfilled(service, guard)),
    )


class Worker:
    """Runs jobs while it holds the lease, and waits for the lease while another does."""

    def __init__(self, lease: Lease, jobs: Sequence[Job], seconds: float) -> None:
        """Begin stopped; `seconds` is how long the lease lasts."""
        self._lease = lease
        self._jobs = jobs
        self._renew = seconds / _RENEWALS
        self._stopped = threading.Event()
        self._since = 0.0
        self._failures: dict[str, int] = {}

    def stop(self) -> None:
        """Finish the step in hand and end; may be called by a signal."""
        self._stopped.set()

    def run(self) -> None:
        """Work until it is told to stop."""
        keeper = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)
        keeper.start()
        due = dict.fromkeys([job.name for job in self._jobs], 0.0)
        while not self._stopped.wait(_LOOK):
            for job in self._jobs:
                if not self._may():
                    break
                if time.monotonic() >= due[job.name]:
                    done = self._try(job)
                    due[job.name] = time.monotonic() + (job.every if done else self._pause(job))
        keeper.join()
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

    def _may(self) -> bool:
        return not self._stopped.is_set() and self._lease.holds()

    def _try(self, job: Job) -> bool:
        """Run a job; a fault of one keeps no other from its turn."""
        self._since = time.monotonic()
        try:
            told = job.run(Guard(self._may, self._lease.confirm))
        except LeaseLost:
            _log.warning("another worker leads now")
        except Exception:  # noqa: BLE001 - told, and tried again later
            _log.exception("the job %s failed", job.name)
            self._failures[job.name] = self._failures.get(job.name, 0) + 1
            return False
        else:
            if told:
                _log.info("%s: %s", job.name, told)
        finally:
            self._since = 0.0
        self._failures.pop(job.name, None)
        return True

    def _pause(self, job: Job) -> float:
        doubled = max(job.every, 1.0) * (1 << min(self._failures[job.name], 6))
        return min(doubled, max(job.every, LONGEST_PAUSE))

    def _keep(self) -> None:
        """Take the lease and keep it, unless a job hangs: then another worker shall have its turn."""
        led = False
        while not self._stopped.is_set():
            since = self._since
            if since and time.monotonic() - since > LONGEST_JOB:
                _log.error("a job hangs, and the lease is not renewed")
            else:
                led = self._renewed(led)
            self._stopped.wait(self._renew)

    def _renewed(self, led: bool) -> bool:
        try:
            leads = self._lease.take()
        except Exception:  # noqa: BLE001 - told, and asked again soon
            _log.exception("the lease could not be asked for")
            return led
        if leads != led:
            _log.info("this worker leads" if leads else "another worker leads")
        return leads


def _moved(before: int, after: int) -> str:
    return f"at {after:,}" if after != before else ""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count else ""


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
