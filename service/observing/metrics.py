"""The figures of a running service, in the form of Prometheus."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.audit.outsiders import Outsiders

if TYPE_CHECKING:
    from service.wiring import Service

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
TOGETHER: Final = "PROMETHEUS_MULTIPROC_DIR"  # Where the processes of one server add up; the library's name for it.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The figures of one process; where several serve, what is shown adds all of them up."""

    def __init__(self, service: "Service") -> None:
        """Begin to count what the service does."""
        own = self._registry = CollectorRegistry()
        self.requests = Counter(
            "vouchers_http_requests", "Requests answered.", ("method", "route", "status"), registry=own
        )
        self.seconds = Histogram(
            "vouchers_http_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=own
        )
        self.waited = Histogram(
            "vouchers_http_waited_seconds", "Time a request waited for a thread.", buckets=_SECONDS, registry=own
        )
        self.limited = Counter("vouchers_http_limited", "Requests refused by a rate limit.", registry=own)
        self.doors = Counter(
            "vouchers_http_refused_at_the_door", "Requests refused before any route was asked.", ("code",), registry=own
        )
        self.commands = Counter(
            "vouchers_commands", "Commands by what became of them.", ("command", "outcome"), registry=own
        )
        self.groups = Histogram(
            "vouchers_ledger_group_commands", "Commands decided in one group.", buckets=_SIZES, registry=own
        )
        self.deciding = Histogram(
            "vouchers_command_seconds", "Time from a command to its answer.", buckets=_SECONDS, registry=own
        )
        self._state = _State()
        self.add("main", service)

    def add(self, store: str, service: "Service") -> None:
        """Count what one more store of the installation does."""
        service.watch = self
        service.ledger.on_group = self.groups.observe
        self._state.services[store] = service

    def told(self, command: str, outcome: str, seconds: float) -> None:
        """Count a command."""
        self.commands.labels(command, outcome).inc()
        self.deciding.observe(seconds)

    def page(self) -> bytes:
        """All figures as Prometheus reads them."""
        folder = os.environ.get(TOGETHER)
        shown = CollectorRegistry() if folder else self._registry
        if folder:
            MultiProcessCollector(shown, folder)  # type: ignore[no-untyped-call]
        beside = CollectorRegistry()
        beside.register(self._state)
        PlatformCollector(beside)
        return generate_latest(shown) + generate_latest(beside)


class _State(Collector):
    """What is read at the moment it is asked for."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}

    def collect(self) -> Iterator[Metric]:
        """The log, the views and the desk of each store; the processes."""
        entries = GaugeMetricFamily("vouchers_log_entries", "Entries in the log.", labels=["store"])
        waiting = GaugeMetricFamily("vouchers_ledger_waiting", "Commands that wait for a writer.", labels=["store"])
        up = GaugeMetricFamily("vouchers_store_up", "Whether a store answers.", labels=["store", "part"])
        lag = GaugeMetricFamily(
            "vouchers_view_lag_entries", "Entries that a view has yet to add up.", labels=["store", "view"]
        )
        webhooks = GaugeMetricFamily(
            "vouchers_webhook_events",
            "Events of webhooks that wait for another attempt or were given up, and entries yet to be looked at.",
            labels=["store", "state"],
        )
        for store, service in self.services.items():
            size = service.ledger.size()
            entries.add_metric([store], size)
            waiting.add_metric([store], service.ledger.waiting())
            positions = _positions(service)
            for view, position in positions.items():
                lag.add_metric([store, view], max(0, size - position))
            up.add_metric([store, "views"], bool(positions))
            up.add_metric([store, "desk"], service.desk.answers())
            for state, count in _backlog(service, size).items():
                webhooks.add_metric([store, state], count)
        yield from (entries, waiting, up, lag, webhooks)
        yield from _vouching(self.services)
        yield from _processes()


def _vouching(services: Mapping[str, "Service"]) -> Iterator[Metric]:
    """How long ago each log was signed, and how long ago those outside of it vouched for it."""
    age = GaugeMetricFamily("vouchers_checkpoint_age_seconds", "Time since the log was signed.", labels=["store"])
    behind = GaugeMetricFamily(
        "vouchers_checkpoint_behind_entries", "Entries that no checkpoint covers yet.", labels=["store"]
    )
    asked = GaugeMetricFamily(
        "vouchers_outsider_age_seconds",
        "Time since a witness or a time stamping authority vouched for the log.",
        labels=["store", "url"],
    )
    failing = GaugeMetricFamily(
        "vouchers_outsider_failing", "Whether one did not vouch when it was asked last.", labels=["store", "url"]
    )
    now = clock.milliseconds()
    for store, service in services.items():
        with suppress(SQLAlchemyError):
            signed = service.checkpoints.latest()
            behind.add_metric([store], service.ledger.size() - (signed.checkpoint.size if signed else 0))
            if signed:
                age.add_metric([store], now / 1_000 - datetime.fromisoformat(signed.signed_at).timestamp())
            for each in Outsiders(service.desk).asked(service.settings):
                failing.add_metric([store, each.url], bool(each.failing_since))
                if each.answered_at:
                    asked.add_metric([store, each.url], (now - each.answered_at) / 1_000)
    return iter((age, behind, asked, failing))


def _positions(service: "Service") -> dict[str, int]:
    try:
        with service.views.engine.connect() as connection:
            return service.views.positions(connection)
    except SQLAlchemyError:
        return {}


def _backlog(service: "Service", size: int) -> dict[str, int]:
    try:
        return service.webhooks.subscriptions.backlog(size)
    except SQLAlchemyError:
        return {}


def _processes() -> Iterator[Metric]:
    """Memory, processor time, threads and files of each process that serves."""
    memory = GaugeMetricFamily("vouchers_process_memory_bytes", "Resident memory.", labels=["pid"])
    used = CounterMetricFamily("vouchers_process_cpu_seconds", "Processor time.", labels=["pid"])
    threads = GaugeMetricFamily("vouchers_process_threads", "Threads.", labels=["pid"])
    files = GaugeMetricFamily("vouchers_process_open_files", "Open files and connections.", labels=["pid"])
    began = GaugeMetricFamily("vouchers_process_age_seconds", "Time since the start.", labels=["pid"])
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for pid in _pids():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            opened = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are enough
        except OSError:
            continue  # It ended meanwhile, or there is no /proc here.
        used.add_metric([pid], (int(stat[11]) + int(stat[12])) / tick)
        threads.add_metric([pid], int(stat[17]))
        began.add_metric([pid], time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat[19]) / tick)
        memory.add_metric([pid], int(stat[21]) * page)
        files.add_metric([pid], opened)
    return iter((memory, used, threads, files, began))


def _pids() -> list[str]:
    folder = os.environ.get(TOGETHER)
    if not folder:
        return [str(os.getpid())]
    return sorted({path.stem.rpartition("_")[2] for path in Path(folder).glob("counter_*.db")})
