"""The web server: granian before the application, one process on SQLite and one per core on PostgreSQL."""

import json
import multiprocessing
import os
import socket
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from service.api.following import Follower
from service.app import create_app
from service.configuring import build as build_settings
from service.settings import Settings
from service.wiring import Service
from vouchers.refusals import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# How the settings reach the worker processes; nothing of it is secret that the data folder does not hold already.
_SETTINGS: Final = "VOUCHERS_SERVING"
MOST_WORKERS: Final = 8
WAITING_PER_THREAD: Final = 4
LONGEST_STOP: Final = 30  # seconds for requests in flight


class AddressUnavailable(Unavailable):
    """The service cannot listen at this address."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight; raises AddressUnavailable or the store's fault."""
    _check_address(settings)
    # Once here, so that a store that cannot be opened is told at once, and workers find their tables made.
    Service(settings).close()
    os.environ[_SETTINGS] = json.dumps({**asdict(settings), "data": str(settings.data)})
    # A forked worker would inherit the locks and the SQLite state of this process.
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "service.serving:build",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=workers_for(settings),
        blocking_threads=settings.threads,
        backpressure=settings.threads * WAITING_PER_THREAD,
        respawn_failed_workers=True,
        workers_kill_timeout=LONGEST_STOP,
        websockets=False,
    )
    server.serve()


def build() -> Flask:
    """The application of one worker process, with its views followed until the process ends."""
    values = json.loads(os.environ[_SETTINGS])
    data = Path(values.pop("data"))
    service = Service(build_settings(Settings, values, data=data))
    follower = Follower(service)
    follower.start()
    Finalize(None, _close, (service, follower), exitpriority=1)  # A worker process runs no atexit.
    app = create_app(service)
    app.wsgi_app = _Ended(app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


class _Ended:
    """Says what granian does not: that its input ends where the body does, also where no length was announced."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        environment["wsgi.input_terminated"] = True
        return self._application(environment, start)


def workers_for(settings: Settings) -> int:
    """How many processes may serve: only PostgreSQL gains from more than one."""
    if not settings.log.startswith("postgres"):
        return 1
    return min(os.cpu_count() or 1, MOST_WORKERS)


def _close(service: Service, follower: Follower) -> None:
    follower.stop()
    service.close()


def _check_address(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as fault:
            raise AddressUnavailable(
                f"{settings.host}:{settings.port} cannot be used: {fault.strerror}.",
                pointer="/port",
                remedy="Stop what listens there, or choose another --port.",
            ) from fault
