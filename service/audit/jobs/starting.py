"""Starting what waits: a program beside the service that does one job after the other, if none does so already."""

import logging
import os
import subprocess
import sys
from typing import Final

from service.audit.jobs import turns
from service.audit.jobs.shelf import Shelf
from service.settings import STORE, Settings, as_text

SETTINGS: Final = "VOUCHERS_SERVING"  # as the processes of the server are told them
MODULE: Final = "service.audit.jobs"
_STARTED: Final[list[subprocess.Popen[bytes]]] = []
_log: Final = logging.getLogger("vouchers.audit")


def start(settings: Settings) -> None:
    """Let the program do what waits, unless one does so; where it cannot be started, the next look tries again.

    The program ends with the process that started it, so that nothing of a service that was stopped goes on.
    """
    if settings.log.startswith("memory"):  # What is in the memory of this process no program can read.
        return
    turn = turns.take(Shelf(settings).turns)
    if turn is None:
        return
    environment = {name: value for name, value in os.environ.items() if name != STORE}
    try:
        program = subprocess.Popen(  # noqa: S603 - ourselves.
            [sys.executable, "-m", MODULE, str(os.getpid()), str(turn)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment | {SETTINGS: as_text(settings)},
            pass_fds=[turn],
            start_new_session=True,  # What is typed at a terminal is for the server.
        )
    except OSError:
        _log.exception("the program that does jobs could not be started")
        return
    finally:
        os.close(turn)
    # Programs that ended are asked for their exit code now, so that the system can forget them.
    _STARTED[:] = [each for each in (*_STARTED, program) if each.poll() is None]
