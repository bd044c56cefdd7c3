"""The thread that signs the log while the service runs, and once more when it stops."""

import logging
import threading
from typing import Final

from service.audit.checkpoints import Signed
from service.wiring import Service

_log: Final = logging.getLogger("vouchers.audit")


class Keeper:
    """Signs a checkpoint whenever the log has grown, not more often than the settings say, until it is stopped.

    Every process that serves has one, and so has the worker: the first that comes signs, the others find it done.
    """

    def __init__(self, service: Service) -> None:
        """Begin stopped."""
        self._service = service
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint-keeper", daemon=True)

    def start(self) -> None:
        """Begin to sign."""
        self._thread.start()

    def stop(self) -> None:
        """Sign what was appended last, and end; before the service is closed."""
        self._stop.set()
        self._thread.join()
        sign(self._service)

    def _run(self) -> None:
        while not self._stop.wait(self._service.settings.audit.every):
            sign(self._service, pause(self._service))


def sign(service: Service, every: float = 0) -> str:
    """Sign the log if it has grown; what was done, in a few words. Whatever keeps it from being signed is told."""
    try:
        return signed(service.checkpoints.sign_if_grown(every=every))
    except Exception:  # noqa: BLE001 - nobody waits for it, and the next turn comes
        _log.exception("the log could not be signed")
        return ""


def pause(service: Service) -> float:
    """The seconds that have to lie between two checkpoints; a little less than a turn, which would be missed else."""
    return service.settings.audit.every * 0.95


def signed(checkpoint: Signed | None) -> str:
    """A checkpoint that was signed in a few words, or nothing."""
    return f"checkpoint of {checkpoint.checkpoint.size:,} entries" if checkpoint else ""
