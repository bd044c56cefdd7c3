"""The moment at which this process is told to stop, for what would otherwise go on for long."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Final

_SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM})


def on_stop(tell: Callable[[], None]) -> None:
    """Call a function as soon as this process is told to stop; asked from its main thread, after the server's start.

    The server waits for the answers in flight before it tells the application that it stops. The descriptor that every
    signal is written to knows at once; what was written there goes on to whoever had it before.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_relay, args=(reading, before, tell), name="stop-listener", daemon=True).start()


def _relay(reading: int, before: int, tell: Callable[[], None]) -> None:
    while numbers := os.read(reading, 64):
        if _SIGNALS & set(numbers):
            tell()
        if before >= 0:
            os.write(before, numbers)
