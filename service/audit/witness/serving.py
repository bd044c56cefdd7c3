"""The web server of a witness: granian before its small application, with the same gateway as the service."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from service.audit.witness.app import create_app
from service.audit.witness.folder import open_keys
from service.audit.witness.store import Store
from service.audit.witness.witness import Witness
from service.front.gateway import Gateway
from service.front.listening import LOGGING, check_address
from service.front.settings import Front
from service.observing.logs import start_logging
from service.observing.settings import Observing

_FOLDER: Final = "VOUCHERS_WITNESS"  # How the folder reaches the process that answers.
_SERVER: Final = "VOUCHERS_WITNESS_SERVER"  # The number of the main process.
_THREADS: Final = 4
_LARGEST_HEAD: Final = 16 * 1024  # bytes of a request before its body
_CONNECTIONS: Final = 256
_LOOK: Final = 0.5  # seconds between looks for the main process


def serve(folder: Path, host: str, port: int, begun: Callable[[], object] = lambda: None) -> None:
    """Serve the witness of a folder until SIGTERM or SIGINT; `begun` is called once nothing speaks against it.

    Raises WitnessFolderMissing, SigningKeyBroken, AddressUnavailable.
    """
    open_keys(folder)
    Store(folder).close()
    check_address(host, port)
    start_logging(Observing())
    begun()
    os.environ[_FOLDER] = str(folder)
    os.environ[_SERVER] = str(os.getpid())
    _server(host, port).serve()


def _server(host: str, port: int) -> Any:
    front = Front()
    return Granian(
        "service.audit.witness.serving:build",
        factory=True,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=front.header_seconds * 1_000, max_buffer_size=_LARGEST_HEAD),
        address=host,
        port=port,
        workers=1,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=front.stop_seconds,
        websockets=False,
        log_dictconfig=LOGGING,
    )


def build() -> Gateway:
    """The application of the process that answers."""
    start_logging(Observing())
    folder = Path(os.environ[_FOLDER])
    store = Store(folder)
    app = create_app(Witness(store, open_keys(folder)), folder)
    watch = threading.Thread(target=_end_with, args=(int(os.environ[_SERVER]),), name="server-watch", daemon=True)
    return Gateway(app.wsgi_app, Front(), _THREADS, watch.start, store.close)


def _end_with(server: int) -> None:
    """Stop this process as on SIGTERM once the server's main process is gone: nobody else would."""
    while os.getppid() == server:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
