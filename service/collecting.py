"""Long runs and Python's search for reference cycles."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_RARELY: Final = 1_000_000  # objects; usually it is some hundreds
_gate = threading.Lock()
_runs: list[tuple[int, int, int]] = []


@contextmanager
def undisturbed() -> Iterator[None]:
    """A long run without the search for reference cycles: rows and events have none, and searching is a quarter.

    Several may run at once; the search comes back with the end of the last one.
    """
    with _gate:
        _runs.append(gc.get_threshold() if not _runs else _runs[0])
        gc.set_threshold(_RARELY, *_runs[0][1:])
    try:
        yield
    finally:
        with _gate:
            usual = _runs.pop()
            if not _runs:
                gc.set_threshold(*usual)
