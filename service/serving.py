"""The web server: granian before the application, two processes on SQLite and one per core on PostgreSQL."""

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from service.api import health
from service.api.following import Follower
from service.app import create_app
from service.audit import keeping
from service.audit.gate import open_gate
from service.front.gateway import Gateway
from service.front.listening import LOGGING, check_address
from service.front.settings import SPARE_FILES
from service.observing.logs import start_logging
from service.observing.metrics import TOGETHER
from service.routing import RoutedApp, Router
from service.settings import MAIN, Settings, as_text, from_text, refuse_unsafe, settings_of_store
from service.stopping import on_stop

# How the settings reach the worker processes.
_SETTINGS: Final = "VOUCHERS_SERVING"
_SERVER: Final = "VOUCHERS_SERVER"  # The number of the main process, which may be gone before a worker has begun.
MOST_WORKERS: Final = 8
# A file has one writer at a time: more processes would wait for one another, and commit smaller groups.
MOST_ON_A_FILE: Final = 2
LOOK: Final = 0.5  # seconds between looks for the main process
LARGEST_HEAD: Final = 32 * 1024  # bytes of a request before its body


def serve(
    settings: Settings,
    application: str = "service.serving:build",
    begun: Callable[[], object] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight; raises AddressUnavailable, the store's fault, or
    what keeps the start-up gate closed.

    `application` names what makes the application of each worker; `begun` is called once the gate is open.
    """
    refuse_unsafe(os.environ)
    check_address(settings.host, settings.port)
    start_logging(settings.observing)
    # Once here, so that a store that cannot be opened is told at once, and workers find their tables made.
    with Router(settings) as router:
        for service in router.services.values():
            open_gate(service)
            keeping.sign(service)
    begun()
    os.environ[_SETTINGS] = as_text(settings)
    os.environ[_SERVER] = str(os.getpid())
    # A forked worker would inherit the locks and the SQLite state of this process.
    multiprocessing.set_start_method("spawn", force=True)
    workers = workers_for(settings)
    _allow_files(settings.front.connections + SPARE_FILES)
    with _figures_together(workers):
        _server(settings, workers, application).serve()


def _server(settings: Settings, workers: int, application: str) -> Any:
    front = settings.front
    return Granian(
        application,
        factory=True,
        # Its own WSGI side lets a client that stops in the middle of a body hold a thread for ever.
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=front.header_seconds * 1_000, max_buffer_size=LARGEST_HEAD),
        address=settings.host,
        port=settings.port,
        workers=workers,
        backpressure=front.connections,  # It counts connections, also idle ones.
        respawn_failed_workers=True,
        workers_kill_timeout=front.stop_seconds,
        websockets=False,
        log_dictconfig=LOGGING,
    )


def _allow_files(needed: int) -> None:
    """Let this process and those that it starts open as many files as may be needed, as far as that is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextmanager
def _figures_together(workers: int) -> Iterator[None]:
    """A folder in which the processes of one server add their figures up; one process needs none."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="vouchers-figures-") as folder:
        os.environ[TOGETHER] = folder
        try:
            yield
        finally:
            del os.environ[TOGETHER]


def build() -> Gateway:
    """The application of one worker process, with its views followed until the process ends."""
    settings = from_text(os.environ[_SETTINGS])
    start_logging(settings.observing)
    router = Router(settings)
    services = [*router.services.values()]
    followers = [Follower(service) for service in services]
    keepers = [keeping.Keeper(service) for service in services]
    for service in services[1:]:
        service.feed.streams = services[0].feed.streams  # They hold the same threads.

    def start() -> None:
        server = int(os.environ[_SERVER])
        threading.Thread(target=_end_with_server, args=(server,), name="server-watch", daemon=True).start()
        for follower in followers:
            follower.start()
        for keeper in keepers:
            keeper.start()
        on_stop(services[0].feed.streams.stop)

    def stop() -> None:
        for follower in followers:
            follower.stop()
        for keeper in keepers:
            keeper.stop()
        router.close()

    workers = workers_for(settings)
    # Where there is one store, nothing stands between it and its requests.
    routed = RoutedApp(router, workers) if settings.stores else None
    main = routed.apps[MAIN] if routed else create_app(services[0], workers)

    def count(code: str) -> None:
        main.extensions[health.EXTENSION].doors.labels(code).inc()

    return Gateway(routed or main.wsgi_app, settings.front, settings.threads, start, stop, count)


def _end_with_server(server: int) -> None:
    """Stop this process as on SIGTERM once the server's main process is gone: nobody else would."""
    while os.getppid() == server:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


def workers_for(settings: Settings) -> int:
    """How many processes may serve: one where a store is in memory, else as many as is said or as gain from more."""
    stores = [settings_of_store(settings, name) for name in (MAIN, *settings.stores)]
    addresses = [address for each in stores for address in (each.log, each.views, each.desk)]
    if any(address.startswith("memory") for address in addresses):
        return 1
    on_server = all(each.log.startswith("postgres") for each in stores)
    return settings.workers or min(os.cpu_count() or 1, MOST_WORKERS if on_server else MOST_ON_A_FILE)
