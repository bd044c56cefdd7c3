"""Requests that are being answered: a repetition that comes before the answer is told to wait for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from vouchers.refusals import Conflict

_POINTER: Final = "/headers/idempotency-key"
_SOON: Final = 1  # seconds


class RequestInFlight(Conflict):
    """A request with this idempotency key is still being answered."""

    remedy = "Repeat it in a moment, with the same key, to get that answer."


class Running:
    """The idempotency keys in use in this process; across processes the log itself sees to it that one takes effect."""

    def __init__(self) -> None:
        """Begin with none."""
        self._gate = threading.Lock()
        self._names: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, actor: str, key: str) -> Iterator[None]:
        """Let one request at a time use an actor's key; raises RequestInFlight for another."""
        name = (actor, key)
        if key:
            with self._gate:
                if name in self._names:
                    raise RequestInFlight(pointer=_POINTER, retry_after=_SOON)
                self._names.add(name)
        try:
            yield
        finally:
            with self._gate:
                self._names.discard(name)
