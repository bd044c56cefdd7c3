"""The thread that brings the views forward while the service runs."""

import logging
import threading
from types import TracebackType
from typing import Final, Self

from service.wiring import Service

_log: Final = logging.getLogger("vouchers.views")
# Many entries at once cost the views a third of what they cost one by one; who waits for an entry brings them forward.
POLL: Final = 0.1  # seconds between looks at the log
LONGEST_PAUSE: Final = 5.0  # seconds between attempts while the views fail


class Follower:
    """Catches the views up with the log until it is stopped. Use as a context manager."""

    def __init__(self, service: Service) -> None:
        """Begin stopped."""
        self._service = service
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="views-follower", daemon=True)

    def __enter__(self) -> Self:
        """The follower, running."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Begin to follow."""
        self._service.views.position()
        self._service.views.followed = True
        self._thread.start()

    def stop(self) -> None:
        """Finish the page in hand and end; before the service is closed."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause, service = 0.0, self._service
        while not self._stop.wait(pause):
            try:
                if service.views.position() != service.ledger.size():
                    service.catch_up()
                pause = POLL
            except Exception:  # noqa: BLE001 - whatever it is, views can be rebuilt: told, and tried again later
                _log.exception("the views could not be brought forward")
                pause = min(pause * 4, LONGEST_PAUSE)
        service.views.followed = False
